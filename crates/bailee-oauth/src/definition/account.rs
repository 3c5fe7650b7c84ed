//! Whose the grant is, and whether it works.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Pointer, RequestTemplate};

/// Asks with the access token whose it is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Userinfo {
    pub(crate) request: RequestTemplate,
}

/// Asks as the client whether a token works (RFC 7662).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Introspection {
    pub(crate) request: RequestTemplate,
    #[serde(default = "active")]
    pub(crate) active: Pointer,
}

fn active() -> Pointer {
    Pointer::to_member("active")
}

/// Where an account's id, label and settings are.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRule {
    #[serde(default)]
    pub(crate) source: AccountSource,
    /// The parts of the id, joined by `:`.
    pub(crate) id: Vec<Pointer>,
    /// The first that is there is the label.
    #[serde(default)]
    pub(crate) label: Vec<Pointer>,
    /// Settings without secrets, in the same answer.
    #[serde(default)]
    pub(crate) config: BTreeMap<String, Pointer>,
    /// Userinfo may refuse a token that was obtained just now: it is asked once more, after so long.
    #[serde(default)]
    pub(crate) again_after_ms: Option<u64>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountSource {
    /// The claims of the ID token, or userinfo where the exchange brings none.
    IdToken,
    Token,
    #[default]
    Userinfo,
}

/// Which request tells whether a token works.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Probe {
    Introspection,
    None,
    #[default]
    Userinfo,
}
