use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::{Value, json};

use super::{Drive, File, Sight, query::Query};
use crate::{
    mock_google::{GoogleAccount, api_error, fields},
    mock_provider::{Answer, RecordedRequest},
};

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;
const BRIEF: &str = "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)";

/// `files.list`: what the call sees of what the query asks for, without an order unless one is asked for.
pub(super) fn list(
    drive: &Drive,
    account: &GoogleAccount,
    sight: &Sight,
    request: &RecordedRequest,
    page_size: usize,
) -> Answer {
    let Some(query) = Query::read(request.query("q").unwrap_or_default()) else {
        return api_error::invalid("Invalid Value");
    };
    let (Some(length), Some(start)) = (length(request), start(request)) else {
        return api_error::invalid("Invalid Value");
    };
    let mut files: Vec<&File> =
        drive.files.values().filter(|file| sight.sees(file) && query.fits(file, &drive.root)).collect();
    match request.query("orderBy") {
        None => {}
        Some(_) if query.is_full_text() => {
            return api_error::bad_request("Sorting is not supported for queries with fullText terms.");
        }
        Some("modifiedTime desc") => files.sort_by_key(|file| std::cmp::Reverse(file.modified)),
        Some("modifiedTime") => files.sort_by_key(|file| file.modified),
        Some("name") => files.sort_by(|a, b| a.name.cmp(&b.name)),
        Some(_) => return api_error::invalid("Invalid Value"),
    }
    let rest = files.get(start..).unwrap_or_default();
    let items: Vec<Value> =
        rest.iter().take(length.min(page_size)).map(|file| file.resource(account)).collect();
    let mut body = json!({ "kind": "drive#fileList", "incompleteSearch": false, "files": items });
    if let (true, Some(members)) = (rest.len() > items.len(), body.as_object_mut()) {
        let next = URL_SAFE_NO_PAD.encode(format!("page {}", start + items.len()));
        members.insert("nextPageToken".to_owned(), json!(format!("~!!~{next}")));
    }
    let answer = Answer::json(StatusCode::OK, &body);
    if request.query("fields").is_some() { answer } else { fields::select(answer, BRIEF) }
}

fn length(request: &RecordedRequest) -> Option<usize> {
    let length = request.query("pageSize").map_or(Some(DEFAULT_PAGE), |length| length.parse().ok())?;
    (1..=LARGEST_PAGE).contains(&length).then_some(length)
}

fn start(request: &RecordedRequest) -> Option<usize> {
    let Some(token) = request.query("pageToken") else {
        return Some(0);
    };
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix("~!!~")?).ok()?;
    String::from_utf8(bytes).ok()?.strip_prefix("page ")?.parse().ok()
}
