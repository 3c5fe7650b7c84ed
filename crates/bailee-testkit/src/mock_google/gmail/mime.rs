//! Reads a message (RFC 5322, RFC 2045, RFC 2047) as a server would that is not strict: every line break ends a line.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// A message of one part.
#[derive(Debug)]
pub(super) struct Message {
    /// Names as they are written, values unfolded and with their encoded words decoded.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// `None` where a line before the empty one is no header.
    pub(super) fn read(raw: &str) -> Option<Self> {
        let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
        let (head, body) = raw.split_once("\n\n")?;
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in head.split('\n') {
            if line.starts_with([' ', '\t']) {
                let (_, value) = headers.last_mut()?;
                value.push_str(line);
            } else {
                let (name, value) = line.split_once(':')?;
                let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
                headers.push((is_name.then(|| name.to_owned())?, value.trim_start().to_owned()));
            }
        }
        let encoding = first(&headers, "Content-Transfer-Encoding").unwrap_or("7bit").to_ascii_lowercase();
        let body = match encoding.trim() {
            "base64" => STANDARD.decode(body.replace('\n', "")).ok()?,
            "quoted-printable" => quoted_printable(&body.replace("=\n", ""))?,
            _ => body.as_bytes().to_vec(),
        };
        for (_, value) in &mut headers {
            *value = decoded_words(value);
        }
        Some(Self { headers, body })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The `MessagePart` of Gmail's description.
    pub(super) fn payload(&self) -> Value {
        let mime_type = self.header("Content-Type").and_then(|value| value.split(';').next());
        let headers: Vec<Value> =
            self.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        json!({
            "partId": "",
            "mimeType": mime_type.unwrap_or("text/plain").trim(),
            "filename": "",
            "headers": headers,
            "body": { "size": self.body.len(), "data": URL_SAFE_NO_PAD.encode(&self.body) },
        })
    }
}

fn first<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(mine, _)| mine.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// RFC 2045 §6.7, after its soft line breaks.
fn quoted_printable(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}

/// RFC 2047; blanks between two encoded words are none of the text.
fn decoded_words(value: &str) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for piece in value.split_inclusive(' ') {
        let Some(word) = decoded_word(piece.trim_matches([' ', '\t'])) else {
            text.push_str(piece);
            after_word = after_word && piece.trim().is_empty();
            continue;
        };
        if after_word {
            text.truncate(text.trim_end_matches([' ', '\t']).len());
        }
        text.push_str(&word);
        text.push_str(if piece.ends_with(' ') { " " } else { "" });
        after_word = true;
    }
    text
}

fn decoded_word(word: &str) -> Option<String> {
    let word = word.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut parts = word.split('?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(text).ok()?,
        "Q" | "q" => quoted_printable(&text.replace('_', " "))?,
        _ => return None,
    };
    charset.eq_ignore_ascii_case("utf-8").then(|| String::from_utf8(bytes).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_unfolded_and_decoded() -> Result<(), &'static str> {
        let raw = "To: a@x.test,\r\n b@x.test\r\nSubject: Re: =?UTF-8?B?w4Q=?=\r\n =?utf-8?q?=C3=96_!?= end\r\n\r\nbody";
        let message = Message::read(raw).ok_or("no message")?;
        assert_eq!(message.header("to"), Some("a@x.test, b@x.test"));
        assert_eq!(message.header("Subject"), Some("Re: ÄÖ ! end"));
        assert_eq!(message.body, b"body");
        Ok(())
    }

    #[test]
    fn bodies_are_decoded() -> Result<(), &'static str> {
        for (encoding, body) in [("base64", "w4R0\r\nZWE="), ("quoted-printable", "=C3=84t=\r\nea")] {
            let raw = format!("Content-Transfer-Encoding: {encoding}\r\n\r\n{body}");
            assert_eq!(Message::read(&raw).ok_or("no message")?.body, "Ätea".as_bytes(), "{encoding}");
        }
        Ok(())
    }

    #[test]
    fn what_has_no_headers_is_no_message() {
        for raw in ["", "body", "no header\r\n\r\nbody", " folded\r\n\r\nbody", "a b: c\r\n\r\nbody"] {
            assert!(Message::read(raw).is_none(), "{raw}");
        }
    }
}
