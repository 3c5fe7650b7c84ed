//! What the agents' door asks of the engine: pages to connect, runs, servers, changes, and what is learned from refusals.

use std::time::Duration;

use bailee_core::{
    Actor, Effect, Effects, Owner, PermissionFlag, ProfileId, ProfileIds, Refusal, Scope, ToolName,
    store::IntegrationChange,
};
use bailee_engine::{Changes, ConnectOptions, Error, McpWarning, ToolError};
use bailee_testkit::mock_google::{api_error, calendar};
use bailee_testkit::mock_provider::Fault;
use futures_util::FutureExt as _;
use serde_json::json;

use crate::rig::{Rig, tea};

#[tokio::test]
async fn an_agent_leads_its_owner_to_a_page_and_nobody_else() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let page =
        rig.bailee.request_connect(&rig.own("p1")?, "google_calendar", Some("Claude\u{202E}\n")).await?;
    let id = page.request.id.to_string();
    assert_eq!(page.url.as_str(), format!("https://backend.example/integrations/connect/{id}"));
    assert_eq!(page.request.client.as_deref(), Some("Claude"), "what nobody sees is taken out");
    assert_eq!(rig.bailee.connect_request(&rig.owner, &id).await?, page.request);
    let (stranger, member) = (Owner::user("u2")?, Owner::member("org", "u1")?);
    for other in [&stranger, &member] {
        assert_eq!(rig.bailee.connect_request(other, &id).await, Err(Error::NotFound));
        let nonce = rig.bailee.nonce()?;
        let followed = rig.bailee.accept_connect_request(other, &id, nonce).await;
        assert_eq!(followed.map(drop), Err(Error::NotFound));
        assert_eq!(rig.bailee.decline_connect_request(other, &id).await, Err(Error::NotFound));
    }
    assert_eq!(rig.bailee.connect_request_owner(rig.owner.user_id(), &id).await?, rig.owner);
    assert_eq!(rig.bailee.connect_request_owner(stranger.user_id(), &id).await, Err(Error::NotFound));
    let link = rig.bailee.accept_connect_request(&rig.owner, &id, rig.bailee.nonce()?).await?;
    assert_eq!(link.url.host_str(), Some("127.0.0.1"), "on to the consent page of the mock");
    let again = rig.bailee.accept_connect_request(&rig.owner, &id, rig.bailee.nonce()?).await;
    assert_eq!(again.map(drop), Err(Error::NotFound), "once");
    Ok(())
}

#[tokio::test]
async fn a_page_ends_after_ten_minutes() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let page = rig.bailee.request_connect(&rig.own("p1")?, "google", None).await?;
    rig.clock.advance(Duration::from_mins(10));
    let id = page.request.id.to_string();
    assert_eq!(rig.bailee.connect_request(&rig.owner, &id).await, Err(Error::NotFound));
    Ok(())
}

#[tokio::test]
async fn a_counterpart_cannot_make_the_owner_connect_anything() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.allow("t1", &PermissionFlag::ALL).await?;
    let caller = rig.counterpart("t1")?;
    let asked = rig.bailee.request_connect(&caller, "google", None).await;
    assert_eq!(asked.map(drop), Err(Error::NotFound));
    let asked = rig.bailee.request_connect_for_tool(&caller, "create_event", None).await;
    assert_eq!(asked.map(drop), Err(Error::NotFound));
    Ok(())
}

#[tokio::test]
async fn a_page_for_a_tool_asks_for_what_the_tool_lacks() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    rig.mock.fault(calendar::EVENTS_INSERT, missing_scope()).once();
    rig.bailee.authorize(&caller, "create_event").await?.call(tea()).await.err();
    let page = rig.bailee.request_connect_for_tool(&caller, "create_event", None).await?;
    assert_eq!(page.request.integration, Some(integration.id));
    assert_eq!(page.request.provider.as_str(), "google_calendar");
    assert_eq!(page.request.scopes.as_str(), "https://www.googleapis.com/auth/calendar");
    let unknown = rig.bailee.request_connect_for_tool(&caller, "echo", None).await;
    assert_eq!(unknown.map(drop), Err(Error::NotFound), "it needs no account");
    Ok(())
}

fn missing_scope() -> Fault {
    api_error(403, "global", "insufficientPermissions", "Insufficient Permission")
}

#[tokio::test]
async fn a_scope_that_the_provider_misses_is_learned_and_a_reconnect_forgets_it() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    rig.mock.fault(calendar::EVENTS_INSERT, missing_scope()).once();
    let refused = rig.bailee.authorize(&caller, "create_event").await?.call(tea()).await;
    let missing =
        |error: &ToolError| matches!(error, ToolError::Refused { refusal: Refusal::MissingGrant, .. });
    assert!(refused.as_ref().is_err_and(missing), "{refused:?}");
    let listed = rig.tools(&caller).await?;
    assert!(!listed.iter().any(|tool| tool == "create_event"), "it is not offered any more");
    let again = rig.bailee.authorize(&caller, "create_event").await;
    assert!(again.as_ref().is_err_and(missing), "nor asked of the provider again");
    let row = rig.bailee.integrations(&rig.owner, None, 10).await?.items;
    let told: Vec<String> = row.iter().map(|row| row.missing().as_str().to_owned()).collect();
    assert_eq!(told, ["https://www.googleapis.com/auth/calendar"]);
    rig.connect().await?;
    rig.bailee.authorize(&caller, "create_event").await?.call(tea()).await?;
    Ok(())
}

#[tokio::test]
async fn a_run_is_as_whom_it_was_minted_for_until_it_ends() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let reads = Effects::NONE.and(Effect::Read);
    for caller in [rig.own("p1")?.with_effects(reads), rig.counterpart("t1")?] {
        let minted = rig.bailee.run_token(&caller, Duration::from_mins(15)).await?;
        let token = bailee_core::ExposeSecret::expose_secret(&minted.token).to_owned();
        let run = rig.bailee.run(&token).await?;
        assert_eq!(run.map(|run| (run.id, run.caller)), Some((minted.id, caller.clone())));
        assert_eq!(rig.bailee.run(&format!("{token}0")).await?, None);
        assert!(!format!("{minted:?}").contains(&token));
        assert!(!rig.bailee.end_run(&Owner::user("u2")?, minted.id).await?);
        assert!(rig.bailee.end_run(&rig.owner, minted.id).await?);
        assert_eq!(rig.bailee.run(&token).await?, None, "it was ended");
        let minted = rig.bailee.run_token(&caller, Duration::from_mins(1)).await?;
        rig.clock.advance(Duration::from_mins(1));
        let token = bailee_core::ExposeSecret::expose_secret(&minted.token).to_owned();
        assert_eq!(rig.bailee.run(&token).await?, None, "it expired");
    }
    Ok(())
}

#[tokio::test]
async fn a_run_lasts_a_quarter_of_an_hour_at_most() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    for lifetime in [Duration::ZERO, Duration::from_secs(15 * 60 + 1)] {
        let refused = rig.bailee.run_token(&rig.own("p1")?, lifetime).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "lifetime", .. })));
    }
    Ok(())
}

#[tokio::test]
async fn a_profile_has_the_servers_that_were_granted_to_it() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let own = rig.own("p1")?;
    assert!(rig.bailee.mcp_servers(&own).await?.is_empty());
    let all = rig.bailee.mcp_definitions(&rig.owner).await?;
    let [server] = all.as_slice() else { anyhow::bail!("{all:?}") };
    assert_eq!((server.connected, server.warning), (false, Some(McpWarning::NotConnected)));
    assert_eq!(server.url.as_str(), "https://backend.example/mcp/google_calendar");
    let tools: Vec<&str> = server.definition.tools.iter().map(ToolName::as_str).collect();
    assert_eq!(tools, ["create_event", "list_events", "delete_event", "list_calendar_events"]);

    let row = rig.connect().await?;
    let servers = rig.bailee.mcp_servers(&own).await?;
    assert_eq!(servers.iter().map(|server| server.warning).collect::<Vec<_>>(), [None]);
    let only = Scope::Agents(ProfileIds::new([ProfileId::new("p2")?])?);
    let row =
        rig.change(&row, IntegrationChange { scope: Some(only), ..IntegrationChange::default() }).await?;
    assert!(rig.bailee.mcp_servers(&own).await?.is_empty());
    assert_eq!(rig.bailee.mcp_servers(&rig.own("p2")?).await?.len(), 1);
    assert!(rig.bailee.mcp_servers(&rig.counterpart("t1")?).await?.is_empty());
    rig.change(&row, IntegrationChange { enabled: Some(false), ..IntegrationChange::default() }).await?;
    let all = rig.bailee.mcp_definitions(&rig.owner).await?;
    assert_eq!(all.first().and_then(|server| server.warning), Some(McpWarning::Disabled));
    Ok(())
}

/// Whether a change was told already: those of this process are, before the call that makes them returns.
fn told(changes: &mut Changes) -> bool {
    changes.changed().now_or_never().is_some()
}

#[tokio::test]
async fn whoever_listens_is_told_of_every_change_of_that_owner_alone() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let mut changes = rig.bailee.changes(&rig.owner);
    let mut others = rig.bailee.changes(&Owner::user("u2")?);
    for changes in [&mut changes, &mut others] {
        changes.changed().await;
        assert!(!told(changes), "the first look at the store is one change");
    }
    let row = rig.connect().await?;
    assert!(told(&mut changes), "connect");
    let off = IntegrationChange { enabled: Some(false), ..IntegrationChange::default() };
    rig.change(&row, off).await?;
    assert!(told(&mut changes), "switch");
    rig.allow("t1", &PermissionFlag::ALL).await?;
    assert!(told(&mut changes), "flags");
    rig.bailee.profiles_changed(&rig.owner).await?;
    assert!(told(&mut changes), "profiles");
    rig.bailee.disconnect(&rig.owner, "google").await?;
    assert!(told(&mut changes), "disconnect");
    assert!(!told(&mut others));
    Ok(())
}

#[tokio::test]
async fn an_agent_may_not_finish_a_connect_that_it_asked_for() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let agent = rig.session(Actor::Agent);
    let refused = rig.bailee.require_human(&agent, bailee_core::Action::Connect).await;
    assert_eq!(refused, Err(Error::HumanNeeded));
    // Even its link is bound to a browser that it does not have.
    let options = ConnectOptions::with_nonce("google", rig.bailee.nonce()?);
    let link = rig.bailee.connect(&rig.owner, options).await?;
    assert_eq!(link.url.scheme(), "http");
    let answer = rig.bailee.authorize(&rig.own("p1")?, "connect_integration").await?;
    let answer = answer.call(json!({ "provider": "google" })).await?;
    let url = answer.content["connect_url"].as_str().unwrap_or_default();
    assert!(url.starts_with("https://backend.example/integrations/connect/"), "{url}");
    Ok(())
}
