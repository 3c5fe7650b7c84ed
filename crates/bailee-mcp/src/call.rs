use bailee_core::{Refusal, ToolOutput};
use bailee_engine::{CallOrigin, ToolError};
use rmcp::{
    RoleServer,
    model::{CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData},
    service::RequestContext,
};
use serde_json::Value;

use crate::{
    answer,
    connect::{Asked, Reply},
    server::ToolServer,
    visit::Visit,
};

/// The longest name of a client that is kept, in characters.
const LONGEST_CLIENT: usize = 200;

/// One call, as it came.
pub(crate) struct Call<'a> {
    pub(crate) server: &'a ToolServer,
    pub(crate) visit: &'a Visit,
    pub(crate) tool: &'a str,
    pub(crate) arguments: Value,
    pub(crate) context: &'a RequestContext<RoleServer>,
}

impl ToolServer {
    pub(crate) async fn call(
        &self,
        visit: &Visit,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let CallToolRequestParams { name, arguments, input_responses, request_state, .. } = request;
        let arguments = Value::Object(arguments.unwrap_or_default());
        let call = Call { server: self, visit, tool: &name, arguments, context };
        if !visit.has(&self.bailee, &name) {
            return Err(answer::unknown(&name));
        }
        match call.resumed(input_responses.as_ref(), request_state.as_deref())? {
            None => call.make(None).await,
            Some(Asked { reply: Reply::Accepted, page }) => call.after_connect(page).await,
            Some(Asked { reply, page }) => Ok(page.refused(reply).into()),
        }
    }
}

impl Call<'_> {
    /// Asks and calls; what the owner can mend leads to a page.
    pub(crate) async fn make(
        &self,
        page: Option<crate::connect::Page>,
    ) -> Result<CallToolResponse, ErrorData> {
        match self.attempt().await {
            Ok(output) => Ok(answer::done(output).into()),
            Err(ToolError::Refused { refusal, connect_url: Some(_) }) => self.lead_to(page, refusal).await,
            Err(failure) => self.failed(&failure).map(Into::into),
        }
    }

    /// The same rules again as for the list, on state that is read now, and then the call.
    async fn attempt(&self) -> Result<ToolOutput, ToolError> {
        let caller = self.visit.caller();
        let permit = self.server.bailee.authorize_from(caller, self.tool, self.origin()).await;
        let permit = permit.map_err(|error| match error {
            // Only what the owner can mend is told apart from a tool that is not there.
            ToolError::Refused { connect_url: None, .. } => {
                ToolError::Refused { refusal: Refusal::UnknownTool, connect_url: None }
            }
            other => other,
        })?;
        permit.call(self.arguments.clone()).await
    }

    fn failed(&self, failure: &ToolError) -> Result<CallToolResult, ErrorData> {
        answer::failed(self.tool, self.visit.caller(), failure)
    }

    /// The name of the client, for people and the ledger. Nothing is decided by it.
    pub(crate) fn client(&self) -> Option<String> {
        let client = self.context.client_info()?;
        let named = client.title.unwrap_or(client.name);
        Some(named.chars().filter(|character| !character.is_control()).take(LONGEST_CLIENT).collect())
    }

    /// Of the request's headers, where it is of the shape that W3C Trace Context §3.2 describes.
    fn traceparent(&self) -> Option<String> {
        let parts = self.context.extensions.get::<http::request::Parts>()?;
        let text = parts.headers.get("traceparent")?.to_str().ok()?;
        let fits = text.len() <= 55 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        fits.then(|| text.to_owned())
    }

    fn origin(&self) -> CallOrigin {
        let client = self.context.client_info().map(|client| format!("{} {}", client.name, client.version));
        let request_id = self.context.id.to_string();
        CallOrigin {
            auth_id: self.visit.identity.auth_id.clone(),
            client: client.map(|client| client.chars().take(LONGEST_CLIENT).collect()),
            protocol_version: self.context.protocol_version().map(|version| version.as_str().to_owned()),
            request_id: Some(request_id.chars().take(LONGEST_CLIENT).collect()),
            traceparent: self.traceparent(),
        }
    }
}
