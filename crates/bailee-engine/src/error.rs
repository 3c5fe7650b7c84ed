use std::time::Duration;

use bailee_core::{
    ErrorKind, IntegrationId, InvalidId, ProviderError, RegistrationError, StatusReason, StoreError,
    VaultError,
};

use crate::{Limited, TokenError};

/// Why a flow did not do what it was asked. [`Error::kind`] says what the caller can do.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The consent was given for another account than the one that is connected. The old credential is untouched.
    #[error(
        "this is another account than the one that is connected: disconnect that one first, or choose it again"
    )]
    AccountMismatch,
    /// Several integrations answer to the name: choose one by its id.
    #[error("several integrations of this provider are connected: name one of them by its id")]
    Ambiguous {
        /// The ids to choose from.
        choices: Vec<IntegrationId>,
    },
    /// The user, or the provider for them, said no.
    #[error("access was not granted on the consent page ({code})")]
    ConsentDenied {
        /// One of the error words of RFC 6749 §4.1.2.1, or `other`.
        code: &'static str,
    },
    /// The task was decided already, or is being decided.
    #[error("the task is no longer pending")]
    Decided,
    /// Only a person may do this: it widens what agents can do.
    #[error("only a signed-in person may do this")]
    HumanNeeded,
    /// Part of the request is wrong.
    #[error("{field} {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: InputProblem,
    },
    /// The owner asked for too much: wait.
    #[error(transparent)]
    Limited(#[from] Limited),
    /// The link was used, has expired, is unknown, or belongs to somebody else. Which of them is not told.
    #[error("this link is no longer valid")]
    LinkInvalid,
    /// The owner has no such integration.
    #[error("there is no such integration")]
    NotFound,
    /// The provider did not do it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The OAuth registrations could not be read.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// It was changed since it was read: look again, then decide.
    #[error("it was changed meanwhile: read it again")]
    Stale,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The owner has one of that name.
    #[error("the name is taken")]
    Taken,
    /// Too many connects are pending: wait until some end.
    #[error("too many connects are pending")]
    TooManyFlows,
    /// No provider of that name is offered.
    #[error("no such provider is offered")]
    UnknownProvider,
    /// Sealing or opening failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputProblem {
    /// It is there more than once.
    #[error("is given more than once")]
    Duplicated,
    /// It is no text of the expected form.
    #[error("is malformed")]
    Malformed,
    /// It is missing.
    #[error("is missing")]
    Missing,
    /// It does not apply here.
    #[error("does not apply here")]
    NotApplicable,
    /// It is outside of the limits.
    #[error("is outside of its limits")]
    OutOfRange,
    /// It is too long.
    #[error("is too long")]
    TooLong,
    /// It names nothing that is registered.
    #[error("names nothing that is registered")]
    Unknown,
}

impl Error {
    pub(crate) const fn invalid(field: &'static str, problem: InputProblem) -> Self {
        Self::Invalid { field, problem }
    }

    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::AccountMismatch | Self::Ambiguous { .. } | Self::Decided | Self::Taken => {
                ErrorKind::Conflict
            }
            Self::ConsentDenied { .. } | Self::HumanNeeded => ErrorKind::Refused,
            Self::Invalid { .. } | Self::LinkInvalid => ErrorKind::Invalid,
            Self::Limited(_) | Self::TooManyFlows => ErrorKind::RateLimited,
            Self::NotFound | Self::UnknownProvider => ErrorKind::NotFound,
            Self::Provider(error) => error.kind(),
            Self::Registration(_) => ErrorKind::Unavailable,
            Self::Stale => ErrorKind::Precondition,
            Self::Store(error) => error.kind(),
            Self::Vault(_) => ErrorKind::Config,
        }
    }

    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccountMismatch => "account_mismatch",
            Self::Ambiguous { .. } => "ambiguous",
            Self::ConsentDenied { .. } => "consent_denied",
            Self::Decided => "decided",
            Self::HumanNeeded => "human_needed",
            Self::Invalid { .. } => "invalid",
            Self::Limited(_) => "rate_limited",
            Self::LinkInvalid => "link_invalid",
            Self::NotFound => "not_found",
            Self::Provider(_) => "provider",
            Self::Registration(_) => "registration",
            Self::Stale => "stale",
            Self::Store(_) => "store",
            Self::Taken => "taken",
            Self::TooManyFlows => "too_many_flows",
            Self::UnknownProvider => "unknown_provider",
            Self::Vault(_) => "vault",
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self.kind(), ErrorKind::RateLimited | ErrorKind::Unavailable)
    }

    /// How long to wait, where that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(limited) => Some(limited.retry_after),
            Self::Provider(error) => error.retry_after(),
            Self::TooManyFlows => Some(Duration::from_mins(1)),
            _ => None,
        }
    }
}

impl From<InvalidId> for Error {
    fn from(error: InvalidId) -> Self {
        Self::invalid(error.what, InputProblem::Malformed)
    }
}

impl TokenError {
    /// The reason that goes into a stored verdict, where the error is one about the credential.
    pub(crate) const fn reason(&self) -> Option<StatusReason> {
        match self {
            Self::Config => Some(StatusReason::Config),
            Self::NeedsReconnect { reason, .. } => Some(*reason),
            Self::Unavailable { .. } => Some(StatusReason::Unavailable),
            Self::Vault(VaultError::KeyRetired { .. } | VaultError::KeyUnavailable { .. }) => {
                Some(StatusReason::KeyUnavailable)
            }
            _ => None,
        }
    }
}
