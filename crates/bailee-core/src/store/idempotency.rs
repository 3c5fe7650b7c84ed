use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::{Owner, Sealed, StoreError, ToolName};

/// Which call is not to happen twice.
#[derive(Clone, Copy, Debug)]
pub struct CallKey<'a> {
    /// Whose accounts.
    pub owner: &'a Owner,
    /// The tool.
    pub tool: &'a ToolName,
    /// SHA-256 of the caller's key, together with who the caller is.
    pub hash: &'a [u8; 32],
}

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Nobody made it before: it is the asker's to make, under its claim.
    First,
    /// Somebody began it this long ago, and has not said how it ended.
    Begun(Duration),
    /// It ended with this sealed result.
    Ended(Vec<u8>),
}

/// Results of calls under the keys that their callers chose, so that a repetition changes nothing.
#[async_trait]
pub trait IdempotencyStore: Debug + Send + Sync {
    /// Begins a call, or tells what became of the one before it.
    ///
    /// # Behaviour
    /// - Of parallel beginnings one is [`CallState::First`].
    /// - After `lifetime` the key is free again.
    ///
    /// # Errors
    /// See [`StoreError`]. A call that cannot be begun is not made.
    async fn begin_call<'a>(
        &self,
        key: CallKey<'a>,
        claim: [u8; 16],
        lifetime: Duration,
    ) -> Result<CallState, StoreError>;

    /// Keeps the result of the call that was begun under `claim`. Returns whether it was kept.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn end_call<'a>(
        &self,
        key: CallKey<'a>,
        claim: [u8; 16],
        result: Sealed,
    ) -> Result<bool, StoreError>;

    /// Forgets a call that was begun under `claim` and did nothing: the key is free again.
    ///
    /// # Behaviour
    /// - One that has ended stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn forget_call<'a>(&self, key: CallKey<'a>, claim: [u8; 16]) -> Result<bool, StoreError>;
}
