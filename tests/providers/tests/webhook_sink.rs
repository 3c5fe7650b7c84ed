//! Events of the host, as signed webhooks.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use standardwebhooks::Webhook as Verifier;

use bailee_core::{Clock, DateTime, Event, EventError, EventId, EventKind, EventSink as _, Owner, Utc};
use bailee_engine::SystemClock;
use bailee_oauth::{HttpOptions, Reach};
use bailee_providers::WebhookSink;
use bailee_testkit::{
    MockReceiver,
    mock_provider::{Fault, RecordedRequest},
};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn verifies(key: &str, request: &RecordedRequest) -> Result<bool> {
    Ok(Verifier::new(key)?.verify(&request.body, &request.headers).is_ok())
}

fn sink(receiver: &MockReceiver) -> Result<WebhookSink> {
    let options = HttpOptions::default().with_root_certificate_der(receiver.root_certificate_der().to_vec());
    let reach = Reach::new([receiver.port()]).with_network("127.0.0.1/32")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    Ok(WebhookSink::new("backend", &receiver.url("/events")?, KEY.into(), clock)?
        .with_reach(&options, reach)?)
}

fn event() -> Result<Event> {
    Ok(Event {
        id: EventId::from_parts(1, [7; 10]),
        kind: EventKind::ScopeChanged,
        at: DateTime::<Utc>::UNIX_EPOCH,
        owner: Owner::member("org_1", "u1")?,
        provider: Some("some_provider".parse()?),
        integration: None,
        thread: None,
        reason: None,
        reconnected: None,
    })
}

#[tokio::test]
async fn an_event_is_signed_under_its_id_as_a_stock_library_wants() -> Result<()> {
    let receiver = MockReceiver::start().await?;
    let (sink, event) = (sink(&receiver)?.with_previous_key(OLD_KEY.into())?, event()?);
    for _ in 0..2 {
        sink.deliver(&event).await?;
    }
    for request in receiver.requests() {
        ensure!(verifies(KEY, &request)? && verifies(OLD_KEY, &request)?, "both keys sign");
        ensure!(!verifies("whsec_/////////////////////////////w==", &request)?, "another key");
        let id = request.headers.get("webhook-id").context("an id")?;
        ensure!(id.to_str()? == event.id.to_string(), "the same id at each attempt");
        let body: Value = serde_json::from_slice(&request.body)?;
        let data = json!({ "organization_id": "org_1", "user_id": "u1", "provider": "some_provider" });
        let told = json!({ "type": "scope.changed", "timestamp": "1970-01-01T00:00:00.000Z", "data": data });
        ensure!(body == told, "{body}");
    }
    ensure!(receiver.requests().len() == 2);
    Ok(())
}

#[tokio::test]
async fn a_receiver_that_refuses_gets_the_event_again_when_it_says() -> Result<()> {
    let receiver = MockReceiver::start().await?;
    let sink = sink(&receiver)?;
    for status in [400, 410, 500] {
        let _ = receiver.answer_with(status);
        ensure!(sink.deliver(&event()?).await == Err(EventError::default()), "{status}");
        receiver.heal();
    }
    let wait = Duration::from_secs(7);
    receiver.fault(Fault::TooManyRequests { retry_after: Some(7) });
    ensure!(sink.deliver(&event()?).await == Err(EventError { retry_after: Some(wait) }));
    Ok(())
}

#[tokio::test]
async fn an_address_inside_and_what_is_no_key_are_refused() -> Result<()> {
    let receiver = MockReceiver::start().await?;
    let clock = || -> Arc<dyn Clock> { Arc::new(SystemClock::new()) };
    let inside = WebhookSink::new("backend", &receiver.url("/events")?, KEY.into(), clock())?;
    ensure!(inside.deliver(&event()?).await.is_err());
    ensure!(receiver.requests().is_empty(), "nothing was sent");
    ensure!(!format!("{inside:?}").contains("MfKQ9r8G"), "its key is printed");
    let https = "https://hooks.example.com/";
    for (url, key) in [("http://hooks.example.com/", KEY), (https, "whsec_dG9vIHNob3J0"), (https, "")] {
        ensure!(WebhookSink::new("backend", &url.parse()?, key.into(), clock()).is_err(), "{url} {key}");
    }
    Ok(())
}
