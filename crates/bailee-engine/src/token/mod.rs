//! A live token: from the row when it is fresh, from one refresh when it is not.

mod ask;
mod flight;
mod live;
mod margin;
mod policy;

use std::time::Duration;

use bailee_core::{ErrorKind, IntegrationId, StatusReason, StoreError, VaultError};

pub(crate) use ask::Ask;
pub(crate) use flight::Ahead;
pub use live::Live;
pub(crate) use policy::Policy;

/// Why there is no token. Every variant says what to do; none is worth a retry loop of its own.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Several integrations answer: ask for one of them by its id.
    #[error("several integrations of this provider are connected: name one of them by its id")]
    Ambiguous {
        /// The ids to choose from.
        choices: Vec<IntegrationId>,
    },
    /// The operator must mend the registration: the grant itself was left alone.
    #[error("the client registration of this grant is not usable: check the configuration of the provider")]
    Config,
    /// The owner turned the integration off.
    #[error("the integration is turned off")]
    Disabled,
    /// The credential is dead or was refused: only the user can mend that.
    #[error("the account must be connected again ({reason})")]
    NeedsReconnect {
        /// Which integration.
        integration: IntegrationId,
        /// Why.
        reason: StatusReason,
    },
    /// The owner has no such integration.
    #[error("no such account is connected")]
    NotConnected,
    /// The profile may not use it.
    #[error("the integration is out of scope for this profile")]
    OutOfScope,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider, or another refresh, needs more time; nothing is known to be wrong with the grant.
    #[error("no token can be had just now")]
    Unavailable {
        /// How long to wait, where that is known.
        retry_after: Option<Duration>,
    },
    /// No provider of that name is offered.
    #[error("no such provider is offered")]
    UnknownProvider,
    /// The credential of this row did not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl TokenError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Ambiguous { .. } => ErrorKind::Conflict,
            Self::Config | Self::Vault(_) => ErrorKind::Config,
            Self::Disabled | Self::OutOfScope => ErrorKind::Refused,
            Self::NeedsReconnect { .. } => ErrorKind::Reconnect,
            Self::NotConnected | Self::UnknownProvider => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
            Self::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }

    /// Whether the same request may succeed later without anybody's help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self.kind(), ErrorKind::Unavailable)
    }

    /// How long to wait, where that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after } => *retry_after,
            _ => None,
        }
    }
}
