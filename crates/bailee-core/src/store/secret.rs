use std::fmt::Debug;

use async_trait::async_trait;

use super::Resealed;
use crate::{KeyId, Owner, Scope, Sealed, SecretId, SecretName, StoreError, UserSecret};

/// A secret, ready to be written: version 1, sealed for epoch 1.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// Its id.
    pub id: SecretId,
    /// Whose it is.
    pub owner: Owner,
    /// Its name, one of a kind for its owner.
    pub name: SecretName,
    /// Which profiles may use it.
    pub scope: Scope,
    /// The value.
    pub sealed: Sealed,
}

/// What changes of a secret; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct SecretChange {
    /// Which profiles may use it.
    pub scope: Option<Scope>,
    /// The value, sealed for the epoch `version + 1`.
    pub sealed: Option<Sealed>,
}

/// A secret with its sealed value.
#[derive(Clone, Debug)]
pub struct SealedSecret {
    /// What is not secret of it.
    pub secret: UserSecret,
    /// The value.
    pub sealed: Sealed,
    /// The epoch for which it is sealed.
    pub secret_epoch: i64,
}

/// Named secrets of owners.
///
/// # Behaviour of every method with an owner
/// - A secret of another owner is as good as none.
#[async_trait]
pub trait SecretStore: Debug + Send + Sync {
    /// A page of the owner's secrets in the order of their ids.
    ///
    /// # Behaviour
    /// - `after` is the last id of the page before; `None` begins. At most `limit`; fewer mean the end.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn list_secrets(
        &self,
        owner: &Owner,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<UserSecret>, StoreError>;

    /// One secret by its id, without the value.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn find_secret(&self, owner: &Owner, id: SecretId) -> Result<Option<UserSecret>, StoreError>;

    /// One secret by its name, with the value.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn sealed_secret(
        &self,
        owner: &Owner,
        name: &SecretName,
    ) -> Result<Option<SealedSecret>, StoreError>;

    /// Writes a new secret.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the owner has one of that name, or the id is taken.
    async fn insert_secret(&self, new: NewSecret) -> Result<UserSecret, StoreError>;

    /// Changes a secret.
    ///
    /// # Behaviour
    /// - Written only while its version is `version`; `Ok(None)` otherwise, as when there is none. The version becomes
    ///   `version + 1`, and the epoch of the value too where that changes.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn update_secret(
        &self,
        owner: &Owner,
        id: SecretId,
        version: i64,
        change: SecretChange,
    ) -> Result<Option<UserSecret>, StoreError>;

    /// Erases a secret. `Ok(false)` when there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn delete_secret(&self, owner: &Owner, id: SecretId) -> Result<bool, StoreError>;

    /// Secrets of all owners that this key has sealed, in the order of their ids: for a rotation.
    ///
    /// # Behaviour
    /// - As [`Maintenance::records_of_key`](crate::store::Maintenance::records_of_key).
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn secrets_of_key(
        &self,
        key: KeyId,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<SealedSecret>, StoreError>;

    /// Replaces sealed values by the same ones under another key, a page of them at one commit. Returns how many.
    ///
    /// # Behaviour
    /// - As [`Maintenance::rewrap`](crate::store::Maintenance::rewrap).
    ///
    /// # Errors
    /// See [`StoreError`]; then none was replaced.
    async fn rewrap_secrets(&self, from: KeyId, page: Vec<Resealed<SecretId>>) -> Result<u64, StoreError>;
}
