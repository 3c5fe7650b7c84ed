//! The suite's tools that can be tools of a host: these go through the engine, its schemas and its answers.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use bailee_core::{
    Actor, Caller, Effect, HostTool, Integration, ProviderError, ScopeSets, Session, Tool, ToolHints,
    ToolName, ToolOutput, Transport, store::IntegrationChange,
};
use bailee_engine::Bailee;
use serde_json::{Value, json};

/// What `test_trigger_tool_change` turns on and off: an account with its tools.
#[derive(Clone, Debug, Default)]
pub struct Switch(Arc<OnceLock<(Bailee, Integration)>>);

impl Switch {
    /// From now on it is this one.
    pub fn control(&self, bailee: &Bailee, row: Integration) {
        // A second one is not wanted.
        let _ = self.0.set((bailee.clone(), row));
    }
}

/// All of them.
///
/// # Errors
/// When a name is none.
pub fn host_tools(switch: &Switch) -> anyhow::Result<Vec<impl HostTool + use<>>> {
    let kinds = [
        ("test_error_handling", Kind::Fails, empty()),
        ("json_schema_2020_12_tool", Kind::Answers, rich()),
        ("test_trigger_tool_change", Kind::Switches(switch.clone(), AtomicBool::new(true)), empty()),
    ];
    kinds.into_iter().map(|(name, kind, schema)| Ok(TestTool { tool: tool(name, schema)?, kind })).collect()
}

#[derive(Debug)]
struct TestTool {
    tool: Tool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Answers,
    Fails,
    Switches(Switch, AtomicBool),
}

fn tool(name: &str, input_schema: Value) -> anyhow::Result<Tool> {
    Ok(Tool {
        name: ToolName::new(name)?,
        title: "A tool for tests",
        description: "Is called by the conformance suite.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        needs_account: false,
        scopes: ScopeSets::default(),
        input_schema,
        output_schema: json!({ "type": "object" }),
    })
}

#[async_trait]
impl HostTool for TestTool {
    fn tool(&self) -> &Tool {
        &self.tool
    }

    async fn call(&self, _: &Caller, _: &Value) -> Result<ToolOutput, ProviderError> {
        match &self.kind {
            Kind::Answers => {}
            Kind::Fails => return Err(ProviderError::Rejected { status: 400, code: "intended" }),
            Kind::Switches(switch, on) => {
                let failed = ProviderError::Unavailable { retry_after: None };
                let (bailee, row) = switch.0.get().ok_or(failed.clone())?;
                let enabled = !on.fetch_xor(true, Ordering::Relaxed);
                let change = IntegrationChange { enabled: Some(enabled), ..IntegrationChange::default() };
                let session =
                    Session { owner: row.owner.clone(), actor: Actor::Human, transport: Transport::Bearer };
                bailee.update(&session, row.id, None, change).await.map_err(|_| failed)?;
            }
        }
        Ok(ToolOutput::new(json!({ "done": true })))
    }
}

fn empty() -> Value {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

/// Every keyword that must survive.
fn rich() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": { "address": {
            "$anchor": "addressDef", "type": "object",
            "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
        } },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    })
}
