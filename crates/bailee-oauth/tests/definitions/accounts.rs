//! Whose the grant is, by the ID token of the exchange; and where that is asked.

use anyhow::Result;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use url::Url;

use crate::{
    server::Script,
    support::{GOOGLE, begin, exchange, provider_at},
};
use bailee_core::ProviderError;
use bailee_oauth::{OAuthAddresses, OAuthDefinition};

/// What the token endpoint answers, with an ID token of that issuer for that client.
fn tokens(issuer: &str, audience: &str) -> String {
    let claims = json!({ "iss": issuer, "aud": audience, "sub": "11", "email": "ada@example.test" });
    let id_token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
    json!({ "access_token": "at-1", "id_token": id_token }).to_string()
}

#[tokio::test]
async fn the_id_token_tells_the_account_and_nobody_else_is_asked() -> Result<()> {
    for issuer in ["https://accounts.google.com", "accounts.google.com"] {
        let script = Script::new(&[(200, &tokens(issuer, "c1"))]).await?;
        let grant = exchange(&provider_at(GOOGLE, &script.url)?, "openid").await??;
        assert_eq!(grant.account.id.as_str(), "11");
        assert_eq!(grant.account.label.as_deref(), Some("ada@example.test"));
        assert_eq!(script.requests().await?.len(), 1, "{issuer}");
    }
    Ok(())
}

#[tokio::test]
async fn an_id_token_for_or_of_somebody_else_is_refused() -> Result<()> {
    for (issuer, audience) in [("https://accounts.google.com", "c2"), ("https://evil.example", "c1")] {
        let script = Script::new(&[(200, &tokens(issuer, audience))]).await?;
        let answer = exchange(&provider_at(GOOGLE, &script.url)?, "openid").await?;
        assert!(matches!(answer, Err(ProviderError::Malformed { .. })), "{answer:?}");
        script.requests().await?;
    }
    Ok(())
}

#[tokio::test]
async fn without_an_id_token_userinfo_tells_the_account() -> Result<()> {
    let script =
        Script::new(&[(200, r#"{"access_token":"at-1"}"#), (200, r#"{"sub":"11","email":"a@x.test"}"#)])
            .await?;
    let grant = exchange(&provider_at(GOOGLE, &script.url)?, "openid").await??;
    assert_eq!((grant.account.id.as_str(), grant.account.label.as_deref()), ("11", Some("a@x.test")));
    let requests = script.requests().await?;
    assert_eq!(requests.last().and_then(|request| request.header("authorization")), Some("Bearer at-1"));
    Ok(())
}

#[tokio::test]
async fn each_address_can_be_another_and_their_hosts_receive_tokens() -> Result<()> {
    let google = OAuthDefinition::from_toml(GOOGLE)?;
    let at = |host: &str| Url::parse(&format!("https://{host}.example/"));
    let moved = OAuthAddresses {
        authorize: at("consent")?,
        revoke: Some(at("revoke")?),
        userinfo: None,
        ..google.addresses()
    };
    let google = google.with_addresses(&moved, ["API.example"]);
    assert_eq!(google.addresses().revoke, moved.revoke);
    assert_eq!(
        google.token_hosts(),
        ["api.example", "oauth2.googleapis.com", "openidconnect.googleapis.com", "revoke.example"],
        "the consent page gets no token, and what is not named stays",
    );
    let registration =
        bailee_core::ClientRegistration::new(bailee_core::ClientId::new("c1")?, crate::support::secret("s1"));
    let provider = bailee_oauth::OAuthProvider::new(google.clone(), registration)?.with_definition(google);
    assert_eq!(begin(&provider, "").await?.url.host_str(), Some("consent.example"));
    Ok(())
}
