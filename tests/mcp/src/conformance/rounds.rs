//! Calls that ask the client for more before they answer, in the manner of version 2026-07-28.

use rmcp::model::{CallToolRequestParams, ClientCapabilities, ErrorData, InputResponses, RequestStateCodec};
use serde_json::{Map, Value, json};

/// What a round comes to: an answer as it is on the wire, whole or asking for more.
pub(super) enum Round {
    Asks(Value),
    Says(String),
}

const PREFIX: &str = "test_input_required_result_";

/// The tools, without what all their names begin with.
pub(super) const TOOLS: [&str; 8] = [
    "elicitation",
    "sampling",
    "list_roots",
    "request_state",
    "multiple_inputs",
    "multi_round",
    "tampered_state",
    "capabilities",
];

/// All their names.
pub(super) fn names() -> impl Iterator<Item = String> {
    TOOLS.iter().map(|tool| format!("{PREFIX}{tool}"))
}

/// One round of one of the tools; `None` for other tools.
///
/// # Errors
/// When the state was not made by this server.
pub(super) fn round(
    codec: &RequestStateCodec,
    request: &CallToolRequestParams,
    capabilities: &ClientCapabilities,
) -> Option<Result<Round, ErrorData>> {
    let tool = request.name.strip_prefix(PREFIX)?;
    let state = match request.request_state.as_deref().map(|state| codec.open_with(state, tool.as_bytes())) {
        None => None,
        Some(Ok(state)) => Some(state),
        Some(Err(_)) => return Some(Err(ErrorData::invalid_params("requestState was not made here", None))),
    };
    let sealed = |step: &str| {
        codec.seal_with(step.as_bytes(), &rmcp::model::SealOptions::new().associated_data(tool.as_bytes()))
    };
    let responses = request.input_responses.as_ref();
    Some(Ok(match tool {
        "elicitation" => {
            name_of(responses).map_or_else(ask_for_name, |name| Round::Says(format!("Hello, {name}!")))
        }
        "sampling" => one(responses, "capital_question", &sampling("What is the capital of France?")),
        "list_roots" => one(responses, "client_roots", &roots()),
        "request_state" => match state {
            Some(_) if has(responses, "confirm") => Round::Says("state-ok".to_owned()),
            _ => asks(&[("confirm", form("Please confirm", "ok", "boolean"))], Some(sealed("first"))),
        },
        "tampered_state" => match state {
            Some(_) => Round::Says("state-ok".to_owned()),
            None => asks(&[("confirm", form("Please confirm", "ok", "boolean"))], Some(sealed("first"))),
        },
        "multiple_inputs" => multiple(responses, sealed("first")),
        "multi_round" => match state.as_deref() {
            Some(b"second") if has(responses, "step2") => Round::Says("Thank you.".to_owned()),
            Some(b"first") if has(responses, "step1") => {
                let color = form("Step 2: What is your favorite color?", "color", "string");
                asks(&[("step2", color)], Some(sealed("second")))
            }
            _ => {
                let name = form("Step 1: What is your name?", "name", "string");
                asks(&[("step1", name)], Some(sealed("first")))
            }
        },
        "capabilities" => as_declared(capabilities),
        _ => return None,
    }))
}

/// One round of the prompt that asks.
pub(super) fn prompt(responses: Option<&InputResponses>) -> Round {
    let question = form("What context should the prompt use?", "context", "string");
    one(responses, "user_context", &question)
}

/// A question for the user.
pub(super) fn ask_for_name() -> Round {
    asks(&[("user_name", form("What is your name?", "name", "string"))], None)
}

fn multiple(responses: Option<&InputResponses>, state: String) -> Round {
    let questions = [
        ("user_name", form("What is your name?", "name", "string")),
        ("greeting", sampling("Generate a greeting")),
        ("client_roots", roots()),
    ];
    if questions.iter().all(|(key, _)| has(responses, key)) {
        Round::Says("All answered.".to_owned())
    } else {
        asks(&questions, Some(state))
    }
}

fn as_declared(capabilities: &ClientCapabilities) -> Round {
    let declared = serde_json::to_value(capabilities).unwrap_or_default();
    let mut questions = Vec::new();
    if declared.get("elicitation").is_some() {
        questions.push(("user_name", form("What is your name?", "name", "string")));
    }
    if declared.get("sampling").is_some() {
        questions.push(("greeting", sampling("Generate a greeting")));
    }
    if questions.is_empty() {
        Round::Says("There is nobody to ask.".to_owned())
    } else {
        asks(&questions, None)
    }
}

fn one(responses: Option<&InputResponses>, key: &str, question: &Value) -> Round {
    match responses.and_then(|responses| responses.get(key)).filter(|response| response.is_object()) {
        Some(response) => Round::Says(response.to_string()),
        None => asks(&[(key, question.clone())], None),
    }
}

fn has(responses: Option<&InputResponses>, key: &str) -> bool {
    responses.and_then(|responses| responses.get(key)).is_some_and(Value::is_object)
}

fn name_of(responses: Option<&InputResponses>) -> Option<String> {
    let name = responses?.get("user_name")?.pointer("/content/name")?.as_str()?;
    Some(name.to_owned())
}

fn asks(questions: &[(&str, Value)], state: Option<String>) -> Round {
    let questions: Map<String, Value> =
        questions.iter().map(|(key, question)| ((*key).to_owned(), question.clone())).collect();
    let mut asked = json!({ "resultType": "input_required", "inputRequests": questions });
    if let (Some(state), Some(members)) = (state, asked.as_object_mut()) {
        members.insert("requestState".to_owned(), Value::from(state));
    }
    Round::Asks(asked)
}

fn form(message: &str, field: &str, kind: &str) -> Value {
    let schema = json!({ "type": "object", "properties": { field: { "type": kind } }, "required": [field] });
    let params = json!({ "mode": "form", "message": message, "requestedSchema": schema });
    json!({ "method": "elicitation/create", "params": params })
}

fn sampling(question: &str) -> Value {
    let message = json!({ "role": "user", "content": { "type": "text", "text": question } });
    json!({ "method": "sampling/createMessage", "params": { "messages": [message], "maxTokens": 100 } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}
