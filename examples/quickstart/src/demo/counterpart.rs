//! The other side of a conversation: somebody else's agent, which asks the owner's assistant for things.

use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use bailee::{Bailee, Caller};
use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Demo;
use crate::sign_in::DemoUser;

pub(super) fn router() -> Router<Demo> {
    Router::new().route("/demo/threads/{thread}/ask", post(ask))
}

/// What the other side wants.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wish {
    Availability,
    Event,
    Meeting,
    Post,
    Profile,
    Tools,
}

/// Only JSON is taken, which no page of another origin can send along with a cookie.
#[derive(Debug, Deserialize)]
struct Asked {
    wish: Wish,
}

async fn ask(
    State(bailee): State<Bailee>,
    Extension(user): Extension<DemoUser>,
    Path(thread): Path<String>,
    Json(asked): Json<Asked>,
) -> Result<Json<Value>, StatusCode> {
    let caller =
        Caller::counterpart(user.owner(), "assistant", thread).map_err(|_| StatusCode::BAD_REQUEST)?;
    let said = match asked.wish {
        Wish::Profile => profile(&bailee, &caller).await,
        Wish::Tools => tools(&bailee, &caller).await,
        wish => {
            let (tool, arguments) = call(wish, now());
            carry_out(&bailee, &caller, tool, arguments).await
        }
    };
    Ok(Json(json!({ "said": said })))
}

async fn tools(bailee: &Bailee, caller: &Caller) -> String {
    match bailee.tools(caller).await {
        Ok(tools) if tools.is_empty() => "It may use nothing.".to_owned(),
        Ok(tools) => {
            let names: Vec<&str> = tools.iter().map(|tool| tool.tool().name.as_str()).collect();
            format!("It may use {}.", names.join(", "))
        }
        Err(error) => format!("It is told: {error}."),
    }
}

async fn profile(bailee: &Bailee, caller: &Caller) -> String {
    match bailee.briefing(caller).await {
        Ok(Some(card)) => {
            let (email, organization) =
                (card.email.unwrap_or_default(), card.organization.unwrap_or_default());
            format!("It learns {email}, {organization}, {}.", card.interests.join(" and "))
        }
        Ok(None) => "It learns nothing about you.".to_owned(),
        Err(error) => format!("It is told: {error}."),
    }
}

/// Authorized and called as any agent's call is, and written into the ledger.
async fn carry_out(bailee: &Bailee, caller: &Caller, tool: &str, arguments: Value) -> String {
    let result = match bailee.authorize(caller, tool).await {
        Ok(permit) => permit.call(arguments).await,
        Err(refused) => Err(refused),
    };
    match result {
        Ok(output) => format!("{tool} answered {}", output.content),
        Err(error) => format!("{tool} was refused: {error}."),
    }
}

/// The tool for a wish, with arguments about tomorrow.
fn call(wish: Wish, now: DateTime<Utc>) -> (&'static str, Value) {
    let tomorrow = (now + Duration::days(1)).date_naive();
    let at = |hour: u32| format!("{tomorrow}T{hour:02}:00:00Z");
    match wish {
        Wish::Availability | Wish::Profile | Wish::Tools => {
            ("list_calendar_events", json!({ "time_min": at(8), "time_max": at(18) }))
        }
        Wish::Event => ("create_event", json!({ "summary": "Tea, as you", "start": at(16), "end": at(17) })),
        Wish::Meeting => {
            let slots = [at(15), at(17)];
            ("propose_meeting", json!({ "title": "Chess", "slots": slots, "duration_minutes": 60 }))
        }
        Wish::Post => {
            let text = format!("Posted by somebody else's agent at {}.", now.format("%H:%M:%S"));
            ("post_tweet", json!({ "text": text }))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a demo plans for the tomorrow of whoever looks at it")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
