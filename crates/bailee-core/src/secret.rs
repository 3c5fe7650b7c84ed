use chrono::{DateTime, Utc};

use crate::{Owner, Scope, SecretId, SecretName};

/// A named secret of an owner, without its value: that is written and never read back by a face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSecret {
    /// Its id.
    pub id: SecretId,
    /// Whose it is.
    pub owner: Owner,
    /// Its name, one of a kind for its owner.
    pub name: SecretName,
    /// Which profiles may use it.
    pub scope: Scope,
    /// Grows with every change.
    pub version: i64,
    /// When it was written first.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
