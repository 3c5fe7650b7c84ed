use std::collections::BTreeMap;

use http_tests::{Answer, parameter};

/// What browsers were answered: status, headers and bodies.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    bytes: Vec<u8>,
    /// What a page or a browser must be handed to go on with, and nobody else may see, with its name.
    shown: BTreeMap<String, &'static str>,
    request_ids: Vec<String>,
}

impl Answers {
    /// Takes in an answer and hands it on.
    pub fn keep(&mut self, answer: Answer) -> Answer {
        self.bytes.extend(format!("{}\n", answer.status).bytes());
        for (name, value) in &answer.headers {
            let text = String::from_utf8_lossy(value.as_bytes());
            match name.as_str() {
                "set-cookie" => {
                    self.show("nonce", text.split([';', '=']).nth(1).unwrap_or_default());
                }
                "location" => self.location(&text),
                "x-request-id" => self.request_ids.push(text.clone().into_owned()),
                _ => {}
            }
            self.bytes.extend(format!("{name}: ").bytes());
            self.bytes.extend(value.as_bytes());
            self.bytes.push(b'\n');
        }
        self.bytes.extend(&answer.body);
        self.bytes.push(b'\n');
        answer
    }

    /// A page is handed `state` and the handle in its address.
    fn location(&mut self, text: &str) {
        if let Ok(address) = text.parse() {
            for (parameter_name, name) in [("code", "handle"), ("state", "state")] {
                self.show(name, &parameter(&address, parameter_name).unwrap_or_default());
            }
        }
    }

    /// Notes what a browser was rightly shown.
    pub fn show(&mut self, name: &'static str, secret: &str) {
        if !secret.is_empty() {
            self.shown.insert(secret.to_owned(), name);
        }
    }

    /// What browsers were rightly shown: each, and what it is.
    pub fn shown(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.shown.iter().map(|(secret, name)| (secret.as_str(), *name))
    }

    /// Whether a browser was rightly shown this.
    #[must_use]
    pub fn has_shown(&self, text: &str) -> bool {
        self.shown.contains_key(text)
    }

    /// Whether a request was named by the beginning of this text: then it is no secret.
    #[must_use]
    pub fn names_a_request(&self, text: &str) -> bool {
        self.request_ids.iter().any(|id| text.starts_with(id.as_str()))
    }

    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
