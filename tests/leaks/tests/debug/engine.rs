//! The engine, and what goes in and out of it.

use std::{sync::Arc, time::Duration};

use anyhow::ensure;
use bailee_core::{Actor, Caller, ExposeSecret as _, Owner, Provider, ProviderKey, Session, Transport};
use bailee_engine::{
    Arrival, Bailee, Callback, ConnectLink, ConnectOptions, JoinedAccount, ProviderRegistrations, Returned,
};
use bailee_testkit::{GlassVault, MemoryStore, MockClock, MockGoogle, connected, returned};
use leak_tests::Secrets;

use crate::{CANARY, Printed, canary};

pub(crate) async fn all(printed: &mut Printed, secrets: &mut Secrets) -> anyhow::Result<()> {
    asked(printed);
    let mock = MockGoogle::start().await?;
    let google = test_support::google(&mock)?;
    let clock = MockClock::new();
    printed.print("bailee-testkit::MockClock", &clock);
    let store = MemoryStore::new(Arc::new(clock));
    printed.print("bailee-testkit::MemoryStore", &store);
    let builder = Bailee::builder(store, GlassVault::default()).provider(google.clone());
    let with_login: url::Url = format!("https://user:{CANARY}@backend.example/?key={CANARY}").parse()?;
    let builder = builder.base_url(with_login.clone()).app_url(with_login.clone());
    printed.print("bailee-engine::Builder", &builder);
    ensure!(builder.build().is_err(), "an address with a login is none");
    let store = MemoryStore::new(Arc::new(MockClock::new()));
    let bailee = Bailee::builder(store, GlassVault::default())
        .base_url("https://backend.example".parse()?)
        .provider(google.clone())
        .build()?;
    printed.print("bailee-engine::Bailee", &bailee);
    let registrations = ProviderRegistrations::new([Arc::new(google) as Arc<dyn Provider>]);
    printed.print("bailee-engine::ProviderRegistrations", &registrations);

    let owner = Owner::user("u1")?;
    arrivals(printed, secrets, &bailee, &mock).await?;
    connected(&bailee, &mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?;
    let live = bailee.token(&owner, &ProviderKey::new("google")?).await?;
    printed.print("bailee-engine::Live", &live);
    let validated = bailee.validate(&owner, "google").await?;
    printed.print("bailee-engine::Validated", &validated);
    let link = ConnectLink {
        url: format!("https://chat.example/?start={CANARY}").parse()?,
        widget: Some(serde_json::Map::from_iter([("nonce".to_owned(), CANARY.into())])),
        expires_at: bailee_core::DateTime::UNIX_EPOCH,
    };
    let joined = JoinedAccount {
        integration: validated.integration,
        reconnected: false,
        shown_once: Some(canary()),
        link: Some(link),
    };
    printed.print("bailee-engine::JoinedAccount", &joined);
    let caller = Caller::own(owner.clone(), "a-profile")?;
    let run = bailee.run_token(&caller, Duration::from_mins(1)).await?;
    printed.print("bailee-engine::RunToken", &run);
    secrets.add("credential of a run", run.token.expose_secret().as_bytes())?;
    let background = bailee.start();
    printed.print("bailee-engine::Background", &background);
    background.shutdown(Duration::from_secs(10)).await;
    for secret in mock.secrets() {
        secrets.add("secret of the provider", secret.as_bytes())?;
    }
    Ok(())
}

/// What faces hand in.
fn asked(printed: &mut Printed) {
    printed.print("bailee-engine::ConnectOptions", &ConnectOptions::with_nonce("google", canary()));
    printed.print("bailee-engine::ConnectOptions", &ConnectOptions::with_challenge("google", CANARY));
    let returned = Returned {
        provider: "google".to_owned(),
        state: canary(),
        code: Some(canary()),
        error: Some(CANARY.to_owned()),
        iss: Some(CANARY.to_owned()),
    };
    printed.print("bailee-engine::Returned", &returned);
    let callback = Callback {
        provider: "google".to_owned(),
        state: canary(),
        handle: canary(),
        nonce: Some(canary()),
        verifier: Some(canary()),
    };
    printed.print("bailee-engine::Callback", &callback);
}

/// A connect that is handed over to the page, and one that finishes.
async fn arrivals(
    printed: &mut Printed,
    secrets: &mut Secrets,
    bailee: &Bailee,
    mock: &MockGoogle,
) -> anyhow::Result<()> {
    let owner = Owner::user("u2")?;
    let session = Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Cookie };
    let nonce = bailee.nonce()?;
    for signed_in in [None, Some(&session)] {
        let link = bailee.connect(&owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
        printed.print("bailee-engine::ConnectLink", &link);
        let back = returned("google", &mock.approve(&link.url)?);
        secrets.add("state", back.state.expose_secret().as_bytes())?;
        let arrival = bailee.arrived(back, signed_in, Some(&nonce)).await?;
        printed.print("bailee-engine::Arrival", &arrival);
        match arrival {
            Arrival::Finished { connected, .. } => printed.print("bailee-engine::Connected", &connected),
            Arrival::HandedOver { location } => {
                let handle = http_tests::parameter(&location, "code").unwrap_or_default();
                secrets.add("handle", handle.as_bytes())?;
            }
        }
    }
    Ok(())
}
