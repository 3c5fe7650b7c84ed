use std::{borrow::Cow, sync::Arc};

use bailee_mcp::ToolServer;
use rmcp::{
    RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, ClientCapabilities, CompleteRequestParams, CompleteResult,
        ErrorData, GetPromptRequestParams, GetPromptResponse, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion,
        ReadResourceRequestParams, ReadResourceResponse, RequestStateCodec, ServerConfig,
        SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};
use serde_json::{Map, Value, json};

use super::{
    fixed, made,
    rounds::{self, Round},
    streams, whole,
};

type Context = RequestContext<RoleServer>;

/// Our tools, and around them what the suite wants besides.
#[derive(Clone, Debug)]
pub struct Fixture {
    ours: ToolServer,
    codec: Arc<RequestStateCodec>,
}

impl Fixture {
    /// Around our tools, with a key for the states of the suite's own tools.
    #[must_use]
    pub fn new(ours: ToolServer, codec: &Arc<RequestStateCodec>) -> Self {
        Self { ours, codec: Arc::clone(codec) }
    }

    async fn own(
        &self,
        request: &CallToolRequestParams,
        context: &Context,
    ) -> Result<Option<CallToolResponse>, ErrorData> {
        let capabilities = context.client_capabilities().unwrap_or_default();
        if let Some(result) = fixed::tool(&request.name) {
            return Ok(Some(CallToolResponse::Complete(whole(result)?)));
        }
        if let Some(round) = rounds::round(&self.codec, request, &capabilities) {
            return round.and_then(of_round).map(Some);
        }
        if request.name == "test_missing_capability" && !declares_sampling(&capabilities) {
            let needed = made(json!({ "sampling": {} }))?;
            return Err(ErrorData::missing_required_client_capability(needed));
        }
        if request.name == "test_streaming_elicitation" {
            return of_round(rounds::ask_for_name()).map(Some);
        }
        let arguments = Value::Object(request.arguments.clone().unwrap_or_default());
        Ok(streams::call(&request.name, &arguments, context).await?.map(Into::into))
    }
}

fn declares_sampling(capabilities: &ClientCapabilities) -> bool {
    serde_json::to_value(capabilities).is_ok_and(|declared| declared.get("sampling").is_some())
}

fn of_round(round: Round) -> Result<CallToolResponse, ErrorData> {
    match round {
        Round::Asks(asked) => made(asked).map(CallToolResponse::InputRequired),
        Round::Says(text) => {
            whole(json!({ "content": [{ "type": "text", "text": text }] })).map(CallToolResponse::Complete)
        }
    }
}

/// The suite's tools that no tool of ours could be.
fn tools() -> Vec<Tool> {
    let fixed =
        ["simple_text", "image_content", "audio_content", "embedded_resource", "multiple_content_types"];
    let fixed = fixed.iter().map(|name| (format!("test_{name}"), None));
    let streams = streams::TOOLS.iter().map(|(name, argument)| ((*name).to_owned(), *argument));
    let rounds = rounds::names().map(|name| (name, None));
    fixed.chain(streams).chain(rounds).map(|(name, argument)| tool(name, argument)).collect()
}

fn tool(name: String, argument: Option<&str>) -> Tool {
    let properties: Map<String, Value> = argument
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "string", "description": "For the client." })))
        .collect();
    let required: Vec<&str> = argument.into_iter().collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(required));
    Tool::new(name, "Is called by the conformance suite.", Arc::new(schema))
}

#[expect(deprecated, reason = "the suite of the version before wants levels of the log")]
impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerConfig {
        let mut info = self.ours.get_info();
        let capabilities = json!({
            "tools": { "listChanged": true },
            "prompts": {}, "resources": { "subscribe": true }, "completions": {}, "logging": {},
        });
        if let Ok(capabilities) = made(capabilities) {
            info.capabilities = capabilities;
        }
        info
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.ours.supported_protocol_versions()
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut list = self.ours.list_tools(request, context).await?;
        list.tools.extend(tools());
        Ok(list)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        match self.own(&request, &context).await? {
            Some(response) => Ok(response),
            None => self.ours.call_tool(request, context).await,
        }
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        self.ours.accepted_subscription_filter(requested)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.ours.listen(context).await
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.ours.on_initialized(context).await;
    }

    async fn complete(&self, _: CompleteRequestParams, _: Context) -> Result<CompleteResult, ErrorData> {
        whole(json!({ "completion": { "values": [], "total": 0, "hasMore": false } }))
    }

    async fn set_level(&self, _: rmcp::model::SetLevelRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        whole(fixed::prompts())
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name == "test_input_required_result_prompt" {
            return match rounds::prompt(request.input_responses.as_ref()) {
                Round::Asks(asked) => made(asked).map(GetPromptResponse::InputRequired),
                Round::Says(text) => {
                    let message = json!({ "role": "user", "content": { "type": "text", "text": text } });
                    whole(json!({ "messages": [message] })).map(GetPromptResponse::Complete)
                }
            };
        }
        let arguments = serde_json::to_value(&request.arguments).unwrap_or_default();
        let unknown = || ErrorData::invalid_params("there is no such prompt", None);
        whole(fixed::prompt(&request.name, &arguments).ok_or_else(unknown)?).map(GetPromptResponse::Complete)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        whole(fixed::resources())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        whole(fixed::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let missing =
            || ErrorData::resource_not_found("there is no such resource", Some(json!({ "uri": uri })));
        whole(fixed::resource(&uri).ok_or_else(missing)?).map(ReadResourceResponse::Complete)
    }
}
