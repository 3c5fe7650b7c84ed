//! What agents have and do, without a client.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, ensure};
use bailee::{Caller, ExposeSecret as _, ToolOutput};
use serde_json::{Value, json};

use super::Host;
use crate::{Person, sessions::http_client};

/// The version of the protocol in which one request is a whole conversation.
const MCP: &str = "2026-07-28";

impl Host {
    /// The names of the tools that an agent of somebody has.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tools_of(&self, person: Person, profile: &str) -> anyhow::Result<BTreeSet<String>> {
        self.tools(&Caller::own(person.owner()?, profile)?).await
    }

    /// The names of the tools that an agent of somebody lists by MCP, in a run of its own.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn mcp_tools_of(&self, person: Person, profile: &str) -> anyhow::Result<BTreeSet<String>> {
        let caller = Caller::own(person.owner()?, profile)?;
        let run = self.bailee.run_token(&caller, Duration::from_mins(1)).await?;
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": MCP,
            "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } });
        let request = http_client()?.post(self.at("/mcp")).bearer_auth(run.token.expose_secret());
        let request = request.header("accept", "application/json, text/event-stream");
        let request = request.header("mcp-protocol-version", MCP).header("mcp-method", "tools/list");
        let answer = request.json(&list).send().await?.error_for_status()?.text().await?;
        let event = answer.lines().filter_map(|line| line.strip_prefix("data:")).next_back();
        let answer: Value = serde_json::from_str(event.unwrap_or(&answer))?;
        ensure!(answer.pointer("/result/nextCursor").is_none(), "there are more tools");
        let tools = answer.pointer("/result/tools").and_then(Value::as_array).context("no tools")?;
        Ok(tools.iter().filter_map(|tool| Some(tool.get("name")?.as_str()?.to_owned())).collect())
    }

    /// The names of the tools that somebody else has in a thread.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tools_in(
        &self,
        person: Person,
        profile: &str,
        thread: &str,
    ) -> anyhow::Result<BTreeSet<String>> {
        self.tools(&Caller::counterpart(person.owner()?, profile, thread)?).await
    }

    /// Somebody else calls a tool in a thread, without arguments that matter.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn call_in(
        &self,
        person: Person,
        profile: &str,
        thread: &str,
        tool: &str,
    ) -> anyhow::Result<()> {
        let hours = json!({ "time_min": "2099-01-01T00:00:00Z", "time_max": "2099-01-02T00:00:00Z" });
        self.call(&Caller::counterpart(person.owner()?, profile, thread)?, tool, hours).await?;
        Ok(())
    }

    /// Somebody else proposes a meeting in a thread.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn propose(
        &self,
        person: Person,
        profile: &str,
        thread: &str,
        title: &str,
    ) -> anyhow::Result<()> {
        let proposal = json!({ "title": title, "slots": ["2099-01-01T10:00:00Z"], "duration_minutes": 30 });
        self.call(&Caller::counterpart(person.owner()?, profile, thread)?, "propose_meeting", proposal)
            .await?;
        Ok(())
    }

    /// An agent wants to use a provider; the address of the page to which it leads its owner.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn ask_to_connect(
        &self,
        person: Person,
        profile: &str,
        provider: &str,
    ) -> anyhow::Result<String> {
        let caller = Caller::own(person.owner()?, profile)?;
        let page = self.bailee.request_connect(&caller, provider, Some("Claude")).await?;
        Ok(page.url.to_string())
    }

    async fn call(&self, caller: &Caller, tool: &str, arguments: Value) -> anyhow::Result<ToolOutput> {
        Ok(self.bailee.authorize(caller, tool).await?.call(arguments).await?)
    }

    async fn tools(&self, caller: &Caller) -> anyhow::Result<BTreeSet<String>> {
        let tools = self.bailee.tools(caller).await?;
        Ok(tools.iter().map(|granted| granted.tool().name.to_string()).collect())
    }
}
