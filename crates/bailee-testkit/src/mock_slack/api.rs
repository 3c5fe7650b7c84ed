use serde_json::{Value, json};

use super::{
    APP_ID, TEAM_ID, TEAM_NAME,
    oauth::authenticated,
    state::{Kind, Refused, State, answer},
};
use crate::mock_provider::{Answer, RecordedRequest};

/// A longer text is cut.
const MAX_TEXT: usize = 40_000;

/// `auth.test`.
pub(super) fn test(state: &State, request: &RecordedRequest) -> Answer {
    answer(state.live(request.bearer()).map(|access| {
        let user = if access.kind == Kind::Bot { "U0BOT" } else { access.user.as_str() };
        json!({
            "ok": true, "url": "https://voxdemo.slack.com/", "team": TEAM_NAME, "user": "voxbot", "team_id": TEAM_ID,
            "user_id": user, "bot_id": "B0BOT", "is_enterprise_install": false,
        })
    }))
}

/// `auth.revoke`.
pub(super) fn revoke(state: &mut State, request: &RecordedRequest) -> Answer {
    let presented = request.bearer().or_else(|| request.form("token"));
    let dry = request.form("test") == Some("1");
    let live = state.live(presented).map(drop);
    let access = presented.and_then(|text| state.access.get_mut(text));
    if let Some(access) = access.filter(|_| !dry) {
        access.alive = false;
    }
    answer(live.map(|()| json!({ "ok": true, "revoked": !dry })))
}

/// `apps.uninstall`.
pub(super) fn uninstall(state: &mut State, request: &RecordedRequest) -> Answer {
    let tried = authenticated(request)
        .and_then(|()| state.live(request.form("token")).map(drop))
        .and(if state.may_uninstall { Ok(()) } else { Err("no_permission") });
    if tried.is_ok() {
        state.uninstall();
    }
    answer(tried.map(|()| json!({ "ok": true })))
}

/// `chat.postMessage`.
pub(super) fn post_message(state: &mut State, request: &RecordedRequest) -> Answer {
    let tried = posted(state, request);
    answer(tried)
}

fn posted(state: &mut State, request: &RecordedRequest) -> Result<Value, Refused> {
    state.live(request.bearer())?;
    if !state.bot_scopes.contains("chat:write") {
        return Ok(json!({
            "ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "im:write",
        }));
    }
    let body = request.json.clone().ok_or("invalid_arguments")?;
    let member = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let conversation = match member("channel") {
        "C0GEN" => "C0GEN",
        "C0OLD" => return Err("is_archived"),
        "C0PUB" if state.bot_scopes.contains("chat:write.public") => "C0PUB",
        "C0PUB" => return Err("not_in_channel"),
        "U0ADA" | "D0ADA" => "D0ADA",
        "U0BOB" | "D0BOB" => "D0BOB",
        _ => return Err("channel_not_found"),
    };
    if member("text").is_empty() {
        return Err("no_text");
    }
    let text: String = member("text").chars().take(MAX_TEXT).collect();
    let ts = format!("1763700000.{:06}", state.messages.len() + 1);
    let message = json!({
        "type": "message", "user": "U0BOT", "bot_id": "B0BOT", "app_id": APP_ID, "text": text, "ts": ts,
        "team": TEAM_ID,
    });
    state.messages.push((conversation.to_owned(), body.clone()));
    Ok(json!({ "ok": true, "channel": conversation, "ts": ts, "message": message }))
}
