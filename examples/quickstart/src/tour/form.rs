//! Accounts that are connected by what the user enters into a form.

use anyhow::{Context as _, ensure};
use bailee_testkit::mock_smtp::{PASSWORD, USERNAME};
use serde_json::{Value, json};

use super::Tour;
use crate::upstreams::RECEIVER;

pub(super) async fn email(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.smtp;
    tour.steps.step("Email: a form with the user's mail server, a mail");
    let fields = json!({
        "host": "127.0.0.1", "port": mock.port(), "security": "implicit_tls",
        "username": USERNAME, "password": PASSWORD,
        "from_address": "alerts@example.test", "recipients": ["ada@example.test"],
    });
    join(tour, "email", &fields).await?;
    let mail = json!({ "subject": "Tea", "text": "Tea is ready." });
    tour.call("send_email_notification", mail, "/message_id").await?;
    let sent = mock.messages().pop().context("no mail is at the server")?;
    ensure!(sent.recipients == ["ada@example.test"], "it goes where the owner said");
    Ok(())
}

pub(super) async fn webhook(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.receiver;
    tour.steps.step("Webhook: a form with the user's address, an event");
    let joined = join(tour, "webhook", &json!({ "url": mock.url(RECEIVER)? })).await?;
    ensure!(joined["secret"].is_string(), "a key was made");
    tour.steps.say("The answer has the key that events are signed with, this once.");
    let event = json!({ "event": "tea.ready", "payload": { "cups": 2 } });
    tour.call("call_webhook", event, "/message_id").await?;
    let request = mock.requests().pop().context("no request is at the receiver")?;
    ensure!(request.path == RECEIVER && request.header("webhook-signature").is_some(), "it is signed");
    Ok(())
}

async fn join(tour: &Tour<'_>, provider: &str, fields: &Value) -> anyhow::Result<Value> {
    let body = json!({ "provider": provider, "fields": fields });
    let joined = tour.browser.post("/v1/integrations", &body).await?;
    let names: Vec<&str> = fields.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    tour.steps.say(format!("POST /v1/integrations with {}", names.join(", ")));
    tour.connected(provider).await?;
    Ok(joined)
}
