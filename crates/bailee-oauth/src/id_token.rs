use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::response;
use bailee_core::{Account, AccountId, ClientId, ProviderError};

/// What an OpenID Connect ID token says of its subject.
#[derive(Clone)]
pub struct IdToken {
    claims: Map<String, Value>,
    subject: AccountId,
}

impl IdToken {
    /// Reads an ID token that came **straight from the token endpoint** over TLS. Its signature is then not needed
    /// (OpenID Connect Core §3.1.3.7, point 6), and it is used once, at once: its expiry says nothing.
    ///
    /// # Errors
    /// [`ProviderError::Malformed`] when it is not a JWT, was not issued by one of `issuers` or for this `audience`,
    /// or names no subject of 1 to 255 printable characters.
    pub fn from_token_endpoint(
        token: &SecretString,
        audience: &ClientId,
        issuers: &[&str],
    ) -> Result<Self, ProviderError> {
        let claims = claims(token.expose_secret()).ok_or(malformed("the ID token is not a JWT"))?;
        let issuer = claims.get("iss").and_then(Value::as_str);
        if !issuer.is_some_and(|issuer| issuers.contains(&issuer)) {
            return Err(malformed("the ID token is of another issuer"));
        }
        let ours = match claims.get("aud") {
            Some(Value::String(one)) => one == audience.as_str(),
            Some(Value::Array(many)) => many.iter().any(|one| one == audience.as_str()),
            _ => false,
        };
        if !ours {
            return Err(malformed("the ID token is for another client"));
        }
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .and_then(|subject| AccountId::new(subject).ok())
            .ok_or(malformed("the ID token has no subject"))?;
        Ok(Self { claims, subject })
    }

    /// The immutable id of the account (`sub`).
    #[must_use]
    pub const fn subject(&self) -> &AccountId {
        &self.subject
    }

    /// The e-mail address, where it is told. May change: a label, never a key.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claim("email")
    }

    /// Any claim that is a text.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// All that it says.
    pub(crate) fn into_claims(self) -> Map<String, Value> {
        self.claims
    }

    /// The account, labelled with its e-mail address.
    #[must_use]
    pub fn account(&self) -> Account {
        Account { id: self.subject.clone(), label: self.email().map(str::to_owned) }
    }
}

/// The payload of a JWT in compact form (RFC 7519 §3.1).
fn claims(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    response::object(&payload).ok()
}

const fn malformed(problem: &'static str) -> ProviderError {
    ProviderError::Malformed { problem }
}

/// Says nothing of the person.
impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Result<IdToken, ProviderError> {
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
        let audience = ClientId::new("c1").map_err(|_| malformed("a test"))?;
        IdToken::from_token_endpoint(&token.into(), &audience, &["https://as.example", "as.example"])
    }

    #[test]
    fn subject_and_email_are_read_and_the_email_may_be_missing() -> Result<(), ProviderError> {
        let token = read(r#"{"iss":"https://as.example","aud":"c1","sub":"11","email":"a@x.test"}"#)?;
        assert_eq!(token.subject().as_str(), "11");
        assert_eq!(token.account().label.as_deref(), Some("a@x.test"));
        let token = read(r#"{"iss":"as.example","aud":["c0","c1"],"sub":"11"}"#)?;
        assert_eq!(token.email(), None);
        Ok(())
    }

    #[test]
    fn a_token_for_somebody_else_or_of_somebody_else_is_refused() {
        for payload in [
            r#"{"iss":"https://as.example","aud":"c2","sub":"11"}"#,
            r#"{"iss":"https://as.example","aud":["c2"],"sub":"11"}"#,
            r#"{"iss":"https://as.example","sub":"11"}"#,
            r#"{"iss":"https://as.example/","aud":"c1","sub":"11"}"#,
            r#"{"aud":"c1","sub":"11"}"#,
            r#"{"iss":"https://as.example","aud":"c1"}"#,
            r#"{"iss":"https://as.example","aud":"c1","sub":""}"#,
            r#"{"iss":"https://as.example","aud":"c1","sub":11}"#,
            r#"{"iss":"https://as.example","aud":"c1","sub":"11","sub":"12"}"#,
            "[]",
            "",
        ] {
            assert!(read(payload).is_err(), "{payload}");
        }
    }

    #[test]
    fn what_is_no_compact_jwt_is_refused() -> Result<(), bailee_core::InvalidId> {
        let audience = ClientId::new("c1")?;
        for token in ["", "a", "a.b", "a.b.c.d", "..", "e30.!.c2ln", "e30.e30=.c2ln"] {
            let result =
                IdToken::from_token_endpoint(&token.to_owned().into(), &audience, &["https://as.example"]);
            assert!(result.is_err(), "{token}");
        }
        Ok(())
    }
}
