//! Basic authentication, JSON bodies, a header on every request, no scopes, no lifetime.

use anyhow::Result;
use serde_json::json;

use crate::{
    server::Script,
    support::{NOTION, credential, exchange, provider_at, refresh, revoke, validate},
};
use bailee_core::{ExposeSecret, ProviderError};

const TOKENS: &str = r#"{
    "access_token": "ntn_1", "token_type": "bearer", "refresh_token": "nrt_1", "bot_id": "b1",
    "workspace_id": "w1", "workspace_name": null,
    "owner": { "type": "user", "user": { "id": "u1", "name": "Ada", "person": { "email": "ada@example.test" } } }
}"#;

#[tokio::test]
async fn an_exchange_is_json_with_basic_authentication_and_the_version() -> Result<()> {
    let script = Script::new(&[(200, TOKENS)]).await?;
    let grant = exchange(&provider_at(NOTION, &script.url)?, "").await??;
    let requests = script.requests().await?;
    let [request] = requests.as_slice() else { anyhow::bail!("one request") };
    assert_eq!(request.line, "POST /v1/oauth/token HTTP/1.1");
    assert_eq!(request.header("authorization"), Some("Basic YzE6czE="));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("notion-version"), Some("2026-03-11"));
    let expected = json!({
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": "https://host.example/callback",
    });
    assert_eq!(request.json()?, expected, "no verifier where there was no challenge");
    assert_eq!(grant.account.id.as_str(), "w1:u1");
    assert_eq!(grant.account.label.as_deref(), Some("ada@example.test"));
    assert_eq!(grant.config.get("bot_id"), Some(&json!("b1")));
    assert_eq!(grant.granted, None, "the answer never names scopes");
    assert_eq!(grant.expires_in, None);
    Ok(())
}

#[tokio::test]
async fn a_refresh_rotates_and_a_dead_token_is_told_by_code_or_error() -> Result<()> {
    let dead = r#"{"object":"error","status":400,"code":"invalid_grant","message":"m"}"#;
    let script = Script::new(&[(200, TOKENS), (400, dead), (400, r#"{"error":"invalid_grant"}"#)]).await?;
    let provider = provider_at(NOTION, &script.url)?;
    let old = credential("ntn_0", "nrt_0");
    let renewal = refresh(&provider, &old).await??;
    assert_eq!(renewal.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("nrt_1"));
    for _ in 0..2 {
        let answer = refresh(&provider, &old).await?.map(drop);
        assert_eq!(answer, Err(ProviderError::GrantRevoked { reason: "invalid_grant" }));
    }
    Ok(())
}

#[tokio::test]
async fn the_access_token_is_revoked_as_the_client() -> Result<()> {
    let script = Script::new(&[(200, r#"{"request_id":"r"}"#)]).await?;
    revoke(&provider_at(NOTION, &script.url)?, &credential("ntn_1", "nrt_1")).await??;
    let requests = script.requests().await?;
    let [request] = requests.as_slice() else { anyhow::bail!("one request") };
    assert_eq!(request.json()?, json!({ "token": "ntn_1" }));
    assert_eq!(request.header("authorization"), Some("Basic YzE6czE="));
    Ok(())
}

#[tokio::test]
async fn a_probe_tells_a_refused_token_from_a_page_of_the_edge() -> Result<()> {
    let refused =
        r#"{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}"#;
    let script = Script::new(&[(200, r#"{"id":"b1"}"#), (401, refused), (403, "<html>")]).await?;
    let provider = provider_at(NOTION, &script.url)?;
    assert!(validate(&provider).await?.account.is_none(), "the probe names the bot, not the account");
    assert_eq!(validate(&provider).await.map(drop), Err(ProviderError::TokenRejected));
    let edge = validate(&provider).await.map(drop);
    assert!(matches!(edge, Err(ProviderError::Malformed { .. })), "{edge:?}");
    Ok(())
}
