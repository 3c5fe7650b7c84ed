use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{IdProblem, IntegrationId, InvalidId, OAuthScopes, Owner, ProfileId, ProviderKey};

/// The id of a [`ConnectRequest`]: 128 random bits. It names a page and opens nothing: the owner must be signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectRequestId([u8; 16]);

impl ConnectRequestId {
    /// The id of these random bytes.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for ConnectRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One spelling only: the one that it prints.
impl FromStr for ConnectRequestId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { what: "connect request id", problem: IdProblem::Character };
        let spelt = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| spelt).ok_or(invalid)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for ConnectRequestId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An agent asked its owner to connect an account. The owner alone can see and follow it, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectRequest {
    /// Its id.
    pub id: ConnectRequestId,
    /// Who is asked.
    pub owner: Owner,
    /// What to connect: the key of a provider, or one of its aliases.
    pub provider: ProviderKey,
    /// The integration to connect again; `None` for a first connect.
    pub integration: Option<IntegrationId>,
    /// The OAuth scopes that the agent lacks; none where nothing is connected.
    pub scopes: OAuthScopes,
    /// The profile whose agent asked.
    pub profile: ProfileId,
    /// The client of the agent, as it names itself: at most [`ConnectRequest::MAX_CLIENT`] characters, none of them a
    /// control character.
    pub client: Option<String>,
    /// Until when it can be followed, by the store's clock. Ignored by `put_request`, which takes a lifetime.
    pub expires_at: DateTime<Utc>,
}

impl ConnectRequest {
    /// The longest name of a client, in characters.
    pub const MAX_CLIENT: usize = 100;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_prints_and_in_no_other_spelling() -> Result<(), InvalidId> {
        let id = ConnectRequestId::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 254, 255]);
        assert_eq!(id.to_string(), "000102030405060708090a0b0c0dfeff");
        assert_eq!(id.to_string().parse::<ConnectRequestId>()?, id);
        for other in ["", "0", "000102030405060708090A0B0C0DFEFF", "+00102030405060708090a0b0c0dfeff"] {
            assert!(other.parse::<ConnectRequestId>().is_err(), "{other}");
        }
        Ok(())
    }
}
