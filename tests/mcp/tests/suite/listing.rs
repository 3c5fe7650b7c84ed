//! Who is told of which tools.

use bailee_core::{PermissionFlag, ProfileIds, Scope};
use mcp_tests::{Agent, Era, Raw, Rig};
use serde_json::{Value, json};

/// The tools of an own agent without any account.
const UNCONNECTED: [&str; 3] = ["connect_integration", "list_integrations", "propose_meeting"];
/// Those of the calendar.
const CALENDAR: [&str; 4] = ["create_event", "delete_event", "list_calendar_events", "list_events"];

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[tokio::test]
async fn each_profile_is_told_of_the_tools_that_it_was_granted() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let row = rig.connect("ada").await?;
    rig.grant(&row, Scope::Agents(ProfileIds::new(["ada_1".try_into()?])?)).await?;
    for era in [Era::Legacy, Era::Modern] {
        let first = sorted(Agent::plain(&rig, era, "ada_1").await?.names().await?);
        let second = sorted(Agent::plain(&rig, era, "ada_2").await?.names().await?);
        let other = sorted(Agent::plain(&rig, era, "bob_1").await?.names().await?);
        assert_eq!(
            first,
            sorted([&UNCONNECTED[..], &CALENDAR[..]].concat().iter().map(ToString::to_string).collect())
        );
        assert_eq!(second, UNCONNECTED, "{era:?}");
        assert_eq!(other, UNCONNECTED, "{era:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_counterpart_begins_with_nothing_and_each_flag_adds_its_own() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let agent = Agent::plain(&rig, Era::Modern, "ada_t").await?;
    assert!(agent.names().await?.is_empty());
    let unlocked: [(PermissionFlag, &[&str]); 4] = [
        (PermissionFlag::CanPostOnMyBehalf, &["create_event", "delete_event"]),
        (PermissionFlag::CanQueryAvailability, &["list_calendar_events"]),
        (PermissionFlag::CanRequestMeetings, &["propose_meeting"]),
        (PermissionFlag::CanViewFullProfile, &[]),
    ];
    for (flag, tools) in unlocked {
        rig.allow("ada", &[flag]).await?;
        assert_eq!(sorted(agent.names().await?), tools, "{flag:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_definition_has_its_own_tools_alone() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let agent = Agent::at(&rig, "/mcp/google_calendar", "ada_1").await?;
    assert_eq!(sorted(agent.names().await?), CALENDAR);
    let refused = agent.refused("list_integrations", &json!({})).await?;
    assert_eq!(refused.message, "Unknown tool: list_integrations");
    let unknown = Raw::modern("tools/list", json!({})).to("/mcp/no_such").of("ada_1").send(&rig).await?;
    assert_eq!(unknown.status, http::StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn a_tool_is_told_with_what_it_takes_returns_and_does() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let list = Raw::modern("tools/list", json!({})).of("ada_1").send(&rig).await?.message()?;
    let result = list.get("result").cloned().unwrap_or_default();
    assert_eq!((result.get("cacheScope"), result.get("ttlMs")), (Some(&json!("private")), Some(&json!(0))));
    assert!(list.to_string().len() < 60_000);
    let tool = |name: &str| {
        let tools = result.get("tools").and_then(Value::as_array).into_iter().flatten();
        tools.clone().find(|tool| tool.get("name") == Some(&json!(name))).cloned().unwrap_or_default()
    };
    let writes = tool("create_event");
    assert_eq!(writes.get("title"), Some(&json!("Create a calendar event")));
    assert_eq!(writes.pointer("/annotations/readOnlyHint"), Some(&json!(false)));
    assert_eq!(writes.pointer("/annotations/destructiveHint"), Some(&json!(true)));
    assert_eq!(writes.pointer("/annotations/openWorldHint"), Some(&json!(true)));
    assert!(writes.pointer("/inputSchema/properties/idempotency_key").is_some());
    assert!(writes.pointer("/outputSchema/properties/event").is_some());
    let reads = tool("list_integrations");
    assert_eq!(reads.pointer("/annotations/readOnlyHint"), Some(&json!(true)));
    assert_eq!(reads.pointer("/annotations/openWorldHint"), Some(&json!(false)));
    assert!(reads.pointer("/inputSchema/properties/idempotency_key").is_none());
    let again = Raw::modern("tools/list", json!({})).of("ada_1").send(&rig).await?.message()?;
    assert_eq!(again, list, "the order changes");
    Ok(())
}

#[tokio::test]
async fn a_directory_that_does_not_answer_makes_an_error_and_never_a_part_of_the_list() -> anyhow::Result<()>
{
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    rig.directory.fail();
    let list = Raw::modern("tools/list", json!({})).of("ada_1").send(&rig).await?.message()?;
    assert_eq!(list.pointer("/error/code"), Some(&json!(-32_603)));
    assert!(list.get("result").is_none());
    Ok(())
}
