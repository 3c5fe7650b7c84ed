use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::mock_provider::{Answer, Fault};

/// The challenge of every 401 (RFC 6750 §3).
pub(super) const CHALLENGE: &str = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";

/// An error in the classic shape of Google's APIs.
pub(super) fn error(status: StatusCode, domain: &str, reason: &str, message: &str) -> Answer {
    Answer::json(status, &body(status, domain, reason, message))
}

fn body(status: StatusCode, domain: &str, reason: &str, message: &str) -> Value {
    json!({ "error": {
        "errors": [{ "domain": domain, "reason": reason, "message": message }],
        "code": status.as_u16(),
        "message": message,
    } })
}

/// A fault that answers with an error in the classic shape of Google's APIs, for example
/// `api_error(403, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded")`.
#[must_use]
pub fn api_error(status: u16, domain: &str, reason: &str, message: &str) -> Fault {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Fault::Answer { status, json: body(code, domain, reason, message) }
}

/// An error in the newer shape, `google.rpc.Status`, as Docs and Sheets answer it.
pub(super) fn status(status: StatusCode, word: &str, message: &str) -> Answer {
    Answer::json(status, &status_body(status, word, message))
}

fn status_body(status: StatusCode, word: &str, message: &str) -> Value {
    json!({ "error": { "code": status.as_u16(), "message": message, "status": word } })
}

/// A fault that answers with an error in the newer shape of Google's APIs, for example
/// `status_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded")`.
#[must_use]
pub fn status_error(status: u16, word: &str, message: &str) -> Fault {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Fault::Answer { status, json: status_body(code, word, message) }
}

/// 400 in the newer shape.
pub(super) fn invalid_argument(message: &str) -> Answer {
    status(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
}

pub(super) fn bad_request(message: &str) -> Answer {
    error(StatusCode::BAD_REQUEST, "global", "badRequest", message)
}

pub(super) fn invalid(message: &str) -> Answer {
    error(StatusCode::BAD_REQUEST, "global", "invalid", message)
}

pub(super) fn not_found() -> Answer {
    error(StatusCode::NOT_FOUND, "global", "notFound", "Not Found")
}

/// 401: the token is unknown, expired or revoked.
pub(super) fn unauthenticated() -> Answer {
    let body = json!({ "error": {
        "code": 401,
        "message": "Request had invalid authentication credentials.",
        "errors": [{
            "message": "Invalid Credentials",
            "domain": "global",
            "reason": "authError",
            "location": "Authorization",
            "locationType": "header",
        }],
        "status": "UNAUTHENTICATED",
    } });
    Answer::json(StatusCode::UNAUTHORIZED, &body).with(header::WWW_AUTHENTICATE, CHALLENGE)
}

/// 403 in both shapes: the token lacks the scopes of the method.
pub(super) fn insufficient_scope(service: &str, method: &str) -> Answer {
    let body = json!({ "error": {
        "code": 403,
        "message": "Request had insufficient authentication scopes.",
        "errors": [{
            "message": "Insufficient Permission",
            "domain": "global",
            "reason": "insufficientPermissions",
        }],
        "status": "PERMISSION_DENIED",
        "details": [{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
            "metadata": { "service": service, "method": method },
        }],
    } });
    Answer::json(StatusCode::FORBIDDEN, &body)
}
