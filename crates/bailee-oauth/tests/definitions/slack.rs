//! Errors in successes, a token beside the token, scopes in two parameters.

use anyhow::{Context as _, Result};

use crate::{
    server::Script,
    support::{
        SLACK, begin, credential, exchange, parameter, provider, provider_at, refresh, revoke, validate,
    },
};
use bailee_core::{ExposeSecret as _, ProviderError};

const TOKENS: &str = r#"{
    "ok": true, "app_id": "A1", "token_type": "bot", "scope": "chat:write,channels:read",
    "access_token": "xoxb-1", "bot_user_id": "UBOT", "team": { "id": "T1", "name": "Demo" },
    "authed_user": { "id": "U1", "scope": "users:read", "access_token": "xoxp-1", "refresh_token": "xoxe-1", "token_type": "user" }
}"#;

/// Two more scopes: one of the bot, and one of the person.
const MORE: &str = r#"
[[scopes.list]]
name = "channels:read"

[[scopes.list]]
name = "users:read"
parameter = "user_scope"
"#;

#[tokio::test]
async fn scopes_are_asked_for_in_two_lists_with_commas() -> Result<()> {
    let begun = begin(&provider(&format!("{SLACK}{MORE}"))?, "").await?;
    assert_eq!(parameter(&begun, "scope").as_deref(), Some("channels:read,chat:write"));
    assert_eq!(parameter(&begun, "user_scope").as_deref(), Some("users:read"));
    assert_eq!(parameter(&begun, "code_challenge"), None, "a challenge is refused");
    assert_eq!(parameter(&begun, "state").as_deref(), Some("state-1"));
    Ok(())
}

#[tokio::test]
async fn a_scope_of_the_person_is_told_from_the_same_word_of_the_bot() -> Result<()> {
    let begun = begin(&provider(SLACK)?, "user:chat:write").await?;
    assert_eq!(parameter(&begun, "scope").as_deref(), Some("chat:write"));
    assert_eq!(parameter(&begun, "user_scope").as_deref(), Some("chat:write"));
    assert_eq!(begun.requested.as_str(), "chat:write user:chat:write");
    Ok(())
}

#[tokio::test]
async fn an_exchange_keeps_the_token_of_the_person_beside_that_of_the_bot() -> Result<()> {
    let script = Script::new(&[(200, TOKENS)]).await?;
    let grant = exchange(&provider_at(SLACK, &script.url)?, "").await??;
    assert_eq!(grant.credential.access_token.expose_secret(), "xoxb-1");
    let user = grant.credential.extra.get("user_token").context("the token of the person")?;
    assert_eq!(user.expose_secret(), "xoxp-1");
    assert!(grant.credential.extra.contains_key("user_refresh_token"));
    assert_eq!(grant.account.id.as_str(), "T1:A1");
    assert_eq!(grant.account.label.as_deref(), Some("Demo"));
    let granted = grant.granted.context("the grant is told")?;
    assert_eq!(granted.as_str(), "channels:read chat:write user:users:read");
    assert!(!format!("{:?}", grant.credential).contains("xox"));
    Ok(())
}

#[tokio::test]
async fn the_main_token_can_be_the_nested_one() -> Result<()> {
    let definition = SLACK
        .replace("token_types =", "access_token = \"/authed_user/access_token\"\ntoken_types =")
        .replace("user_token = \"/authed_user/access_token\", ", "");
    let script = Script::new(&[(200, TOKENS)]).await?;
    let grant = exchange(&provider_at(&definition, &script.url)?, "").await??;
    assert_eq!(grant.credential.access_token.expose_secret(), "xoxp-1");
    Ok(())
}

#[tokio::test]
async fn a_success_that_is_not_ok_is_the_error_that_it_names() -> Result<()> {
    let words = [
        (
            r#"{"ok":false,"error":"invalid_refresh_token"}"#,
            ProviderError::GrantRevoked { reason: "revoked" },
        ),
        (r#"{"ok":false,"error":"bad_client_secret"}"#, ProviderError::Client),
        (r#"{"ok":false,"error":"internal_error"}"#, ProviderError::Unavailable { retry_after: None }),
        (r#"{"ok":false,"error":"ratelimited"}"#, ProviderError::RateLimited { retry_after: None }),
        (r#"{"ok":false,"error":"a_new_word"}"#, ProviderError::Rejected { status: 200, code: "other" }),
        (
            r#"{"access_token":"at"}"#,
            ProviderError::Malformed { problem: "the answer does not say whether it is a success" },
        ),
    ];
    let answers: Vec<(u16, &str)> = words.iter().map(|(body, _)| (200, *body)).collect();
    let script = Script::new(&answers).await?;
    let provider = provider_at(SLACK, &script.url)?;
    for (body, expected) in words {
        let answer = refresh(&provider, &credential("xoxb-0", "xoxe-0")).await?.map(drop);
        assert_eq!(answer, Err(expected), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_probe_posts_the_token_in_the_header() -> Result<()> {
    let script =
        Script::new(&[(200, r#"{"ok":true}"#), (200, r#"{"ok":false,"error":"token_revoked"}"#)]).await?;
    let provider = provider_at(SLACK, &script.url)?;
    assert!(validate(&provider).await.is_ok());
    assert_eq!(validate(&provider).await.map(drop), Err(ProviderError::TokenRejected));
    let requests = script.requests().await?;
    let first = requests.first().context("a request")?;
    assert_eq!(first.line, "POST /api/auth.test HTTP/1.1");
    assert_eq!(first.header("authorization"), Some("Bearer at-1"));
    Ok(())
}

#[tokio::test]
async fn a_revocation_carries_the_token_in_the_header_and_what_is_gone_is_done() -> Result<()> {
    let gone = r#"{"ok":false,"error":"token_revoked"}"#;
    let script = Script::new(&[(200, r#"{"ok":true,"revoked":true}"#), (200, gone)]).await?;
    let provider = provider_at(SLACK, &script.url)?;
    let credential = credential("xoxb-1", "xoxe-1");
    assert_eq!(revoke(&provider, &credential).await?, Ok(()));
    assert_eq!(revoke(&provider, &credential).await?, Err(ProviderError::AlreadyDone));
    let requests = script.requests().await?;
    let first = requests.first().context("a request")?;
    assert_eq!(first.header("authorization"), Some("Bearer xoxb-1"));
    assert_eq!(first.body, "");
    Ok(())
}
