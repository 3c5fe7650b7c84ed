//! Sessions of versions before 2026-07-28.

use anyhow::Context as _;
use http::{Method, StatusCode};
use mcp_tests::{Answer, INITIALIZE, Raw, Rig};
use serde_json::json;

const ID: &str = "mcp-session-id";

async fn begin(rig: &Rig, token: &str) -> anyhow::Result<String> {
    let begun = Raw::legacy(serde_json::from_str(INITIALIZE)?).of(token).send(rig).await?;
    assert_eq!(begun.status, StatusCode::OK);
    let id = begun.header(ID).context("a session")?.to_owned();
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let accepted = Raw::legacy(initialized).header(ID, &id).of(token).send(rig).await?;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    Ok(id)
}

fn list(id: &str) -> Raw {
    Raw::legacy(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" })).header(ID, id)
}

async fn all_ways(rig: &Rig, id: &str, token: &str) -> anyhow::Result<Vec<Answer>> {
    Ok(vec![
        list(id).of(token).send(rig).await?,
        Raw::bare(Method::GET).header(ID, id).of(token).send(rig).await?,
        Raw::bare(Method::DELETE).header(ID, id).of(token).send(rig).await?,
    ])
}

#[tokio::test]
async fn a_session_is_of_no_use_to_anybody_else_whatever_they_do_with_its_id() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let id = begin(&rig, "ada_1").await?;
    for thief in ["bob_1", "ada_2", "acme/ada_1", "ada_t", "ada_1+read"] {
        let answers = all_ways(&rig, &id, thief).await?;
        assert!(answers.iter().all(|answer| answer.status == StatusCode::NOT_FOUND), "{thief}: {answers:?}");
        let absent = all_ways(&rig, "00000000-0000-4000-8000-000000000000", thief).await?;
        assert_eq!(answers, absent, "{thief} can tell that there is such a session");
    }
    let own = list(&id).of("ada_1").send(&rig).await?;
    assert_eq!(own.status, StatusCode::OK, "its own agent lost it");
    assert!(own.message()?.pointer("/result/tools").is_some());
    Ok(())
}

#[tokio::test]
async fn a_session_ends_when_its_agent_says_so() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let id = begin(&rig, "ada_1").await?;
    let ended = Raw::bare(Method::DELETE).header(ID, &id).of("ada_1").send(&rig).await?;
    assert!(ended.status.is_success(), "{ended:?}");
    assert_eq!(list(&id).of("ada_1").send(&rig).await?.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn a_session_is_no_credential() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let id = begin(&rig, "ada_1").await?;
    assert_eq!(list(&id).send(&rig).await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn without_sessions_the_version_before_is_served_all_the_same() -> anyhow::Result<()> {
    let mut rig = Rig::new().await?;
    rig.app = bailee_mcp::Mcp::new(&rig.bailee, mcp_tests::Names).sessions(false).router("/mcp");
    let begun = Raw::legacy(serde_json::from_str(INITIALIZE)?).of("ada_1").send(&rig).await?;
    assert_eq!((begun.status, begun.header(ID)), (StatusCode::OK, None));
    let list = Raw::legacy(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" }));
    let list = list.header("mcp-protocol-version", "2025-11-25").of("ada_1").send(&rig).await?;
    assert!(list.message()?.pointer("/result/tools").is_some(), "{list:?}");
    Ok(())
}
