use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Owner, OwnerKey, StoreError};

/// A number for each owner that grows with every change of what their agents may use: so that other processes notice.
///
/// Every writing of [`IntegrationStore`](crate::IntegrationStore) and [`ThreadStore`](crate::ThreadStore) that changes
/// something raises it in its own transaction, and so do the verdicts of
/// [`CredentialStore`](crate::CredentialStore) that a grant is gone.
#[async_trait]
pub trait VersionStore: Debug + Send + Sync {
    /// The versions of these owners, in their order; 0 for one of whom nothing ever changed.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn owner_versions(&self, owners: &[OwnerKey]) -> Result<Vec<i64>, StoreError>;

    /// Raises the version of an owner: for changes that are kept elsewhere.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn raise_version(&self, owner: &Owner) -> Result<(), StoreError>;
}
