use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::agent::Run;

/// The demo sign-in of the quickstart host. A real owner is a person with a browser.
const DEMO_TOKEN: &str = "demo";

/// The owner of the accounts, as a client of the API.
pub(crate) struct Owner {
    client: reqwest::Client,
    host: Url,
}

impl Owner {
    pub(crate) fn at(host: &str, client: reqwest::Client) -> anyhow::Result<Self> {
        Ok(Self { client, host: host.parse().context("the address of the host is not a URL")? })
    }

    /// The id of the connected account.
    pub(crate) async fn integration(&self) -> anyhow::Result<String> {
        let list = self.ask(Method::GET, "/v1/integrations", None).await?;
        let id = list["integrations"][0]["id"].as_str();
        id.map(str::to_owned).context("nothing is connected")
    }

    /// Has the host mint the credential of one run of an agent.
    pub(crate) async fn run(&self, profile: &str, thread: Option<&str>) -> anyhow::Result<Run> {
        let wanted = json!({ "profile": profile, "thread": thread });
        let minted = self.ask(Method::POST, "/demo/runs", Some(wanted)).await?;
        let token = minted["token"].as_str().context("no credential")?.to_owned();
        Ok(Run { server: self.host.join("/mcp")?, token, client: self.client.clone() })
    }

    pub(crate) async fn keep_for(&self, integration: &str, profiles: &[&str]) -> anyhow::Result<()> {
        let scope = json!({ "scope": "agents", "profile_ids": profiles });
        self.ask(Method::PATCH, &format!("/v1/integrations/{integration}"), Some(scope)).await?;
        Ok(())
    }

    pub(crate) async fn share(&self, integration: &str) -> anyhow::Result<()> {
        let scope = json!({ "scope": "all" });
        self.ask(Method::PATCH, &format!("/v1/integrations/{integration}"), Some(scope)).await?;
        Ok(())
    }

    /// Sets the flags of a thread: these, and no others.
    pub(crate) async fn allow(&self, thread: &str, flags: &[&str]) -> anyhow::Result<()> {
        let all = [
            "can_post_on_my_behalf",
            "can_query_availability",
            "can_request_meetings",
            "can_view_full_profile",
        ];
        let flags: serde_json::Map<String, Value> =
            all.into_iter().map(|flag| (flag.to_owned(), json!(flags.contains(&flag)))).collect();
        let path = format!("/v1/threads/{thread}/permissions");
        self.ask(Method::PUT, &path, Some(Value::Object(flags))).await?;
        Ok(())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self.client.request(method, self.host.join(path)?).bearer_auth(DEMO_TOKEN);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        serde_json::from_str(&text).with_context(|| format!("{path} answered no JSON"))
    }
}
