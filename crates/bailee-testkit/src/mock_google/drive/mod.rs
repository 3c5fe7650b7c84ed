//! The part of the Drive API, version 3, that the tools need.

mod change;
mod control;
mod file;
mod list;
mod query;

use http::{Method, StatusCode};

use super::{
    api::{Api, Call, decoded},
    api_error,
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest};

pub(super) use file::{Content, Drive, File, Sight};

/// `POST /files`.
pub const FILES_CREATE: Endpoint = Endpoint::Api("drive.files.create");
/// `GET /files/{fileId}`.
pub const FILES_GET: Endpoint = Endpoint::Api("drive.files.get");
/// `GET /files`.
pub const FILES_LIST: Endpoint = Endpoint::Api("drive.files.list");
/// `PATCH /files/{fileId}`.
pub const FILES_UPDATE: Endpoint = Endpoint::Api("drive.files.update");

/// Where the API lives on the mock.
pub(super) const BASE: &str = "/drive/v3";

pub(super) const API: Api = Api { service: "drive.googleapis.com", route, accepted, carry_out };

fn route(request: &RecordedRequest) -> Option<Endpoint> {
    let path = request.path.strip_prefix(BASE)?;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["files"]) => Some(FILES_LIST),
        (&Method::POST, ["files"]) => Some(FILES_CREATE),
        (&Method::GET, ["files", id]) if !id.is_empty() => Some(FILES_GET),
        (&Method::PATCH, ["files", id]) if !id.is_empty() => Some(FILES_UPDATE),
        _ => None,
    }
}

fn accepted(method: Endpoint) -> &'static [&'static str] {
    if method == FILES_CREATE {
        &["drive", "drive.appdata", "drive.file"]
    } else if method == FILES_UPDATE {
        &["drive", "drive.appdata", "drive.file", "drive.metadata", "drive.scripts"]
    } else {
        &[
            "drive",
            "drive.appdata",
            "drive.file",
            "drive.metadata",
            "drive.metadata.readonly",
            "drive.readonly",
        ]
    }
}

/// The scopes with which all files are seen, and not only those of the app.
const SEES_ALL: [&str; 4] = ["drive", "drive.metadata", "drive.metadata.readonly", "drive.readonly"];

fn carry_out(call: &mut Call<'_>) -> Answer {
    let sight = Sight::of(call, &SEES_ALL);
    let now = call.time.now();
    let page_size = call.state.settings.page_size;
    let drive = call.state.drive(&call.account.sub);
    let id = call.request.path.split('/').nth(4).map(decoded).unwrap_or_default();
    let answer = if call.method == FILES_LIST {
        return list::list(drive, &call.account, &sight, call.request, page_size);
    } else if call.method == FILES_CREATE {
        change::create(drive, &call.account, &sight, call.request, now)
    } else if call.method == FILES_UPDATE {
        change::update(drive, &call.account, &sight, call.request, &id)
    } else {
        match drive.seen(&id, &sight) {
            Some(file) => Answer::json(StatusCode::OK, &file.resource(&call.account)),
            None => not_found(&id),
        }
    };
    brief(answer, call.request)
}

/// Without a mask, only what a file is and is called.
fn brief(answer: Answer, request: &RecordedRequest) -> Answer {
    if request.query("fields").is_some() || !answer.status.is_success() {
        return answer;
    }
    super::fields::select(answer, "kind,id,name,mimeType")
}

/// What is missing and what the app may not see answer the same.
fn not_found(id: &str) -> Answer {
    api_error::error(StatusCode::NOT_FOUND, "global", "notFound", &format!("File not found: {id}."))
}
