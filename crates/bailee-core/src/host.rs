use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Owner, ProfileId};

/// The host's answer could not be had.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the directory of the host is not available")]
pub struct DirectoryError;

/// Which profiles are whose; implemented by the host.
#[async_trait]
pub trait ProfileDirectory: Debug + Send + Sync {
    /// Whether `profile` belongs to `owner` now.
    ///
    /// # Behaviour
    /// - A profile of another owner, a deleted and an unknown one are all `false`.
    /// - Asked at every use: an answer of `false` takes effect at once.
    ///
    /// # Errors
    /// [`DirectoryError`] when the host cannot tell; the request is then refused, never allowed.
    async fn owns(&self, owner: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError>;

    /// All profiles of `owner`.
    ///
    /// # Behaviour
    /// - An unknown owner has none.
    ///
    /// # Errors
    /// [`DirectoryError`] when the host cannot tell.
    async fn list(&self, owner: &Owner) -> Result<Vec<ProfileId>, DirectoryError>;
}
