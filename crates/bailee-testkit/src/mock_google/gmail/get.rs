use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::{Value, json};

use super::mailbox::{Mail, Mailbox};
use crate::{
    mock_google::api_error,
    mock_provider::{Answer, RecordedRequest},
};

/// `messages.get`.
pub(super) fn message(mailbox: &Mailbox, request: &RecordedRequest, id: &str, reads_texts: bool) -> Answer {
    let Some(mail) = mailbox.find(id) else {
        return api_error::not_found();
    };
    match shown(mail, request, reads_texts) {
        Ok(message) => Answer::json(StatusCode::OK, &message),
        Err(answer) => answer,
    }
}

/// `threads.get`.
pub(super) fn thread(mailbox: &Mailbox, request: &RecordedRequest, id: &str, reads_texts: bool) -> Answer {
    let mails = mailbox.thread(id);
    if mails.is_empty() {
        return api_error::not_found();
    }
    if request.query("format") == Some("raw") {
        return api_error::invalid("Invalid value for format.");
    }
    let messages: Result<Vec<Value>, Answer> =
        mails.into_iter().map(|mail| shown(mail, request, reads_texts)).collect();
    match messages {
        Ok(messages) => {
            Answer::json(StatusCode::OK, &json!({ "id": id, "historyId": "90210", "messages": messages }))
        }
        Err(answer) => answer,
    }
}

/// A message in the format that was asked for; `full` unless one was.
fn shown(mail: &Mail, request: &RecordedRequest, reads_texts: bool) -> Result<Value, Answer> {
    let format = request.query("format").unwrap_or("full");
    if matches!(format, "full" | "raw") && !reads_texts {
        return Err(forbidden("Metadata scope doesn't allow format FULL"));
    }
    match format {
        "minimal" => Ok(mail.resource(None)),
        "full" => Ok(mail.resource(Some(mail.payload.clone()))),
        "metadata" => {
            let names = request.query.iter().filter(|(name, _)| name == "metadataHeaders");
            let names: Vec<&str> = names.map(|(_, value)| value.as_str()).collect();
            Ok(mail.resource(Some(mail.metadata(&names))))
        }
        "raw" => {
            let mut message = mail.resource(None);
            let raw = mail.raw.as_deref().unwrap_or_default();
            if let Some(members) = message.as_object_mut() {
                members.insert("raw".to_owned(), json!(URL_SAFE_NO_PAD.encode(raw)));
            }
            Ok(message)
        }
        _ => Err(api_error::invalid("Invalid value for format.")),
    }
}

pub(super) fn forbidden(message: &str) -> Answer {
    api_error::error(StatusCode::FORBIDDEN, "global", "forbidden", message)
}
