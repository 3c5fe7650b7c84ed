//! What the error answers of a provider mean, beyond RFC 6749.

use http::HeaderName;
use serde::Deserialize;
use serde_json::Value;

use super::{Pointer, value};

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FailureRules {
    /// Where the error word is; the first text counts. `/error` is always looked at last.
    pub(crate) word: Vec<Pointer>,
    /// What a success must say, where the status alone does not tell.
    pub(crate) success: Option<Success>,
    /// The header with the second since the epoch at which a limit ends.
    #[serde(deserialize_with = "value::header_name")]
    pub(crate) reset_header: Option<HeaderName>,
    /// The first that fits decides.
    pub(crate) rules: Vec<FailureRule>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Success {
    pub(crate) pointer: Pointer,
    pub(crate) value: Value,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureRule {
    /// Empty: every step.
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
    /// Any refusal, where it is not given.
    pub(crate) status: Option<u16>,
    /// The error word, where it is not given.
    pub(crate) pointer: Option<Pointer>,
    /// Any of them.
    #[serde(default)]
    pub(crate) values: Vec<Value>,
    pub(crate) class: FailureClass,
}

/// What was asked.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Exchange,
    Introspection,
    Refresh,
    Revoke,
    Userinfo,
}

/// What the caller can do about it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FailureClass {
    AlreadyDone,
    Client,
    MissingGrant,
    RateLimited,
    Rejected,
    Revoked,
    TokenRejected,
    Unavailable,
}
