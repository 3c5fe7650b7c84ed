//! The chat of the mock of Telegram, and the window of the mock of Teller Connect.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::Url;

use bailee_core::{
    Actor, ExposeSecret as _, Owner, Provider as _, SecretString, Session, Start, Started, Status, Transport,
};
use bailee_engine::{Bailee, ConnectOptions, WidgetCallback};
use bailee_testkit::{GlassVault, MemoryStore, MockClock, mock_teller::PNC, suite::provider::join::word};
use provider_tests::{WORD, telegram, teller::TellerKit, wire};

#[tokio::test]
async fn whoever_presses_start_sends_the_word_through_the_webhook() -> Result<()> {
    let kit = telegram().await?;
    kit.mock.allow_loopback_webhooks();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let hook: Url = format!("http://{}/api/hooks/telegram/shared", listener.local_addr()?).parse()?;
    let linked = kit.telegram.clone().with_links(kit.mock.url().clone());
    let start = Start { word: &SecretString::from(WORD), account: None, hook: &hook };
    let Started::Link(link) = linked.start(start).await? else { anyhow::bail!("no link") };
    assert_eq!(link.origin(), kit.mock.url().origin());

    let chat = wire::get(&link).await?;
    ensure!(
        chat.status == 200 && chat.body.contains("<button type=\"submit\">Start</button>"),
        "{}",
        chat.body
    );
    assert_eq!(wire::post(&link, &[("person", "1")]).await?.status, 400, "nobody of that number");
    assert_eq!(wire::post(&link, &[("person", "5550001")]).await?.status, 200);

    let (mut stream, _) = listener.accept().await?;
    let mut arrived = String::new();
    while !arrived.contains(WORD) {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await?;
        ensure!(count > 0, "the update ended early: {arrived}");
        arrived.push_str(std::str::from_utf8(bytes.get(..count).context("what was read")?)?);
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await?;
    ensure!(arrived.starts_with("POST /api/hooks/telegram/shared HTTP/1.1\r\n"), "{arrived}");
    ensure!(arrived.contains("x-telegram-bot-api-secret-token: "), "{arrived}");
    ensure!(arrived.contains(&format!("/start {WORD}")), "{arrived}");
    Ok(())
}

/// The window, as the script opens it.
fn window(kit: &TellerKit, more: &[(&str, &str)]) -> Result<Url> {
    let mut url = kit.mock.url().join("connect/frame")?;
    let word = word();
    url.query_pairs_mut()
        .extend_pairs([
            ("applicationId", "app_mock"),
            ("environment", "sandbox"),
            ("nonce", word.expose_secret()),
            ("page", "https://app.example.test"),
            ("products", "balance,transactions"),
        ])
        .extend_pairs(more);
    Ok(url)
}

/// What a page of the window tells the page around it.
fn told(page: &wire::Page) -> Result<Value> {
    let (_, rest) = page.body.split_once("data-message=\"").context("a message")?;
    let (message, _) = rest.split_once('"').context("an end")?;
    Ok(serde_json::from_str(&message.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&"))?)
}

#[tokio::test]
async fn a_bank_that_was_chosen_in_the_window_is_joined() -> Result<()> {
    let kit = TellerKit::open().await?;
    let window = window(&kit, &[])?;
    let shown = wire::get(&window).await?;
    assert_eq!(told(&shown)?, json!({ "event": "init" }));
    ensure!(shown.body.contains("data-page=\"https://app.example.test\""), "{}", shown.body);
    kit.mock.delete_enrollment(PNC);
    let done = told(&wire::post(&window, &[("institution", "PNC"), ("decision", "connect")]).await?)?;
    assert_eq!(done["event"], "success");
    let joined = kit.join_with(&done["enrollment"]).await?;
    assert_eq!(joined.grant.account.id.as_str(), PNC, "made anew");
    let closed = wire::post(&window, &[("decision", "close")]).await?;
    assert_eq!(told(&closed)?, json!({ "event": "exit" }));
    Ok(())
}

#[tokio::test]
async fn a_repair_in_the_window_keeps_the_token() -> Result<()> {
    let kit = TellerKit::open().await?;
    let before = kit.join(PNC).await?;
    kit.mock.disconnect(PNC, ".credentials_invalid");
    let repair = window(&kit, &[("enrollmentId", PNC)])?;
    ensure!(wire::get(&repair).await?.body.contains("Sign in at PNC again"), "it names the bank");
    let done = told(&wire::post(&repair, &[("decision", "connect")]).await?)?;
    let after = kit.join_with(&done["enrollment"]).await?.grant;
    let token = |grant: &bailee_core::Grant| grant.credential.access_token.expose_secret().to_owned();
    assert_eq!(token(&before), token(&after));
    Ok(())
}

#[tokio::test]
async fn an_enrollment_is_invalid_until_it_is_repaired() -> Result<()> {
    let kit = TellerKit::open().await?;
    let clock = MockClock::new();
    let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
        .base_url("https://app.example.test".parse()?)
        .clock(clock)
        .provider(kit.teller.clone())
        .build()?;
    let session = Session { owner: Owner::user("u1")?, actor: Actor::Human, transport: Transport::Cookie };
    let nonce = bailee.nonce()?;
    let link = bailee.connect(&session.owner, ConnectOptions::with_nonce("teller", nonce.clone())).await?;
    let begun = link.widget.as_ref().and_then(|widget| widget.get("nonce")?.as_str()).context("a nonce")?;
    let fields = kit.mock.enroll(PNC, begun).context("an enrollment")?;
    let callback = WidgetCallback {
        provider: "teller".to_owned(),
        word: SecretString::from(begun),
        fields: SecretString::from(fields.to_string()),
        nonce: Some(nonce),
        verifier: None,
    };
    bailee.widget_callback(&session, callback).await?;

    kit.mock.disconnect(PNC, ".credentials_invalid");
    let broken = bailee.validate(&session.owner, "teller").await?;
    assert!(!broken.is_valid);
    assert_eq!(broken.integration.status, Status::Invalid);
    kit.mock.repair(PNC);
    assert!(bailee.validate(&session.owner, "teller").await?.is_valid);
    Ok(())
}

#[tokio::test]
async fn a_window_that_was_asked_for_wrongly_tells_nothing() -> Result<()> {
    let kit = TellerKit::open().await?;
    let good = window(&kit, &[])?.to_string();
    for (from, to) in [("app_mock", "app_other"), ("https%3A%2F%2Fapp.example.test", "data%3A%2C")] {
        let page = wire::get(&good.replace(from, to).parse()?).await?;
        assert_eq!(page.status, 400, "{to}");
        assert!(told(&page).is_err());
    }
    let nowhere = wire::post(&good.parse()?, &[("institution", "Nowhere"), ("decision", "connect")]).await?;
    assert_eq!(nowhere.status, 400);
    Ok(())
}

#[tokio::test]
async fn the_widget_of_a_moved_teller_is_where_the_rest_is() -> Result<()> {
    let kit = TellerKit::open().await?;
    let widget = kit.teller.descriptor().widget.clone().context("a widget")?;
    assert_eq!(widget.frame.origin(), kit.mock.url().origin());
    let script = wire::get(&widget.script).await?;
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert!(script.body.contains("window.TellerConnect"));
    Ok(())
}
