//! Every flow on every engine, with the logs of all crates at their finest, and a search for every secret of it. Alone in
//! its process, as it listens to all of it.

mod rig;

use anyhow::ensure;
use bailee_core::{ClientId, ClientRegistration, ExposeSecret as _, SecretString};
use bailee_engine::Bailee;
use bailee_providers::Google;
use bailee_storage::SqlStore;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use bailee_vault::KeyRing;
use leak_tests::{Capture, Labels, dump};
use serde_json::json;
use test_support::{Engine, Raw, TestDatabase, each_of, google_as, key_ring};

use rig::{CALLBACK, ORGANIZATION, Rig, person, plain};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_any_flow_is_logged_answered_told_in_an_error_or_stored() -> anyhow::Result<()> {
    let (log, labels) = (Capture::begin()?, Labels::begin()?);
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::new(database).await?;
        connects(&mut rig).await?;
        refreshes(&mut rig).await?;
        calls(&mut rig).await?;
        broken_records(&mut rig).await?;
        let stored = dump(database).await?;
        disconnects(&mut rig).await?;
        stores(&mut rig, database).await?;
        wrong_settings(&mut rig)?;

        for word in [
            "Unavailable",
            "Config",
            "Vault(KeyUnavailable",
            "InvalidArguments",
            "Malformed",
            "UnknownEngine",
        ] {
            ensure!(rig.told.contains(word), "no error told {word}");
        }
        let (secrets, shown) = rig.secrets()?;
        let left = dump(database).await?;
        let mut found = Vec::new();
        for (place, bytes) in [
            ("the log", log.bytes()),
            ("a metric", labels.bytes()),
            ("an error", rig.told.clone().into_bytes()),
            ("the database", stored),
            ("the database, later", left),
        ] {
            ensure!(!bytes.is_empty(), "nothing was taken in from {place}");
            found.extend(secrets.found_in(place, &bytes)?);
            found.extend(shown.found_in(place, &bytes)?);
        }
        // Our page is handed `state` and handle, and the browser its nonce: the other secrets are nobody's.
        found.extend(secrets.found_in("an answer", &rig.answers)?);
        ensure!(found.is_empty(), "{}", found.join("\n"));
        Ok(())
    })
    .await?;
    taken_in(&log, &labels)
}

/// Those whose logs are known to be there; without them the search would find nothing because there is nothing.
fn taken_in(log: &Capture, labels: &Labels) -> anyhow::Result<()> {
    let log = String::from_utf8_lossy(&log.bytes()).into_owned();
    for target in ["bailee_engine", "bailee_http", "sqlx", "hyper_util", "reqwest", "bailee.connect"] {
        ensure!(log.contains(target), "{target} logged nothing");
    }
    ensure!(
        String::from_utf8_lossy(&labels.bytes()).contains("bailee_refreshes_total"),
        "nothing was counted"
    );
    Ok(())
}

async fn connects(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let ada = rig.browser("ada");
    // By the nonce cookie, finished where the provider returns to.
    let link = rig.link(&ada, "").await?;
    let answer = ada.visit(&rig.approved(&link)?).await?;
    rig.keep(answer);
    ensure!(rig.live("ada").await.is_ok(), "ada is not connected");
    // Once more: a reconnect; then the same answer again.
    let link = rig.link(&ada, "").await?;
    let back = rig.approved(&link)?;
    let answer = ada.visit(&back).await?;
    rig.keep(answer);
    let answer = ada.visit(&back).await?;
    rig.keep(answer);
    // By the page that kept a verifier: handed over, and posted wrong, right, and again.
    let (verifier, challenge) = rig.page_verifier();
    let bob = rig.browser("bob");
    let link = rig.link(&bob, &format!("?challenge={challenge}")).await?;
    let answer = bob.visit(&rig.approved(&link)?).await?;
    let arrived = rig.keep(answer);
    let body = http_tests::handed_over(&arrived)?;
    rig.show("handle", body.get("code").and_then(|code| code.as_str()).unwrap_or_default());
    for verifier in [json!("wrong"), json!(verifier), json!(verifier)] {
        let mut body = body.clone();
        body.as_object_mut().map(|body| body.insert("verifier".to_owned(), verifier));
        let answer = bob.fetch("POST", CALLBACK, Some(body)).await?;
        rig.keep(answer);
    }
    ensure!(rig.live("bob").await.is_ok(), "bob is not connected");
    // Denied, unknown, of an attacker, with another account, and with an exchange that fails in every way.
    let link = rig.link(&ada, "").await?;
    let denied = rig.mock.consent(&link).deny()?;
    let answer = ada.visit(&plain(&denied)).await?;
    rig.keep(answer);
    let answer = ada.visit("/api/oauth/google/callback?state=unknown&code=an-unknown-code-of-nobody").await?;
    rig.keep(answer);
    rig.unused("an-unknown-code-of-nobody");
    let link = rig.link(&ada, "").await?;
    let answer = rig.browser("bob").visit(&rig.approved(&link)?).await?;
    rig.keep(answer);
    let link = rig.link(&ada, "").await?;
    let other = rig.mock.consent(&link).account(rig::OTHER).allow()?;
    let answer = ada.visit(&plain(&other)).await?;
    rig.keep(answer);
    for fault in faults(rig) {
        rig.mock.fault(Endpoint::Token, fault).once();
        let link = rig.link(&ada, "").await?;
        let answer = ada.visit(&rig.approved(&link)?).await?;
        rig.keep(answer);
    }
    // What a request says is not said back.
    for body in [json!({ "state": "said-and-not-said-back" }), json!({ "said-and-not-said-back": 1 })] {
        let answer = ada.fetch("POST", CALLBACK, Some(body)).await?;
        rig.keep(answer);
    }
    rig.unused("said-and-not-said-back");
    let answer = ada.fetch("GET", ORGANIZATION, None).await?;
    rig.keep(answer);
    Ok(())
}

/// What a token endpoint may answer, the newest refresh token and code in it where there is room.
fn faults(rig: &Rig<'_>) -> Vec<Fault> {
    let echo = rig.newest_in_requests();
    vec![
        Fault::Answer { status: 400, json: json!({ "error": "invalid_request", "error_description": echo }) },
        Fault::Answer { status: 400, json: json!({ "error": echo }) },
        Fault::Answer { status: 500, json: json!({ "echo": echo }) },
        Fault::Answer { status: 200, json: json!({ "access_token": [echo] }) },
        Fault::Body(format!("{{\"access_token\": \"{echo}").into_bytes().into()),
        Fault::Body(format!("{{\"access_token\": \"{echo}\", \"access_token\": {{}}}}").into_bytes().into()),
        Fault::Html,
        Fault::Gzip,
        Fault::TokenType(echo.clone()),
        Fault::NarrowScope(vec![format!("\"{echo}\"")]),
        Fault::AccessToken(format!("{echo}\r\nx: y")),
        Fault::DropAfterProcessing,
        Fault::Truncate(20),
        Fault::TooManyRequests { retry_after: Some(1) },
        Fault::Error("invalid_client".to_owned()),
    ]
}

async fn refreshes(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let raw = Raw::open(rig.database).await?;
    let owner = person("ada")?;
    for fault in faults(rig) {
        let live = rig.live("ada").await?;
        rig.mock.fault(Endpoint::Token, fault).once();
        let refused = rig.bailee.rejected(&live).await;
        rig.tell(&refused);
        // Neither gate nor kept lease: the next fault is to be met as well.
        raw.run("UPDATE user_integrations SET next_refresh_ms = 0, lease_until_ms = 0, unknown_epoch = 0")
            .await?;
    }
    let live = rig.live("ada").await?;
    let renewed = rig.bailee.rejected(&live).await?;
    rig.mock.expire_access_tokens();
    let again = rig.bailee.rejected(&renewed).await;
    rig.tell(&again);
    let told = rig.bailee.token_for(&owner, "google", std::time::Duration::from_hours(48)).await;
    rig.tell(&told);
    let told = rig.bailee.validate(&owner, "google").await;
    rig.tell(&told);
    Ok(())
}

async fn calls(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    // The last token was given up above: ada connects again.
    let ada = rig.browser("ada");
    let link = rig.link(&ada, "").await?;
    let answer = ada.visit(&rig.approved(&link)?).await?;
    rig.keep(answer);
    rig.call(
        "create_event",
        &json!({ "summary": "a", "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" }),
    )
    .await?;
    let window = json!({ "time_min": "2030-01-01T00:00:00Z", "time_max": "2030-01-02T00:00:00Z" });
    rig.call("list_events", &window).await?;
    rig.call("list_events", &json!({})).await?;
    rig.call("delete_event", &json!({ "event_id": "unknown" })).await?;
    let token = rig.live("ada").await?.token().expose_secret().to_owned();
    for endpoint in [Endpoint::Api("calendar.events.list"), Endpoint::UserInfo] {
        for fault in [
            Fault::Answer { status: 400, json: json!({ "error": { "message": token } }) },
            Fault::Body(token.clone().into_bytes().into()),
            Fault::Redirect(format!("https://elsewhere.example/?token={token}").parse()?),
            Fault::Status(500),
        ] {
            rig.mock.fault(endpoint, fault).once();
            rig.call("list_events", &window).await?;
            let told = rig.bailee.validate(&person("ada")?, "google").await;
            rig.tell(&told);
            rig.mock.heal();
        }
    }
    Ok(())
}

async fn broken_records(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let stranger = rig.host(key_ring()?, rig::registration()?).await?;
    let told = stranger.token(&person("ada")?, "google").await;
    rig.tell(&told);
    let told = stranger.verify().await;
    rig.tell(&told);
    let told = stranger.rewrap().await;
    rig.tell(&told);
    let other = ClientRegistration::new(ClientId::new("another")?, SecretString::from("of-another-client"));
    let other = rig.host(rig.keys.clone(), other).await?;
    let live = rig.live("ada").await?;
    let told = other.rejected(&live).await;
    rig.tell(&told);
    rig.unused("of-another-client");
    let raw = Raw::open(rig.database).await?;
    raw.run("UPDATE user_integrations SET next_refresh_ms = 0").await?;
    Ok(())
}

async fn disconnects(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let ada = rig.browser("ada");
    let token = rig.live("ada").await?.token().expose_secret().to_owned();
    rig.mock
        .fault(
            Endpoint::Revoke,
            Fault::Answer { status: 503, json: json!({ "error": "down", "token": token }) },
        )
        .once();
    let answer = ada.fetch("DELETE", &format!("{ORGANIZATION}/google"), None).await?;
    rig.keep(answer);
    let told = rig.bailee.tick().await;
    rig.tell(&told);
    let answer = rig.browser("bob").fetch("DELETE", &format!("{ORGANIZATION}/google"), None).await?;
    rig.keep(answer);
    let told = rig.bailee.token(&person("bob")?, "google").await;
    rig.tell(&told);
    Ok(())
}

async fn stores(rig: &mut Rig<'_>, database: &TestDatabase) -> anyhow::Result<()> {
    for url in [
        "postgres://bailee:a-database-password@127.0.0.1:1/b",
        "mysql://b:a-database-password@[::1]:1/b",
        "nothing://b:a-database-password@h",
    ] {
        let options =
            bailee_storage::SqlOptions::default().with_acquire_timeout(std::time::Duration::from_millis(200));
        rig.tell(&SqlStore::open_with(url, options).await);
    }
    rig.unused("a-database-password");
    let store = database.store().await?;
    let bailee = Bailee::builder(store.clone(), rig.keys.clone())
        .base_url("https://backend.example".parse()?)
        .provider(google_as(&rig.mock, rig::registration()?)?)
        .build()?;
    store.close().await;
    let told = bailee.token(&person("ada")?, "google").await;
    rig.tell(&told);
    let told = bailee.tick().await;
    rig.tell(&told);
    Ok(())
}

fn wrong_settings(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let key = "bm90LWEta2V5LWJ1dC1hLXNlY3JldA==";
    for text in [key.to_owned(), format!("{key},{key}"), format!("not base64 {key}")] {
        rig.tell(&KeyRing::parse(&text));
        rig.tell(&KeyRing::from_lookup("KEYS", |name| (name == "KEYS").then(|| text.clone().into())));
        rig.tell(&KeyRing::from_lookup("KEYS", |name| (name == "KEYS_FILE").then(|| text.clone().into())));
    }
    rig.unused(key);
    rig.tell(&Google::from_lookup(|name| {
        (name == "GOOGLE_CLIENT_SECRET").then(|| "a-secret-alone-here".to_owned())
    }));
    rig.unused("a-secret-alone-here");
    let address = "https://user:a-password-in-an-address@backend.example".parse()?;
    let store = bailee_testkit::MemoryStore::new(std::sync::Arc::new(bailee_testkit::MockClock::new()));
    rig.tell(&Bailee::builder(store, rig.keys.clone()).base_url(address).build());
    rig.unused("a-password-in-an-address");
    Ok(())
}
