use anyhow::{Context as _, bail};
use rmcp::{
    RoleClient, ServiceExt as _,
    model::{CallToolRequestParams, CallToolResponse, ClientCapabilities, ClientConfig, Implementation},
    service::{RunningService, ServiceError},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::Value;
use url::Url;

/// Where an agent goes, and with which credential.
pub(crate) struct Run {
    pub(crate) server: Url,
    pub(crate) token: String,
    pub(crate) client: reqwest::Client,
}

/// A client of the protocol with the credential of one run.
pub(crate) struct Agent {
    client: RunningService<RoleClient, ClientConfig>,
}

impl Agent {
    pub(crate) async fn arrive(run: Run) -> anyhow::Result<Self> {
        let config =
            StreamableHttpClientTransportConfig::with_uri(run.server.as_str()).auth_header(run.token);
        let transport = StreamableHttpClientTransport::with_client(run.client, config);
        let ours = Implementation::new("mcp-agent", env!("CARGO_PKG_VERSION"));
        let client = ClientConfig::new(ClientCapabilities::default(), ours).serve(transport).await?;
        Ok(Self { client })
    }

    /// Prints what the agent may do.
    pub(crate) async fn list(&self) -> anyhow::Result<()> {
        let tools = self.client.list_all_tools().await?;
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        println!("  tools: {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") });
        Ok(())
    }

    /// The result of a call.
    pub(crate) async fn call(&self, tool: &str, arguments: &Value) -> anyhow::Result<Value> {
        match self.ask(tool, arguments).await {
            Ok(CallToolResponse::Complete(result)) if result.is_error != Some(true) => {
                result.structured_content.context("a result without content")
            }
            other => bail!("{tool} was not carried out: {other:?}"),
        }
    }

    /// What the agent is told when it may not, or does it wrong.
    pub(crate) async fn refusal(&self, tool: &str, arguments: &Value) -> anyhow::Result<String> {
        match self.ask(tool, arguments).await {
            Err(ServiceError::McpError(error)) => Ok(format!("{} {}", error.code.0, error.message)),
            Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
                let text = result.content.first().and_then(|block| block.as_text());
                Ok(text.map(|text| text.text.clone()).unwrap_or_default())
            }
            other => bail!("{tool} was carried out: {other:?}"),
        }
    }

    async fn ask(&self, tool: &str, arguments: &Value) -> Result<CallToolResponse, ServiceError> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let call = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        self.client.call_tool_once(call).await
    }

    pub(crate) async fn leave(self) -> anyhow::Result<()> {
        self.client.cancel().await?;
        Ok(())
    }
}
