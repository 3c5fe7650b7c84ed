use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chrono::{DateTime, Utc};
use http::StatusCode;

use super::{
    mailbox::{Mail, Mailbox},
    mime::Message,
};
use crate::{
    mock_google::{GoogleAccount, api_error},
    mock_provider::{Answer, RecordedRequest},
};

/// With padding or without.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const SNIPPET: usize = 100;

/// `messages.send`: to whom the headers say. What Gmail adds is a sender, a date and a message id, where they are not there.
pub(super) fn send(
    mailbox: &mut Mailbox,
    account: &GoogleAccount,
    request: &RecordedRequest,
    now: DateTime<Utc>,
) -> Answer {
    let text = |name: &str| request.json.as_ref()?.get(name)?.as_str();
    let raw =
        text("raw").and_then(|raw| BASE64URL.decode(raw).ok()).and_then(|raw| String::from_utf8(raw).ok());
    let Some((raw, mut message)) = raw.and_then(|raw| Some((raw.clone(), Message::read(&raw)?))) else {
        return invalid_argument(
            "'raw' RFC822 payload message string or uploading message via /upload/* URL required",
        );
    };
    let recipients = ["To", "Cc", "Bcc"].into_iter().filter_map(|name| message.header(name));
    if !recipients.into_iter().any(|list| list.contains('@')) {
        return invalid_argument("Recipient address required");
    }
    let id = mailbox.next_id();
    let thread_id = match text("threadId") {
        Some(thread) if mailbox.thread(thread).is_empty() => return api_error::not_found(),
        Some(thread) if belongs(mailbox, thread, &message) => thread.to_owned(),
        _ => id.clone(),
    };
    let added = [
        ("From", account.email.clone()),
        ("Date", now.to_rfc2822()),
        ("Message-ID", format!("<{id}@mail.gmail.test>")),
    ];
    for (name, value) in added {
        if message.header(name).is_none() {
            message.headers.push((name.to_owned(), value));
        }
    }
    let mail = Mail {
        id,
        thread_id,
        labels: vec!["SENT".to_owned()],
        snippet: String::from_utf8_lossy(&message.body).chars().take(SNIPPET).collect(),
        date: now.timestamp_millis(),
        payload: message.payload(),
        raw: Some(raw),
    };
    let sent = serde_json::json!({ "id": mail.id, "threadId": mail.thread_id, "labelIds": mail.labels });
    mailbox.mails.push(mail);
    Answer::json(StatusCode::OK, &sent)
}

/// Whether an answer names a message of the thread and has its subject.
fn belongs(mailbox: &Mailbox, thread: &str, message: &Message) -> bool {
    let (Some(answered), Some(references)) = (message.header("In-Reply-To"), message.header("References"))
    else {
        return false;
    };
    let subject = subject(message.header("Subject"));
    mailbox.thread(thread).into_iter().any(|mail| {
        let id = mail.header("Message-ID").unwrap_or_default();
        !id.is_empty()
            && answered.contains(id)
            && references.contains(id)
            && self::subject(mail.header("Subject")) == subject
    })
}

/// Without what answers put before it.
fn subject(header: Option<&str>) -> String {
    let mut subject = header.unwrap_or_default().trim().to_lowercase();
    while let Some(rest) = subject.strip_prefix("re:") {
        subject = rest.trim().to_owned();
    }
    subject
}

fn invalid_argument(message: &str) -> Answer {
    api_error::error(StatusCode::BAD_REQUEST, "global", "invalidArgument", message)
}
