//! Notion under the engine: a connection that lacks a capability.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use bailee_core::{Caller, Integration, OAuthScopes, Owner, Refusal, Status};
use bailee_engine::{Bailee, ToolError};
use bailee_testkit::{GlassVault, MemoryStore, MockClock, connected_by};
use provider_tests::{NotionKit, parameter};

const INSERTING: [&str; 3] = ["append_to_notion_page", "create_notion_database", "create_notion_page"];
const ALL: [&str; 3] = ["insert_content", "read_content", "update_content"];

struct Host {
    kit: NotionKit,
    bailee: Bailee,
    owner: Owner,
}

impl Host {
    /// With one workspace.
    async fn new() -> Result<Self> {
        let (kit, clock) = (NotionKit::open().await?, MockClock::new());
        let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
            .base_url("https://app.example.test".parse()?)
            .clock(clock)
            .provider(kit.notion.clone())
            .build()?;
        let host = Self { kit, bailee, owner: Owner::user("u1")? };
        host.connect().await?;
        Ok(host)
    }

    async fn connect(&self) -> Result<Integration> {
        let approve = |page: &url::Url| {
            assert_eq!(parameter(page, "scope"), None, "a capability is not for a consent");
            Ok(self.kit.mock.approve(page)?)
        };
        let connected = connected_by(&self.bailee, &self.owner, "notion", approve).await;
        connected.map_err(|error| anyhow::anyhow!(error))
    }

    fn caller(&self) -> Result<Caller> {
        Ok(Caller::own(self.owner.clone(), "p1")?)
    }

    async fn create(&self, parent: &str) -> Result<Result<serde_json::Value, ToolError>> {
        let permit = match self.bailee.authorize(&self.caller()?, "create_notion_page").await {
            Ok(permit) => permit,
            Err(error) => return Ok(Err(error)),
        };
        let called = permit.call(json!({ "parent_id": parent, "title": "Notes" })).await;
        Ok(called.map(|output| output.content))
    }

    /// The tools of Notion.
    async fn listed(&self) -> Result<Vec<String>> {
        let tools = self.bailee.tools(&self.caller()?).await?;
        let of_notion = tools.iter().filter(|granted| granted.provider().is_some());
        Ok(of_notion.map(|granted| granted.tool().name.to_string()).collect())
    }

    async fn row(&self) -> Result<Integration> {
        let mut items = self.bailee.integrations(&self.owner, None, 10).await?.items;
        items.pop().context("an integration")
    }
}

#[tokio::test]
async fn a_capability_that_is_lacking_hides_what_needs_it_until_a_reconnect() -> Result<()> {
    let host = Host::new().await?;
    let parent = host.kit.mock.add_page("Roadmap");
    host.kit.mock.set_capabilities(&["read_content", "update_content"]);
    let refused = host.create(&parent).await?;
    let Err(ToolError::Refused { refusal: Refusal::MissingGrant, connect_url }) = refused else {
        anyhow::bail!("{refused:?}");
    };
    ensure!(connect_url.is_some(), "where the owner can mend it");
    ensure!(host.row().await?.missing() == OAuthScopes::parse("insert_content")?);
    ensure!(host.row().await?.status == Status::Valid, "the grant itself is fine");
    let listed = host.listed().await?;
    ensure!(!INSERTING.iter().any(|tool| listed.iter().any(|it| it == tool)), "{listed:?}");
    ensure!(listed.len() == 5, "what needs something else stays: {listed:?}");
    let before = host.kit.mock.requests().len();
    let again = host.create(&parent).await?;
    ensure!(matches!(again, Err(ToolError::Refused { refusal: Refusal::MissingGrant, .. })), "{again:?}");
    ensure!(host.kit.mock.requests().len() == before, "Notion is not asked again");
    host.kit.mock.set_capabilities(&ALL);
    host.connect().await?;
    ensure!(host.row().await?.missing().is_empty());
    ensure!(host.listed().await?.len() == 8);
    ensure!(host.create(&parent).await?.is_ok());
    Ok(())
}

#[tokio::test]
async fn a_reconnect_that_changes_nothing_is_found_out_by_the_next_call() -> Result<()> {
    let host = Host::new().await?;
    let parent = host.kit.mock.add_page("Roadmap");
    host.kit.mock.set_capabilities(&["read_content"]);
    ensure!(host.create(&parent).await?.is_err());
    host.connect().await?;
    ensure!(host.listed().await?.len() == 8);
    ensure!(host.create(&parent).await?.is_err());
    ensure!(host.row().await?.missing() == OAuthScopes::parse("insert_content")?);
    Ok(())
}
