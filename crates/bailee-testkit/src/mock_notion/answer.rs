use http::{HeaderName, StatusCode};
use serde_json::{Value, json};

use crate::mock_provider::{Answer, Fault};

/// What it calls every request.
const REQUEST_ID: &str = "3c90c3cc-1111-4222-8333-444455556666";

pub(super) fn body(status: u16, code: &str, message: &str) -> Value {
    json!({
        "object": "error",
        "status": status,
        "code": code,
        "message": message,
        "request_id": REQUEST_ID,
    })
}

/// A fault that answers with an error in the shape of Notion's API, for example
/// `api_error(409, "conflict_error", "Conflict occurred while saving.")`.
#[must_use]
pub fn api_error(status: u16, code: &str, message: &str) -> Fault {
    Fault::Answer { status, json: body(status, code, message) }
}

pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(status, &body(status.as_u16(), code, message))
}

pub(super) fn ok(body: &Value) -> Answer {
    let id = HeaderName::from_static("x-notion-request-id");
    Answer::json(StatusCode::OK, body).with(id, REQUEST_ID)
}

pub(super) fn invalid_client() -> Answer {
    error(StatusCode::UNAUTHORIZED, "invalid_client", "The client is unknown, or its secret is wrong.")
}

pub(super) fn invalid_grant() -> Answer {
    error(StatusCode::BAD_REQUEST, "invalid_grant", "Invalid code: this code has been revoked.")
}

pub(super) fn invalid_request(message: &str) -> Answer {
    error(StatusCode::BAD_REQUEST, "invalid_request", message)
}

pub(super) fn validation(message: &str) -> Answer {
    error(StatusCode::BAD_REQUEST, "validation_error", message)
}

pub(super) fn unauthorized() -> Answer {
    error(StatusCode::UNAUTHORIZED, "unauthorized", "API token is invalid.")
}

pub(super) fn restricted() -> Answer {
    let message = "Insufficient permissions for this endpoint.";
    error(StatusCode::FORBIDDEN, "restricted_resource", message)
}

pub(super) fn not_found(id: &str) -> Answer {
    let message =
        format!("Could not find object with ID: {id}. Make sure it is shared with your connection.");
    error(StatusCode::NOT_FOUND, "object_not_found", &message)
}

/// 429, with the wait in the header and in the body.
pub(super) fn rate_limited(seconds: u32) -> Answer {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut body =
        body(status.as_u16(), "rate_limited", "You have been rate limited. Please try again later.");
    put(
        &mut body,
        "additional_data",
        json!({ "retry_after": seconds.to_string(), "rate_limit_reason": "public_api_request_rate_limit" }),
    );
    Answer::json(status, &body).with(http::header::RETRY_AFTER, seconds)
}

/// 503 after the change was saved.
pub(super) fn saved_but_unavailable(resource: &str) -> Answer {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let message = "The change was saved, but the response could not be built in time.";
    let mut body = body(status.as_u16(), "service_unavailable", message);
    let guidance = json!(["Read the object again to confirm the saved change.", "Do not repeat the write."]);
    put(
        &mut body,
        "additional_data",
        json!({ "retry_guidance": guidance, "committed_resource_id": resource }),
    );
    Answer::json(status, &body)
}

/// Sets a member of a JSON object.
pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
