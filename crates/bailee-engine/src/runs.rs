use std::time::Duration;

use bailee_core::{Caller, ExposeSecret, Owner, Run, RunId, SecretString, StoreError};
use chrono::{DateTime, Utc};

use crate::{Bailee, Error, InputProblem};

/// What the credentials of runs begin with, so that a leaked one is recognized.
const PREFIX: &str = "bailee_run_";

/// The credential of one run of an agent.
#[derive(Clone, Debug)]
pub struct RunToken {
    /// The credential: an opaque bearer token for our own MCP servers, and for nothing else.
    pub token: SecretString,
    /// The id of the run: to end it early, and in the ledger.
    pub id: RunId,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Bailee {
    /// The longest run.
    pub const MAX_RUN: Duration = Duration::from_mins(15);

    /// Mints the credential of one run of an agent, bound to owner, profile, thread and effects of `caller`.
    ///
    /// Kept as its SHA-256 alone. Whether profile and thread still exist, and what they may do, is asked at every use.
    ///
    /// # Errors
    /// - [`Error::Invalid`] names `lifetime` when it is zero or longer than [`Bailee::MAX_RUN`].
    /// - [`Error::Store`], [`Error::Vault`].
    pub async fn run_token(&self, caller: &Caller, lifetime: Duration) -> Result<RunToken, Error> {
        let inner = self.inner();
        if lifetime.is_zero() || lifetime > Self::MAX_RUN {
            return Err(Error::invalid("lifetime", InputProblem::OutOfRange));
        }
        let token = SecretString::from(format!("{PREFIX}{}", inner.random_text()?.expose_secret()));
        let id = inner.run_id()?;
        let run = Run { id, caller: caller.clone(), expires_at: DateTime::UNIX_EPOCH };
        let hash = inner.vault.digest(token.expose_secret().as_bytes());
        let expires_at = inner.stores.runs.add_run(hash, run, lifetime).await?;
        Ok(RunToken { token, id, expires_at })
    }

    /// The run of a credential; `None` when it is unknown, expired or ended.
    ///
    /// # Errors
    /// [`StoreError`]. A face that cannot ask refuses.
    pub async fn run(&self, token: &str) -> Result<Option<Run>, StoreError> {
        if !token.starts_with(PREFIX) {
            return Ok(None);
        }
        let hash = self.inner().vault.digest(token.as_bytes());
        self.inner().stores.runs.run(&hash).await
    }

    /// Ends a run of the owner before its time. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_run(&self, owner: &Owner, id: RunId) -> Result<bool, StoreError> {
        self.inner().stores.runs.end_run(owner, id).await
    }
}
