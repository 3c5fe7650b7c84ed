use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use async_trait::async_trait;
use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt as _, ErrorData, RoleClient,
    model::{
        CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ElicitRequestParams,
        ElicitResult, ElicitationAction, ElicitationCapability, FormElicitationCapability, Implementation,
        ProtocolVersion, Tool, UrlElicitationCapability,
    },
    service::{NotificationContext, RequestContext, RunningService, ServiceError},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::Value;
use tokio::sync::Notify;

use crate::Rig;

/// Which revision of the protocol a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 2025-11-25, with a session.
    Legacy,
    /// 2026-07-28, without.
    Modern,
}

/// What the person in front of the client does with a page.
#[async_trait]
pub trait Mind: Send + Sync + 'static {
    /// Is shown the address of a page.
    async fn page(&self, url: &str) -> ElicitationAction;
}

/// A client of an agent.
pub struct Agent {
    running: RunningService<RoleClient, Ears>,
    changes: Arc<Notify>,
}

struct Ears {
    elicitation: Option<ElicitationCapability>,
    mind: Option<Arc<dyn Mind>>,
    changes: Arc<Notify>,
    era: Era,
}

impl ClientHandler for Ears {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        capabilities.elicitation.clone_from(&self.elicitation);
        let version = match self.era {
            Era::Legacy => ProtocolVersion::V_2025_11_25,
            Era::Modern => ProtocolVersion::V_2026_07_28,
        };
        ClientConfig::new(capabilities, Implementation::new("test-agent", "1")).with_protocol_version(version)
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        match (request, &self.mind) {
            (ElicitRequestParams::UrlElicitationParams { url, .. }, Some(mind)) => {
                Ok(ElicitResult::new(mind.page(&url).await))
            }
            _ => Ok(ElicitResult::new(ElicitationAction::Cancel)),
        }
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changes.notify_one();
    }
}

impl Agent {
    /// A client that opens no pages.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn plain(rig: &Rig, era: Era, token: &str) -> anyhow::Result<Self> {
        Self::new(rig, "/mcp", era, token, None, None).await
    }

    /// A client that asks its user by forms alone.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn with_forms(rig: &Rig, era: Era, token: &str) -> anyhow::Result<Self> {
        let forms = ElicitationCapability::new().with_form(FormElicitationCapability::default());
        Self::new(rig, "/mcp", era, token, Some(forms), None).await
    }

    /// A client that opens pages for a person.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn with_pages(rig: &Rig, era: Era, token: &str, mind: impl Mind) -> anyhow::Result<Self> {
        let pages = ElicitationCapability::new().with_url(UrlElicitationCapability::default());
        Self::new(rig, "/mcp", era, token, Some(pages), Some(Arc::new(mind))).await
    }

    /// A client at one of the other doors.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn at(rig: &Rig, path: &str, token: &str) -> anyhow::Result<Self> {
        Self::new(rig, path, Era::Modern, token, None, None).await
    }

    async fn new(
        rig: &Rig,
        path: &str,
        era: Era,
        token: &str,
        elicitation: Option<ElicitationCapability>,
        mind: Option<Arc<dyn Mind>>,
    ) -> anyhow::Result<Self> {
        let config = StreamableHttpClientTransportConfig::with_uri(rig.base.join(path)?.as_str())
            .auth_header(token.to_owned());
        let transport = StreamableHttpClientTransport::with_client(http_client()?, config);
        let changes = Arc::new(Notify::new());
        let ears = Ears { elicitation, mind, changes: Arc::clone(&changes), era };
        let mode = match era {
            Era::Legacy => ClientLifecycleMode::Initialize,
            Era::Modern => {
                ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
            }
        };
        Ok(Self { running: ears.serve_with_lifecycle(transport, mode).await?, changes })
    }

    /// The client itself.
    #[must_use]
    pub const fn client(&self) -> &RunningService<RoleClient, impl ClientHandler + use<>> {
        &self.running
    }

    /// All tools.
    ///
    /// # Errors
    /// When they are refused.
    pub async fn tools(&self) -> anyhow::Result<Vec<Tool>> {
        Ok(self.running.list_all_tools().await?)
    }

    /// The names of all tools.
    ///
    /// # Errors
    /// When they are refused.
    pub async fn names(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.tools().await?.iter().map(|tool| tool.name.to_string()).collect())
    }

    /// Calls a tool, and does what a client does when the server asks for its user.
    ///
    /// # Errors
    /// Those of the protocol.
    pub async fn call(&self, tool: &str, arguments: &Value) -> Result<CallToolResult, ServiceError> {
        self.running.call_tool(params(tool, arguments)).await
    }

    /// The error of the protocol with which a call is answered.
    ///
    /// # Errors
    /// When it is answered otherwise.
    pub async fn refused(&self, tool: &str, arguments: &Value) -> anyhow::Result<ErrorData> {
        match self.call(tool, arguments).await {
            Err(ServiceError::McpError(error)) => Ok(error),
            other => anyhow::bail!("{other:?} is no error of the protocol"),
        }
    }

    /// Waits until the server said that the tools changed.
    ///
    /// # Errors
    /// When it does not say so in time.
    pub async fn told(&self) -> anyhow::Result<()> {
        let told = tokio::time::timeout(Duration::from_secs(10), self.changes.notified()).await;
        told.context("nobody told of a change")
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").finish_non_exhaustive()
    }
}

/// Without a certificate store, and with the one cryptographic library.
fn http_client() -> anyhow::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    Ok(client.build()?)
}

/// The parameters of a call.
fn params(tool: &str, arguments: &Value) -> CallToolRequestParams {
    let params = CallToolRequestParams::new(tool.to_owned());
    match arguments.as_object() {
        Some(arguments) => params.with_arguments(arguments.clone()),
        None => params,
    }
}
