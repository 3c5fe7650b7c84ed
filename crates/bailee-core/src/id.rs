use std::{borrow::Borrow, convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// A text that cannot be an id. The text itself is not repeated: it may be anything a caller sent.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{what} {problem}")]
#[non_exhaustive]
pub struct InvalidId {
    /// What was to be named, for example `user id`.
    pub what: &'static str,
    /// What is wrong with it.
    pub problem: IdProblem,
}

/// Why a text cannot be an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdProblem {
    /// It holds a character that this kind of id does not allow.
    Character,
    /// It is empty.
    Empty,
    /// It is longer than this many bytes.
    TooLong(usize),
}

impl fmt::Display for IdProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character => f.write_str("holds a character that is not allowed"),
            Self::Empty => f.write_str("is empty"),
            Self::TooLong(max) => write!(f, "is longer than {max} bytes"),
        }
    }
}

impl From<Infallible> for InvalidId {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn check(
    what: &'static str,
    text: &str,
    max: usize,
    allowed: impl Fn(usize, char) -> bool,
) -> Result<(), InvalidId> {
    let problem = if text.is_empty() {
        IdProblem::Empty
    } else if text.len() > max {
        IdProblem::TooLong(max)
    } else if text.chars().enumerate().any(|(index, character)| !allowed(index, character)) {
        IdProblem::Character
    } else {
        return Ok(());
    };
    Err(InvalidId { what, problem })
}

fn printable(_index: usize, character: char) -> bool {
    !character.is_control()
}

fn snake_case(index: usize, character: char) -> bool {
    character.is_ascii_lowercase() || (index > 0 && (character.is_ascii_digit() || character == '_'))
}

fn word(_index: usize, character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            #[doc = concat!("Takes a ", $what, " of 1 to ", stringify!($max), " bytes, kept to the letter: case and blanks count.")]
            ///
            /// # Errors
            /// [`InvalidId`] when it is empty, too long, or holds a character that is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check($what, &text, $max, $allowed)?;
                Ok(Self(text.into_boxed_str()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// So that a map is searched by the text that a caller has.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;
            fn try_from(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id!(
    /// The immutable id of an account at its provider, for example an OpenID Connect `sub`. Never an e-mail address.
    AccountId, "account id", 255, printable
);
text_id!(
    /// The `client_id` of an OAuth registration (RFC 6749 §2.2). Public; its secret is elsewhere.
    ClientId, "client id", 255, printable
);
text_id!(
    /// An organization of the host.
    OrganizationId, "organization id", 128, printable
);
text_id!(
    /// A profile: one agent of an owner.
    ProfileId, "profile id", 128, printable
);
text_id!(
    /// The key of a provider or of one of its aliases: lower-case letters, digits and underscores.
    ProviderKey, "provider", 32, snake_case
);
text_id!(
    /// The name of a secret: 1 to 128 characters of `[A-Za-z0-9_.-]`.
    SecretName, "secret name", 128, word
);
text_id!(
    /// The name of a sink of events: 1 to 64 characters of `[A-Za-z0-9_.-]`, the same in every process and version.
    SinkName, "sink name", 64, word
);
text_id!(
    /// A thread: a conversation with another agent.
    ThreadId, "thread id", 128, printable
);
text_id!(
    /// The name of a tool: 1 to 128 characters of `[A-Za-z0-9_.-]` (Model Context Protocol, server/tools).
    ToolName, "tool name", 128, word
);
text_id!(
    /// A user of the host.
    UserId, "user id", 128, printable
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id of UUID version 7 (RFC 9562 §5.7): `unix_ms` orders, `random` makes it unique.
            #[must_use]
            pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }

            /// The UUID.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        /// Lower-case and hyphenated, the form that is sealed and stored.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        /// Only the hyphenated form of 36 characters, in any case.
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId { what: $what, problem: IdProblem::Character };
                if text.len() != 36 {
                    return Err(invalid);
                }
                text.parse().map(Self).map_err(|_| invalid)
            }
        }
    };
}

uuid_id!(
    /// An event: the same however often and to however many sinks it is delivered.
    EventId, "event id"
);
uuid_id!(
    /// A pending flow: one connect that was begun and not yet finished.
    FlowId, "flow id"
);
uuid_id!(
    /// An integration: one connected account.
    IntegrationId, "integration id"
);
uuid_id!(
    /// An entry of the ledger.
    LedgerId, "ledger id"
);
uuid_id!(
    /// A message of the outbox.
    OutboxId, "outbox id"
);
uuid_id!(
    /// A run of an agent.
    RunId, "run id"
);
uuid_id!(
    /// A named secret.
    SecretId, "secret id"
);
uuid_id!(
    /// A task that a person decides.
    TaskId, "task id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_to_the_letter() -> Result<(), InvalidId> {
        assert_ne!(UserId::new("u1")?, UserId::new("U1")?);
        assert_ne!(UserId::new("u1")?, UserId::new("u1 ")?);
        Ok(())
    }

    #[test]
    fn an_empty_long_or_unprintable_id_says_what_is_wrong() {
        let problem = |text: &str| UserId::new(text).map(drop).map_err(|error| error.to_string());
        assert_eq!(problem(""), Err("user id is empty".to_owned()));
        assert_eq!(problem(&"u".repeat(129)), Err("user id is longer than 128 bytes".to_owned()));
        assert_eq!(problem("u\0"), Err("user id holds a character that is not allowed".to_owned()));
    }

    #[test]
    fn a_provider_key_is_snake_case() {
        assert!(ProviderKey::new("google_calendar").is_ok());
        for wrong in ["Google", "1password", "google-calendar", "_x"] {
            assert!(ProviderKey::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_integration_id_reads_back_as_it_prints() -> Result<(), InvalidId> {
        let id = IntegrationId::from_parts(1_700_000_000_000, [7; 10]);
        assert_eq!(id.to_string().parse::<IntegrationId>()?, id);
        assert!(id.as_uuid().get_version_num() == 7);
        assert!("0".repeat(32).parse::<IntegrationId>().is_err(), "no second spelling");
        Ok(())
    }

    #[test]
    fn a_deserialized_id_is_checked_too() {
        assert!(serde_json::from_str::<UserId>("\"\"").is_err());
    }
}
