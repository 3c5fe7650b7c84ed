//! A tool that is hidden is a tool that does not exist.

use bailee_core::{PermissionFlag, ProfileIds, Scope};
use http::StatusCode;
use mcp_tests::{Answer, Raw, Rig, tea};
use serde_json::json;

/// Names of the same length, so that answers can be compared to the byte.
const HIDDEN: &str = "create_event";
const ABSENT: &str = "create_evenx";

async fn answer_of(rig: &Rig, token: &str, tool: &str) -> anyhow::Result<Answer> {
    let mut answer = Raw::call(tool, &tea()).of(token).send(rig).await?;
    answer.body = answer.body.replace(tool, "TOOL");
    Ok(answer)
}

async fn assert_hidden(rig: &Rig, token: &str) -> anyhow::Result<()> {
    let (hidden, absent) = (answer_of(rig, token, HIDDEN).await?, answer_of(rig, token, ABSENT).await?);
    assert_eq!(hidden, absent, "{token} can tell them apart");
    assert_eq!(absent.message()?.pointer("/error/code"), Some(&json!(-32_602)));
    assert!(absent.body.contains("Unknown tool: TOOL"), "{}", absent.body);
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn to_a_counterpart_everything_that_is_refused_does_not_exist() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    // Not connected, flag off and on; connected, flag off; of another thread.
    assert_hidden(&rig, "ada_t").await?;
    rig.allow("ada", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    assert_hidden(&rig, "ada_t").await?;
    let row = rig.connect("ada").await?;
    rig.connect("bob").await?;
    assert_hidden(&rig, "bob_t").await?;
    rig.allow("ada", &[]).await?;
    assert_hidden(&rig, "ada_t").await?;
    rig.allow("ada", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    rig.grant(&row, Scope::Agents(ProfileIds::new(["ada_2".try_into()?])?)).await?;
    assert_hidden(&rig, "ada_t").await?;
    rig.grant(&row, Scope::All).await?;
    let allowed = Raw::call(HIDDEN, &tea()).of("ada_t").send(&rig).await?;
    assert!(allowed.message()?.pointer("/result/structuredContent/event").is_some(), "{}", allowed.body);
    Ok(())
}

#[tokio::test]
async fn a_counterpart_is_never_led_to_a_page() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.allow("ada", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    for raw in [Raw::call(HIDDEN, &tea()), Raw::call("connect_integration", &json!({ "provider": "google" }))]
    {
        let answer = raw.of("ada_t").send(&rig).await?;
        assert!(!answer.body.contains("integrations/connect"), "{}", answer.body);
        assert!(answer.body.contains("Unknown tool"), "{}", answer.body);
    }
    Ok(())
}

#[tokio::test]
async fn another_profile_of_the_owner_cannot_tell_either() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let stranger = answer_of(&rig, "ada_9", HIDDEN).await?;
    assert_eq!(stranger, answer_of(&rig, "ada_9", ABSENT).await?, "a profile that is not ada's");
    Ok(())
}

#[tokio::test]
async fn a_credential_without_the_scope_for_writing_is_told_which_one_it_lacks() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let refused = Raw::call(HIDDEN, &tea()).of("ada_1+read").send(&rig).await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let challenge = refused.header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains("insufficient_scope") && challenge.contains("tools:write"), "{challenge}");
    let reads = Raw::call("list_integrations", &json!({})).of("ada_1+read").send(&rig).await?;
    assert_eq!(reads.status, StatusCode::OK);
    let absent = answer_of(&rig, "ada_1+read", ABSENT).await?;
    assert!(absent.body.contains("Unknown tool: TOOL"), "{}", absent.body);
    rig.allow("ada", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    assert_hidden(&rig, "ada_t+read").await
}
