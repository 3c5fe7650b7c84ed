use http::StatusCode;
use serde_json::{Value, json};

use super::{
    answer::{self, created_at, invalid, put},
    posts::{asks, is_id, page_size, users},
    state::{State, XAccount, XMessage},
};
use crate::mock_provider::{Answer, RecordedRequest};

/// `POST /2/dm_conversations/with/{participant_id}/messages`.
pub(super) fn send(state: &mut State, account: &XAccount, request: &RecordedRequest) -> Answer {
    let recipient = request.path.split('/').nth(4).unwrap_or_default();
    let members = request.json.as_ref().and_then(Value::as_object).filter(|body| body.len() == 1);
    let text = members.and_then(|body| body.get("text")?.as_str()).filter(|text| !text.is_empty());
    let Some(text) = text.filter(|_| is_id(recipient)) else {
        return invalid("The message is not valid.");
    };
    let message = state.add_message(&account.id, recipient, text);
    let data = json!({ "dm_conversation_id": message.conversation(), "dm_event_id": message.id });
    Answer::json(StatusCode::CREATED, &json!({ "data": data }))
}

/// `GET /2/dm_events` and `GET /2/dm_conversations/{id}/dm_events`.
pub(super) fn read(state: &State, account: &XAccount, request: &RecordedRequest) -> Answer {
    const KNOWN: [&str; 6] =
        ["dm_event.fields", "event_types", "expansions", "max_results", "pagination_token", "user.fields"];
    let wanted = request.path.split('/').nth(3);
    let is_mine = |message: &&XMessage| {
        let taken_part = message.sender_id == account.id || message.recipient_id == account.id;
        taken_part && wanted.is_none_or(|wanted| message.conversation() == wanted)
    };
    let token = request.query("pagination_token");
    let Some(size) = page_size(request, &KNOWN).filter(|_| token.is_none_or(|token| token.len() >= 16))
    else {
        return invalid("A parameter is not valid.");
    };
    let messages = state.messages.iter().rev().filter(is_mine).collect();
    let Some((page, next)) = answer::page(messages, size, token) else {
        return invalid("pagination_token is not valid.");
    };
    let data = page.iter().map(|message| event(message, request)).collect();
    let senders = page.iter().map(|message| message.sender_id.as_str());
    let named = asks(request, "expansions", "sender_id");
    let users = if named { users(state, senders) } else { Vec::new() };
    answer::list(data, &users, next)
}

fn event(message: &XMessage, request: &RecordedRequest) -> Value {
    let mut event = json!({ "id": message.id, "event_type": "MessageCreate", "text": message.text });
    for (name, value) in [("created_at", created_at()), ("dm_conversation_id", message.conversation())] {
        if asks(request, "dm_event.fields", name) {
            put(&mut event, "", name, json!(value));
        }
    }
    if asks(request, "expansions", "sender_id") {
        put(&mut event, "", "sender_id", json!(message.sender_id));
    }
    event
}
