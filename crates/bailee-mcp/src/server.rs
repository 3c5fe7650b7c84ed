use std::{borrow::Cow, fmt, sync::Arc};

use bailee_core::Caller;
use bailee_engine::Bailee;
use rmcp::{
    RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, ErrorData, Extensions, Implementation, ListToolsResult,
        PaginatedRequestParams, ProtocolVersion, RequestStateCodec, ServerCapabilities, ServerConfig,
        SubscriptionFilter,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};
use tokio::sync::Semaphore;

use crate::{identify::Identity, list, visit::Visit};

/// How many streams of changes are open at once in one server.
const LISTENERS: usize = 10_000;

/// What is spoken: the newest version, and the two before it.
const VERSIONS: &[ProtocolVersion] =
    &[ProtocolVersion::V_2025_06_18, ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];

/// The tools of connected accounts as a server of the protocol. Holds nothing of any client: who asks is known from each
/// request. Made by [`in_process`] and by [`Mcp`](crate::Mcp).
#[derive(Clone)]
pub struct ToolServer {
    pub(crate) bailee: Bailee,
    pub(crate) codec: Arc<RequestStateCodec>,
    pub(crate) listeners: Arc<Semaphore>,
    /// The one caller of a server in this process; over HTTP each request has its own.
    fixed: Option<Arc<Visit>>,
}

impl ToolServer {
    pub(crate) fn new(bailee: &Bailee, fixed: Option<Arc<Visit>>) -> Self {
        Self {
            bailee: bailee.clone(),
            // 256 bits, always.
            codec: Arc::new(RequestStateCodec::new_unchecked(bailee.request_state_key().to_vec())),
            listeners: Arc::new(Semaphore::new(LISTENERS)),
            fixed,
        }
    }

    pub(crate) fn visit(&self, extensions: &Extensions) -> Result<Arc<Visit>, ErrorData> {
        match &self.fixed {
            Some(visit) => Ok(Arc::clone(visit)),
            None => Visit::of(extensions),
        }
    }
}

impl fmt::Debug for ToolServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolServer").field("fixed", &self.fixed).finish_non_exhaustive()
    }
}

impl ServerHandler for ToolServer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        let mut ours = Implementation::new("bailee", env!("CARGO_PKG_VERSION"));
        ours.title = Some("Connected accounts".to_owned());
        ServerConfig::new(capabilities).with_server_info(ours).with_instructions(
            "Tools of the accounts that the user connected. A tool that is missing may need an account: \
             connect_integration leads the user to the page.",
        )
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(VERSIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let visit = self.visit(&context.extensions)?;
        list::list(&self.bailee, &visit).await
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let visit = self.visit(&context.extensions)?;
        self.call(&visit, request, &context).await
    }

    fn accepted_subscription_filter(&self, _: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(SubscriptionFilter::builder().tools_list_changed().build())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let visit = self.visit(&context.request_context().extensions)?;
        self.tell_subscriber(&visit, &context).await
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        // A session without a caller has nothing to be told of.
        if let Ok(visit) = self.visit(&context.extensions) {
            self.tell_session(visit, context.peer);
        }
    }
}

/// Serves `caller` alone, over any transport of [`rmcp`]: `in_process(&bailee, caller).serve(transport)`. The same rules as
/// over HTTP, asked at every list and call.
#[must_use]
pub fn in_process(bailee: &Bailee, caller: Caller) -> ToolServer {
    let visit = Visit { identity: Identity::new(caller), definition: None };
    ToolServer::new(bailee, Some(Arc::new(visit)))
}
