//! How a flow fails.

use bailee_core::{ErrorKind, StoreError};
use bailee_engine::{Error, NotifyError, SecretError, TokenError, ToolError};

/// An answer that a caller got, or a test that went wrong.
#[derive(Debug)]
pub(crate) enum Failed {
    Answered { temporary: bool, told: String },
    Broken(anyhow::Error),
}

impl Failed {
    fn of(kind: ErrorKind, error: &dyn std::fmt::Debug) -> Self {
        let temporary = matches!(kind, ErrorKind::RateLimited | ErrorKind::Unavailable);
        Self::Answered { temporary, told: format!("{error:?}") }
    }

    /// For what must be so: as an error of the test.
    pub(crate) fn broken(self) -> anyhow::Error {
        match self {
            Self::Answered { told, .. } => anyhow::anyhow!("answered {told}"),
            Self::Broken(error) => error,
        }
    }
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

macro_rules! answers {
    ($($error:ty => $kind:expr),+ $(,)?) => {
        $(impl From<$error> for Failed {
            fn from(error: $error) -> Self {
                let kind: fn(&$error) -> ErrorKind = $kind;
                Self::of(kind(&error), &error)
            }
        })+
    };
}

answers! {
    Error => |error| error.kind(),
    NotifyError => |error| match error {
        NotifyError::Store(error) => error.kind(),
        _ => ErrorKind::Refused,
    },
    SecretError => |error| error.kind(),
    StoreError => |error| error.kind(),
    TokenError => |error| error.kind(),
    ToolError => |error| error.kind(),
}
