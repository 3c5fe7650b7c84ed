//! A message as it is sent (RFC 5322), built so that no text of it can become a header.
//!
//! Texts of headers have no control characters; what is not ASCII becomes encoded words (RFC 2047), and the body is in
//! base64 (RFC 2045 §6.8), so that its lines are none of the message.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::message::GmailMessage;
use crate::{arguments::invalid, google::tools::is_address};
use bailee_core::ProviderError;

/// RFC 5322 §2.1.1, far below what no line may exceed.
pub(super) const MAX_SUBJECT: usize = 250;
/// Of an encoded word (RFC 2047 §2) this many bytes fit, in whole characters.
const ENCODED_WORD: usize = 45;
const BODY_LINE: usize = 76;
/// The newest of them are enough for a thread.
const MAX_REFERENCES: usize = 20;
const MAX_MESSAGE_ID: usize = 250;
const FOLD: &str = "\r\n ";

/// The headers so far.
#[derive(Debug, Default)]
pub(super) struct Mail {
    headers: String,
}

impl Mail {
    /// A header of addresses, each alone or as `Name <address>`; none where there are none.
    ///
    /// # Errors
    /// [`ProviderError::InvalidArguments`] with the first that is no single address.
    pub(super) fn people(
        &mut self,
        name: &str,
        people: &[String],
        pointer: &str,
    ) -> Result<(), ProviderError> {
        let mailboxes = people.iter().enumerate().map(|(index, text)| {
            let pointer = format!("{pointer}/{index}");
            plain(text, &pointer)?;
            mailbox(text).ok_or_else(|| invalid(&pointer, "is not an e-mail address"))
        });
        let mailboxes = mailboxes.collect::<Result<Vec<_>, _>>()?;
        if !mailboxes.is_empty() {
            self.line(name, &mailboxes.join(&format!(",{FOLD}")));
        }
        Ok(())
    }

    /// The subject.
    ///
    /// # Errors
    /// [`ProviderError::InvalidArguments`] when it holds control characters.
    pub(super) fn subject(&mut self, subject: &str) -> Result<(), ProviderError> {
        plain(subject, "/subject")?;
        self.line("Subject", &unstructured(subject));
        Ok(())
    }

    /// What makes it an answer to this message (RFC 5322 §3.6.4).
    pub(super) fn answers(&mut self, parent: &GmailMessage) {
        let Some(answered) = message_ids(parent.header("Message-ID")).pop() else { return };
        let mut references = message_ids(parent.header("References"));
        references.retain(|id| *id != answered);
        references.push(answered);
        let newest = references.len().saturating_sub(MAX_REFERENCES);
        self.line("In-Reply-To", answered);
        self.line("References", &references.split_off(newest).join(FOLD));
    }

    /// The whole message with this text.
    pub(super) fn with_text(mut self, text: &str) -> String {
        self.line("MIME-Version", "1.0");
        self.line("Content-Type", "text/plain; charset=utf-8");
        self.line("Content-Transfer-Encoding", "base64");
        let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        let mut rest = STANDARD.encode(text);
        let mut message = self.headers + "\r\n";
        while !rest.is_empty() {
            let next = rest.split_off(rest.len().min(BODY_LINE));
            message.push_str(&rest);
            message.push_str("\r\n");
            rest = next;
        }
        message
    }

    fn line(&mut self, name: &str, value: &str) {
        self.headers.push_str(name);
        self.headers.push_str(": ");
        self.headers.push_str(value);
        self.headers.push_str("\r\n");
    }
}

/// A control character in a header would end it, and could begin another.
fn plain(text: &str, pointer: &str) -> Result<(), ProviderError> {
    if text.chars().any(char::is_control) {
        return Err(invalid(pointer, "holds control characters"));
    }
    Ok(())
}

/// `address` or `Name <address>`.
fn mailbox(text: &str) -> Option<String> {
    let text = text.trim();
    let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) else {
        return is_address(text).then(|| text.to_owned());
    };
    if !is_address(address) {
        return None;
    }
    let name = name.trim();
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    Some(match name {
        "" => address.to_owned(),
        name if name.is_ascii() => {
            format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\""))
        }
        name => format!("{} <{address}>", encoded_words(name)),
    })
}

/// A text that has no structure (RFC 5322 §2.2.1).
fn unstructured(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { encoded_words(text) }
}

/// RFC 2047 §2, with the B encoding.
fn encoded_words(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for character in text.chars() {
        if word.len() + character.len_utf8() > ENCODED_WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(character);
    }
    words.push(word);
    let words: Vec<String> =
        words.into_iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join(FOLD)
}

/// The message ids of a header that somebody else wrote; what is none is left out.
fn message_ids(header: Option<&str>) -> Vec<&str> {
    let is_message_id = |id: &&str| {
        let inside = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
        id.len() <= MAX_MESSAGE_ID
            && inside.is_some_and(|inside| {
                inside.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>')
            })
    };
    header.unwrap_or_default().split_ascii_whitespace().filter(is_message_id).collect()
}
