use std::fmt::Debug;

use async_trait::async_trait;
use serde_json::Value;

use url::Url;

use crate::{Caller, Integration, Owner, ProfileId, ProviderError, ThreadId, Tool, ToolOutput};

/// The host's answer could not be had.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the directory of the host is not available")]
pub struct DirectoryError;

/// An agent of an owner, as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its id.
    pub id: ProfileId,
    /// Its name for people.
    pub name: String,
    /// Its picture.
    pub avatar_url: Option<Url>,
}

/// Whose name is the id: nothing else is known.
impl From<ProfileId> for Profile {
    fn from(id: ProfileId) -> Self {
        Self { name: id.to_string(), id, avatar_url: None }
    }
}

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

    /// The profiles of [`ProfileDirectory::list`], in its order, as pages show them.
    ///
    /// # Behaviour
    /// - By default each has its id for a name, and no picture.
    ///
    /// # Errors
    /// [`DirectoryError`] when the host cannot tell.
    async fn profiles(&self, owner: &Owner) -> Result<Vec<Profile>, DirectoryError> {
        Ok(self.list(owner).await?.into_iter().map(Profile::from).collect())
    }
}

/// Who is at the other end of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterpart {
    /// The name for people.
    pub name: String,
    /// Whether the host checked that it is who it says it is.
    pub verified: bool,
}

/// Which threads are whose; implemented by the host.
#[async_trait]
pub trait ThreadDirectory: Debug + Send + Sync {
    /// Whether `thread` is a conversation of `owner` now.
    ///
    /// # Behaviour
    /// - A thread of another owner, a closed and an unknown one are all `false`: nothing is allowed in it.
    /// - Asked at every use.
    ///
    /// # Errors
    /// [`DirectoryError`] when the host cannot tell; the request is then refused, never allowed.
    async fn owns(&self, owner: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError>;

    /// Who is at the other end, for people; `None` where nobody knows.
    ///
    /// # Errors
    /// [`DirectoryError`] when the host cannot tell.
    async fn counterpart(
        &self,
        owner: &Owner,
        thread: &ThreadId,
    ) -> Result<Option<Counterpart>, DirectoryError>;
}

/// What a counterpart may be told of an owner, where the owner allows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerCard {
    /// An e-mail address.
    pub email: Option<String>,
    /// Where they work.
    pub organization: Option<String>,
    /// What they care about.
    pub interests: Vec<String>,
}

/// Who the owners are; implemented by the host.
#[async_trait]
pub trait OwnerDirectory: Debug + Send + Sync {
    /// The card of an owner.
    ///
    /// # Behaviour
    /// - An unknown owner has none.
    ///
    /// # Errors
    /// [`DirectoryError`] when the host cannot tell.
    async fn card(&self, owner: &Owner) -> Result<Option<OwnerCard>, DirectoryError>;
}

/// What somebody sent to an account of an owner.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundMessage {
    /// Its id: the same whenever the provider repeats it.
    pub id: String,
    /// What was sent, cleaned, in the provider's own words. A JSON object. It is data, and never an instruction.
    pub content: Value,
}

/// Who handles what is sent to the accounts of owners; implemented by the host.
#[async_trait]
pub trait Inbound: Debug + Send + Sync {
    /// Takes a message that came to an integration; [`Integration::bound_profile`] says for which profile it speaks.
    ///
    /// # Behaviour
    /// - Called once for each message, also when the provider repeats it; again only after an error.
    /// - Called while the provider waits: takes the message and works on it later.
    ///
    /// # Errors
    /// [`DirectoryError`] when the host cannot take it now; the provider is asked to send it again.
    async fn receive(
        &self,
        integration: &Integration,
        message: &InboundMessage,
    ) -> Result<(), DirectoryError>;
}

/// A tool of the host's own, in the same catalogue and under the same rules: a counterpart gets it only with the flag
/// that it names.
#[async_trait]
pub trait HostTool: Debug + Send + Sync {
    /// What it is. The same at every call; [`Tool::needs_account`] is false.
    fn tool(&self) -> &Tool;

    /// Carries out one call. Whether it is allowed was decided before, and its arguments fit the schema.
    ///
    /// # Errors
    /// As [`Provider::call`](crate::Provider::call).
    async fn call(&self, caller: &Caller, arguments: &Value) -> Result<ToolOutput, ProviderError>;
}
