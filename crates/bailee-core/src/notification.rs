use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use crate::ToolAccount;

/// News for the owner, of the platform that they use: a run has finished, a ticket waits.
///
/// ```
/// use bailee_core::Notification;
///
/// let news = Notification::new("playbook.finished", "Backup", "All 12 steps are done.")?;
/// assert_eq!(news.event(), "playbook.finished");
/// assert!(Notification::new("playbook finished", "Backup", "").is_err());
/// # Ok::<(), bailee_core::InvalidNotification>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    event: String,
    title: String,
    text: String,
    url: Option<Url>,
    data: Map<String, Value>,
}

/// A notification cannot be sent as it is.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the {field} of the notification {problem}")]
pub struct InvalidNotification {
    /// Which part.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Notification {
    /// The longest title, in characters.
    pub const TITLE: usize = 200;
    /// The longest text, in characters.
    pub const TEXT: usize = 4_000;
    /// The largest data, in bytes of JSON.
    pub const DATA: usize = 16_384;

    /// News of a kind, such as `playbook.finished`, with one line above a text.
    ///
    /// # Errors
    /// [`InvalidNotification`] when the kind is not of 1 to 100 letters, digits and underscores between full stops
    /// (Standard Webhooks, "Event types"), the title is empty, longer than [`Notification::TITLE`] or of several lines, or
    /// the text is longer than [`Notification::TEXT`] or holds control characters other than line breaks and tabs.
    pub fn new(
        event: impl Into<String>,
        title: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<Self, InvalidNotification> {
        let (event, title, text) = (event.into(), title.into(), text.into());
        let wrong = |field, problem| Err(InvalidNotification { field, problem });
        let word = |word: &str| {
            !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        if event.len() > 100 || !event.split('.').all(word) {
            return wrong("event", "must be words of letters, digits and underscores between full stops");
        }
        if title.trim().is_empty() || title.chars().count() > Self::TITLE {
            return wrong("title", "must have 1 to 200 characters");
        }
        if title.chars().any(char::is_control) {
            return wrong("title", "must be one line");
        }
        if text.chars().count() > Self::TEXT {
            return wrong("text", "must have at most 4000 characters");
        }
        if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
            return wrong("text", "must not hold control characters");
        }
        Ok(Self { event, title, text, url: None, data: Map::new() })
    }

    /// With an address where there is more.
    ///
    /// # Errors
    /// [`InvalidNotification`] for an address that is not of the web.
    pub fn with_url(mut self, url: Url) -> Result<Self, InvalidNotification> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidNotification { field: "url", problem: "must be an address of the web" });
        }
        self.url = Some(url);
        Ok(self)
    }

    /// With facts for programs. People do not see them.
    ///
    /// # Errors
    /// [`InvalidNotification`] above [`Notification::DATA`].
    pub fn with_data(mut self, data: Map<String, Value>) -> Result<Self, InvalidNotification> {
        if Value::Object(data.clone()).to_string().len() > Self::DATA {
            return Err(InvalidNotification { field: "data", problem: "must have at most 16384 bytes" });
        }
        self.data = data;
        Ok(self)
    }

    /// What kind of news it is.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }

    /// One line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The text; may be empty.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where there is more.
    #[must_use]
    pub const fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// Facts for programs.
    #[must_use]
    pub const fn data(&self) -> &Map<String, Value> {
        &self.data
    }
}

/// A notification on its way through one channel.
#[derive(Clone, Copy, Debug)]
pub struct Notify<'a> {
    /// The channel.
    pub account: &'a ToolAccount<'a>,
    /// What to say.
    pub notification: &'a Notification,
    /// Its id: the same at each attempt, so that a receiver recognises repetitions.
    pub id: Uuid,
    /// When it was said.
    pub said_at: DateTime<Utc>,
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// A notification that the channel took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// What the channel calls it; at most 200 characters.
    pub reference: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_channel_could_carry_is_refused_by_its_field() {
        let field = |event: &str, title: &str, text: &str| {
            Notification::new(event, title, text).map(drop).map_err(|error| error.field)
        };
        assert_eq!(field("a.b_1", "x", "two\nlines"), Ok(()));
        for event in ["", ".", "a.", "a b", "a-b", "ä", &"a".repeat(101)] {
            assert_eq!(field(event, "x", ""), Err("event"), "{event}");
        }
        for title in ["", " ", "a\r\nb", "a\u{7}", &"a".repeat(201)] {
            assert_eq!(field("a", title, ""), Err("title"), "{title:?}");
        }
        for text in ["\u{0}", "\u{1b}[0m", &"a".repeat(4_001)] {
            assert_eq!(field("a", "x", text), Err("text"));
        }
    }

    #[test]
    fn addresses_of_the_web_alone_are_carried() -> Result<(), Box<dyn std::error::Error>> {
        let news = Notification::new("a", "b", "c")?;
        assert!(news.clone().with_url("https://app.example/runs/1".parse()?).is_ok());
        assert!(news.with_url("javascript:alert(1)".parse()?).is_err());
        Ok(())
    }
}
