use bailee_core::{Effect, Effects, PermissionFlag, StoreError};
use bailee_testkit::mock_provider::{Endpoint, Fault};

use crate::rig::Rig;

#[tokio::test]
async fn the_tools_of_a_provider_are_there_while_it_is_connected() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let own = rig.own("p1")?;
    let always = ["echo", "connect_integration", "list_integrations", "propose_meeting"];
    assert_eq!(rig.tools(&own).await?, always);
    rig.connect().await?;
    let with_calendar =
        [&["create_event", "list_events", "delete_event", "list_calendar_events"][..], &always].concat();
    assert_eq!(rig.tools(&own).await?, with_calendar);
    rig.bailee.disconnect(&rig.owner, "google").await?;
    assert_eq!(rig.tools(&own).await?, always);
    Ok(())
}

#[tokio::test]
async fn the_list_is_the_same_every_time() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let own = rig.own("p1")?;
    let first = rig.tools(&own).await?;
    for _ in 0..20 {
        assert_eq!(rig.tools(&own).await?, first);
    }
    Ok(())
}

#[tokio::test]
async fn a_counterpart_begins_with_nothing() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    assert!(rig.tools(&rig.counterpart("t1")?).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_thread_or_profile_that_the_host_does_not_know_gets_nothing() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    rig.allow("t1", &PermissionFlag::ALL).await?;
    assert!(rig.tools(&rig.counterpart("unknown")?).await?.is_empty());
    assert!(rig.tools(&rig.own("unknown")?).await?.is_empty());
    rig.directory.delete_profile("p1");
    assert!(rig.tools(&rig.own("p1")?).await?.is_empty(), "a deleted profile loses everything at once");
    assert!(rig.tools(&rig.counterpart("t1")?).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_directory_that_is_down_is_an_error_and_no_shorter_list() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    rig.directory.set_down(true);
    let listed = rig.bailee.tools(&rig.own("p1")?).await;
    assert_eq!(listed.map(|tools| tools.len()), Err(StoreError::Unavailable));
    Ok(())
}

#[tokio::test]
async fn a_credential_for_tools_that_read_lists_no_tool_that_writes() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let reader = rig.own("p1")?.with_effects(Effects::NONE.and(Effect::Read));
    assert_eq!(rig.tools(&reader).await?, ["list_events", "list_calendar_events", "list_integrations"]);
    let nobody = rig.own("p1")?.with_effects(Effects::NONE);
    assert!(rig.tools(&nobody).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_tool_whose_oauth_scope_was_not_granted_is_not_listed() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let narrow =
        vec!["openid".to_owned(), "https://www.googleapis.com/auth/calendar.events.readonly".to_owned()];
    rig.mock.fault(Endpoint::Token, Fault::NarrowScope(narrow)).once();
    rig.connect().await?;
    let tools = rig.tools(&rig.own("p1")?).await?;
    assert!(tools.contains(&"list_events".to_owned()), "{tools:?}");
    assert!(!tools.contains(&"create_event".to_owned()), "{tools:?}");
    Ok(())
}

#[tokio::test]
async fn the_own_agent_still_sees_what_needs_a_reconnect_and_a_counterpart_does_not() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    let counterpart = rig.counterpart("t1")?;
    assert_eq!(rig.tools(&counterpart).await?, ["create_event", "delete_event"]);
    rig.mock.revoke_by_user(integration.account.id.as_str());
    rig.bailee.validate(&rig.owner, "google").await?;
    assert!(rig.tools(&counterpart).await?.is_empty());
    assert!(rig.tools(&rig.own("p1")?).await?.contains(&"create_event".to_owned()));
    Ok(())
}
