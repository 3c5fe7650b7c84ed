use std::fmt;

use chrono::{DateTime, Utc};

use crate::{ClientId, FlowId, IntegrationId, OAuthScopes, Owner, ProviderKey};

/// The SHA-256 of a random value that only one browser has.
pub type ProofHash = [u8; 32];

/// How a finishing browser proves that it is the one that began. There is no variant without proof.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrowserProof {
    /// The SHA-256 that the page sent with its start; the page keeps the verifier.
    Challenge(ProofHash),
    /// The SHA-256 of the browser's `__Host-` nonce cookie.
    Nonce(ProofHash),
}

impl BrowserProof {
    /// The hash that the flow is matched by.
    #[must_use]
    pub const fn hash(&self) -> &ProofHash {
        match self {
            Self::Challenge(hash) | Self::Nonce(hash) => hash,
        }
    }
}

/// The kind of proof only.
impl fmt::Debug for BrowserProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Challenge(_) => "Challenge(..)",
            Self::Nonce(_) => "Nonce(..)",
        })
    }
}

/// One connect that was begun and not yet finished.
#[derive(Clone, Debug)]
pub struct PendingFlow {
    /// Its id; the sealed values are bound to it.
    pub id: FlowId,
    /// SHA-256 of `state`; the value itself is stored nowhere.
    pub state_hash: [u8; 32],
    /// Who began it, and who alone may finish it.
    pub owner: Owner,
    /// At which provider.
    pub provider: ProviderKey,
    /// With which registration; `None` where the provider has none.
    pub client: Option<ClientId>,
    /// The redirect URI that was sent, to be sent again to the letter (RFC 6749 §4.1.3).
    pub redirect_uri: String,
    /// The PKCE verifier, sealed.
    pub verifier: Vec<u8>,
    /// Which issuer must answer.
    pub issuer: Option<Issuer>,
    /// What the consent page asks for.
    pub requested: OAuthScopes,
    /// The registered name of the page to return to.
    pub return_to: String,
    /// How the finishing browser proves itself.
    pub proof: BrowserProof,
    /// The integration to reconnect; `None` for a first connect.
    pub reconnect: Option<IntegrationId>,
    /// What the provider answered, where the flow was handed over to the page.
    pub parked: Option<Parked>,
    /// Until when it can be finished, by the database's clock. Ignored by `put`, which takes a lifetime.
    pub expires_at: DateTime<Utc>,
}

/// A provider's answer that waits in its flow for the page to fetch it.
#[derive(Clone, Debug)]
pub struct Parked {
    /// SHA-256 of the single-use handle that the page shows.
    pub handle_hash: [u8; 32],
    /// The answer.
    pub answer: ParkedAnswer,
}

/// What a provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParkedAnswer {
    /// The authorization code, sealed.
    Code(Vec<u8>),
    /// A refusal: one of the error words of RFC 6749 §4.1.2.1, or `other`.
    Error(String),
}

/// The authorization server that a flow was sent to (RFC 9207).
///
/// ```
/// use bailee_core::Issuer;
///
/// let issuer = Issuer { identifier: "https://accounts.google.com".to_owned(), required: false };
/// assert!(issuer.check(Some("https://accounts.google.com")).is_ok());
/// assert!(issuer.check(None).is_ok());
/// assert!(issuer.check(Some("https://accounts.google.com/")).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Its identifier, to the byte.
    pub identifier: String,
    /// Whether its metadata promises `iss` in every answer.
    pub required: bool,
}

/// The answer came from another authorization server than the flow was sent to.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the answer names another issuer than the one that was asked")]
pub struct IssuerMismatch;

impl Issuer {
    /// Compares the `iss` of an answer byte for byte (RFC 9207 §2.4). Applies to error answers too.
    ///
    /// # Errors
    /// [`IssuerMismatch`] when it differs, or is absent although it is promised.
    pub fn check(&self, iss: Option<&str>) -> Result<(), IssuerMismatch> {
        match iss {
            Some(iss) if iss == self.identifier => Ok(()),
            None if !self.required => Ok(()),
            _ => Err(IssuerMismatch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_that_differs_in_one_byte_is_another() {
        let issuer = Issuer { identifier: "https://as.example".to_owned(), required: true };
        for other in [
            None,
            Some(""),
            Some("https://as.example/"),
            Some("https://AS.example"),
            Some("https://as.example "),
        ] {
            assert_eq!(issuer.check(other), Err(IssuerMismatch), "{other:?}");
        }
        assert_eq!(issuer.check(Some("https://as.example")), Ok(()));
    }
}
