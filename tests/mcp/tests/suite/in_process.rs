//! The same door without HTTP.

use bailee_mcp::in_process;
use bailee_testkit::mock_google::ACCOUNT_SUB;
use mcp_tests::{Agent, Era, Rig, caller, tea};
use rmcp::{ServiceExt as _, model::CallToolRequestParams};

#[tokio::test]
async fn one_caller_is_served_over_any_transport() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = in_process(&rig.bailee, caller("ada_1")?);
    let serving = tokio::spawn(async move {
        Box::pin(server.serve(ours)).await?.waiting().await.map_err(anyhow::Error::from)
    });
    let client = ().serve(theirs).await?;
    let names: Vec<String> =
        client.list_all_tools().await?.iter().map(|tool| tool.name.to_string()).collect();
    assert_eq!(names, Agent::plain(&rig, Era::Modern, "ada_1").await?.names().await?);
    let arguments = tea().as_object().cloned().unwrap_or_default();
    client.call_tool(CallToolRequestParams::new("create_event").with_arguments(arguments)).await?;
    assert_eq!(rig.mock.events(ACCOUNT_SUB).len(), 1);
    client.cancel().await?;
    serving.await??;
    Ok(())
}
