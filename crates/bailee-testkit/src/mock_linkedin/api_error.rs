use http::StatusCode;
use serde_json::{Value, json};

use crate::mock_provider::{Answer, Fate, Fault};

fn body(status: u16, code: Option<&str>, message: &str) -> Value {
    let mut body = json!({ "status": status, "serviceErrorCode": 100, "message": message });
    if let (Some(members), Some(code)) = (body.as_object_mut(), code) {
        members.insert("code".to_owned(), json!(code));
    }
    body
}

/// A fault that answers with an error of LinkedIn's APIs, for example
/// `api_error(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user")`.
#[must_use]
pub fn api_error(status: u16, code: &str, message: &str) -> Fault {
    Fault::Answer { status, json: body(status, Some(code), message) }
}

pub(super) fn error(status: StatusCode, code: Option<&str>, message: &str) -> Answer {
    Answer::json(status, &body(status.as_u16(), code, message))
}

pub(super) fn unauthorized(fate: Fate) -> Answer {
    let (code, message) = match fate {
        Fate::Expired => ("EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
        Fate::Revoked => {
            ("REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user")
        }
        _ => ("INVALID_ACCESS_TOKEN", "Invalid access token"),
    };
    error(StatusCode::UNAUTHORIZED, Some(code), message)
}

pub(super) fn forbidden(resource: &str) -> Answer {
    error(StatusCode::FORBIDDEN, None, &format!("Not enough permissions to access: {resource}"))
}

pub(super) fn unprocessable(message: &str) -> Answer {
    error(StatusCode::UNPROCESSABLE_ENTITY, None, message)
}

/// The same text as that of an earlier post.
pub(super) fn duplicate(urn: &str) -> Answer {
    let body = json!({
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": format!("Content is a duplicate of {urn}"),
        "errorDetails": {
            "inputErrors": [{ "description": "Duplicate post is detected", "code": "DUPLICATE_POST" }],
        },
        "status": 422,
    });
    Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &body)
}
