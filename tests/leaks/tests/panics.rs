//! A provider that panics with a secret in its message. Alone in its process, as it listens to all of it.

use std::sync::Arc;

use anyhow::ensure;
use bailee_core::{Actor, MockProvider, Owner, Provider as _};
use bailee_engine::Bailee;
use bailee_testkit::{GlassVault, MemoryStore, MockClock, MockGoogle, connected};
use http_tests::{BASE, Browser, SignIn};
use leak_tests::{Capture, Secrets};

const CANARY: &str = "a-canary-in-a-panic";

#[tokio::test]
async fn a_panic_is_answered_and_logged_without_its_message() -> anyhow::Result<()> {
    let log = Capture::begin()?;
    let mock = MockGoogle::start().await?;
    let honest = test_support::google(&mock)?;
    let mut panicking = MockProvider::new();
    panicking.expect_descriptor().return_const(honest.descriptor().clone());
    panicking.expect_registrations().return_const(honest.registrations().to_vec());
    panicking.expect_tools().return_const(Vec::new());
    panicking.expect_begin().returning(|_| panic!("{CANARY}"));
    panicking.expect_validate().returning(|_| panic!("{CANARY}"));
    let store = MemoryStore::new(Arc::new(MockClock::new()));
    let host = |builder: bailee_engine::Builder| {
        builder.base_url(BASE.parse()?).build().map_err(anyhow::Error::from)
    };
    let owner = Owner::member("acme", "ada")?;
    let healthy = host(Bailee::builder(store.clone(), GlassVault::default()).provider(honest))?;
    connected(&healthy, &mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?;

    let bailee = host(Bailee::builder(store, GlassVault::default()).provider(panicking))?;
    let sign_in = SignIn::default();
    sign_in.admit("ada", Owner::user("ada")?, Actor::Human);
    sign_in.join("acme", "ada");
    let browser = Browser::new(&bailee_http::router(&bailee, sign_in), BASE, "ada");
    let mut secrets = Secrets::default();
    secrets.add("message of a panic", CANARY.as_bytes())?;
    for (method, target) in [("GET", "google/auth_link"), ("POST", "google")] {
        let target = format!("/api/organizations/acme/integrations/{target}");
        let answer = browser.fetch(method, &target, None).await?;
        ensure!(answer.status == 500, "{method} {target}: {answer:?}");
        ensure!(secrets.found_in("an answer", format!("{answer:?}").as_bytes())?.is_empty());
    }
    let found = secrets.found_in("the log", &log.bytes())?;
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
