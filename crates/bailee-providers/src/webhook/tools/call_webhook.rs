use std::fmt::Write as _;

use ring::digest::{Context, SHA256};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::{Webhook, delivery::Message};
use crate::{
    arguments::{self, invalid},
    tool::{Draft, output},
};
use bailee_core::{
    Effect, PermissionFlag, ProviderError, Tool, ToolAccount, ToolCall, ToolHints, ToolOutput,
};

/// The largest payload, in bytes of JSON: receivers are told to expect about 20 KB.
const LARGEST: usize = 16_384;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// What happened: words of letters, digits and underscores between full stops, for example invoice.paid.
    #[schemars(length(min = 1, max = 100))]
    event: String,
    /// What the receiver gets to know of it; at most 16 KB.
    #[schemars(extend("additionalProperties" = serde_json::json!({})))]
    payload: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Whether the receiver took it.
    delivered: bool,
    /// The id by which the receiver knows it.
    message_id: String,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: "call_webhook",
        title: "Call the webhook",
        description: "Sends an event with a JSON payload to the webhook that the user has set up; the address is fixed. \
                      It starts whatever the user's automation does with it, so use it only when the user wants that. \
                      Returns the id of the message; what the receiver answers is not read.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: &[],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST {url}"],
        page: "https://www.standardwebhooks.com/",
    }
}

pub(super) async fn call(
    webhook: &Webhook,
    tool: &Tool,
    account: &ToolAccount<'_>,
    call: &ToolCall<'_>,
) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(call.arguments, &tool.input_schema)?;
    if !is_event(&input.event) {
        return Err(invalid("/event", "must be words of letters, digits and underscores between full stops"));
    }
    let data = Value::Object(input.payload);
    if data.to_string().len() > LARGEST {
        return Err(invalid("/payload", "is too large"));
    }
    let keyed = call.idempotency_key.map(|key| message_id(account, key));
    // The receiver knows a repetition by its id, and without a key the next call has another one.
    let unanswered = match keyed {
        Some(_) => ProviderError::Unavailable { retry_after: None },
        None => ProviderError::OutcomeUnknown,
    };
    let message = Message {
        id: keyed.unwrap_or_else(|| format!("msg_{}", call.id.simple())),
        event: &input.event,
        said_at: call.now,
        data: &data,
    };
    message.send(&webhook.http, account.access_token, call.now, unanswered).await?;
    output(&Output { delivered: true, message_id: message.id })
}

fn is_event(event: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    event.split('.').all(word)
}

/// The same key for the same account is the same message, so that the receiver takes it once.
fn message_id(account: &ToolAccount<'_>, key: &str) -> String {
    let mut hash = Context::new(&SHA256);
    for part in ["bailee/webhook/call_webhook/v1", account.account.id.as_str(), key] {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finish().as_ref().iter().take(16).fold(String::from("msg_"), |mut id, byte| {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}
