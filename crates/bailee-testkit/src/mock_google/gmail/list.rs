use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    get::forbidden,
    mailbox::{Mail, Mailbox},
    query::Query,
};
use crate::{
    mock_google::api_error,
    mock_provider::{Answer, RecordedRequest},
};

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 500;

/// `messages.list`: ids and nothing more.
pub(super) fn messages(
    mailbox: &Mailbox,
    request: &RecordedRequest,
    page_size: usize,
    reads_texts: bool,
) -> Answer {
    let found = match matching(mailbox, request, reads_texts) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let items = found.iter().map(|mail| json!({ "id": mail.id, "threadId": mail.thread_id })).collect();
    page("messages", items, request, page_size)
}

/// `threads.list`: threads with a message that matches, by the newest of those.
pub(super) fn threads(
    mailbox: &Mailbox,
    request: &RecordedRequest,
    page_size: usize,
    reads_texts: bool,
) -> Answer {
    let found = match matching(mailbox, request, reads_texts) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let mut seen: Vec<&str> = Vec::new();
    let mut items = Vec::new();
    for mail in found {
        if !seen.contains(&mail.thread_id.as_str()) {
            seen.push(&mail.thread_id);
            items.push(json!({ "id": mail.thread_id, "snippet": mail.snippet, "historyId": "90210" }));
        }
    }
    page("threads", items, request, page_size)
}

/// What has all labels and fits the query, the newest first.
fn matching<'a>(
    mailbox: &'a Mailbox,
    request: &RecordedRequest,
    reads_texts: bool,
) -> Result<Vec<&'a Mail>, Answer> {
    let query = request.query("q").unwrap_or_default();
    if !query.is_empty() && !reads_texts {
        return Err(forbidden("Metadata scope does not support 'q' parameter"));
    }
    let query = Query::read(query);
    let labels: Vec<&str> = request
        .query
        .iter()
        .filter(|(name, _)| name == "labelIds")
        .map(|(_, label)| label.as_str())
        .collect();
    let hidden_too = request.query("includeSpamTrash") == Some("true");
    let fits = |mail: &&Mail| {
        let has = |label: &str| mail.labels.iter().any(|mine| mine == label);
        let hidden = has("SPAM") || has("TRASH");
        labels.iter().all(|label| has(label)) && (hidden_too || !hidden) && query.fits(mail)
    };
    Ok(mailbox.newest_first().into_iter().filter(fits).collect())
}

/// One page; a list without entries is absent.
fn page(name: &str, items: Vec<Value>, request: &RecordedRequest, page_size: usize) -> Answer {
    let length = match request.query("maxResults").map(str::parse::<usize>) {
        None => DEFAULT_PAGE,
        Some(Ok(length)) if (1..=LARGEST_PAGE).contains(&length) => length,
        Some(_) => return api_error::invalid("Invalid value for maxResults."),
    };
    let Some(start) = start(request) else {
        return api_error::invalid("Invalid pageToken");
    };
    let estimate = items.len();
    let rest: Vec<Value> = items.into_iter().skip(start).collect();
    let more = rest.len() > length.min(page_size);
    let shown: Vec<Value> = rest.into_iter().take(length.min(page_size)).collect();
    let mut body = Map::new();
    if more {
        let next = URL_SAFE_NO_PAD.encode(format!("page {}", start + shown.len()));
        body.insert("nextPageToken".to_owned(), json!(next));
    }
    if !shown.is_empty() {
        body.insert(name.to_owned(), Value::Array(shown));
    }
    body.insert("resultSizeEstimate".to_owned(), json!(estimate));
    Answer::json(StatusCode::OK, &Value::Object(body))
}

fn start(request: &RecordedRequest) -> Option<usize> {
    let Some(token) = request.query("pageToken") else {
        return Some(0);
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("page ")?.parse().ok()
}
