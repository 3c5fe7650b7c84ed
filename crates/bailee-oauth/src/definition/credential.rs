//! How tokens come, are renewed and are given back.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::{Pointer, RequestTemplate};

/// A code for tokens.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) request: RequestTemplate,
    #[serde(default)]
    pub(crate) response: TokenResponse,
}

/// Where the parts of a token answer are, of an exchange as of a refresh.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: Pointer,
    pub(crate) refresh_token: Pointer,
    pub(crate) expires_in: Pointer,
    pub(crate) token_type: Pointer,
    pub(crate) id_token: Pointer,
    /// Words that mean `bearer` besides that.
    pub(crate) token_types: Vec<String>,
    /// Each of them adds to what was granted.
    pub(crate) scopes: Vec<Pointer>,
    /// Further secrets by name.
    pub(crate) secrets: BTreeMap<String, Pointer>,
    /// Where the lifetimes of further tokens are: the shortest of all counts.
    pub(crate) lifetimes: Vec<Pointer>,
}

impl Default for TokenResponse {
    fn default() -> Self {
        Self {
            access_token: Pointer::to_member("access_token"),
            refresh_token: Pointer::to_member("refresh_token"),
            expires_in: Pointer::to_member("expires_in"),
            token_type: Pointer::to_member("token_type"),
            id_token: Pointer::to_member("id_token"),
            token_types: Vec::new(),
            scopes: vec![Pointer::to_member("scope")],
            secrets: BTreeMap::new(),
            lifetimes: Vec::new(),
        }
    }
}

/// A refresh token for an access token.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Refresh {
    /// That of the exchange, unless it is given.
    pub(crate) request: Option<RequestTemplate>,
    pub(crate) when: RefreshTime,
    pub(crate) rotation: RotationKind,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefreshTime {
    #[default]
    Ahead,
    Lazy,
    Never,
}

/// The most careful one is assumed.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RotationKind {
    None,
    Rotates(Rotates),
    #[default]
    StrictFamily,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotates {
    pub(crate) grace_seconds: u64,
}

/// How long access tokens live.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expiry {
    pub(crate) rule: ExpiryRule,
    pub(crate) margin_seconds: u64,
}

impl Expiry {
    /// The lifetime to believe, of which the answer told this. The margin takes at most half of it: a token that counted
    /// as expired at once would be refreshed for ever.
    pub(crate) fn lifetime(self, told: Option<Duration>) -> Option<Duration> {
        let lifetime = match self.rule {
            ExpiryRule::Told => told?,
            ExpiryRule::Unknown => return None,
            ExpiryRule::FixedSeconds(seconds) => Duration::from_secs(seconds),
        };
        Some(lifetime.saturating_sub(Duration::from_secs(self.margin_seconds).min(lifetime / 2)))
    }
}

impl Expiry {
    /// Whether an answer that told this is another one than the rule speaks of.
    pub(crate) fn differs(self, told: Option<Duration>) -> bool {
        match self.rule {
            ExpiryRule::FixedSeconds(seconds) => told.is_some_and(|told| told.as_secs() != seconds),
            ExpiryRule::Told => told.is_none(),
            ExpiryRule::Unknown => told.is_some(),
        }
    }
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExpiryRule {
    FixedSeconds(u64),
    #[default]
    Told,
    Unknown,
}

/// The end of a grant.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    pub(crate) request: RequestTemplate,
    #[serde(default)]
    pub(crate) authentication: RevocationProof,
    /// The tokens to revoke: the first that there is, or `each` of them.
    #[serde(default = "refresh_token_first")]
    pub(crate) order: Vec<RevokedToken>,
    #[serde(default)]
    pub(crate) each: bool,
    /// Whether `token_type_hint` is sent.
    #[serde(default)]
    pub(crate) hint: bool,
    pub(crate) reach: Reach,
}

fn refresh_token_first() -> Vec<RevokedToken> {
    vec![RevokedToken::RefreshToken, RevokedToken::AccessToken]
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RevocationProof {
    /// The token itself, in the header.
    Bearer,
    #[default]
    Client,
    None,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RevokedToken {
    AccessToken,
    RefreshToken,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    Account,
    Grant,
}
