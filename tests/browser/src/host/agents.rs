//! What agents have and do, without a client.

use std::collections::BTreeSet;

use bailee::{Caller, ToolOutput};
use serde_json::{Value, json};

use super::Host;
use crate::Person;

impl Host {
    /// The names of the tools that an agent of somebody has.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tools_of(&self, person: Person, profile: &str) -> anyhow::Result<BTreeSet<String>> {
        self.tools(&Caller::own(person.owner()?, profile)?).await
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
