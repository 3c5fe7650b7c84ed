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
        return Err(invalid(
            "/pkce_verifier",
            "must be 43 to 128 unreserved characters",
        ));
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
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn invalid(pointer: &str, problem: &'static str) -> ProviderError {
    ProviderError::InvalidArguments {
        pointer: pointer.to_owned(),
        problem,
    }
}
