use std::time::Duration;

use bailee_core::ProviderError;

use crate::refresh::Outcome;

/// Why a request was not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The provider refuses the client: the operator must mend it.
    Client,
    /// The provider is down.
    Failing,
    /// As many requests as are allowed are under way, and those before this one did not end in time.
    Full,
    /// The provider said to wait.
    Limited,
}

impl Cause {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Failing => "failing",
            Self::Full => "full",
            Self::Limited => "limited",
        }
    }
}

/// Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(super) cause: Cause,
    /// When it is worth to ask again.
    pub(crate) retry_after: Duration,
}

impl Refused {
    /// Whether it is only too many at once: another one may be let through soon.
    pub(crate) fn is_full(&self) -> bool {
        self.cause == Cause::Full
    }
}

impl From<Refused> for ProviderError {
    fn from(refused: Refused) -> Self {
        let retry_after = Some(refused.retry_after);
        match refused.cause {
            Cause::Client => Self::Client,
            Cause::Failing | Cause::Full => Self::Unavailable { retry_after },
            Cause::Limited => Self::RateLimited { retry_after },
        }
    }
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        match refused.cause {
            Cause::Client => Self::Config,
            Cause::Failing | Cause::Full | Cause::Limited => Self::Unavailable(Some(refused.retry_after)),
        }
    }
}
