//! How workspaces of Slack are joined, and let go.

use anyhow::Result;
use url::Url;

use bailee_core::{ExposeSecret as _, OAuthScopes, Provider as _, ProviderError};
use bailee_providers::{ConfigError, Slack};
use bailee_testkit::{MockSlack, mock_slack::CLIENT_ID, suite::provider::Flow};
use provider_tests::{parameter, slack, slack_rotating};

#[test]
fn two_variables_configure_slack_and_one_alone_is_named() -> Result<()> {
    let set = |id: &'static str, secret: &'static str| {
        Slack::from_lookup(move |name| match name {
            "SLACK_CLIENT_ID" => Some(id.to_owned()),
            "SLACK_CLIENT_SECRET" => Some(secret.to_owned()),
            _ => None,
        })
    };
    assert!(set("11.22", "s")?.is_some());
    assert!(set("", " ")?.is_none());
    let missing = |variable| Some(ConfigError::Missing { variable });
    assert_eq!(set("11.22", "").err(), missing("SLACK_CLIENT_SECRET"));
    assert_eq!(set("", "s").err(), missing("SLACK_CLIENT_ID"));
    Ok(())
}

#[tokio::test]
async fn without_a_tool_consent_is_for_notifications_alone() -> Result<()> {
    let mut stage = slack().await?;
    let wrong = stage.provider.clone().with_tools(["post_tweet"]).map(drop);
    assert_eq!(wrong, Err(ConfigError::UnknownTool { name: "post_tweet".to_owned() }));
    stage.provider = stage.provider.clone().with_tools([])?;
    assert_eq!(stage.provider.tools().len(), 0);
    let begun = Flow::default().begin(&stage).await.map_err(|error| anyhow::anyhow!(error))?;
    assert_eq!(parameter(&begun.url, "scope").as_deref(), Some("chat:write"));
    assert!(stage.provider.descriptor().settings.is_some(), "the channel can still be chosen");
    Ok(())
}

#[tokio::test]
async fn consent_asks_for_the_least_and_joins_scopes_with_commas() -> Result<()> {
    let stage = slack().await?;
    let flow = Flow { already_granted: OAuthScopes::parse("chat:write.public")?, ..Flow::default() };
    let begun = flow.begin(&stage).await.map_err(|error| anyhow::anyhow!(error))?;
    assert_eq!(parameter(&begun.url, "scope").as_deref(), Some("chat:write,chat:write.public"));
    assert_eq!(parameter(&begun.url, "user_scope"), None);
    Ok(())
}

#[tokio::test]
async fn without_rotation_all_people_have_one_token_and_its_end_is_the_end_for_all() -> Result<()> {
    let stage = slack().await?;
    let (ada, bob) = (stage.connect().await?, stage.connect().await?);
    let token = ada.credential.access_token.expose_secret();
    assert_eq!(token, bob.credential.access_token.expose_secret());
    assert!(ada.credential.refresh_token.is_none() && ada.expires_in.is_none());
    stage.revoke(&ada.credential).await?;
    assert!(!stage.mock.is_live(token));
    assert!(stage.mock.is_installed(), "the app stays");
    assert_eq!(stage.revoke(&bob.credential).await, Err(ProviderError::AlreadyDone));
    Ok(())
}

#[tokio::test]
async fn with_rotation_the_app_is_uninstalled_also_with_a_token_that_expired() -> Result<()> {
    for expired in [false, true] {
        let stage = slack_rotating().await?;
        let grant = stage.connect().await?;
        if expired {
            stage.mock.expire_access_tokens();
        }
        stage.revoke(&grant.credential).await?;
        assert!(!stage.mock.is_installed(), "expired: {expired}");
        assert_eq!(stage.revoke(&grant.credential).await, Err(ProviderError::AlreadyDone));
    }
    Ok(())
}

#[tokio::test]
async fn where_the_app_may_not_uninstall_itself_its_tokens_are_revoked() -> Result<()> {
    let stage = slack_rotating().await?;
    stage.mock.refuse_uninstall();
    let grant = stage.connect().await?;
    stage.revoke(&grant.credential).await?;
    assert!(!stage.mock.is_live(grant.credential.access_token.expose_secret()));
    assert!(stage.mock.is_installed());
    Ok(())
}

#[tokio::test]
async fn the_mock_goes_back_to_a_plain_address_of_this_machine_only_when_it_was_told_to() -> Result<()> {
    let mock = MockSlack::start().await?;
    let page = |callback: &str| -> Result<Url> {
        let query = [("client_id", CLIENT_ID), ("scope", "chat:write"), ("redirect_uri", callback)];
        Ok(Url::parse_with_params(mock.url().join("oauth/v2/authorize")?.as_str(), query)?)
    };
    let here = page("http://localhost:8080/api/oauth/slack/callback")?;
    assert!(mock.approve(&here).is_err());
    mock.allow_loopback_redirects();
    assert!(mock.approve(&here).is_ok());
    assert!(mock.approve(&page("http://app.example.test/api/oauth/slack/callback")?).is_err());
    Ok(())
}
