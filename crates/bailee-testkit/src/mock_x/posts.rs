use http::StatusCode;
use serde_json::{Value, json};

use super::{
    answer::{self, created_at, forbidden, invalid, put},
    site::user,
    state::{State, XAccount, XPost},
};
use crate::mock_provider::{Answer, RecordedRequest};

/// `POST /2/tweets`: a body of nothing but known members.
pub(super) fn create(state: &mut State, account: &XAccount, request: &RecordedRequest) -> Answer {
    let Some(body) = request.json.as_ref().and_then(Value::as_object) else {
        return invalid("The body is not a JSON object.");
    };
    if body.keys().any(|name| !["reply", "text"].contains(&name.as_str())) {
        return invalid("The body has an unknown member.");
    }
    let Some(text) = body.get("text").and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return invalid("text is missing.");
    };
    let reply_to = match body.get("reply").map(|reply| reply.get("in_reply_to_tweet_id")) {
        None => None,
        Some(Some(Value::String(id))) if is_id(id) => Some(id.clone()),
        Some(_) => return invalid("reply is not valid."),
    };
    if state.posts.iter().any(|post| post.author_id == account.id && post.text == text) {
        return forbidden("You are not allowed to create a Tweet with duplicate content.");
    }
    let id = state.add_post(&account.id, text, reply_to);
    Answer::json(StatusCode::CREATED, &json!({ "data": { "id": id, "text": text } }))
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `GET /2/users/{id}/timelines/reverse_chronological`: of the person of the token alone.
pub(super) fn timeline(state: &State, account: &XAccount, request: &RecordedRequest) -> Answer {
    const KNOWN: [&str; 6] =
        ["expansions", "max_results", "pagination_token", "post.fields", "tweet.fields", "user.fields"];
    if request.path.split('/').nth(3) != Some(account.id.as_str()) {
        let (kind, title) = ("not-authorized-for-resource", "Not authorized");
        return answer::problem(StatusCode::FORBIDDEN, kind, title, "This is not your timeline.");
    }
    let Some(size) = page_size(request, &KNOWN) else {
        return invalid("A parameter is not valid.");
    };
    let fields = request.query("tweet.fields").or_else(|| request.query("post.fields")).unwrap_or_default();
    let (dated, signed) = (lists(fields, "created_at"), asks(request, "expansions", "author_id"));
    let posts: Vec<&XPost> = state.posts.iter().rev().collect();
    let Some((page, next)) = answer::page(posts, size, request.query("pagination_token")) else {
        return invalid("pagination_token is not valid.");
    };
    let data = page.iter().map(|post| {
        let mut value = json!({ "id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id] });
        if dated {
            put(&mut value, "", "created_at", json!(created_at()));
        }
        if signed {
            put(&mut value, "", "author_id", json!(post.author_id));
        }
        value
    });
    let authors = page.iter().map(|post| post.author_id.as_str());
    let users = if signed { users(state, authors) } else { Vec::new() };
    answer::list(data.collect(), &users, next)
}

/// The accounts that these ids name, each once.
pub(super) fn users<'a>(state: &State, ids: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let ids: std::collections::BTreeSet<&str> = ids.collect();
    ids.into_iter().filter_map(|id| state.account(id)).map(user).collect()
}

/// How many items are asked for; `None` where a parameter is unknown or wrong.
pub(super) fn page_size(request: &RecordedRequest, known: &[&str]) -> Option<usize> {
    if request.query.iter().any(|(name, _)| !known.contains(&name.as_str())) {
        return None;
    }
    let size = request.query("max_results").map_or(Some(100), |size| size.parse().ok())?;
    (1..=100).contains(&size).then_some(size)
}

/// Whether a list of a parameter has this member.
pub(super) fn asks(request: &RecordedRequest, parameter: &str, member: &str) -> bool {
    request.query(parameter).is_some_and(|list| lists(list, member))
}

fn lists(list: &str, member: &str) -> bool {
    list.split(',').any(|known| known == member)
}
