use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AccountId, ClientId, IntegrationId, OAuthScopes, Owner, ProfileId, ProviderKey, Scope};

/// One connected account. Never holds a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Integration {
    /// Its id.
    pub id: IntegrationId,
    /// Whose it is.
    pub owner: Owner,
    /// Where the account is.
    pub provider: ProviderKey,
    /// The OAuth registration that obtained the grant; refresh and revocation use the same one.
    pub client: Option<ClientId>,
    /// The account at the provider.
    pub account: Account,
    /// Where it stands in its life.
    pub lifecycle: Lifecycle,
    /// The last verdict on its credential.
    pub status: Status,
    /// Why the verdict is what it is.
    pub status_reason: Option<StatusReason>,
    /// Whether the owner left it turned on.
    pub enabled: bool,
    /// Whether it is the owner's first choice among those of its provider.
    pub is_default: bool,
    /// Which profiles may use it.
    pub scope: Scope,
    /// The one profile that it speaks for.
    pub bound_profile: Option<ProfileId>,
    /// What the last consent asked for.
    pub requested: OAuthScopes,
    /// What the user granted; `None` where the provider does not tell.
    pub granted: Option<OAuthScopes>,
    /// What the provider said is missing when a tool was called, whatever was granted. A reconnect begins anew.
    pub lacking: OAuthScopes,
    /// Settings without secrets.
    pub config: serde_json::Map<String, serde_json::Value>,
    /// Grows with every change that a person can see; a refresh does not count.
    pub version: i64,
    /// When it was first connected.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When the provider was last asked for a verdict.
    pub validated_at: Option<DateTime<Utc>>,
    /// When the current access token expires; `None` where the provider does not tell.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Integration {
    /// The OAuth scopes that were asked for and not granted, as far as that is known, and those that the provider said are
    /// missing.
    #[must_use]
    pub fn missing(&self) -> OAuthScopes {
        let refused = self.granted.as_ref().map(|granted| self.requested.without(granted));
        refused.unwrap_or_default().union(&self.lacking)
    }
}

/// An account at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Immutable; decides whether two grants are of the same account.
    pub id: AccountId,
    /// For people; may change, may be missing, is never compared.
    pub label: Option<String>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$variant_doc:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word that is stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the word back.
            ///
            /// # Errors
            /// [`UnknownWord`] for any other text.
            pub fn parse(word: &str) -> Result<Self, UnknownWord> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err(UnknownWord { what: $what }) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words!(
    /// Where an integration stands in its life. Kept apart from [`Status`].
    Lifecycle, "lifecycle", {
        /// It has a credential that should work.
        Connected => "connected",
        /// The user took it away; its access is being revoked at the provider, and no tool sees it.
        Disconnecting => "disconnecting",
        /// Its credential is dead; only the user can mend that.
        NeedsReconnect => "needs_reconnect",
    }
);

words!(
    /// The last verdict on the credential. [`Lifecycle::NeedsReconnect`] implies [`Status::Invalid`].
    Status, "status", {
        /// The provider refused it.
        Invalid => "Invalid",
        /// The provider could not be asked.
        Unknown => "Unknown",
        /// The provider took it.
        Valid => "Valid",
    }
);

words!(
    /// Why an integration has its status.
    StatusReason, "status reason", {
        /// The credential answers for another account than the one that was connected.
        AccountDiffers => "account_differs",
        /// The registration of the host is not what the provider expects; the grant itself may be fine.
        Config => "config",
        /// The credential expired and cannot be refreshed.
        Expired => "expired",
        /// The key that sealed the credential is not in the ring.
        KeyUnavailable => "key_unavailable",
        /// A refresh was sent and its answer never arrived; the provider had already replaced the credential.
        OutcomeLost => "outcome_lost",
        /// The provider refused a freshly refreshed access token.
        Rejected => "rejected",
        /// The user or an administrator took the grant away at the provider.
        Revoked => "revoked",
        /// The provider did not answer, or asked to come back later.
        Unavailable => "unavailable",
    }
);

/// A stored or received word that this version does not know.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown {what}")]
pub struct UnknownWord {
    /// What the word was to name.
    pub what: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_words_are_those_of_the_page() {
        assert_eq!(Status::Valid.as_str(), "Valid");
        assert_eq!(Lifecycle::NeedsReconnect.as_str(), "needs_reconnect");
        assert_eq!(Lifecycle::parse("needs_reconnect"), Ok(Lifecycle::NeedsReconnect));
        assert_eq!(Status::parse("valid"), Err(UnknownWord { what: "status" }));
    }
}
