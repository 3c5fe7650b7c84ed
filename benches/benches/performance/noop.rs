//! A provider and a tool of the host that do nothing: what is left is what everything around them costs.

use std::sync::Arc;

use async_trait::async_trait;
use bailee_core::{
    Caller, Capabilities, Cardinality, ClientId, ClientRegistration, ConnectKind, Effect, HostTool,
    OAuthScopes, Provider, ProviderDescriptor, ProviderError, ProviderKey, RefreshMode, RevocationReach,
    Rotation, ScopeSets, SecretString, Tool, ToolCall, ToolHints, ToolName, ToolOutput,
};
use serde_json::{Value, json};

/// The tool of the host.
pub(crate) const NOTHING: &str = "nothing";

/// A provider with a tool that reads and one that writes; every call is answered at once.
#[derive(Clone, Debug)]
pub(crate) struct Noop {
    descriptor: Arc<ProviderDescriptor>,
    registrations: Arc<[ClientRegistration]>,
    tools: Arc<[Tool]>,
}

impl Noop {
    /// The n-th of them: `noop_<n>` with `read_<n>` and `write_<n>`.
    pub(crate) fn new(number: u32) -> anyhow::Result<Self> {
        let scopes = OAuthScopes::parse("openid")?;
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new(format!("noop_{number}"))?,
            name: "Noop",
            description: "Connect nothing",
            account_url: None,
            aliases: Vec::new(),
            definitions: Vec::new(),
            connect: ConnectKind::OAuth,
            form: None,
            widget: None,
            settings: None,
            cardinality: Cardinality::One,
            capabilities: Capabilities::empty(),
            requested: scopes.clone(),
            reading: scopes,
            refresh: RefreshMode::Lazy,
            rotation: Rotation::Static,
            revocation: RevocationReach::Grant,
            issuer: None,
            token_hosts: vec!["noop.example".to_owned()],
        };
        let registration = ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret"));
        let read = tool(&format!("read_{number}"), Effect::Read, true)?;
        let write = tool(&format!("write_{number}"), Effect::Write, true)?;
        Ok(Self {
            descriptor: Arc::new(descriptor),
            registrations: [registration].into(),
            tools: [read, write].into(),
        })
    }
}

#[async_trait]
impl Provider for Noop {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        &self.registrations
    }

    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        Ok(answer(call.arguments))
    }
}

/// The tool of the host, which reads.
#[derive(Debug)]
pub(crate) struct Nothing(Tool);

impl Nothing {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(tool(NOTHING, Effect::Read, false)?))
    }
}

#[async_trait]
impl HostTool for Nothing {
    fn tool(&self) -> &Tool {
        &self.0
    }

    async fn call(&self, _: &Caller, arguments: &Value) -> Result<ToolOutput, ProviderError> {
        Ok(answer(arguments))
    }
}

/// Arguments that fit all of these tools.
pub(crate) fn arguments() -> Value {
    json!({ "query": "tea", "limit": 10, "labels": ["inbox", "unread"] })
}

fn answer(arguments: &Value) -> ToolOutput {
    ToolOutput::new(json!({ "items": [{ "id": "1", "title": arguments.get("query") }], "next_cursor": null }))
}

fn tool(name: &str, effect: Effect, needs_account: bool) -> anyhow::Result<Tool> {
    let scopes = if needs_account { vec![OAuthScopes::parse("openid")?] } else { Vec::new() };
    Ok(Tool {
        name: ToolName::new(name)?,
        title: "Find items",
        description: "Finds items by their text, newest first, and returns their ids and titles.",
        effect,
        hints: ToolHints::default(),
        flag: None,
        needs_account,
        scopes: ScopeSets::new(scopes),
        input_schema: json!({
            "type": "object",
            "properties": {
                "query": { "type": "string", "minLength": 1, "maxLength": 200, "description": "What to look for." },
                "limit": { "type": "integer", "minimum": 1, "maximum": 50, "description": "How many at most." },
                "labels": {
                    "type": "array", "maxItems": 10, "items": { "type": "string", "maxLength": 50 },
                    "description": "Only those with all of these labels.",
                },
                "cursor": { "type": "string", "description": "`next_cursor` of the page before." },
            },
            "required": ["query"],
            "additionalProperties": false,
        }),
        output_schema: json!({
            "type": "object",
            "properties": {
                "items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": { "id": { "type": "string" }, "title": { "type": "string" } },
                        "required": ["id", "title"],
                    },
                },
                "next_cursor": { "type": ["string", "null"], "description": "For the next page." },
            },
            "required": ["items"],
        }),
    })
}
