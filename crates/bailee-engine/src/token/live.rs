use std::{collections::BTreeMap, fmt};

use bailee_core::{Account, ClientId, IntegrationId, OAuthScopes, ProviderKey, SecretString};
use chrono::{DateTime, Utc};

use super::Ask;

/// A token that works now, as far as can be known.
#[derive(Clone)]
pub struct Live {
    pub(super) token: SecretString,
    pub(super) further: BTreeMap<String, SecretString>,
    pub(super) integration: IntegrationId,
    pub(super) client: Option<ClientId>,
    pub(super) provider: ProviderKey,
    pub(super) account: Account,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) requested: OAuthScopes,
    pub(super) granted: Option<OAuthScopes>,
    pub(super) epoch: i64,
    pub(super) ask: Ask,
    pub(super) forced: bool,
    pub(super) refreshed: bool,
}

impl Live {
    /// The access token. Send it to the hosts of its provider and nowhere else; do not keep it.
    #[must_use]
    pub const fn token(&self) -> &SecretString {
        &self.token
    }

    /// Another token of the same grant by its name, such as that of a person beside that of a bot; which there are, the
    /// provider's documentation tells. To be treated as [`Live::token`].
    #[must_use]
    pub fn further(&self, name: &str) -> Option<&SecretString> {
        self.further.get(name)
    }

    /// All of them.
    pub(crate) const fn all_further(&self) -> &BTreeMap<String, SecretString> {
        &self.further
    }

    /// The integration it belongs to.
    #[must_use]
    pub const fn integration(&self) -> IntegrationId {
        self.integration
    }

    /// The account it speaks for.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// When it expires; `None` where the provider does not tell.
    #[must_use]
    pub const fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }

    /// What the user granted; `None` where the provider does not tell.
    #[must_use]
    pub const fn granted(&self) -> Option<&OAuthScopes> {
        self.granted.as_ref()
    }

    /// What was asked for and not granted; empty where the grant is unknown.
    #[must_use]
    pub fn missing(&self) -> OAuthScopes {
        self.granted.as_ref().map(|granted| self.requested.without(granted)).unwrap_or_default()
    }

    /// The registration that obtained the grant.
    pub(crate) const fn client(&self) -> Option<&ClientId> {
        self.client.as_ref()
    }

    /// Whether it was obtained while it was asked for.
    pub(crate) const fn refreshed(&self) -> bool {
        self.refreshed
    }

    pub(crate) const fn provider(&self) -> &ProviderKey {
        &self.provider
    }

    pub(crate) const fn epoch(&self) -> i64 {
        self.epoch
    }
}

/// Without the token.
impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("integration", &self.integration)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
