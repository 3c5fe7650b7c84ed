//! The part of the Docs API, version 1, that the tools need.

mod document;
mod resource;
mod style;
mod update;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    api::{Api, Call, decoded},
    api_error,
    drive::{Content, File, Sight},
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest};

pub(super) use document::Document;

/// `POST /documents/{documentId}:batchUpdate`.
pub const DOCUMENTS_BATCH_UPDATE: Endpoint = Endpoint::Api("docs.documents.batchUpdate");
/// `POST /documents`.
pub const DOCUMENTS_CREATE: Endpoint = Endpoint::Api("docs.documents.create");
/// `GET /documents/{documentId}`.
pub const DOCUMENTS_GET: Endpoint = Endpoint::Api("docs.documents.get");

/// Where the API lives on the mock.
pub(super) const BASE: &str = "/v1";
const BATCH_UPDATE: &str = ":batchUpdate";

pub(super) const API: Api = Api { service: "docs.googleapis.com", route, accepted, carry_out };

fn route(request: &RecordedRequest) -> Option<Endpoint> {
    let path = request.path.strip_prefix(BASE)?;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["documents"]) => Some(DOCUMENTS_CREATE),
        (&Method::POST, ["documents", id]) if id.len() > BATCH_UPDATE.len() && id.ends_with(BATCH_UPDATE) => {
            Some(DOCUMENTS_BATCH_UPDATE)
        }
        (&Method::GET, ["documents", id]) if !id.is_empty() && !id.contains(':') => Some(DOCUMENTS_GET),
        _ => None,
    }
}

fn accepted(method: Endpoint) -> &'static [&'static str] {
    if method == DOCUMENTS_GET {
        &["documents", "documents.readonly", "drive", "drive.file", "drive.readonly"]
    } else {
        &["documents", "drive", "drive.file"]
    }
}

/// The scopes with which all documents are seen, and not only those of the app.
const SEES_ALL: [&str; 4] = ["documents", "documents.readonly", "drive", "drive.readonly"];

fn carry_out(call: &mut Call<'_>) -> Answer {
    let sight = Sight::of(call, &SEES_ALL);
    let now = call.time.now();
    let drive = call.state.drive(&call.account.sub);
    if call.method == DOCUMENTS_CREATE {
        let Some(Value::Object(asked)) = &call.request.json else {
            return api_error::invalid_argument("Invalid JSON payload received.");
        };
        // Content that is sent along is ignored.
        let title = asked.get("title").and_then(Value::as_str).unwrap_or("Untitled document");
        let id = drive.add(title, Content::Document(Document::default()), Some(&sight.project), now);
        return match drive.file(&id) {
            Some(file) => shown(&id, file, call.request),
            None => not_found(),
        };
    }
    let id = call.request.path.split('/').nth(3).map(decoded).unwrap_or_default();
    let id = id.strip_suffix(BATCH_UPDATE).unwrap_or(&id).to_owned();
    match (drive.file(&id), drive.seen(&id, &sight)) {
        (None, _) => return not_found(),
        (Some(_), None) => {
            let message = "The caller does not have permission";
            return api_error::status(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message);
        }
        (Some(_), Some(file)) if call.method == DOCUMENTS_GET => return shown(&id, file, call.request),
        (Some(_), Some(_)) => {}
    }
    match drive.file_mut(&id).map(|file| &mut file.content) {
        Some(Content::Document(document)) => update::batch_update(&id, document, call.request),
        _ => not_found(),
    }
}

fn not_found() -> Answer {
    api_error::status(StatusCode::NOT_FOUND, "NOT_FOUND", "Requested entity was not found.")
}

/// The document: in the body of its first tab, or with `includeTabsContent` in tabs.
fn shown(id: &str, file: &File, request: &RecordedRequest) -> Answer {
    let Content::Document(document) = &file.content else {
        return not_found();
    };
    let mut shown = json!({
        "documentId": id,
        "title": file.name,
        "revisionId": document.revision(),
        "suggestionsViewMode": "SUGGESTIONS_INLINE",
    });
    let content = json!({ "body": { "content": document.content() }, "lists": document.lists() });
    let more = if request.query("includeTabsContent") == Some("true") {
        let properties = json!({ "tabId": "t.0", "title": "Tab 1", "index": 0 });
        json!({ "tabs": [{ "tabProperties": properties, "documentTab": content }] })
    } else {
        content
    };
    if let (Some(members), Value::Object(more)) = (shown.as_object_mut(), more) {
        members.extend(more);
    }
    Answer::json(StatusCode::OK, &shown)
}
