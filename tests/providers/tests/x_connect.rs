//! X joined, kept alive and let go, alone and under the engine.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use serde_json::json;

use bailee_core::{ExposeSecret as _, Owner, Provider as _, ProviderError, Status};
use bailee_engine::{Bailee, Disconnected, Which};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock, connected_by,
    mock_provider::{Endpoint, Fault},
    mock_x::{ACCOUNT_ID, ACCOUNT_USERNAME, CLIENT_ID, CLIENT_SECRET},
    suite::provider::Flow,
};
use provider_tests::{x, x_at, x_with};

#[tokio::test]
async fn consent_asks_for_what_the_tools_need_and_for_a_refresh_token() -> Result<()> {
    let mut stage = x().await?;
    let all = "dm.read dm.write offline.access tweet.read tweet.write users.read";
    let begun = Flow::default().begin(&stage).await.map_err(|error| anyhow!(error))?;
    assert_eq!(begun.requested.as_str(), all);
    stage.provider = stage.provider.with_tools(["post_tweet"])?;
    let begun = Flow::default().begin(&stage).await.map_err(|error| anyhow!(error))?;
    assert_eq!(begun.requested.as_str(), "offline.access tweet.read tweet.write users.read");
    assert_eq!(begun.url.path(), "/i/oauth2/authorize");
    Ok(())
}

#[tokio::test]
async fn a_new_refresh_token_replaces_the_old_one_whose_second_use_ends_the_grant() -> Result<()> {
    let stage = x().await?;
    let first = stage.connect().await?.credential;
    let renewal = stage.refresh(&first).await?;
    let second = first.renewed_by(&renewal);
    let text =
        |token: &Option<bailee_core::SecretString>| token.as_ref().map(|it| it.expose_secret().to_owned());
    assert_ne!(text(&first.refresh_token), text(&second.refresh_token));
    let third = second.renewed_by(&stage.refresh(&second).await?);
    let replayed = stage.refresh(&first).await.map(drop);
    assert_eq!(replayed, Err(ProviderError::GrantRevoked { reason: "revoked" }));
    assert_eq!(stage.mock.live_tokens(), (0, 0), "the whole grant");
    assert!(stage.refresh(&third).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_second_sign_in_ends_the_first_grant() -> Result<()> {
    let stage = x().await?;
    let first = stage.connect().await?;
    let second = stage.connect().await?;
    assert_eq!(stage.validate(&first).await.map(drop), Err(ProviderError::TokenRejected));
    assert!(stage.validate(&second).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn both_tokens_are_revoked_as_each_of_them_lives_alone() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    stage.revoke(&grant.credential).await?;
    assert_eq!(stage.mock.live_tokens(), (0, 0));
    let requests = stage.mock.requests();
    let hints = requests.iter().filter(|request| request.endpoint == Some(Endpoint::Revoke));
    let hints: Vec<Option<&str>> = hints.map(|request| request.form("token_type_hint")).collect();
    assert_eq!(hints, [Some("refresh_token"), Some("access_token")]);
    Ok(())
}

#[tokio::test]
async fn a_wrong_client_is_the_hosts_to_mend() -> Result<()> {
    let mut stage = x().await?;
    let grant = stage.connect().await?;
    for (id, secret) in [(CLIENT_ID, "wrong"), ("other", CLIENT_SECRET)] {
        stage.provider = x_with(&stage.mock, id, secret)?;
        let refreshed = stage.refresh(&grant.credential).await.map(drop);
        assert_eq!(refreshed, Err(ProviderError::Client), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn used_up_credit_says_nothing_of_the_grant() -> Result<()> {
    let stage = x().await?;
    let grant = stage.connect().await?;
    let body =
        json!({ "type": "https://api.x.com/2/problems/credits-depleted", "title": "Credits depleted" });
    stage.mock.fault(Endpoint::UserInfo, Fault::Answer { status: 402, json: body }).once();
    let answer = stage.validate(&grant).await.map(drop);
    assert_eq!(answer, Err(ProviderError::Unavailable { retry_after: None }));
    Ok(())
}

#[tokio::test]
async fn an_account_is_connected_by_its_old_name_and_let_go() -> Result<()> {
    let mock = bailee_testkit::MockX::start().await?;
    let clock = MockClock::new();
    let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
        .base_url("https://backend.example.com".parse()?)
        .clock(clock)
        .provider(x_at(&mock)?)
        .build()?;
    let owner = Owner::user("u1")?;
    let connected = connected_by(&bailee, &owner, "twitter", |page| Ok(mock.approve(page)?)).await;
    let integration = connected.map_err(|error| anyhow!(error))?;
    assert_eq!(integration.provider.as_str(), "x");
    assert_eq!(integration.account.id.as_str(), ACCOUNT_ID);
    assert_eq!(integration.account.label.as_deref(), Some(ACCOUNT_USERNAME));
    assert_eq!(integration.status, Status::Valid);
    let page = mock.requests().first().map(|request| request.path.clone()).context("a request")?;
    assert_eq!(page, "/2/oauth2/token", "the consent page was opened by a person, and not by us");
    let outcome = bailee.disconnect(&owner, Which::Id(integration.id)).await?;
    assert_eq!((outcome, mock.live_tokens()), (Disconnected::Revoked, (0, 0)));
    Ok(())
}

#[test]
fn half_a_configuration_names_the_other_half() -> Result<()> {
    let only = |wanted: &'static str| move |name: &str| (name == wanted).then(|| "value".to_owned());
    let missing = |variable| Some(bailee_providers::ConfigError::Missing { variable });
    assert!(bailee_providers::X::from_lookup(|_| None)?.is_none());
    let no_secret = bailee_providers::X::from_lookup(only("TWITTER_CLIENT_ID")).err();
    assert_eq!(no_secret, missing("TWITTER_CLIENT_SECRET"));
    let no_id = bailee_providers::X::from_lookup(only("TWITTER_CLIENT_SECRET")).err();
    assert_eq!(no_id, missing("TWITTER_CLIENT_ID"));
    let x = bailee_providers::X::from_lookup(|_| Some("value".to_owned()))?.context("both are set")?;
    assert_eq!(x.descriptor().token_hosts, ["api.x.com"]);
    Ok(())
}
