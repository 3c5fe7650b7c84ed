use std::borrow::Cow;

use oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, basic::BasicClient,
};
use secrecy::ExposeSecret;
use url::Url;

use bailee_core::{Begin, OAuthScopes, ProviderError};

/// Makes the address of a consent page (RFC 6749 §4.1.1) with PKCE S256 (RFC 7636 §4.3) and the provider's own
/// parameters.
///
/// ```
/// use bailee_core::{Begin, ClientId, OAuthScopes};
///
/// let url = bailee_oauth::authorize(
///     &"https://as.example/authorize".parse()?,
///     &Begin {
///         client_id: &ClientId::new("c1")?,
///         redirect_uri: &"https://host.example/api/oauth/example/callback".parse()?,
///         state: &"s".repeat(43).into(),
///         pkce_verifier: &"v".repeat(43).into(),
///         alias: None,
///         already_granted: &OAuthScopes::default(),
///         account: None,
///     },
///     &OAuthScopes::parse("openid")?,
///     &[("access_type", "offline")],
/// )?;
/// assert!(url.as_str().contains("code_challenge_method=S256"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ProviderError::InvalidArguments`] when the verifier is not 43 to 128 unreserved characters, or `state` is empty.
pub fn authorize(
    endpoint: &Url,
    begin: &Begin<'_>,
    scopes: &OAuthScopes,
    extra: &[(&str, &str)],
) -> Result<Url, ProviderError> {
    let verifier = begin.pkce_verifier.expose_secret();
    // oauth2 panics on a verifier of another length.
    if !is_verifier(verifier) {
        return Err(invalid("/pkce_verifier", "must be 43 to 128 unreserved characters"));
    }
    let state = begin.state.expose_secret();
    if state.is_empty() {
        return Err(invalid("/state", "must not be empty"));
    }
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned()));
    let redirect_uri = RedirectUrl::from_url(begin.redirect_uri.clone());
    let client = BasicClient::new(ClientId::new(begin.client_id.as_str().to_owned()))
        .set_auth_uri(AuthUrl::from_url(endpoint.clone()));
    let mut request = client
        .authorize_url(|| CsrfToken::new(state.to_owned()))
        .set_redirect_uri(Cow::Borrowed(&redirect_uri))
        .set_pkce_challenge(challenge)
        .add_scopes(scopes.iter().map(|scope| Scope::new(scope.to_owned())));
    for (name, value) in extra {
        request = request.add_extra_param(*name, *value);
    }
    let (url, _state) = request.url();
    Ok(url)
}

/// RFC 7636 §4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn invalid(pointer: &str, problem: &'static str) -> ProviderError {
    ProviderError::InvalidArguments { pointer: pointer.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bailee_core::ClientId as CoreClientId;

    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn url(verifier: &str, state: &str) -> anyhow::Result<Result<Url, ProviderError>> {
        let begin = Begin {
            client_id: &CoreClientId::new("c 1")?,
            redirect_uri: &"https://host.example/cb?x=1".parse()?,
            state: &state.to_owned().into(),
            pkce_verifier: &verifier.to_owned().into(),
            alias: None,
            already_granted: &OAuthScopes::default(),
            account: None,
        };
        let scopes = OAuthScopes::parse("b a")?;
        Ok(authorize(
            &"https://as.example/auth?tenant=1".parse()?,
            &begin,
            &scopes,
            &[("prompt", "consent select_account")],
        ))
    }

    #[test]
    fn the_page_gets_the_challenge_of_rfc_7636_and_every_parameter_once() -> anyhow::Result<()> {
        let url = url(VERIFIER, "st")??;
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let expected = BTreeMap::from([
            ("tenant", "1"),
            ("response_type", "code"),
            ("client_id", "c 1"),
            ("redirect_uri", "https://host.example/cb?x=1"),
            ("scope", "a b"),
            ("state", "st"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("prompt", "consent select_account"),
        ]);
        assert_eq!(pairs.len(), expected.len());
        let pairs: BTreeMap<&str, &str> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, expected);
        assert!(!url.as_str().contains(VERIFIER));
        Ok(())
    }

    #[test]
    fn a_verifier_or_state_that_is_none_is_refused_and_never_a_panic() -> anyhow::Result<()> {
        for verifier in ["", &"v".repeat(42), &"v".repeat(129), &"+".repeat(43), &"ä".repeat(43)] {
            let error = url(verifier, "st")?.err();
            assert_eq!(error, Some(invalid("/pkce_verifier", "must be 43 to 128 unreserved characters")));
        }
        assert_eq!(url(VERIFIER, "")?.err(), Some(invalid("/state", "must not be empty")));
        assert!(url(&"v".repeat(128), "st")?.is_ok());
        Ok(())
    }
}
