//! Google under the engine, connected without a browser.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};

use bailee_core::{Owner, Status};
use bailee_engine::{Bailee, Disconnected, Which};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock, MockGoogle, connected, connected_by,
    mock_google::{ACCOUNT_EMAIL, ACCOUNT_SUB},
    suite::SuiteError,
};
use provider_tests::google_at;

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";

fn host(mock: &MockGoogle) -> Result<Bailee> {
    let clock = MockClock::new();
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
        .base_url("https://backend.example.com".parse()?)
        .clock(clock)
        .provider(google_at(mock, http)?)
        .build()?)
}

fn plain(error: SuiteError) -> anyhow::Error {
    anyhow!(error)
}

#[tokio::test]
async fn an_account_is_connected_reconnected_and_let_go() -> Result<()> {
    let mock = MockGoogle::start().await?;
    let bailee = host(&mock)?;
    let owner = Owner::user("u1")?;
    let first = connected(&bailee, &mock, &owner, "google").await.map_err(plain)?;
    assert_eq!(first.account.id.as_str(), ACCOUNT_SUB);
    assert_eq!(first.account.label.as_deref(), Some(ACCOUNT_EMAIL));
    assert_eq!(first.status, Status::Valid);
    let again = connected(&bailee, &mock, &owner, "google_calendar").await.map_err(plain)?;
    assert_eq!(again.id, first.id);
    assert_eq!(mock.count("/token", Some("authorization_code")), 2);
    let outcome = bailee.disconnect(&owner, Which::Id(first.id)).await?;
    assert_eq!(outcome, Disconnected::Revoked);
    assert_eq!(mock.live_grants(), 0);
    Ok(())
}

#[tokio::test]
async fn what_a_person_unticks_is_missing_from_the_record() -> Result<()> {
    let mock = MockGoogle::start().await?;
    let bailee = host(&mock)?;
    let owner = Owner::user("u1")?;
    let integration = connected_by(&bailee, &owner, "google_calendar", |page| {
        Ok(mock.consent(page).without(CALENDAR).allow()?)
    })
    .await
    .map_err(plain)?;
    let granted = integration.granted.as_ref().context("scopes")?;
    assert_eq!(granted.as_str(), "email openid");
    assert_eq!(integration.missing().as_str(), CALENDAR);
    Ok(())
}

#[tokio::test]
async fn a_denied_consent_connects_nothing() -> Result<()> {
    let mock = MockGoogle::start().await?;
    let bailee = host(&mock)?;
    let owner = Owner::user("u1")?;
    let denied =
        connected_by(&bailee, &owner, "google_calendar", |page| Ok(mock.consent(page).deny()?)).await;
    assert!(denied.is_err());
    assert_eq!(mock.count("/token", None), 0);
    Ok(())
}
