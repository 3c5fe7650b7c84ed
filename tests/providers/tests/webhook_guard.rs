//! Where a webhook may lead, and what its receiver may do.

use std::{
    net::IpAddr,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Result, ensure};
use async_trait::async_trait;
use serde_json::json;
use tokio::net::TcpListener;

use bailee_core::{DateTime, ExposeSecret as _, ProviderError, SecretString};
use bailee_oauth::{HttpOptions, Reach, ReachError, Resolver, Timeouts};
use bailee_providers::Webhook;
use bailee_testkit::{
    MockReceiver,
    mock_provider::{Fault, Gate},
    mock_receiver::HOST,
};
use provider_tests::webhook::{WebhookKit, join_at};

const NOW: DateTime<bailee_core::Utc> = DateTime::UNIX_EPOCH;
const BLOCKED: ProviderError = ProviderError::Rejected { status: 0, code: "blocked_address" };

/// Answers names from a script, the last answer for ever.
#[derive(Debug)]
struct Script {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: Mutex<usize>,
}

impl Script {
    fn new(answers: &[&[[u8; 4]]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.iter().map(|ip| IpAddr::from(*ip)).collect());
        Arc::new(Self { answers: Mutex::new(answers.collect()), asked: Mutex::new(0) })
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Resolver for Script {
    async fn resolve(&self, _name: &str) -> Result<Vec<IpAddr>, ReachError> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = if answers.len() > 1 { Some(answers.remove(0)) } else { answers.first().cloned() };
        answer.ok_or(ReachError::Unresolved)
    }
}

async fn field_of(webhook: &Webhook, url: &str) -> Option<String> {
    match join_at(webhook, &json!({ "url": url }), None, NOW).await {
        Err(ProviderError::InvalidArguments { pointer, .. }) => Some(pointer),
        _ => None,
    }
}

fn arguments() -> serde_json::Value {
    json!({ "event": "a.b", "payload": {} })
}

#[tokio::test]
async fn t77_every_spelling_of_an_address_inside_is_refused() -> Result<()> {
    let kit = WebhookKit::with(MockReceiver::start().await?, Reach::new([443]))?;
    for url in [
        "https://127.0.0.1/",
        "https://127.0.0.1./",
        "https://127.1/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://0.0.0.0/",
        "https://%31%32%37.0.0.1/",
        "https://１２７.0.0.1/",
        "https://①②⑦.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.100.100.200/",
        "https://10.0.0.1/",
        "https://[::]/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST/",
        "https://a.localhost/",
        "https://metadata.google.internal/",
        "https://nas.local/",
        "https://printer/",
    ] {
        ensure!(field_of(&kit.webhook, url).await.as_deref() == Some("/url"), "{url} was joined");
        let kept = WebhookKit::credential(url);
        ensure!(kit.validate(&kept).await == Err(BLOCKED), "{url} is valid");
        ensure!(kit.notify(&kept, NOW).await == Err(BLOCKED), "{url} was notified");
        ensure!(kit.call(&kept, &arguments(), None, NOW).await == Err(BLOCKED), "{url} was called");
    }
    Ok(())
}

#[tokio::test]
async fn t78_a_name_with_one_address_inside_is_refused_whole() -> Result<()> {
    let receiver = MockReceiver::start().await?;
    let url = receiver.url_at(HOST, "/")?;
    for inside in [[127, 0, 0, 1], [10, 0, 0, 1], [169, 254, 169, 254], [100, 64, 0, 1]] {
        let script = Script::new(&[&[[203, 0, 114, 1], inside]]);
        let reach = Reach::new([receiver.port()]).with_resolver(script);
        let webhook = Webhook::new()?.with_reach(&HttpOptions::default(), reach)?;
        ensure!(field_of(&webhook, url.as_str()).await.as_deref() == Some("/url"), "{inside:?}");
    }
    ensure!(receiver.requests().is_empty(), "the receiver was asked");
    Ok(())
}

#[tokio::test]
async fn t79_a_name_that_changes_its_address_gets_no_connection_to_the_new_one() -> Result<()> {
    let receiver = MockReceiver::start().await?;
    let inside = TcpListener::bind(("127.0.0.9", receiver.port())).await?.into_std()?;
    let url = receiver.url_at(HOST, "/hook")?;
    // 127.0.0.1 stands for the public address, and is allowed; 127.0.0.9 is inside.
    let script = Script::new(&[&[[127, 0, 0, 1]], &[[127, 0, 0, 9]]]);
    let resolver = Arc::clone(&script);
    let reach = Reach::new([receiver.port()]).with_network("127.0.0.1/32")?.with_resolver(resolver);
    let kit = WebhookKit::with(receiver, reach)?;
    let kept = WebhookKit::credential(url.as_str());
    kit.notify(&kept, NOW).await?;
    ensure!(kit.receiver.requests().len() == 1, "the checked address was asked");
    ensure!(script.asked() == 1, "the name was resolved {} times for one connection", script.asked());
    ensure!(kit.notify(&kept, NOW).await == Err(BLOCKED), "the second attempt was looked at anew");
    ensure!(kit.receiver.requests().len() == 1, "no connection of the first attempt was used again");
    ensure!(inside.accept().is_err(), "nobody may have come to the address inside");
    Ok(())
}

#[tokio::test]
async fn t80_no_redirect_is_followed() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let inside = TcpListener::bind("127.0.0.1:0").await?;
    let target = format!("http://{}/", inside.local_addr()?).parse()?;
    let kept = WebhookKit::credential(&kit.url()?);
    let redirected = Err(ProviderError::Rejected { status: 0, code: "redirected" });
    kit.receiver.fault(Fault::Redirect(target)).once();
    ensure!(kit.notify(&kept, NOW).await == redirected, "302 with a target");
    for status in [301, 302, 303, 307, 308] {
        kit.receiver.answer_with(status).once();
        ensure!(kit.notify(&kept, NOW).await == redirected, "{status}");
    }
    ensure!(kit.receiver.requests().len() == 6, "one request for each attempt");
    ensure!(inside.into_std()?.accept().is_err(), "nobody may have come");
    Ok(())
}

#[tokio::test]
async fn a_notification_arrives() -> Result<()> {
    let kit = WebhookKit::open().await?;
    kit.notify(&WebhookKit::credential(&kit.url()?), NOW).await?;
    ensure!(kit.receiver.requests().len() == 1, "one request");
    Ok(())
}

#[test]
fn t81_the_proxy_of_the_environment_is_ignored() -> Result<()> {
    // Another process, as only that can have another environment. Port 9 discards, if it listens at all.
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", "webhook_guard::a_notification_arrives"])
        .envs(
            ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"]
                .map(|name| (name, "http://127.0.0.1:9")),
        )
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()?;
    let output = String::from_utf8_lossy(&child.stdout);
    ensure!(child.status.success() && output.contains("1 passed"), "{output}");
    Ok(())
}

#[tokio::test]
async fn t82_logins_ports_and_schemes_of_other_services_are_refused_when_joined_and_when_sent() -> Result<()>
{
    let kit = WebhookKit::open().await?;
    let invalid = ProviderError::Rejected { status: 0, code: "invalid_address" };
    let port = kit.receiver.port();
    for url in [
        format!("https://user:pw@127.0.0.1:{port}/"),
        format!("https://user@127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        format!("gopher://127.0.0.1:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
        "https://hooks.example.com:22/".to_owned(),
        "https://hooks.example.com:6379/".to_owned(),
        "https://hooks.example.com/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        ensure!(field_of(&kit.webhook, &url).await.as_deref() == Some("/url"), "{url} was joined");
        let kept = WebhookKit::credential(&url);
        ensure!(kit.validate(&kept).await.as_ref() == Err(&invalid), "{url} is valid");
        ensure!(kit.notify(&kept, NOW).await.as_ref() == Err(&invalid), "{url} was notified");
    }
    ensure!(kit.receiver.requests().is_empty(), "the receiver was asked");
    ensure!(bailee_core::Provider::descriptor(&kit.webhook).settings.is_none(), "the address is a setting");
    Ok(())
}

#[tokio::test]
async fn t83_what_the_receiver_says_comes_back_nowhere() -> Result<()> {
    let kit = WebhookKit::open().await?;
    let kept = WebhookKit::credential(&kit.url()?);
    for status in [200, 400, 401, 403, 404, 410, 422, 429, 500, 503] {
        kit.receiver.answer_with(status).times(2);
        let called = format!("{:?}", kit.call(&kept, &arguments(), None, NOW).await);
        let told = format!("{:?}", kit.notify(&kept, NOW).await);
        ensure!(!called.contains("CANARY") && !told.contains("CANARY"), "{called} {told}");
    }
    Ok(())
}

#[tokio::test]
async fn t84_an_answer_that_is_huge_or_slow_costs_nothing_and_one_that_never_comes_is_cut() -> Result<()> {
    let receiver = MockReceiver::start().await?;
    let reach = Reach::new([receiver.port()]).with_network("127.0.0.1/32")?;
    let timeouts = Timeouts { api: Duration::from_millis(300), ..Timeouts::default() };
    let options = HttpOptions::default()
        .with_root_certificate_der(receiver.root_certificate_der().to_vec())
        .with_timeouts(timeouts);
    let mut kit = WebhookKit::with(receiver, reach.clone())?;
    kit.webhook = kit.webhook.with_reach(&options, reach)?;
    let kept = WebhookKit::credential(&kit.url()?);
    for fault in [Fault::HugeBody(64 << 30), Fault::Gzip, Fault::SlowBytes(Duration::from_hours(1))] {
        kit.receiver.fault(fault).once();
        kit.notify(&kept, NOW).await?;
    }
    let gate = Gate::new();
    kit.receiver.fault(Fault::Hold(gate.clone()));
    let late = Err(ProviderError::Unavailable { retry_after: None });
    ensure!(kit.notify(&kept, NOW).await == late, "a notification is worth repeating");
    let keyed = kit.call(&kept, &arguments(), Some("key"), NOW).await;
    ensure!(keyed == Err(ProviderError::Unavailable { retry_after: None }), "{keyed:?}");
    let unkeyed = kit.call(&kept, &arguments(), None, NOW).await;
    ensure!(unkeyed == Err(ProviderError::OutcomeUnknown), "{unkeyed:?}");
    gate.open();
    Ok(())
}

#[tokio::test]
async fn t85_a_receiver_that_fails_is_asked_once_for_each_attempt_and_each_is_the_same_message() -> Result<()>
{
    let kit = WebhookKit::open().await?;
    let kept = WebhookKit::credential(&kit.url()?);
    kit.receiver.answer_with(500);
    for attempt in 1..=3 {
        let answer = kit.notify(&kept, NOW).await;
        ensure!(answer.as_ref().is_err_and(ProviderError::is_temporary), "{answer:?}");
        ensure!(kit.receiver.requests().len() == attempt, "attempt {attempt}");
    }
    let requests = kit.receiver.requests();
    let ids: Vec<_> = requests.iter().map(|request| request.header("webhook-id")).collect();
    ensure!(ids.windows(2).all(|pair| pair.first() == pair.last()) && ids.len() == 3, "{ids:?}");
    Ok(())
}

#[tokio::test]
async fn a_proxy_would_resolve_unchecked_and_is_refused() -> Result<()> {
    let proxy = bailee_oauth::Proxy::new("http://127.0.0.1:3128/".parse()?);
    let options = HttpOptions::default().with_proxy(proxy);
    ensure!(Webhook::new()?.with_reach(&options, Reach::new([443])).is_err(), "the proxy was taken");
    Ok(())
}

#[tokio::test]
async fn a_receiver_with_another_certificate_gets_nothing() -> Result<()> {
    let mut kit = WebhookKit::open().await?;
    let reach = Reach::new([kit.receiver.port()]).with_network("127.0.0.1/32")?;
    let stranger = Webhook::new()?.with_reach(&HttpOptions::default(), reach)?;
    kit.webhook = stranger;
    let kept: SecretString = WebhookKit::credential(&kit.url()?);
    ensure!(kit.notify(&kept, NOW).await == Err(ProviderError::Unavailable { retry_after: None }));
    ensure!(kit.receiver.requests().is_empty() && !kept.expose_secret().is_empty());
    Ok(())
}
