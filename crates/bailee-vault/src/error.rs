use std::{fmt, io};

use bailee_core::{KeyId, KeySourceError};

/// Why there is no key ring. Says where to look, never what was there.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRingError {
    /// Both ways to hand over the keys are in use.
    #[error("both {variable} and {variable}_FILE are set: keep one of them")]
    BothSet {
        /// The variable that holds keys.
        variable: String,
    },
    /// The random source failed; no key was made.
    #[error("the random source failed, no key was made")]
    Entropy,
    /// One of the keys is not a key.
    #[error("{origin}: key {index} {problem}")]
    Key {
        /// Where the keys came from.
        origin: Origin,
        /// Which of them, counted from 1.
        index: usize,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// There are no keys.
    #[error("neither {variable} nor {variable}_FILE is set: bailee does not start without a key")]
    Missing {
        /// The variable that should hold keys.
        variable: String,
    },
    /// The source has no key of an id that is needed.
    #[error("the source of the keys has no key {kid}")]
    NoSuchKey {
        /// The id.
        kid: KeyId,
    },
    /// The source gave a key of another id than the one that was asked for.
    #[error("the source of the keys gave another key for {kid}")]
    OtherKey {
        /// The id that was asked for.
        kid: KeyId,
    },
    /// One of the retired ids is no id.
    #[error("{variable}: entry {index} is no key id of 16 hexadecimal digits")]
    Retired {
        /// The variable that holds them.
        variable: String,
        /// Which of them, counted from 1.
        index: usize,
    },
    /// The key that seals cannot be retired.
    #[error("the key {kid} seals, and cannot be retired")]
    RetiredPrimary {
        /// Its id.
        kid: KeyId,
    },
    /// The source gave no keys.
    #[error(transparent)]
    Source(#[from] KeySourceError),
    /// Where the keys should be cannot be read as text.
    #[error("{origin} cannot be read ({kind})")]
    Unreadable {
        /// Where the keys should be.
        origin: Origin,
        /// How it failed.
        kind: io::ErrorKind,
    },
}

/// Where keys come from. A path is never shown: somebody may have put a key in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A file that the program named.
    File,
    /// The file that this variable names.
    FileOf(String),
    /// A source of keys.
    Source,
    /// A text that the program gave.
    Text,
    /// This variable.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the key file"),
            Self::FileOf(variable) => write!(f, "the file named by {variable}"),
            Self::Source => f.write_str("the source of the keys"),
            Self::Text => f.write_str("the text with the keys"),
            Self::Variable(variable) => f.write_str(variable),
        }
    }
}

/// What is wrong with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyProblem {
    /// All its bytes are equal: a placeholder.
    AllEqual,
    /// It is this earlier key again, counted from 1.
    Duplicate(usize),
    /// There is nothing.
    Empty,
    /// It has this many bytes, not 32.
    Length(usize),
    /// It is not base64 (RFC 4648 §4).
    NotBase64,
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllEqual => f.write_str("is a placeholder: all its bytes are equal"),
            Self::Duplicate(of) => write!(f, "is the same as key {of}"),
            Self::Empty => f.write_str("is empty"),
            Self::Length(length) => write!(f, "has {length} bytes: 32 are needed"),
            Self::NotBase64 => f.write_str("is not base64"),
        }
    }
}
