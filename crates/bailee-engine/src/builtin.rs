//! The tools that bailee itself carries out.

use bailee_core::{
    Caller, Effect, InvalidId, PermissionFlag, Proposal, ProviderError, ScopeSets, Tool, ToolHints, ToolName,
    ToolOutput,
};
use serde_json::{Value, json};

use crate::{Bailee, Error, access::reaches, dispatch::summary, engine::Inner};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    ConnectIntegration,
    ListIntegrations,
    ProposeMeeting,
}

impl Builtin {
    /// All of them. Those about connecting are never for a counterpart.
    pub(crate) fn tools() -> Result<Vec<(Tool, Self)>, InvalidId> {
        // None of them overwrites or deletes anything.
        let hints = ToolHints { destructive: false, idempotent: false };
        let tool = |name, title, description, effect, flag, input_schema, output_schema| {
            Ok::<_, InvalidId>(Tool {
                name: ToolName::new(name)?,
                title,
                description,
                effect,
                hints,
                flag,
                needs_account: false,
                scopes: ScopeSets::default(),
                input_schema,
                output_schema,
            })
        };
        Ok(vec![
            (
                tool(
                    "connect_integration",
                    "Connect an account",
                    "Returns the page where the owner can connect an account of a provider, or connect it again. Show \
                     the address to the owner; it works once, for ten minutes, and for nobody else.",
                    Effect::Write,
                    None,
                    object(
                        &json!({ "provider": { "type": "string", "description": "The key of the provider, as list_integrations names it.", "minLength": 1, "maxLength": 32 } }),
                        &["provider"],
                    ),
                    object(
                        &json!({
                            "provider": { "type": "string", "description": "The key of the provider." },
                            "connect_url": { "type": "string", "description": "The page for the owner." },
                        }),
                        &["provider", "connect_url"],
                    ),
                )?,
                Self::ConnectIntegration,
            ),
            (
                tool(
                    "list_integrations",
                    "List connected accounts",
                    "Lists the connected accounts that this profile may use, with their status and the OAuth scopes that \
                     are missing, and the providers that can be connected.",
                    Effect::Read,
                    None,
                    object(&json!({}), &[]),
                    list_schema(),
                )?,
                Self::ListIntegrations,
            ),
            (
                tool(
                    "propose_meeting",
                    "Propose a meeting",
                    "Proposes a meeting to the owner, who accepts or declines it. Nothing is booked before. Returns the id \
                     of the proposal.",
                    Effect::Write,
                    Some(PermissionFlag::CanRequestMeetings),
                    meeting_schema(),
                    object(
                        &json!({
                            "ticket_id": { "type": "string", "description": "The id of the proposal." },
                            "status": { "type": "string", "description": "Where it stands: pending." },
                        }),
                        &["ticket_id", "status"],
                    ),
                )?,
                Self::ProposeMeeting,
            ),
        ])
    }

    pub(crate) async fn call(
        self,
        bailee: &Bailee,
        caller: &Caller,
        client: Option<&str>,
        arguments: &Value,
    ) -> Result<ToolOutput, ProviderError> {
        let inner = bailee.inner();
        match self {
            Self::ConnectIntegration => where_to_connect(bailee, caller, client, arguments).await,
            Self::ListIntegrations => inner.granted_integrations(caller).await,
            Self::ProposeMeeting => {
                let proposal: Proposal = serde_json::from_value(arguments.clone())
                    .map_err(|_| invalid("", "does not fit the schema of the tool"))?;
                let task = inner.propose(caller, proposal).await?;
                let content = json!({ "ticket_id": task.id.to_string(), "status": task.status.as_str() });
                Ok(ToolOutput::new(content))
            }
        }
    }
}

async fn where_to_connect(
    bailee: &Bailee,
    caller: &Caller,
    client: Option<&str>,
    arguments: &Value,
) -> Result<ToolOutput, ProviderError> {
    let name = arguments.get("provider").and_then(Value::as_str).unwrap_or_default();
    let page = bailee.request_connect(caller, name, client).await.map_err(|error| match error {
        Error::UnknownProvider => invalid("/provider", "is not the key of a provider"),
        _ => ProviderError::Unavailable { retry_after: None },
    })?;
    let content = json!({ "provider": page.request.provider.as_str(), "connect_url": page.url.as_str() });
    Ok(ToolOutput::new(content))
}

impl Inner {
    async fn granted_integrations(&self, caller: &Caller) -> Result<ToolOutput, ProviderError> {
        let snapshot =
            self.snapshot(caller).await.map_err(|_| ProviderError::Unavailable { retry_after: None })?;
        let granted: Vec<Value> =
            snapshot.rows.iter().filter(|row| reaches(caller, row)).map(summary).collect();
        let providers: Vec<Value> = self
            .providers
            .iter()
            .map(|provider| {
                let descriptor = provider.descriptor();
                json!({ "provider": descriptor.key.as_str(), "name": descriptor.name })
            })
            .collect();
        Ok(ToolOutput::new(json!({ "integrations": granted, "providers": providers })))
    }
}

pub(crate) fn invalid(pointer: &str, problem: &'static str) -> ProviderError {
    ProviderError::InvalidArguments { pointer: pointer.to_owned(), problem }
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn meeting_schema() -> Value {
    object(
        &json!({
            "title": {
                "type": "string", "minLength": 1, "maxLength": Proposal::MAX_TITLE,
                "description": "What the meeting is about.",
            },
            "slots": {
                "type": "array", "minItems": 1, "maxItems": Proposal::MAX_SLOTS, "uniqueItems": true,
                "items": { "type": "string", "description": "A beginning, RFC 3339 with time zone." },
                "description": "When it may begin, any of these.",
            },
            "duration_minutes": {
                "type": "integer", "minimum": Proposal::MINUTES.start(), "maximum": Proposal::MINUTES.end(),
                "description": "How long it takes, in minutes.",
            },
        }),
        &["title", "slots", "duration_minutes"],
    )
}

fn list_schema() -> Value {
    let integration = object(
        &json!({
            "integration_id": { "type": "string", "description": "Its id." },
            "provider": { "type": "string", "description": "The key of its provider." },
            "account": { "type": "string", "description": "The account, for people." },
            "status": { "type": "string", "enum": ["Valid", "Invalid", "Unknown"], "description": "The last verdict." },
            "missing_scopes": {
                "type": "array", "items": { "type": "string", "description": "An OAuth scope." },
                "description": "What was asked for and not granted.",
            },
        }),
        &["integration_id", "provider", "account", "status", "missing_scopes"],
    );
    let provider = object(
        &json!({
            "provider": { "type": "string", "description": "Its key." },
            "name": { "type": "string", "description": "Its name for people." },
        }),
        &["provider", "name"],
    );
    object(
        &json!({
            "integrations": { "type": "array", "items": integration, "description": "The connected accounts." },
            "providers": { "type": "array", "items": provider, "description": "What can be connected." },
        }),
        &["integrations", "providers"],
    )
}
