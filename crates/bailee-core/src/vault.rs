use std::fmt::{self, Debug};

use secrecy::SecretSlice;

use crate::{Owner, ProviderKey, VaultError};

/// Seals what must not be read at rest, and opens it again, with a ring of keys.
///
/// The record format is `docs/sealed-record.md` of the vault crate; another implementation may use another, as long
/// as a record opens only in the context that it was sealed for.
pub trait Vault: Debug + Send + Sync {
    /// Encrypts `plaintext` for exactly this context under the primary key.
    ///
    /// # Behaviour
    /// - Two seals of the same plaintext differ.
    /// - The record names its key, as [`KeyId::of_record`] reads it.
    /// - An empty plaintext is sealed like any other.
    ///
    /// # Errors
    /// [`VaultError::Failed`] when the random source fails.
    fn seal(&self, context: &SealContext<'_>, plaintext: &[u8]) -> Result<Sealed, VaultError>;

    /// Decrypts a record.
    ///
    /// # Behaviour
    /// - Opens records of every key of the ring.
    /// - Any other context, any changed or missing byte is refused; nothing of the plaintext is then left in memory.
    ///
    /// # Errors
    /// [`VaultError::UnsupportedFormat`], [`VaultError::KeyRetired`], [`VaultError::KeyUnavailable`] or
    /// [`VaultError::Tampered`].
    fn open(&self, context: &SealContext<'_>, record: &[u8]) -> Result<SecretSlice<u8>, VaultError>;

    /// A keyed digest of `bytes` (HMAC-SHA256 under a key derived from the primary key): for values that must be
    /// compared and must not be guessed.
    ///
    /// # Behaviour
    /// - Differs for each purpose, and for each primary key.
    fn mac(&self, purpose: MacPurpose, bytes: &[u8]) -> [u8; 32];

    /// SHA-256 of `bytes`: for random values of 256 bits, which need no key.
    fn digest(&self, bytes: &[u8]) -> [u8; 32];

    /// The key that seals now.
    fn primary(&self) -> KeyId;
}

/// The first 8 bytes of a key's derived identity; prints as 16 hexadecimal digits. Reveals nothing of the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The id of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The key that a sealed record names, in its bytes 2 to 9: so a store can count records by key without opening one.
    /// `None` for bytes that are too short to be a record.
    #[must_use]
    pub fn of_record(record: &[u8]) -> Option<Self> {
        record.get(2..)?.first_chunk().copied().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// Reads the 16 hexadecimal digits that it prints.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A sealed record and the key that sealed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The record. Ciphertext: safe to store, of no use in a log.
    pub bytes: Vec<u8>,
    /// The key, so that a rotation can find it. The bytes 2 to 9 of the record are the same: [`KeyId::of_record`].
    pub key: KeyId,
}

impl Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("key", &self.key).field("len", &self.bytes.len()).finish()
    }
}

/// What a record is sealed for. It opens for exactly the same and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct SealContext<'a> {
    /// What kind of secret.
    pub purpose: SealPurpose,
    /// Whose.
    pub owner: &'a Owner,
    /// The lower-case hyphenated id of the row, flow or message that holds it.
    pub id: &'a str,
    /// Of which provider.
    pub provider: &'a ProviderKey,
    /// The `secret_epoch` of the row; 1 for what is written once.
    pub epoch: u64,
}

/// What kind of secret a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealPurpose {
    /// The token of a bot.
    BotToken,
    /// A bank enrollment.
    Enrollment,
    /// A kept result of a call.
    Idempotency,
    /// Access and refresh tokens.
    OAuthTokens,
    /// What an outbox message must carry.
    Outbox,
    /// The verifier of a pending flow, and the code parked in it.
    PkceVerifier,
    /// The password of a mail account.
    SmtpPassword,
    /// A named secret of the user.
    UserSecret,
    /// The signing secret of a webhook.
    WebhookSecret,
}

impl SealPurpose {
    /// The word that is bound into the record.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BotToken => "bot_token",
            Self::Enrollment => "enrollment",
            Self::Idempotency => "idempotency",
            Self::OAuthTokens => "oauth_tokens",
            Self::Outbox => "outbox",
            Self::PkceVerifier => "pkce_verifier",
            Self::SmtpPassword => "smtp_password",
            Self::UserSecret => "user_secret",
            Self::WebhookSecret => "webhook_secret",
        }
    }
}

/// What a keyed digest is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MacPurpose {
    /// Arguments of a call, in the ledger.
    Arguments,
    /// The key of an idempotent call.
    IdempotencyKey,
    /// State of ours that a client keeps between two requests.
    RequestState,
}

impl MacPurpose {
    /// The word that is bound into the digest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arguments => "arguments",
            Self::IdempotencyKey => "idempotency_key",
            Self::RequestState => "request_state",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_reads_back_as_it_prints() {
        let kid = KeyId::new([0xE1, 0x39, 0xE8, 0x46, 0x68, 0x2A, 0xD7, 0x00]);
        assert_eq!(kid.to_string(), "e139e846682ad700");
        assert_eq!(KeyId::from_hex("e139e846682ad700"), Some(kid));
        assert_eq!(KeyId::from_hex("+139e846682ad700"), None);
    }
}
