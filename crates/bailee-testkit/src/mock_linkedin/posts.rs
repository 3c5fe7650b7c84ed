use http::{HeaderName, StatusCode};
use serde_json::{Value, json};

use super::{
    api_error::{duplicate, forbidden, unprocessable},
    state::{LinkedInAccount, LinkedInPost, State},
};
use crate::mock_provider::{Answer, RecordedRequest};

/// What a post is made of, besides the author, the text and who sees it.
fn frame() -> Value {
    json!({
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    })
}

/// `POST /rest/posts`.
pub(super) fn create(state: &mut State, account: &LinkedInAccount, request: &RecordedRequest) -> Answer {
    let Some(body) = request.json.as_ref().and_then(Value::as_object) else {
        return unprocessable("The body is not a JSON object");
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("author") != Some(format!("urn:li:person:{}", account.id).as_str()) {
        return forbidden("posts.CREATE.20260101");
    }
    let framed = frame().as_object().is_some_and(|frame| {
        frame.iter().all(|(name, value)| body.get(name) == Some(value)) && body.len() == frame.len() + 3
    });
    let (Some(commentary), Some(visibility), true) = (text("commentary"), text("visibility"), framed) else {
        return unprocessable("The post lacks a field or has an unknown one");
    };
    if !["CONNECTIONS", "LOGGED_IN", "PUBLIC"].contains(&visibility) {
        return unprocessable("The visibility is unknown");
    }
    let shown = shown(commentary);
    if let Some(earlier) = state.posts.iter().find(|post| post.text == shown) {
        return duplicate(&earlier.urn);
    }
    let urn = format!("urn:li:share:{}", 7_100_000_000_000_000_000 + state.posts.len());
    let answer =
        Answer::empty(StatusCode::CREATED).with(HeaderName::from_static("x-restli-id"), urn.as_str());
    let (author, visibility) = (account.id.clone(), visibility.to_owned());
    state.posts.push(LinkedInPost { urn, author, text: shown, visibility });
    answer
}

/// What people see of "little text": it ends, silently, at the first reserved character that is not escaped.
fn shown(commentary: &str) -> String {
    let mut shown = String::new();
    let mut characters = commentary.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => shown.extend(characters.next()),
            '|' | '{' | '}' | '@' | '[' | ']' | '(' | ')' | '<' | '>' | '#' | '*' | '_' | '~' => break,
            other => shown.push(other),
        }
    }
    shown
}
