//! What the tests of a key rotation share: a store full of records of an old key, and a vault that does something else in
//! the middle of a rewrap.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::ensure;
use bailee_core::{
    Account, AccountId, ClientId, Credential, Entropy as _, ExposeSecret as _, IntegrationId,
    IntegrationStore as _, KeyId, MacPurpose, Owner, ProviderKey, Scope, SealContext, SealPurpose, Sealed,
    SecretSlice, SecretString, Vault, VaultError,
    store::{Connection, NewIntegration},
};
use bailee_storage::SqlStore;
use bailee_vault::{KeyRing, RingEntropy};

/// An old and a new key, as text.
#[derive(Debug)]
pub struct Keys {
    old: SecretString,
    new: SecretString,
}

impl Keys {
    /// Two fresh ones.
    ///
    /// # Errors
    /// When the random source fails.
    pub fn generate() -> anyhow::Result<Self> {
        let (_, old) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let (_, new) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        Ok(Self { old, new })
    }

    /// Before the rotation: the old key alone.
    ///
    /// # Errors
    /// Never.
    pub fn only_old(&self) -> anyhow::Result<KeyRing> {
        Ok(KeyRing::parse(self.old.expose_secret())?)
    }

    /// The first step: the new key opens.
    ///
    /// # Errors
    /// Never.
    pub fn new_opens(&self) -> anyhow::Result<KeyRing> {
        Ok(KeyRing::parse(&format!("{},{}", self.old.expose_secret(), self.new.expose_secret()))?)
    }

    /// The second step: the new key seals.
    ///
    /// # Errors
    /// Never.
    pub fn new_seals(&self) -> anyhow::Result<KeyRing> {
        Ok(KeyRing::parse(&self.second_step())?)
    }

    /// The ring of the second step as text, for another process.
    #[must_use]
    pub fn second_step(&self) -> String {
        format!("{},{}", self.new.expose_secret(), self.old.expose_secret())
    }

    /// After the rotation: the new key alone.
    ///
    /// # Errors
    /// Never.
    pub fn only_new(&self) -> anyhow::Result<KeyRing> {
        Ok(KeyRing::parse(self.new.expose_secret())?)
    }
}

/// Writes so many integrations with fresh tokens, one for each user `row-<n>`.
///
/// # Errors
/// Those of the store.
pub async fn fill(store: &SqlStore, keys: &KeyRing, rows: u32) -> anyhow::Result<Vec<Owner>> {
    let mut owners = Vec::new();
    for row in 0..rows {
        let owner = Owner::user(format!("row-{row}"))?;
        store.insert(integration(&owner, keys, row)?).await?;
        owners.push(owner);
    }
    Ok(owners)
}

fn integration(owner: &Owner, keys: &KeyRing, row: u32) -> anyhow::Result<NewIntegration> {
    let mut random = [0; 10];
    RingEntropy::new().fill(&mut random)?;
    let (id, provider) = (IntegrationId::from_parts(u64::from(row), random), ProviderKey::new("google")?);
    let context = SealContext {
        purpose: SealPurpose::OAuthTokens,
        owner,
        id: &id.to_string(),
        provider: &provider,
        epoch: 1,
    };
    let credential = Credential::new(SecretString::from(format!("token of row {row}")));
    let sealed = keys.seal(&context, credential.to_plaintext().expose_secret())?;
    Ok(NewIntegration {
        id,
        owner: owner.clone(),
        provider,
        slot: String::new(),
        connection: Connection {
            client: Some(ClientId::new("client")?),
            account: Account { id: AccountId::new(format!("account-{row}"))?, label: None },
            requested: bailee_core::OAuthScopes::default(),
            granted: None,
            sealed,
            refreshable: false,
            expires_in: Some(Duration::from_hours(24)),
            announcement: None,
        },
        scope: Scope::All,
        bound_profile: None,
        config: serde_json::Map::new(),
    })
}

type Hook = Box<dyn FnOnce() + Send>;

/// A key ring that calls a hook before it seals for the n-th time: between the reading and the writing of a rewrap.
pub struct Interrupted {
    keys: KeyRing,
    hook: Mutex<(u32, Option<Hook>)>,
}

impl Interrupted {
    /// Calls `hook` before the seal of this number, counted from 1.
    #[must_use]
    pub fn before_seal(number: u32, keys: KeyRing, hook: impl FnOnce() + Send + 'static) -> Self {
        Self { keys, hook: Mutex::new((number, Some(Box::new(hook)))) }
    }
}

impl fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupted").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Vault for Interrupted {
    fn seal(&self, context: &SealContext<'_>, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        let mut hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner);
        hook.0 = hook.0.saturating_sub(1);
        let due = if hook.0 == 0 { hook.1.take() } else { None };
        drop(hook);
        if let Some(hook) = due {
            hook();
        }
        self.keys.seal(context, plaintext)
    }

    fn open(&self, context: &SealContext<'_>, record: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        self.keys.open(context, record)
    }

    fn mac(&self, purpose: MacPurpose, bytes: &[u8]) -> [u8; 32] {
        self.keys.mac(purpose, bytes)
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        self.keys.digest(bytes)
    }

    fn primary(&self) -> KeyId {
        self.keys.primary()
    }
}

/// Every row reads, and reads as its own.
///
/// # Errors
/// The first that does not.
pub async fn all_read(bailee: &bailee_engine::Bailee, owners: &[Owner]) -> anyhow::Result<()> {
    for (row, owner) in owners.iter().enumerate() {
        let live = bailee.token(owner, "google").await?;
        ensure!(live.token().expose_secret() == format!("token of row {row}"), "row {row} has another token");
    }
    Ok(())
}
