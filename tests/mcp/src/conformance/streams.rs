//! Tools that speak to the client while they run.

use rmcp::{
    RoleServer,
    model::{CallToolResult, ErrorData},
    service::{RequestContext, ServiceError},
};
use serde_json::{Value, json};

use super::{made, whole};

/// The tools, and the one argument that some of them take.
pub(super) const TOOLS: [(&str, Option<&str>); 9] = [
    ("test_tool_with_logging", None),
    ("test_logging_tool", None),
    ("test_tool_with_progress", None),
    ("test_sampling", Some("prompt")),
    ("test_elicitation", Some("message")),
    ("test_elicitation_sep1034_defaults", None),
    ("test_elicitation_sep1330_enums", None),
    ("test_missing_capability", None),
    ("test_streaming_elicitation", None),
];

/// Calls one of them; `None` for other tools.
///
/// # Errors
/// When the client cannot be asked.
pub(super) async fn call(
    name: &str,
    arguments: &Value,
    context: &RequestContext<RoleServer>,
) -> Result<Option<CallToolResult>, ErrorData> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = match name {
        "test_tool_with_logging" | "test_logging_tool" => log(context).await?,
        "test_tool_with_progress" => progress(context).await?,
        "test_sampling" => sample(context, argument("prompt")).await?,
        "test_elicitation" => {
            let properties = json!({
                "username": { "type": "string", "description": "User's response" },
                "email": { "type": "string", "description": "User's email address" },
            });
            elicit(context, argument("message"), properties, &["username", "email"]).await?
        }
        "test_elicitation_sep1034_defaults" => elicit(context, "Please check", defaults(), &[]).await?,
        "test_elicitation_sep1330_enums" => elicit(context, "Please choose", choices(), &[]).await?,
        _ => return Ok(None),
    };
    whole(json!({ "content": [{ "type": "text", "text": text }] })).map(Some)
}

#[expect(deprecated, reason = "the suite of the version before wants it")]
async fn log(context: &RequestContext<RoleServer>) -> Result<String, ErrorData> {
    let modern = context.meta.protocol_version().is_some();
    if !modern || context.meta.log_level().is_some() {
        for line in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
            let message = made(json!({ "level": "info", "data": line }))?;
            context.peer.notify_logging_message(message).await.map_err(|error| lost(&error))?;
        }
    }
    Ok("Logged.".to_owned())
}

async fn progress(context: &RequestContext<RoleServer>) -> Result<String, ErrorData> {
    if let Some(token) = context.meta.get_progress_token() {
        for done in [0, 50, 100] {
            let step = made(json!({ "progressToken": token, "progress": done, "total": 100 }))?;
            context.peer.notify_progress(step).await.map_err(|error| lost(&error))?;
        }
    }
    Ok("Done.".to_owned())
}

#[expect(deprecated, reason = "the suite of the version before wants it")]
async fn sample(context: &RequestContext<RoleServer>, prompt: &str) -> Result<String, ErrorData> {
    let message = json!({ "role": "user", "content": { "type": "text", "text": prompt } });
    let request = made(json!({ "messages": [message], "maxTokens": 100 }))?;
    let answer = context.peer.create_message(request).await.map_err(|error| lost(&error))?;
    let answer = serde_json::to_value(answer).unwrap_or_default();
    let text = answer.pointer("/content/text").and_then(Value::as_str).unwrap_or_default();
    Ok(format!("LLM response: {text}"))
}

async fn elicit(
    context: &RequestContext<RoleServer>,
    message: &str,
    properties: Value,
    required: &[&str],
) -> Result<String, ErrorData> {
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    let request = made(json!({ "mode": "form", "message": message, "requestedSchema": schema }))?;
    let answer = context.peer.create_elicitation(request).await.map_err(|error| lost(&error))?;
    let answer = serde_json::to_value(answer).unwrap_or_default();
    let action = answer.get("action").and_then(Value::as_str).unwrap_or_default();
    let said = answer.get("content").unwrap_or(&Value::Null);
    Ok(format!("User response: action={action}, content={said}"))
}

fn defaults() -> Value {
    json!({
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": { "type": "string", "enum": ["active", "inactive", "pending"], "default": "active" },
        "verified": { "type": "boolean", "default": true },
    })
}

fn choices() -> Value {
    let titled =
        |values: [(&str, &str); 3]| values.map(|(value, title)| json!({ "const": value, "title": title }));
    let options = json!(["option1", "option2", "option3"]);
    json!({
        "untitledSingle": { "type": "string", "enum": options },
        "titledSingle": { "type": "string", "oneOf": titled([
            ("value1", "First Option"), ("value2", "Second Option"), ("value3", "Third Option"),
        ]) },
        "legacyEnum": { "type": "string", "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"] },
        "untitledMulti": { "type": "array", "items": { "type": "string", "enum": options } },
        "titledMulti": { "type": "array", "items": { "anyOf": titled([
            ("value1", "First Choice"), ("value2", "Second Choice"), ("value3", "Third Choice"),
        ]) } },
    })
}

fn lost(error: &ServiceError) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}
