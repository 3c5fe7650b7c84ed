//! A provider that panics with a secret in its message. Alone in its process, as it listens to all of it.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::ensure;
use bailee_core::{Actor, MockProvider, Owner, Provider as _, Session, Transport};
use bailee_engine::{Arrival, Bailee, ConnectOptions};
use bailee_providers::Google;
use bailee_testkit::{GlassVault, MemoryStore, MockClock, MockGoogle, connected, returned};
use http_tests::{BASE, Browser, SignIn};
use leak_tests::{Answers, Capture, Secrets, Told};

const CANARY: &str = "a-canary-in-a-panic";

/// How often the provider panicked.
static PANICS: AtomicUsize = AtomicUsize::new(0);

#[expect(clippy::panic, reason = "it is what the test is about")]
fn thrown<T>() -> T {
    PANICS.fetch_add(1, Ordering::Relaxed);
    panic!("{CANARY}")
}

/// What was thrown is what would be found: the panics below have the canary in them.
#[test]
fn a_panic_that_is_caught_and_told_is_found() -> anyhow::Result<()> {
    let caught = std::panic::catch_unwind(thrown::<()>).err();
    let text = caught.as_deref().and_then(|thrown: &(dyn Any + Send)| thrown.downcast_ref::<String>());
    let told = format!("the provider panicked: {}", text.map_or("", String::as_str));
    let mut secrets = Secrets::default();
    secrets.add("message of a panic", CANARY.as_bytes())?;
    ensure!(!secrets.found_in("here", told.as_bytes())?.is_empty(), "it was not found");
    Ok(())
}

/// A provider that is like Google until it is asked for `what`.
fn panicking(honest: &Google, what: &str) -> MockProvider {
    let mut provider = MockProvider::new();
    provider.expect_descriptor().return_const(honest.descriptor().clone());
    provider.expect_registrations().return_const(honest.registrations().to_vec());
    provider.expect_tools().return_const(Vec::new());
    match what {
        "begin" => drop(provider.expect_begin().returning(|_| thrown())),
        "exchange" => drop(provider.expect_exchange().returning(|_| thrown())),
        "refresh" => drop(provider.expect_refresh().returning(|_| thrown())),
        "revoke" => drop(provider.expect_revoke().returning(|_| thrown())),
        _ => drop(provider.expect_validate().returning(|_| thrown())),
    }
    provider
}

#[tokio::test]
async fn a_panic_is_answered_and_logged_without_its_message() -> anyhow::Result<()> {
    let log = Capture::begin()?;
    let mock = MockGoogle::start().await?;
    let honest = test_support::google(&mock)?;
    let clock = MockClock::new();
    let store = MemoryStore::new(Arc::new(clock.clone()));
    let host = |builder: bailee_engine::Builder| {
        let builder = builder.base_url(BASE.parse()?);
        builder.build().map_err(anyhow::Error::from)
    };
    let owner = Owner::member("acme", "ada")?;
    let healthy = host(Bailee::builder(store.clone(), GlassVault::default()).provider(honest.clone()))?;
    connected(&healthy, &mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?;
    let (mut answers, mut told) = (Answers::default(), Told::default());
    let mut thrown = PANICS.load(Ordering::Relaxed);
    for (what, method, target) in [
        ("begin", "GET", "google/auth_link"),
        ("exchange", "", ""),
        ("refresh", "", ""),
        ("validate", "POST", "google"),
        // The last one: it takes the integration away.
        ("revoke", "DELETE", "google"),
    ] {
        let bailee =
            host(Bailee::builder(store.clone(), GlassVault::default()).provider(panicking(&honest, what)))?;
        let sign_in = SignIn::default();
        sign_in.admit("ada", Owner::user("ada")?, Actor::Human);
        sign_in.join("acme", "ada");
        match what {
            "exchange" => told.tell(&exchanged(&healthy, &bailee, &mock, &owner).await?),
            "refresh" => {
                let live = bailee.token(&owner, "google").await?;
                told.tell(&bailee.rejected(&live).await);
                // The lease that it held lapses.
                clock.advance(Duration::from_mins(1));
            }
            _ => {
                let browser = Browser::new(&bailee_http::router(&bailee, sign_in), BASE, "ada");
                let target = format!("/api/organizations/acme/integrations/{target}");
                let answer = answers.keep(browser.fetch(method, &target, None).await?);
                ensure!(answer.status == if what == "revoke" { 200 } else { 500 }, "{what}: {answer:?}");
            }
        }
        let now = PANICS.load(Ordering::Relaxed);
        ensure!(now > thrown, "nothing panicked in {what}");
        thrown = now;
    }
    let mut secrets = Secrets::default();
    secrets.add("message of a panic", CANARY.as_bytes())?;
    let mut found = secrets.found_in("an answer", answers.bytes())?;
    found.extend(secrets.found_in("the log", &log.bytes())?);
    found.extend(secrets.found_in("an error", told.text().as_bytes())?);
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

/// Begun by a host that is well, finished by one whose provider panics.
async fn exchanged(
    healthy: &Bailee,
    panicking: &Bailee,
    mock: &MockGoogle,
    owner: &Owner,
) -> anyhow::Result<Result<Arrival, bailee_engine::Error>> {
    let nonce = healthy.nonce()?;
    let link = healthy.connect(owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
    let session = Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Cookie };
    let back = returned("google", &mock.approve(&link.url)?);
    Ok(panicking.arrived(back, Some(&session), Some(&nonce)).await)
}
