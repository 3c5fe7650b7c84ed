//! The token of a person beside that of the bot.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use bailee_core::{Credential, ExposeSecret as _, OAuthScopes, Provider as _, ProviderError};
use bailee_providers::ConfigError;
use bailee_testkit::{
    mock_provider::{Endpoint, Fault},
    mock_slack::USER_ID,
    suite::provider::Flow,
};
use provider_tests::{SlackStage, parameter, slack, slack_rotating};

const TOKEN: &str = "user_token";
const REFRESH_TOKEN: &str = "user_refresh_token";
const HALF_A_DAY: Duration = Duration::from_hours(12);

fn with_person(mut stage: SlackStage) -> Result<SlackStage> {
    let scopes = OAuthScopes::parse("chat:write search:read")?;
    stage.provider = stage.provider.clone().with_user_scopes(&scopes)?;
    Ok(stage)
}

fn text<'a>(credential: &'a Credential, name: &str) -> Result<&'a str> {
    Ok(credential.extra.get(name).with_context(|| name.to_owned())?.expose_secret())
}

#[tokio::test]
async fn consent_asks_for_both_kinds_of_scopes_each_in_its_place() -> Result<()> {
    let stage = with_person(slack().await?)?;
    let already_granted = OAuthScopes::parse("chat:write.public user:users:read")?;
    let flow = Flow { already_granted, ..Flow::default() };
    let begun = flow.begin(&stage).await.map_err(|error| anyhow::anyhow!(error))?;
    let asked = |name| parameter(&begun.url, name);
    ensure!(asked("scope").as_deref() == Some("chat:write,chat:write.public"), "{:?}", asked("scope"));
    ensure!(asked("user_scope").as_deref() == Some("chat:write,search:read,users:read"));
    let all = "chat:write chat:write.public user:chat:write user:search:read user:users:read";
    ensure!(begun.requested == OAuthScopes::parse(all)?, "{:?}", begun.requested);
    Ok(())
}

#[tokio::test]
async fn a_scope_that_cannot_be_written_is_refused_at_start() -> Result<()> {
    let stage = slack().await?;
    let long = OAuthScopes::parse(&"x".repeat(252))?;
    let refused = stage.provider.clone().with_user_scopes(&long).map(drop);
    ensure!(refused == Err(ConfigError::Invalid { what: "a scope of the person" }), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn both_tokens_are_sealed_and_both_grants_are_told() -> Result<()> {
    for rotating in [false, true] {
        let stage = with_person(if rotating { slack_rotating().await? } else { slack().await? })?;
        let grant = stage.connect().await?;
        let granted = OAuthScopes::parse("chat:write user:chat:write user:search:read")?;
        ensure!(grant.granted == Some(granted), "{:?}", grant.granted);
        ensure!(stage.mock.is_live(text(&grant.credential, TOKEN)?));
        ensure!(grant.credential.extra.contains_key(REFRESH_TOKEN) == rotating);
        ensure!(stage.provider.further_tokens() == [TOKEN], "what obtains others stays inside");
    }
    Ok(())
}

#[tokio::test]
async fn the_shorter_life_of_the_two_counts() -> Result<()> {
    for (bot, person, shorter) in [(43_200, 600, 600), (600, 43_200, 600)] {
        let stage = with_person(slack_rotating().await?)?;
        let answer = json!({
            "ok": true, "app_id": "A0DEMO", "team": { "id": "T0DEMO", "name": "Vox Demo" }, "token_type": "bot",
            "scope": "chat:write", "access_token": "xoxe.xoxb-1", "refresh_token": "xoxe-1-b", "expires_in": bot,
            "authed_user": {
                "id": "U0ADA", "scope": "search:read", "token_type": "user", "access_token": "xoxe.xoxp-1",
                "refresh_token": "xoxe-1-p", "expires_in": person,
            },
        });
        stage.mock.fault(Endpoint::Token, Fault::Answer { status: 200, json: answer }).once();
        let grant = stage.connect().await?;
        ensure!(grant.expires_in == Some(Duration::from_secs(shorter)), "{:?}", grant.expires_in);
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_renews_both_and_uses_up_both_refresh_tokens() -> Result<()> {
    let stage = with_person(slack_rotating().await?)?;
    let grant = stage.connect().await?;
    stage.mock.expire_access_tokens();
    let renewal = stage.refresh(&grant.credential).await?;
    ensure!(renewal.expires_in == Some(HALF_A_DAY), "{:?}", renewal.expires_in);
    ensure!(renewal.granted == grant.granted, "{:?}", renewal.granted);
    let renewed = grant.credential.renewed_by(&renewal);
    ensure!(stage.mock.is_live(renewed.access_token.expose_secret()));
    ensure!(stage.mock.is_live(text(&renewed, TOKEN)?));
    ensure!(text(&renewed, REFRESH_TOKEN)? != text(&grant.credential, REFRESH_TOKEN)?);
    ensure!(stage.refresh(&renewed).await.is_ok(), "the new ones work");
    let dead = stage.refresh(&grant.credential).await;
    ensure!(matches!(dead, Err(ProviderError::GrantRevoked { .. })), "{dead:?}");
    Ok(())
}

#[tokio::test]
async fn when_only_the_bots_is_renewed_it_is_kept_and_the_persons_is_tried_again_soon() -> Result<()> {
    let faults = [
        Fault::Unavailable { retry_after: None },
        Fault::DropAfterProcessing,
        Fault::TooManyRequests { retry_after: None },
        Fault::Html,
    ];
    for fault in faults {
        let stage = with_person(slack_rotating().await?)?;
        let grant = stage.connect().await?;
        stage.mock.fault(Endpoint::Token, fault.clone()).after(1).once();
        let renewal = stage.refresh(&grant.credential).await?;
        let soon = renewal.expires_in.is_some_and(|lifetime| lifetime <= Duration::from_mins(5));
        ensure!(soon && renewal.granted.is_none(), "{fault:?}: {renewal:?}");
        let renewed = grant.credential.renewed_by(&renewal);
        ensure!(stage.mock.is_live(renewed.access_token.expose_secret()), "{fault:?}: the bot's is lost");
        ensure!(text(&renewed, REFRESH_TOKEN)? == text(&grant.credential, REFRESH_TOKEN)?, "{fault:?}");
        let again = stage.refresh(&renewed).await?;
        ensure!(again.extra.contains_key(TOKEN), "{fault:?}: {again:?}");
    }
    Ok(())
}

#[tokio::test]
async fn when_the_bots_is_not_renewed_that_of_the_person_is_left_alone() -> Result<()> {
    let stage = with_person(slack_rotating().await?)?;
    let grant = stage.connect().await?;
    stage.mock.fault(Endpoint::Token, Fault::Unavailable { retry_after: None }).once();
    ensure!(stage.refresh(&grant.credential).await.is_err());
    ensure!(stage.refresh(&grant.credential).await.is_ok(), "no refresh token was used up");
    Ok(())
}

#[tokio::test]
async fn a_person_who_left_takes_their_token_along_and_the_bot_stays() -> Result<()> {
    let stage = with_person(slack_rotating().await?)?;
    let grant = stage.connect().await?;
    stage.mock.revoke_person(USER_ID);
    let invalid = stage.validate(&grant).await.map(drop);
    ensure!(invalid == Err(ProviderError::TokenRejected), "{invalid:?}");
    let renewal = stage.refresh(&grant.credential).await?;
    ensure!(renewal.granted == Some(OAuthScopes::parse("chat:write")?), "{:?}", renewal.granted);
    ensure!(renewal.expires_in == Some(HALF_A_DAY));
    let renewed = grant.credential.renewed_by(&renewal);
    ensure!(renewed.extra.is_empty(), "{renewed:?}");
    ensure!(stage.mock.is_live(renewed.access_token.expose_secret()));
    let again = stage.refresh(&renewed).await?;
    ensure!(again.extra.is_empty(), "{again:?}");
    Ok(())
}

#[tokio::test]
async fn both_tokens_are_probed_and_a_sick_probe_says_nothing() -> Result<()> {
    let stage = with_person(slack().await?)?;
    let grant = stage.connect().await?;
    stage.validate(&grant).await?;
    stage.mock.fault(Endpoint::UserInfo, Fault::Unavailable { retry_after: None }).after(1).once();
    let sick = stage.validate(&grant).await.map(drop);
    ensure!(sick.as_ref().is_err_and(ProviderError::is_temporary), "{sick:?}");
    Ok(())
}

#[tokio::test]
async fn both_tokens_are_revoked() -> Result<()> {
    for rotating in [false, true] {
        let stage = with_person(if rotating { slack_rotating().await? } else { slack().await? })?;
        stage.mock.refuse_uninstall();
        let grant = stage.connect().await?;
        stage.revoke(&grant.credential).await?;
        ensure!(!stage.mock.is_live(text(&grant.credential, TOKEN)?), "that of the person");
        ensure!(!stage.mock.is_live(grant.credential.access_token.expose_secret()), "that of the bot");
        ensure!(stage.revoke(&grant.credential).await == Err(ProviderError::AlreadyDone));
    }
    Ok(())
}
