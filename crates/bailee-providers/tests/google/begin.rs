use anyhow::Result;
use url::Url;

use bailee_core::{
    Account, AccountId, Begin, Begun, ClientId, OAuthScopes, Provider as _, ProviderError, ProviderKey,
};
use bailee_providers::Google;

use crate::support::{ALL, CLIENT, REDIRECT, SUBJECT, VERIFIER, google, pairs, secret, texts};

/// Of [`VERIFIER`], both as in RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn begin(
    google: &Google,
    alias: Option<&str>,
    already_granted: &str,
    account: Option<&Account>,
) -> Result<Result<Begun, ProviderError>> {
    let alias = alias.map(ProviderKey::new).transpose()?;
    let request = Begin {
        client_id: &ClientId::new(CLIENT)?,
        redirect_uri: &Url::parse(REDIRECT)?,
        state: &secret("kJ3"),
        pkce_verifier: &secret(VERIFIER),
        alias: alias.as_ref(),
        already_granted: &OAuthScopes::parse(already_granted)?,
        account,
    };
    Ok(google.begin(request).await)
}

#[tokio::test]
async fn a_first_connect_asks_with_exactly_these_parameters() -> Result<()> {
    let begun = begin(&google()?, None, "", None).await??;
    let (page, query) = begun.url.as_str().split_once('?').unwrap_or_default();
    assert_eq!(page, "https://accounts.google.com/o/oauth2/v2/auth");
    let expected = texts([
        ("access_type", "offline"),
        ("client_id", CLIENT),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", "consent select_account"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", ALL),
        ("state", "kJ3"),
    ]);
    assert_eq!(pairs(query), expected);
    assert_eq!(query.split('&').count(), expected.len(), "each once");
    assert_eq!(begun.requested.as_str(), ALL);
    Ok(())
}

#[tokio::test]
async fn a_reconnect_names_the_account_and_does_not_offer_others() -> Result<()> {
    let google = google()?;
    for (label, hint) in
        [(Some("ada@example.test"), "ada@example.test"), (Some("Ada"), SUBJECT), (None, SUBJECT)]
    {
        let account = Account { id: AccountId::new(SUBJECT)?, label: label.map(str::to_owned) };
        let begun = begin(&google, None, "", Some(&account)).await??;
        let query = pairs(begun.url.query().unwrap_or_default());
        assert_eq!(query.get("login_hint").map(String::as_str), Some(hint));
        assert_eq!(query.get("prompt").map(String::as_str), Some("consent"));
    }
    Ok(())
}

#[tokio::test]
async fn a_connect_never_loses_what_was_granted_before() -> Result<()> {
    let google = google()?.with_tools([])?;
    let before = "https://www.googleapis.com/auth/gmail.send https://www.googleapis.com/auth/userinfo.email";
    let begun = begin(&google, None, before, None).await??;
    assert_eq!(begun.requested.as_str(), "email https://www.googleapis.com/auth/gmail.send openid");
    Ok(())
}

#[tokio::test]
async fn an_alias_asks_for_its_service_and_an_unknown_one_is_refused() -> Result<()> {
    let google = google()?;
    for alias in ["google_calendar", "google"] {
        let begun = begin(&google, Some(alias), "", None).await??;
        assert_eq!(begun.requested.as_str(), ALL, "{alias}");
    }
    let error = begin(&google, Some("notion"), "", None).await?.err();
    assert_eq!(error, Some(ProviderError::Unsupported));
    Ok(())
}
