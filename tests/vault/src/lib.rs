//! What the tests of the vault share: places to seal for, and known answers.

use anyhow::Context as _;
use serde_json::Value;

use bailee_core::{Owner, ProviderKey, SealContext, SealPurpose};

/// The known answer of the project.
pub const OWN_VECTOR: &str = include_str!("../../../crates/bailee-vault/tests/vectors/seal-v1.json");

/// Where a record is sealed for; lends its parts to a [`SealContext`].
#[derive(Clone, Debug)]
pub struct Place {
    /// What kind of secret.
    pub purpose: SealPurpose,
    /// Whose.
    pub owner: Owner,
    /// The row.
    pub id: String,
    /// The provider.
    pub provider: ProviderKey,
    /// The epoch.
    pub epoch: u64,
}

impl Place {
    /// The row `int_1` of `user_1` in `org_1` at Google, epoch 7: the place of the known answer.
    ///
    /// # Errors
    /// None.
    pub fn known() -> anyhow::Result<Self> {
        Ok(Self {
            purpose: SealPurpose::OAuthTokens,
            owner: Owner::member("org_1", "user_1")?,
            id: "int_1".to_owned(),
            provider: ProviderKey::new("google")?,
            epoch: 7,
        })
    }

    /// As the vault takes it.
    #[must_use]
    pub fn context(&self) -> SealContext<'_> {
        SealContext {
            purpose: self.purpose,
            owner: &self.owner,
            id: &self.id,
            provider: &self.provider,
            epoch: self.epoch,
        }
    }
}

/// What every known answer has, whatever else it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAnswer {
    /// The key.
    pub key: Vec<u8>,
    /// Its id, as it prints.
    pub kid: String,
    /// The salt.
    pub salt: Vec<u8>,
    /// What was sealed.
    pub plaintext: Vec<u8>,
    /// What came of it.
    pub record: Vec<u8>,
}

impl KnownAnswer {
    /// Reads an answer for [`Place::known`].
    ///
    /// # Errors
    /// When the JSON lacks one of the members.
    pub fn read(json: &str) -> anyhow::Result<Self> {
        let json: Value = serde_json::from_str(json)?;
        let text = |name: &str| json.get(name).and_then(Value::as_str).with_context(|| format!("no {name}"));
        Ok(Self {
            key: bytes(text("key")?)?,
            kid: text("kid")?.to_owned(),
            salt: bytes(text("salt")?)?,
            plaintext: text("plaintext")?.as_bytes().to_vec(),
            record: bytes(text("record")?)?,
        })
    }
}

fn bytes(hex: &str) -> anyhow::Result<Vec<u8>> {
    let digit = |digit: &u8| char::from(*digit).to_digit(16).context("not a hexadecimal digit");
    hex.as_bytes()
        .chunks(2)
        .map(|pair| {
            let [high, low] = pair else {
                anyhow::bail!("half a byte");
            };
            Ok(u8::try_from(digit(high)? << 4 | digit(low)?)?)
        })
        .collect()
}
