//! A provider's OAuth as data.

mod account;
mod addresses;
mod check;
mod credential;
mod discover;
mod error;
mod failure;
mod origin;
mod read;
mod request;
mod scope;
mod value;

use std::fmt;

use serde::Deserialize;
use url::Url;

use bailee_core::{ProviderKey, ToolName};

pub(crate) use self::{
    account::{AccountRule, AccountSource, Introspection, Probe, Userinfo},
    credential::{
        Exchange, Expiry, ExpiryRule, Reach, Refresh, RefreshTime, Revocation, RevocationProof, RevokedToken,
        RotationKind,
    },
    failure::{FailureClass, FailureRule, FailureRules, Step},
    request::{Client, Consent, Pkce, RequestTemplate, Verb},
    scope::{Echo, ScopeRules},
    value::Pointer,
};
pub use self::{
    addresses::OAuthAddresses,
    discover::DiscoveryError,
    error::{DefinitionError, Position},
};

/// What is particular to one OAuth provider, as data: read from TOML or JSON, or discovered.
///
/// The crate's `docs/definition.md` has every field. A definition that was read is sound: its addresses are `https`, and
/// all but the consent page are on a host that may receive tokens.
///
/// ```
/// use bailee_oauth::OAuthDefinition;
///
/// let definition = OAuthDefinition::from_toml(
///     r#"
///     key = "example"
///     name = "Example"
///     token_hosts = ["as.example"]
///     authorize.request.url = "https://as.example/authorize"
///     token.request.url = "https://as.example/token"
///     userinfo.request.url = "https://as.example/userinfo"
///     account.id = ["/sub"]
///     "#,
/// )?;
/// assert_eq!(definition.key().as_str(), "example");
/// # Ok::<(), bailee_oauth::DefinitionError>(())
/// ```
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthDefinition {
    pub(crate) key: ProviderKey,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    #[serde(default, deserialize_with = "value::address_or_none")]
    pub(crate) account_url: Option<Url>,
    #[serde(default)]
    pub(crate) accounts: Accounts,
    #[serde(default)]
    pub(crate) aliases: Vec<AliasRule>,
    #[serde(deserialize_with = "value::hosts")]
    pub(crate) token_hosts: Vec<String>,
    pub(crate) issuer: Option<IssuerRule>,
    #[serde(default)]
    pub(crate) client: Client,
    pub(crate) authorize: Consent,
    pub(crate) token: Exchange,
    #[serde(default)]
    pub(crate) refresh: Refresh,
    pub(crate) revoke: Option<Revocation>,
    pub(crate) userinfo: Option<Userinfo>,
    pub(crate) introspection: Option<Introspection>,
    #[serde(default)]
    pub(crate) scopes: ScopeRules,
    #[serde(default)]
    pub(crate) expiry: Expiry,
    pub(crate) account: AccountRule,
    #[serde(default)]
    pub(crate) probe: Probe,
    #[serde(default)]
    pub(crate) errors: FailureRules,
}

impl OAuthDefinition {
    /// Reads a definition from TOML.
    ///
    /// # Errors
    /// [`DefinitionError`] with the first mistake, its field, its line and its column.
    pub fn from_toml(text: &str) -> Result<Self, DefinitionError> {
        read::toml(text)
    }

    /// Reads a definition from JSON.
    ///
    /// # Errors
    /// [`DefinitionError`] with the first mistake and its field, and with line and column unless the mistake is that two
    /// fields do not fit together.
    pub fn from_json(text: &str) -> Result<Self, DefinitionError> {
        read::json(text)
    }

    /// The same paths, all on one origin: what a mock or a gateway serves. Its host is then the one that may receive
    /// tokens.
    ///
    /// # Errors
    /// [`DefinitionError`] when `origin` has no host.
    pub fn at(mut self, origin: &Url) -> Result<Self, DefinitionError> {
        origin::set(&mut self, origin)?;
        Ok(self)
    }

    /// Where it is asked.
    #[must_use]
    pub fn addresses(&self) -> OAuthAddresses {
        addresses::of(self)
    }

    /// With other addresses. Their hosts, and `further` ones for its API, are then those that may receive tokens. What
    /// is `None` stays where it is.
    #[must_use]
    pub fn with_addresses<'a>(
        mut self,
        addresses: &OAuthAddresses,
        further: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        addresses::set(&mut self, addresses, further);
        self
    }

    /// The provider's key in URLs and rows.
    #[must_use]
    pub const fn key(&self) -> &ProviderKey {
        &self.key
    }

    /// The provider's name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hosts that may receive tokens, in lower case and without port.
    #[must_use]
    pub fn token_hosts(&self) -> &[String] {
        &self.token_hosts
    }
}

/// Which provider; its addresses may have a gateway's key in them.
impl fmt::Debug for OAuthDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthDefinition")
            .field("key", &self.key)
            .field("token_hosts", &self.token_hosts)
            .finish_non_exhaustive()
    }
}

/// How many accounts an owner may join.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Accounts {
    Many,
    #[default]
    One,
}

/// Another key that starts a connect, which then asks for what these tools need; for everything, where it names none.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AliasRule {
    pub(crate) key: ProviderKey,
    /// Its name as a server of the Model Context Protocol; without one it is none.
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) tools: Vec<ToolName>,
}

/// Who answers the consent (RFC 9207).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerRule {
    pub(crate) identifier: String,
    /// Other words for it in ID tokens.
    #[serde(default)]
    pub(crate) spellings: Vec<String>,
    #[serde(default)]
    pub(crate) required: bool,
}
