use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::{
    DELETE_WEBHOOK, GET_ME, GET_WEBHOOK_INFO, SEND_MESSAGE, SET_WEBHOOK,
    state::{Bot, Sent, State, Webhook},
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, is_loopback, object};

type Tried = Result<Value, Answer>;

/// One call of the Bot API.
pub(super) fn call(state: &mut State, endpoint: Endpoint, token: &str, request: &RecordedRequest) -> Answer {
    let number = state.sent.len() + 1;
    let loopback = state.loopback_webhooks;
    let Some(bot) = state.bots.get_mut(token) else {
        return refused(401, "Unauthorized");
    };
    let tried = match endpoint {
        GET_ME => Ok(me(bot)),
        GET_WEBHOOK_INFO => Ok(info(bot)),
        SET_WEBHOOK => set_webhook(bot, request, loopback),
        DELETE_WEBHOOK => {
            bot.webhook = None;
            Ok(Value::Bool(true))
        }
        SEND_MESSAGE => send_message(bot, request, number).map(|(sent, message)| {
            state.sent.push(sent);
            message
        }),
        _ => Err(refused(404, "Not Found")),
    };
    tried.map_or_else(
        |refusal| refusal,
        |result| Answer::json(StatusCode::OK, &json!({ "ok": true, "result": result })),
    )
}

pub(super) fn refused(status: u16, description: &str) -> Answer {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    Answer::json(code, &json!({ "ok": false, "error_code": status, "description": description }))
}

fn me(bot: &Bot) -> Value {
    json!({
        "id": bot.id, "is_bot": true, "first_name": bot.username, "username": bot.username,
        "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
        "can_connect_to_business": false, "has_main_web_app": false,
    })
}

fn info(bot: &Bot) -> Value {
    let webhook = bot.webhook.clone().unwrap_or_default();
    let failed = webhook.last_error_message;
    object([
        ("url", Some(json!(webhook.url))),
        ("has_custom_certificate", Some(json!(false))),
        ("pending_update_count", Some(json!(0))),
        ("max_connections", bot.webhook.is_some().then(|| json!(40))),
        ("ip_address", bot.webhook.is_some().then(|| json!("203.0.113.1"))),
        ("allowed_updates", Some(json!(webhook.allowed_updates)).filter(|list| *list != json!([]))),
        ("last_error_date", failed.is_some().then(|| json!(1_763_700_000))),
        ("last_error_message", failed.map(Value::from)),
    ])
}

fn set_webhook(bot: &mut Bot, request: &RecordedRequest, loopback: bool) -> Tried {
    let text = |name| argument(request, name).and_then(|value| value.as_str().map(str::to_owned));
    let url = text("url").unwrap_or_default();
    if url.is_empty() {
        bot.webhook = None;
        return Ok(Value::Bool(true));
    }
    let parsed = Url::parse(&url).ok();
    let public = |url: &Url| {
        url.scheme() == "https" && matches!(url.port_or_known_default(), Some(80 | 88 | 443 | 8443))
    };
    let usable = parsed.is_some_and(|url| public(&url) || (loopback && is_loopback(&url)));
    if !usable {
        return Err(refused(400, "Bad Request: bad webhook"));
    }
    let secret_token = text("secret_token");
    let fits = |secret: &String| {
        (1..=256).contains(&secret.len())
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    if !secret_token.as_ref().is_none_or(fits) {
        return Err(refused(400, "Bad Request: secret token contains unallowed characters"));
    }
    let told = argument(request, "allowed_updates").and_then(|value| value.as_array().cloned());
    let allowed_updates = match told {
        Some(list) => list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        None => bot.webhook.take().map(|webhook| webhook.allowed_updates).unwrap_or_default(),
    };
    bot.webhook = Some(Webhook { url, secret_token, allowed_updates, last_error_message: None });
    Ok(Value::Bool(true))
}

fn send_message(bot: &Bot, request: &RecordedRequest, number: usize) -> Result<(Sent, Value), Answer> {
    let chat_id = argument(request, "chat_id").and_then(|id| match id {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    });
    let chat_id = chat_id
        .filter(|chat_id| bot.chats.contains(chat_id))
        .ok_or_else(|| refused(400, "Bad Request: chat not found"))?;
    if bot.blocked.contains(&chat_id) {
        return Err(refused(403, "Forbidden: bot was blocked by the user"));
    }
    let text = argument(request, "text").and_then(|text| text.as_str().map(str::to_owned));
    let text = text.unwrap_or_default();
    if text.trim().is_empty() {
        return Err(refused(400, "Bad Request: message text is empty"));
    }
    if text.encode_utf16().count() > 4096 {
        return Err(refused(400, "Bad Request: message is too long"));
    }
    let message = json!({
        "message_id": number,
        "from": { "id": bot.id, "is_bot": true, "first_name": bot.username, "username": bot.username },
        "chat": { "id": chat_id, "first_name": "Ada", "type": "private" },
        "date": 1_763_700_000, "text": text,
    });
    let arguments = request.json.clone().unwrap_or_default();
    Ok((Sent { bot: bot.id, chat_id, arguments }, message))
}

/// An argument from JSON, a form or the query.
fn argument(request: &RecordedRequest, name: &str) -> Option<Value> {
    let typed = request.json.as_ref().and_then(|body| body.get(name)).cloned();
    let plain = request.form(name).or_else(|| request.query(name));
    typed.or_else(|| plain.map(Value::from))
}
