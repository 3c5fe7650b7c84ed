#![expect(clippy::indexing_slicing, reason = "a JSON value answers null where it has no such member")]

mod consent;
mod form;
mod news;
mod pairing;
mod widget;

use anyhow::Context as _;
use bailee::{Caller, Integration};
use serde_json::Value;

use crate::{browser::Browser, host::Host, steps::Steps, upstreams::Upstreams, walk};

/// Connects an account of each provider but Google, uses it, tells the owner something, and disconnects them all.
pub(crate) async fn tour(
    host: &Host,
    mocks: &Upstreams,
    browser: &Browser,
    steps: &mut Steps,
) -> anyhow::Result<()> {
    let assistant = Caller::own(host.owner.clone(), "assistant")?;
    let mut tour = Tour { host, mocks, browser, steps, assistant };
    consent::x(&mut tour).await?;
    consent::linkedin(&mut tour).await?;
    consent::notion(&mut tour).await?;
    consent::slack(&mut tour).await?;
    pairing::telegram(&mut tour).await?;
    widget::teller(&mut tour).await?;
    form::email(&mut tour).await?;
    form::webhook(&mut tour).await?;
    news::notify(&mut tour).await?;
    news::disconnect(&mut tour).await
}

/// The owner on a tour, with a browser and an agent.
struct Tour<'a> {
    host: &'a Host,
    mocks: &'a Upstreams,
    browser: &'a Browser,
    steps: &'a mut Steps,
    assistant: Caller,
}

impl Tour<'_> {
    /// What is connected.
    async fn integrations(&self) -> anyhow::Result<Vec<Integration>> {
        Ok(self.host.bailee.integrations(&self.host.owner, None, 100).await?.items)
    }

    /// Says which account of a provider was connected.
    async fn connected(&self, provider: &str) -> anyhow::Result<()> {
        let all = self.integrations().await?;
        let row = all.iter().find(|row| row.provider.as_str() == provider);
        let row = row.with_context(|| format!("{provider} is not connected"))?;
        let label = row.account.label.as_deref().unwrap_or("no label");
        self.steps.say(format!("Connected: {label} ({}), {}.", row.account.id, row.status));
        Ok(())
    }

    /// The assistant calls a tool; of the result, what is at a JSON pointer is said.
    async fn call(&self, tool: &str, arguments: Value, pointer: &str) -> anyhow::Result<Value> {
        let result = walk::call(self.host, &self.assistant, tool, arguments).await?;
        let shown = result.pointer(pointer).with_context(|| format!("{tool} answered {result}"))?;
        self.steps.say(format!("{tool} -> {shown}"));
        Ok(result)
    }
}
