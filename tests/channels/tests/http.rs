use anyhow::Context as _;
use axum::{Router, body::Body};
use bailee_core::{ExposeSecret as _, ProviderError};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    pigeon::{SECRET_HEADER, SHARED_SECRET},
    rig::{Rig, router},
};

async fn post(
    router: &Router,
    path: &str,
    (header, value): (&str, &str),
    body: &Value,
) -> anyhow::Result<(StatusCode, Value)> {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header(header, value)
        .body(Body::from(body.to_string()))?;
    let response = router.clone().oneshot(request).await?;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

const HUMAN: (&str, &str) = ("authorization", "Bearer human");
const AGENT: (&str, &str) = ("authorization", "Bearer agent");

fn mail() -> Value {
    json!({ "provider": "mail", "fields": { "address": "ada", "secret": "s3cret" } })
}

#[tokio::test]
async fn a_form_is_posted_and_its_secret_answered_this_once() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let router = router(&rig);
    let (status, joined) = post(&router, "/v1/integrations", HUMAN, &mail()).await?;
    assert_eq!(status, StatusCode::CREATED, "{joined}");
    let secret = joined.get("secret").and_then(Value::as_str).context("a secret")?;
    let request = Request::get("/v1/integrations").header(HUMAN.0, HUMAN.1).body(Body::empty())?;
    let listed = router.oneshot(request).await?;
    let listed = axum::body::to_bytes(listed.into_body(), 1 << 20).await?;
    let listed = String::from_utf8(listed.to_vec())?;
    assert!(listed.contains("\"ada\"") && !listed.contains(secret) && !listed.contains("s3cret"), "{listed}");
    Ok(())
}

#[tokio::test]
async fn an_agent_joins_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let router = router(&rig);
    for (path, body) in [("/v1/integrations", mail()), ("/v1/integrations/bot/connect", json!({}))] {
        let (status, problem) = post(&router, path, AGENT, &body).await?;
        assert_eq!((status, problem.get("code")), (StatusCode::FORBIDDEN, Some(&json!("human_needed"))));
    }
    assert!(rig.rows().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_wrong_field_is_pointed_at() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let body = json!({ "provider": "mail", "fields": { "address": "nowhere", "secret": "s" } });
    let (status, problem) = post(&router(&rig), "/v1/integrations", HUMAN, &body).await?;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem.get("field"), Some(&json!("fields")));
    assert_eq!(problem.get("pointer"), Some(&json!("/address")));
    Ok(())
}

#[tokio::test]
async fn a_chat_is_paired_over_its_hook() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let router = router(&rig);
    let (status, begun) = post(&router, "/v1/integrations/bot/connect", HUMAN, &json!({})).await?;
    assert_eq!(status, StatusCode::OK, "{begun}");
    let link = begun.pointer("/link/url").and_then(Value::as_str).context("a link")?;
    let (_, word) = link.split_once("start=").context("a word")?;
    let said = json!([{ "id": "1", "kind": "word", "account": "ada", "word": word }]);
    let hook = "/api/hooks/bot/shared";
    let (status, _) = post(&router, hook, (SECRET_HEADER, "wrong"), &said).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = post(&router, hook, (SECRET_HEADER, SHARED_SECRET), &said).await?;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(rig.rows().await?.len(), 1);
    let (status, _) = post(&router, hook, (SECRET_HEADER, SHARED_SECRET), &json!({})).await?;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let large = json!({ "text": "x".repeat(1024 * 1024) });
    let (status, _) = post(&router, hook, (SECRET_HEADER, SHARED_SECRET), &large).await?;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    Ok(())
}

#[tokio::test]
async fn a_widget_begins_with_what_it_needs_and_ends_at_the_callback() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let router = router(&rig);
    // The SHA-256 of 43 letters a.
    let verifier = "a".repeat(43);
    let challenge = "66d34fba71f8f450f7e45598853e53bfc23bbd129027cbb131a2f4ffd7878cd0";
    let path = format!("/v1/integrations/bank/authorize?challenge={challenge}");
    let request = Request::get(path).header(HUMAN.0, HUMAN.1).body(Body::empty())?;
    let begun = router.clone().oneshot(request).await?;
    let begun: Value = serde_json::from_slice(&axum::body::to_bytes(begun.into_body(), 1 << 16).await?)?;
    let word = begun.pointer("/widget/nonce").and_then(Value::as_str).context("a nonce")?;
    let fields = json!({ "address": "enrollment", "secret": "t0ken", "word": word });
    let body = json!({ "state": word, "verifier": verifier, "fields": fields });
    let (status, connected) = post(&router, "/v1/integrations/bank/callback", HUMAN, &body).await?;
    assert_eq!(status, StatusCode::OK, "{connected}");
    assert_eq!(rig.rows().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_test_tells_how_it_went_and_nothing_of_what_was_answered() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("mail", "ada").await?.integration;
    let router = router(&rig);
    let path = format!("/v1/integrations/{}/test", row.id);
    let faults = [
        (None, "ok"),
        (Some(ProviderError::Rejected { status: 550, code: "refused" }), "refused"),
        (Some(ProviderError::Unavailable { retry_after: None }), "unreachable"),
    ];
    for (fault, expected) in faults {
        rig.mail.fail(fault);
        let (status, tested) = post(&router, &path, HUMAN, &json!({})).await?;
        assert_eq!((status, tested.get("status")), (StatusCode::OK, Some(&json!(expected))));
        assert!(tested.get("latency_ms").is_some_and(Value::is_u64), "{tested}");
        assert_eq!(tested.as_object().context("an object")?.len(), 2, "{tested}");
    }
    assert_eq!(rig.mail.sent().len(), 1);
    let token = rig.bailee.token(&rig.owner, row.id).await?;
    assert_eq!(token.token().expose_secret(), "s3cret");
    Ok(())
}
