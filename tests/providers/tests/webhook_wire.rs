//! What goes to a receiver: Standard Webhooks.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, ensure};
use chrono::TimeDelta;
use serde_json::{Value, json};
use standardwebhooks::Webhook as Verifier;

use bailee_core::{DateTime, ExposeSecret as _, Provider as _, ProviderError, Utc};
use bailee_testkit::mock_provider::Fault;
use provider_tests::webhook::{PATH, WebhookKit, newest_header};

#[expect(clippy::disallowed_methods, reason = "the library of the receiver compares with the real clock")]
fn real_now() -> Result<DateTime<Utc>> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    DateTime::from_timestamp(i64::try_from(since.as_secs())?, 0).context("a time")
}

fn verify(kit: &WebhookKit, secret: &str) -> Result<bool> {
    let requests = kit.receiver.requests();
    let newest = requests.last().context("a request")?;
    Ok(Verifier::new(secret)?.verify(&newest.body, &newest.headers).is_ok())
}

#[tokio::test]
async fn t86_the_signature_verifies_with_a_stock_library() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let now = real_now()?;
    let joined = kit.join(&json!({ "url": kit.url()? }), None, now).await?;
    let secret = joined.shown_once.context("a key that was made is shown once")?;
    let kept = &joined.grant.credential.access_token;
    kit.notify(kept, now).await?;
    ensure!(verify(&kit, secret.expose_secret())?, "the notification");
    kit.call(kept, &json!({ "event": "invoice.paid", "payload": { "ü": "\u{1F511}\n" } }), None, now).await?;
    ensure!(verify(&kit, secret.expose_secret())?, "the call");
    ensure!(!verify(&kit, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?, "another key");
    Ok(())
}

#[tokio::test]
async fn a_key_of_the_user_is_kept_and_not_shown() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let now = real_now()?;
    let joined = kit.join(&json!({ "url": kit.url()?, "secret": secret }), None, now).await?;
    ensure!(joined.shown_once.is_none(), "shown");
    kit.notify(&joined.grant.credential.access_token, now).await?;
    ensure!(verify(&kit, secret)?, "signed with it");
    Ok(())
}

#[tokio::test]
async fn joined_again_the_old_key_signs_along_for_a_day() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let now = real_now()?;
    let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let first = kit.join(&json!({ "url": kit.url()?, "secret": old }), None, now).await?;
    let began = now - TimeDelta::hours(24) + TimeDelta::seconds(30);
    let second = kit.join(&json!({ "url": kit.url()? }), Some(&first.grant.credential), began).await?;
    ensure!(second.grant.account == first.grant.account, "the same account");
    let new = second.shown_once.context("a new key")?;
    let kept = &second.grant.credential.access_token;
    kit.notify(kept, now).await?;
    ensure!(verify(&kit, new.expose_secret())? && verify(&kit, old)?, "both keys");
    kit.notify(kept, now + TimeDelta::minutes(1)).await?;
    ensure!(verify(&kit, new.expose_secret())? && !verify(&kit, old)?, "after a day the new one alone");
    let elsewhere = kit.receiver.url("/another")?;
    let other = kit.join(&json!({ "url": elsewhere }), Some(&first.grant.credential), now).await?;
    ensure!(other.grant.account.id != first.grant.account.id, "another address is another account");
    kit.notify(&other.grant.credential.access_token, now).await?;
    ensure!(!verify(&kit, old)?, "a key goes to no other address");
    Ok(())
}

#[tokio::test]
async fn a_notification_is_what_the_standard_says() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let kept = WebhookKit::credential(&kit.url()?);
    let reference = kit.notify(&kept, DateTime::UNIX_EPOCH + TimeDelta::seconds(90)).await?;
    let requests = kit.receiver.requests();
    let request = requests.last().context("a request")?;
    ensure!(request.path == PATH && request.header("content-type") == Some("application/json"));
    ensure!(request.header("authorization").is_none() && request.header("cookie").is_none());
    ensure!(request.header("webhook-id") == Some(reference.as_str()) && !reference.contains('.'));
    ensure!(request.header("webhook-timestamp") == Some("90"), "the time of the attempt");
    let expected = json!({
        "type": "playbook.finished",
        "timestamp": "1970-01-01T00:00:00.000Z",
        "data": { "title": "Backup", "text": "All 12 steps are done.", "data": {} },
    });
    ensure!(request.json.as_ref() == Some(&expected), "{:?}", request.json);
    Ok(())
}

#[tokio::test]
async fn a_call_is_one_message_for_each_key() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let kept = WebhookKit::credential(&kit.url()?);
    let arguments = json!({ "event": "invoice.paid", "payload": { "id": 7 } });
    let mut ids = Vec::new();
    for key in [Some("a"), Some("a"), Some("b"), None] {
        let output = kit.call(&kept, &arguments, key, DateTime::UNIX_EPOCH).await?;
        ensure!(output["delivered"] == json!(true));
        ensure!(output["message_id"] == json!(newest_header(&kit.receiver, "webhook-id")?));
        ids.push(output["message_id"].clone());
    }
    ensure!(ids[0] == ids[1] && ids[1] != ids[2] && ids[2] != ids[3], "{ids:?}");
    let body = kit.receiver.requests()[0].json.clone().context("JSON")?;
    ensure!(body["type"] == "invoice.paid" && body["data"] == json!({ "id": 7 }));
    Ok(())
}

#[tokio::test]
async fn answers_mean_what_the_standard_says() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let kept = WebhookKit::credential(&kit.url()?);
    let arguments = json!({ "event": "a", "payload": {} });
    let unavailable = ProviderError::Unavailable { retry_after: None };
    let wait = Some(Duration::from_secs(7));
    for (fault, expected) in [
        (Fault::Status(200), None),
        (Fault::Status(202), None),
        (Fault::Status(400), Some(ProviderError::Rejected { status: 400, code: "other" })),
        (Fault::Status(401), Some(ProviderError::Rejected { status: 401, code: "other" })),
        (Fault::Status(404), Some(ProviderError::Rejected { status: 404, code: "other" })),
        (Fault::Status(410), Some(ProviderError::GrantRevoked { reason: "gone" })),
        (
            Fault::TooManyRequests { retry_after: Some(7) },
            Some(ProviderError::RateLimited { retry_after: wait }),
        ),
        (Fault::Status(500), Some(unavailable.clone())),
        (Fault::Status(502), Some(unavailable.clone())),
        (Fault::Unavailable { retry_after: Some(7) }, Some(ProviderError::Unavailable { retry_after: wait })),
        (Fault::Status(504), Some(unavailable.clone())),
        (Fault::DropBeforeProcessing, Some(ProviderError::OutcomeUnknown)),
    ] {
        kit.receiver.fault(fault.clone()).once();
        let answer = kit.call(&kept, &arguments, None, DateTime::UNIX_EPOCH).await;
        ensure!(answer.as_ref().err() == expected.as_ref(), "{fault:?}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn arguments_that_no_receiver_should_get_are_refused() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let kept = WebhookKit::credential(&kit.url()?);
    for (arguments, expected) in [
        (json!({ "event": "a b", "payload": {} }), "/event"),
        (json!({ "event": "a..b", "payload": {} }), "/event"),
        (json!({ "event": "a\r\nx: y", "payload": {} }), "/event"),
        (json!({ "event": "", "payload": {} }), "/event"),
        (json!({ "event": "a", "payload": [] }), "/payload"),
        (json!({ "event": "a", "payload": { "a": "x".repeat(20_000) } }), "/payload"),
        (json!({ "event": "a", "payload": {}, "url": "https://evil.example/" }), ""),
    ] {
        let answer = kit.call(&kept, &arguments, None, DateTime::UNIX_EPOCH).await;
        let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
            anyhow::bail!("{expected}: {answer:?}");
        };
        ensure!(pointer == expected, "{pointer}");
    }
    ensure!(kit.receiver.requests().is_empty(), "the receiver was asked");
    Ok(())
}

#[tokio::test]
async fn each_tool_makes_the_requests_that_it_names() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let kept = WebhookKit::credential(&kit.url()?);
    kit.call(&kept, &json!({ "event": "a", "payload": {} }), None, DateTime::UNIX_EPOCH).await?;
    let references = bailee_providers::reference::tools();
    let named: Vec<_> = references.iter().filter(|tool| tool.provider == "webhook").collect();
    ensure!(named.len() == kit.webhook.tools().len() && named[0].requests == ["POST {url}"]);
    let methods: Vec<_> = kit.receiver.requests().iter().map(|request| request.method.clone()).collect();
    ensure!(methods == [http::Method::POST]);
    Ok(())
}

#[test]
fn the_official_vectors_hold() -> Result<()> {
    let file: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "../../../shared/specs/standard-webhooks/standard-webhooks-test-vectors.json",
    ]
    .iter()
    .collect();
    let Ok(text) = fs::read_to_string(file) else {
        println!("skipped: no vectors of Standard Webhooks beside the workspace");
        return Ok(());
    };
    let vectors: Value = serde_json::from_str(&text)?;
    let official = vectors["official"].as_array().context("a list")?;
    for vector in official {
        let text = |name: &str| vector[name].as_str().context("a text");
        let timestamp = vector["timestamp"].as_i64().context("a time")?;
        let signature =
            Verifier::new(text("secret")?)?.sign(text("id")?, timestamp, text("body")?.as_bytes())?;
        ensure!(signature == text("signature")?, "{}", vector["name"]);
    }
    ensure!(!official.is_empty(), "no vector");
    Ok(())
}
