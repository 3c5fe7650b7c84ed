//! Refresh tokens that rotate, a dead one without `invalid_grant`, and two tokens to revoke.

use anyhow::{Context as _, Result};

use crate::{
    server::Script,
    support::{VERIFIER, X, begin, credential, exchange, parameter, provider, provider_at, refresh, revoke},
};
use bailee_core::{ExposeSecret, Provider as _, ProviderError, RefreshMode, Rotation};

const TOKENS: &str = r#"{"token_type":"bearer","expires_in":7200,"access_token":"at-2","scope":"users.read tweet.read","refresh_token":"rt-2"}"#;

#[tokio::test]
async fn consent_asks_for_a_refresh_token_and_carries_the_challenge() -> Result<()> {
    let provider = provider(X)?;
    let begun = begin(&provider, "dm.read").await?;
    let asked = "dm.read offline.access tweet.read users.read";
    assert_eq!(parameter(&begun, "scope").as_deref(), Some(asked));
    assert_eq!(parameter(&begun, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(provider.descriptor().rotation, Rotation::Strict);
    assert_eq!(provider.descriptor().refresh, RefreshMode::Lazy);
    Ok(())
}

#[tokio::test]
async fn an_exchange_sends_the_verifier_and_asks_whose_token_it_is() -> Result<()> {
    let script = Script::new(&[(200, TOKENS), (200, r#"{"data":{"id":"22","username":"ada"}}"#)]).await?;
    let grant = exchange(&provider_at(X, &script.url)?, "tweet.read users.read dm.read").await??;
    assert_eq!(grant.account.id.as_str(), "22");
    assert_eq!(grant.account.label.as_deref(), Some("ada"));
    assert_eq!(grant.granted.context("the grant is told")?.as_str(), "tweet.read users.read");
    let requests = script.requests().await?;
    let [token, user] = requests.as_slice() else { anyhow::bail!("two requests") };
    assert!(token.body.contains(&format!("code_verifier={VERIFIER}")));
    assert_eq!(user.line, "GET /2/users/me HTTP/1.1");
    assert_eq!(user.header("authorization"), Some("Bearer at-2"));
    Ok(())
}

#[tokio::test]
async fn a_rotated_token_is_handed_on_and_a_dead_one_is_told_by_its_description() -> Result<()> {
    let dead = r#"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#;
    let wrong = r#"{"error":"invalid_request","error_description":"Something else."}"#;
    let header =
        r#"{"error":"unauthorized_client","error_description":"Missing valid authorization header"}"#;
    let script = Script::new(&[(200, TOKENS), (400, dead), (400, wrong), (401, header), (503, dead)]).await?;
    let provider = provider_at(X, &script.url)?;
    let old = credential("at-1", "rt-1");
    let renewal = refresh(&provider, &old).await??;
    assert_eq!(renewal.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("rt-2"));
    assert_eq!(old.renewed_by(&renewal).access_token.expose_secret(), "at-2");
    for expected in [
        ProviderError::GrantRevoked { reason: "revoked" },
        ProviderError::Rejected { status: 400, code: "invalid_request" },
        ProviderError::Client,
        ProviderError::Unavailable { retry_after: None },
    ] {
        assert_eq!(refresh(&provider, &old).await?.map(drop), Err(expected));
    }
    let requests = script.requests().await?;
    let first = requests.first().context("a request")?;
    assert_eq!(first.body, "grant_type=refresh_token&refresh_token=rt-1");
    assert_eq!(first.header("authorization"), Some("Basic YzE6czE="));
    Ok(())
}

#[tokio::test]
async fn both_tokens_are_revoked_the_refresh_token_first() -> Result<()> {
    let gone = r#"{"error":"invalid_request"}"#;
    let script = Script::new(&[(200, r#"{"revoked":true}"#), (400, gone), (400, gone), (400, gone)]).await?;
    let provider = provider_at(X, &script.url)?;
    let credential = credential("at-1", "rt-1");
    assert_eq!(revoke(&provider, &credential).await?, Ok(()), "one of them was there");
    assert_eq!(revoke(&provider, &credential).await?, Err(ProviderError::AlreadyDone));
    let bodies: Vec<String> = script.requests().await?.into_iter().map(|request| request.body).collect();
    let expected = ["token=rt-1&token_type_hint=refresh_token", "token=at-1&token_type_hint=access_token"];
    assert_eq!(bodies.get(..2), Some(expected.map(str::to_owned).as_slice()));
    Ok(())
}
