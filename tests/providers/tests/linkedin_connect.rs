//! LinkedIn joined and kept alive, by ordinary apps and by partners, alone and under the engine.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, anyhow};

use bailee_core::{Capabilities, ExposeSecret as _, OAuthScopes, Owner, Provider as _, ProviderError};
use bailee_engine::{Bailee, Disconnected, Which};
use bailee_providers::{ConfigError, LinkedIn};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock, MockLinkedIn, connected_by,
    mock_linkedin::{ACCOUNT_ID, ACCOUNT_NAME, CLIENT_ID, CLIENT_SECRET, api_error},
    mock_provider::Endpoint,
    suite::provider::Flow,
};
use provider_tests::{linkedin, linkedin_at, linkedin_for_partner, linkedin_with, parameter};

const SELF_SERVE: &str = "email openid profile w_member_social";

#[tokio::test]
async fn every_consent_asks_for_one_and_the_same_set() -> Result<()> {
    let mut stage = linkedin().await?;
    let flow = Flow { already_granted: OAuthScopes::parse("r_basicprofile")?, ..Flow::default() };
    for _ in 0..2 {
        let begun = flow.begin(&stage).await.map_err(|error| anyhow!(error))?;
        assert_eq!(begun.requested.as_str(), SELF_SERVE);
        assert_eq!(parameter(&begun.url, "scope").as_deref(), Some(SELF_SERVE));
        stage.provider = stage.provider.with_tools([])?;
    }
    let partner = linkedin_for_partner().await?;
    let begun = flow.begin(&partner).await.map_err(|error| anyhow!(error))?;
    assert_eq!(begun.requested.as_str(), "email openid profile r_dma_portability_3rd_party w_member_social");
    Ok(())
}

#[tokio::test]
async fn an_ordinary_app_gets_sixty_days_and_nothing_to_renew_them() -> Result<()> {
    let stage = linkedin().await?;
    let grant = stage.connect().await?;
    assert_eq!(grant.expires_in, Some(Duration::from_hours(60 * 24)));
    assert_eq!(grant.granted.as_ref().map(OAuthScopes::as_str), Some(SELF_SERVE), "commas part them too");
    assert!(grant.credential.refresh_token.is_none());
    assert_eq!(stage.refresh(&grant.credential).await.map(drop), Err(ProviderError::Unsupported));
    let request = stage.mock.requests().first().cloned().context("a request")?;
    assert_eq!(request.endpoint, Some(Endpoint::Token));
    assert_eq!((request.form("code_verifier"), request.header("authorization")), (None, None));
    Ok(())
}

#[tokio::test]
async fn the_refresh_token_of_a_partner_stays() -> Result<()> {
    let stage = linkedin_for_partner().await?;
    let first = stage.connect().await?.credential;
    let renewed = first.renewed_by(&stage.refresh(&first).await?);
    let text =
        |token: &Option<bailee_core::SecretString>| token.as_ref().map(|it| it.expose_secret().to_owned());
    assert!(first.refresh_token.is_some());
    assert_eq!(text(&renewed.refresh_token), text(&first.refresh_token));
    stage.mock.revoke_by_user();
    let dead = stage.refresh(&renewed).await.map(drop);
    assert_eq!(dead, Err(ProviderError::GrantRevoked { reason: "revoked" }));
    Ok(())
}

#[tokio::test]
async fn a_wrong_client_is_the_hosts_to_mend() -> Result<()> {
    let mut stage = linkedin_for_partner().await?;
    let grant = stage.connect().await?;
    for (id, secret) in [(CLIENT_ID, "wrong"), ("other", CLIENT_SECRET)] {
        stage.provider = linkedin_with(&stage.mock, id, secret)?;
        let refreshed = stage.refresh(&grant.credential).await.map(drop);
        assert_eq!(refreshed, Err(ProviderError::Client), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn a_token_that_needs_a_moment_is_no_dead_account() -> Result<()> {
    let stage = linkedin().await?;
    let fault =
        api_error(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user");
    stage.mock.fault(Endpoint::UserInfo, fault.clone()).once();
    assert!(stage.exchange().await?.is_ok(), "it is asked once more");
    assert_eq!(stage.mock.count_of(Endpoint::Token), 1, "the code is sent once");
    assert_eq!(stage.mock.count_of(Endpoint::UserInfo), 2);
    stage.mock.fault(Endpoint::UserInfo, fault);
    let answer = stage.exchange().await?.map(drop);
    assert!(answer.as_ref().is_err_and(ProviderError::is_temporary), "{answer:?}");
    assert_eq!(stage.mock.count_of(Endpoint::UserInfo), 4, "and not for ever");
    stage.mock.heal();
    assert!(stage.exchange().await?.is_ok(), "to begin again is enough");
    Ok(())
}

#[tokio::test]
async fn a_connect_waits_for_a_token_that_needs_a_moment() -> Result<()> {
    let (mock, clock) = (MockLinkedIn::start().await?, MockClock::new());
    let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
        .base_url("https://backend.example.com".parse()?)
        .clock(clock.clone())
        .provider(linkedin_at(&mock)?)
        .build()?;
    let owner = Owner::user("u1")?;
    mock.fault(Endpoint::UserInfo, api_error(401, "REVOKED_ACCESS_TOKEN", "revoked")).once();
    let connecting = connected_by(&bailee, &owner, "linkedin", |page| Ok(mock.approve(page)?));
    let in_time = async {
        // The deadline of the exchange, and the wait.
        clock.until_asleep(2).await;
        assert_eq!(mock.count_of(Endpoint::UserInfo), 1);
        clock.advance(Duration::from_millis(1500));
    };
    let (connected, ()) = futures_util::future::join(connecting, in_time).await;
    assert_eq!(connected.map_err(|error| anyhow!(error))?.account.id.as_str(), ACCOUNT_ID);
    Ok(())
}

#[tokio::test]
async fn nothing_is_claimed_of_a_revocation_that_linkedin_does_not_have() -> Result<()> {
    let mock = MockLinkedIn::start().await?;
    let clock = MockClock::new();
    let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
        .base_url("https://backend.example.com".parse()?)
        .clock(clock)
        .provider(linkedin_at(&mock)?)
        .build()?;
    let owner = Owner::user("u1")?;
    let connected = connected_by(&bailee, &owner, "linkedin", |page| Ok(mock.approve(page)?)).await;
    let integration = connected.map_err(|error| anyhow!(error))?;
    assert_eq!(integration.account.id.as_str(), ACCOUNT_ID);
    assert_eq!(integration.account.label.as_deref(), Some(ACCOUNT_NAME));
    assert!(integration.expires_at.is_some());
    let before = mock.requests().len();
    let outcome = bailee.disconnect(&owner, Which::Id(integration.id)).await?;
    assert_eq!(outcome, Disconnected::Unsupported);
    assert_eq!(mock.requests().len(), before, "requests");
    Ok(())
}

#[tokio::test]
async fn a_person_who_turns_back_connects_nothing() -> Result<()> {
    let mock = MockLinkedIn::start().await?;
    let clock = MockClock::new();
    let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
        .base_url("https://backend.example.com".parse()?)
        .clock(clock)
        .provider(linkedin_at(&mock)?)
        .build()?;
    let owner = Owner::user("u1")?;
    let denied = connected_by(&bailee, &owner, "linkedin", |page| Ok(mock.deny(page)?)).await;
    assert!(denied.is_err());
    assert!(mock.requests().is_empty());
    Ok(())
}

#[test]
fn half_a_configuration_names_the_other_half() -> Result<()> {
    let only = |wanted: &'static str| move |name: &str| (name == wanted).then(|| "value".to_owned());
    let missing = |variable| Some(ConfigError::Missing { variable });
    assert!(LinkedIn::from_lookup(|_| None)?.is_none());
    assert_eq!(LinkedIn::from_lookup(only("LINKEDIN_CLIENT_ID")).err(), missing("LINKEDIN_CLIENT_SECRET"));
    assert_eq!(LinkedIn::from_lookup(only("LINKEDIN_CLIENT_SECRET")).err(), missing("LINKEDIN_CLIENT_ID"));
    let linkedin = LinkedIn::from_lookup(|_| Some("value".to_owned()))?.context("both are set")?;
    assert_eq!(linkedin.descriptor().token_hosts, ["api.linkedin.com", "www.linkedin.com"]);
    assert!(!linkedin.descriptor().capabilities.contains(Capabilities::REVOKE));
    Ok(())
}
