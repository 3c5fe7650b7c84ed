//! Records, stores and settings that are not as they should be; and the end of connections.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use bailee_core::{ClientId, ClientRegistration, ExposeSecret as _, SecretString};
use bailee_engine::Bailee;
use bailee_providers::Google;
use bailee_storage::{SqlOptions, SqlStore};
use bailee_testkit::{
    MemoryStore, MockClock,
    mock_provider::{Endpoint, Fault},
};
use bailee_vault::{KeyRing, RingEntropy};
use serde_json::json;
use test_support::Engine;

use crate::rig::{ORGANIZATION, Rig, person, registration};

pub(crate) async fn records(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let (keys, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    rig.key("key of another host", &key)?;
    let stranger = rig.host(keys, registration()?).await?;
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
    rig.raw.run("UPDATE user_integrations SET next_refresh_ms = 0").await?;
    // Another row's record.
    let moved = "UPDATE user_integrations SET secret = (SELECT other.secret FROM (SELECT secret FROM \
                 user_integrations WHERE user_id = 'bob') AS other) WHERE user_id = 'cyd'";
    rig.raw.run(moved).await?;
    let told = rig.bailee.token(&person("cyd")?, "google").await;
    rig.tell(&told);
    let told = rig.bailee.validate(&person("cyd")?, "google").await;
    rig.tell(&told);
    let told = rig.bailee.verify().await;
    rig.tell(&told);
    Ok(())
}

pub(crate) async fn disconnects(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let token = rig.live("ada").await?.token().expose_secret().to_owned();
    let down = Fault::Answer { status: 503, json: json!({ "error": "down", "token": token }) };
    rig.mock.fault(Endpoint::Revoke, down).once();
    for user in ["ada", "bob", "cyd"] {
        let browser = rig.browser(user);
        rig.fetch(&browser, "DELETE", &format!("{ORGANIZATION}/google"), None).await?;
    }
    // The provider answers the second try of ada's with what it was sent, and that it knows nothing of it.
    let unknown = Fault::Answer { status: 400, json: json!({ "error": "invalid_token", "token": token }) };
    rig.mock.fault(Endpoint::Revoke, unknown).once();
    rig.raw.run("UPDATE outbox SET due_ms = 0").await?;
    let worked = rig.bailee.tick().await?;
    ensure!(worked.done >= 2, "the worker gave back nothing: {worked:?}");
    rig.tell(&Ok::<_, bailee_engine::Error>(worked));
    let background = rig.bailee.start();
    ensure!(background.shutdown(Duration::from_secs(30)).await, "the worker did not end");
    let told = rig.bailee.token(&person("bob")?, "google").await;
    rig.tell(&told);
    Ok(())
}

pub(crate) async fn stores(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let options = SqlOptions::default().with_acquire_timeout(Duration::from_millis(200));
    let mut urls = vec![
        "postgres://bailee:a-database-password@127.0.0.1:1/b".to_owned(),
        "mysql://b:a-database-password@[::1]:1/b".to_owned(),
        "mysql://b:a-database-password@h:port/b".to_owned(),
        "nothing://b:a-database-password@h".to_owned(),
    ];
    if rig.database.engine() != Engine::SqliteFile {
        let mut url: url::Url = rig.database.url().parse()?;
        url.set_password(Some("a-database-password")).ok().context("a password")?;
        urls.push(url.into());
    }
    for url in urls {
        let told = SqlStore::open_with(&url, options.clone()).await;
        ensure!(told.is_err(), "it was opened");
        rig.tell(&told);
    }
    rig.unused("a-database-password");
    let store = rig.database.store().await?;
    let bailee = Bailee::builder(store.clone(), rig.keys.clone())
        .base_url("https://backend.example".parse()?)
        .provider(crate::rig::google(&rig.mock, registration()?)?)
        .build()?;
    store.close().await;
    let told = bailee.token(&person("ada")?, "google").await;
    rig.tell(&told);
    let told = bailee.tick().await;
    rig.tell(&told);
    // A connect and its write under a schema that is broken: the database repeats statements in its errors.
    rig.connect("ada").await?;
    let ada = rig.browser("ada");
    let link = rig.link(&ada, "").await?;
    let back = rig.approved(&link, "ada")?;
    rig.raw.run("ALTER TABLE user_integrations RENAME TO elsewhere").await?;
    rig.visit(&ada, &back).await?;
    rig.fetch(&ada, "GET", ORGANIZATION, None).await?;
    let told = rig.bailee.token(&person("ada")?, "google").await;
    rig.tell(&told);
    let told = rig.bailee.tick().await;
    rig.tell(&told);
    Ok(())
}

pub(crate) fn settings(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let key = "bm90LWEta2V5LWJ1dC1hLXNlY3JldA==";
    for text in [key.to_owned(), format!("{key},{key}"), format!("not base64 {key}")] {
        rig.tell(&KeyRing::parse(&text));
        rig.tell(&KeyRing::from_lookup("KEYS", |name| (name == "KEYS").then(|| text.clone().into())));
        rig.tell(&KeyRing::from_lookup("KEYS", |name| (name == "KEYS_FILE").then(|| text.clone().into())));
        rig.tell(&KeyRing::from_lookup("KEYS", |_| Some(text.clone().into())));
        rig.tell(&KeyRing::from_file(&text));
    }
    rig.unused(key);
    for set in ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"] {
        rig.tell(&Google::from_lookup(|name| {
            (name == set).then(|| "a-secret-\nin-the-wrong-place".to_owned())
        }));
    }
    rig.tell(&Google::from_lookup(|_| Some("a-secret-\nin-the-wrong-place".to_owned())));
    rig.unused("in-the-wrong-place");
    for address in [
        "https://user:a-password-in-an-address@backend.example",
        "https://backend.example/?key=a-password-in-an-address",
    ] {
        let store = MemoryStore::new(Arc::new(MockClock::new()));
        let builder = Bailee::builder(store, rig.keys.clone()).base_url(address.parse()?);
        rig.told.value(&builder);
        rig.tell(&builder.build());
    }
    rig.unused("a-password-in-an-address");
    Ok(())
}
