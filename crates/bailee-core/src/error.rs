use std::time::Duration;

use crate::{KeyId, OAuthScopes};

/// What the caller of any part can do about an error. HTTP status and MCP answers are chosen from it.
///
/// Exhaustive, unlike the errors themselves: a face must decide about each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The operator must mend the configuration.
    Config,
    /// It clashes with what is there: look again, then decide.
    Conflict,
    /// The request is wrong and will stay wrong.
    Invalid,
    /// There is nothing of that name for this owner.
    NotFound,
    /// It changed since it was read.
    Precondition,
    /// Too much, too fast: wait.
    RateLimited,
    /// The user must connect the account again.
    Reconnect,
    /// Not allowed.
    Refused,
    /// Larger than allowed.
    TooLarge,
    /// Nobody is signed in.
    Unauthenticated,
    /// A part is down: try again later.
    Unavailable,
}

/// Why a [`Provider`](crate::Provider) did not do what it was asked.
///
/// Built field by field: never from a body, a URL or a foreign error, which may hold tokens.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderError {
    /// What was asked had been done before: the token is already revoked, the event already deleted.
    #[error("the provider says that it is done already")]
    AlreadyDone,
    /// The registration of the host was refused (`invalid_client`, `unauthorized_client`).
    #[error("the provider refused the client registration: check its id and secret")]
    Client,
    /// The user, or the provider for them, said no on the consent page.
    #[error("access was denied on the consent page")]
    Denied,
    /// The grant is gone (`invalid_grant`): only a new consent helps.
    #[error("the provider no longer accepts the grant ({reason})")]
    GrantRevoked {
        /// A word of ours, for example `invalid_grant` or `invalid_rapt`.
        reason: &'static str,
    },
    /// The arguments of a call do not fit its tool; nothing was sent.
    #[error("the argument {pointer} {problem}")]
    InvalidArguments {
        /// Which argument: a JSON pointer (RFC 6901) of names from the schema, never text of the caller; empty for the
        /// arguments as a whole.
        pointer: String,
        /// What is wrong with it, for example `must be after /start`.
        problem: &'static str,
    },
    /// The answer was not what the protocol says; nothing was learnt from it.
    #[error("the provider gave an answer that cannot be understood ({problem})")]
    Malformed {
        /// A sentence of ours about the shape, without any of the content.
        problem: &'static str,
    },
    /// The grant lacks OAuth scopes.
    #[error("the grant lacks access that this needs")]
    MissingGrant {
        /// What a reconnect has to ask for; empty where the provider does not tell.
        scopes: OAuthScopes,
    },
    /// The request was sent and its answer never arrived: it may have been carried out.
    #[error("the provider was asked and its answer never arrived")]
    OutcomeUnknown,
    /// Too much, too fast.
    #[error("the provider asks to slow down")]
    RateLimited {
        /// How long to wait, where the provider says so.
        retry_after: Option<Duration>,
    },
    /// The provider understood and refused, and will refuse again.
    #[error("the provider refused the request ({status} {code})")]
    Rejected {
        /// Its HTTP status.
        status: u16,
        /// Its error code where it is one of the well-known words, else `other`.
        code: &'static str,
    },
    /// The access token was refused (401): refresh it once.
    #[error("the provider refused the access token")]
    TokenRejected,
    /// The provider is down, or cannot be reached; the request was not carried out or may be repeated.
    #[error("the provider is not available")]
    Unavailable {
        /// How long to wait, where the provider says so.
        retry_after: Option<Duration>,
    },
    /// The provider has no such thing.
    #[error("the provider does not support this")]
    Unsupported,
}

impl ProviderError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::AlreadyDone => ErrorKind::Conflict,
            Self::Client => ErrorKind::Config,
            Self::Denied => ErrorKind::Refused,
            Self::GrantRevoked { .. } | Self::MissingGrant { .. } | Self::TokenRejected => {
                ErrorKind::Reconnect
            }
            Self::Malformed { .. } | Self::OutcomeUnknown | Self::Unavailable { .. } => {
                ErrorKind::Unavailable
            }
            Self::RateLimited { .. } => ErrorKind::RateLimited,
            Self::InvalidArguments { .. } | Self::Rejected { .. } | Self::Unsupported => ErrorKind::Invalid,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self.kind(), ErrorKind::RateLimited | ErrorKind::Unavailable)
    }

    /// How long to wait, where the provider says so.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after } => *retry_after,
            _ => None,
        }
    }
}

/// Why a store did not do what it was asked. *Not found* is `Ok(None)` or `Ok(false)`, never an error.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused a statement.
    #[error("the database refused a statement ({code})")]
    Backend {
        /// The SQLSTATE or engine code, never its message.
        code: String,
    },
    /// A unique key is taken.
    #[error("the record is there already")]
    Conflict,
    /// A row holds what this version cannot read.
    #[error("table {table}, column {column}, row {id}: the stored value cannot be read")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        id: String,
    },
    /// The tables are missing or older than this version: run the migration.
    #[error("the database schema is outdated: {pending} migration steps are pending; run `store.migrate()`")]
    SchemaOutdated {
        /// How many steps are pending.
        pending: usize,
    },
    /// The database cannot be reached, is busy, or timed out; nothing is known of the statement.
    #[error("the database is not available")]
    Unavailable,
}

impl StoreError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflict => ErrorKind::Conflict,
            Self::SchemaOutdated { .. } => ErrorKind::Config,
            Self::Backend { .. } | Self::Inconsistent { .. } | Self::Unavailable => ErrorKind::Unavailable,
        }
    }

    /// Whether the same call may succeed later without anybody's help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

/// Why a sealed record did not open, or a plaintext was not sealed. Each concerns one record only.
///
/// It is never a reason to mark an integration as dead, and never one to read the record as plaintext.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VaultError {
    /// The random source or the primitive failed; nothing was sealed.
    #[error("sealing failed")]
    Failed,
    /// The key that sealed it is retired: the operator said that nothing opens with it any more. The record is not lost.
    #[error("the key {kid} that sealed the record is retired")]
    KeyRetired {
        /// Which key; safe to log.
        kid: KeyId,
    },
    /// The key that sealed it is not in the ring.
    #[error("the key {kid} that sealed the record is not in the key ring")]
    KeyUnavailable {
        /// Which key; safe to log.
        kid: KeyId,
    },
    /// Its bytes, its place or its key differ from those of the sealing.
    #[error("the sealed record does not belong here or is damaged")]
    Tampered,
    /// Its first bytes are of no format that this version knows.
    #[error("the sealed record has an unknown format")]
    UnsupportedFormat,
}

/// Why no OAuth registration could be had.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Where registrations are kept is not available.
    #[error("the client registrations are not available")]
    Unavailable,
}
