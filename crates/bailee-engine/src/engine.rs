use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use bailee_core::{
    Clock, CredentialStore, Entropy, EventOutbox, FlowId, IdempotencyStore, Inbound, IncidentStore,
    IntegrationId, IntegrationStore, Ledger, LedgerId, MacPurpose, Maintenance, Outbox, OutboxId,
    OwnerDirectory, PendingStore, ProfileDirectory, Provider, ProviderKey, Registrations, RunId, RunStore,
    SecretId, SecretStore, SecretString, TaskId, TaskStore, ThreadDirectory, ThreadStore, Vault, VaultError,
    VersionStore,
    store::{FlowLimits, Selector},
    store::{SeenStore, Store},
};
use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    Builder, Error, Limits, McpDefinition, Timings,
    addresses::{self, extend},
    builder::CONNECTED_RETURN_TARGET,
    catalogue::Catalogue,
    changes::Listeners,
    events::Sinks,
    flights::Flights,
    forms::Forms,
    gate::Gates,
    quota::Quota,
    sequence::Sequence,
    settings::Settings,
    surprise::Surprises,
    unpersisted::Unpersisted,
};

/// Connected accounts and their tokens: the one value that a host keeps. Cheap to clone; every clone is the same.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use bailee_core::Owner;
/// use bailee_engine::{Bailee, TokenError};
/// use bailee_testkit::{GlassVault, MemoryStore, MockClock};
///
/// let bailee = Bailee::builder(MemoryStore::new(std::sync::Arc::new(MockClock::default())), GlassVault::default())
///     .base_url("https://backend.example.com".parse()?)
///     .build()?;
/// let outcome = bailee.token(&Owner::user("u1")?, "some_provider").await;
/// assert_eq!(outcome.err(), Some(TokenError::UnknownProvider));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Bailee {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) stores: Stores,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) registrations: Arc<dyn Registrations>,
    pub(crate) profiles: Option<Arc<dyn ProfileDirectory>>,
    pub(crate) threads: Option<Arc<dyn ThreadDirectory>>,
    pub(crate) owners: Option<Arc<dyn OwnerDirectory>>,
    pub(crate) inbound: Option<Arc<dyn Inbound>>,
    pub(crate) catalogue: Catalogue,
    pub(crate) definitions: Vec<McpDefinition>,
    pub(crate) listeners: Listeners,
    pub(crate) forms: Forms,
    pub(crate) settings: Settings,
    pub(crate) lines: Sequence,
    pub(crate) providers: Vec<Arc<dyn Provider>>,
    pub(crate) names: HashMap<ProviderKey, Arc<dyn Provider>>,
    pub(crate) allow_multiple: Vec<ProviderKey>,
    pub(crate) base_url: Url,
    pub(crate) app_url: Url,
    pub(crate) return_targets: BTreeMap<String, String>,
    pub(crate) timings: Timings,
    pub(crate) flow_limits: FlowLimits,
    pub(crate) quota: Quota,
    pub(crate) limits: Limits,
    pub(crate) surprises: Surprises,
    pub(crate) unpersisted: Unpersisted,
    pub(crate) flights: Flights,
    pub(crate) gates: Arc<Gates>,
    pub(crate) sinks: Sinks,
}

/// The stores, each of which can be swapped alone.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    pub(crate) integrations: Arc<dyn IntegrationStore>,
    pub(crate) credentials: Arc<dyn CredentialStore>,
    pub(crate) pending: Arc<dyn PendingStore>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) events: Arc<dyn EventOutbox>,
    pub(crate) maintenance: Arc<dyn Maintenance>,
    pub(crate) threads: Arc<dyn ThreadStore>,
    pub(crate) secrets: Arc<dyn SecretStore>,
    pub(crate) tasks: Arc<dyn TaskStore>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) runs: Arc<dyn RunStore>,
    pub(crate) calls: Arc<dyn IdempotencyStore>,
    pub(crate) incidents: Arc<dyn IncidentStore>,
    pub(crate) seen: Arc<dyn SeenStore>,
    pub(crate) versions: Arc<dyn VersionStore>,
}

/// Which integration of an owner a call is about: by its id, or by the name of its provider (or of an alias).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one of this id.
    Id(IntegrationId),
    /// The one of this provider; an error with the choices where there are several.
    Provider(&'a str),
}

impl From<IntegrationId> for Which<'_> {
    fn from(id: IntegrationId) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<&'a str> for Which<'a> {
    fn from(provider: &'a str) -> Self {
        Self::Provider(provider)
    }
}

impl<'a> From<&'a ProviderKey> for Which<'a> {
    fn from(provider: &'a ProviderKey) -> Self {
        Self::Provider(provider.as_str())
    }
}

impl fmt::Debug for Bailee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let providers = self.inner.providers.iter().map(|provider| provider.descriptor().key.as_str());
        f.debug_struct("Bailee")
            .field("base_url", &self.inner.base_url.as_str())
            .field("providers", &providers.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Bailee {
    /// Begins to put one together over a store and a vault.
    pub fn builder<S, V>(store: S, vault: V) -> Builder
    where
        S: Store,
        V: Vault + 'static,
    {
        Builder::new(store, vault)
    }

    /// Where this backend is reached, as it was built.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.inner.base_url
    }

    /// Where the pages live; the base URL when they live there.
    #[must_use]
    pub fn app_url(&self) -> &Url {
        &self.inner.app_url
    }

    /// The clock that this was built with.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// The limits that this was built with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// A key for state that a face hands to a client and gets back: the same in every process with the same first key,
    /// and of no use for anything else.
    #[must_use]
    pub fn request_state_key(&self) -> [u8; 32] {
        self.inner.vault.mac(MacPurpose::RequestState, &[])
    }

    /// The page of a registered return target, for example `integrations`.
    #[must_use]
    pub fn return_url(&self, target: &str) -> Option<Url> {
        self.inner.return_url(target)
    }

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    pub(crate) const fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }
}

impl Inner {
    /// The provider that answers to a key or an alias.
    pub(crate) fn provider(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.names.get(name)
    }

    pub(crate) fn selector(&self, which: Which<'_>) -> Option<Selector> {
        match which {
            Which::Id(id) => Some(Selector::Id(id)),
            Which::Provider(name) => {
                self.provider(name).map(|provider| Selector::Provider(provider.descriptor().key.clone()))
            }
        }
    }

    /// The provider of a stored row, as long as it is still offered.
    pub(crate) fn provider_of(&self, key: &ProviderKey) -> Option<&Arc<dyn Provider>> {
        self.names.get(key).filter(|provider| provider.descriptor().key == *key)
    }

    /// Where the provider returns to. Built from the base URL alone.
    pub(crate) fn redirect_uri(&self, provider: &ProviderKey) -> Url {
        addresses::redirect_uri(&self.base_url, provider)
    }

    /// A registered page of the host.
    pub(crate) fn return_url(&self, target: &str) -> Option<Url> {
        if target == CONNECTED_RETURN_TARGET {
            return Some(extend(&self.base_url, &["integrations", "connected"]));
        }
        let path = self.return_targets.get(target)?;
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        Some(extend(&self.app_url, &segments))
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], VaultError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes).map_err(|_| VaultError::Failed)?;
        Ok(bytes)
    }

    /// 256 random bits as 64 hexadecimal digits: `state`, PKCE verifiers, handles and nonces.
    pub(crate) fn random_text(&self) -> Result<SecretString, VaultError> {
        Ok(SecretString::from(hex(&self.random::<32>()?)))
    }

    pub(crate) fn integration_id(&self) -> Result<IntegrationId, VaultError> {
        Ok(IntegrationId::from_parts(self.unix_ms(), self.random()?))
    }

    /// An id for a provider.
    pub(crate) fn call_id(&self) -> Result<bailee_core::Uuid, VaultError> {
        Ok(*LedgerId::from_parts(self.unix_ms(), self.random()?).as_uuid())
    }

    pub(crate) fn flow_id(&self) -> Result<FlowId, VaultError> {
        Ok(FlowId::from_parts(self.unix_ms(), self.random()?))
    }

    pub(crate) fn outbox_id(&self) -> Result<OutboxId, VaultError> {
        Ok(OutboxId::from_parts(self.unix_ms(), self.random()?))
    }

    pub(crate) fn ledger_id(&self) -> Result<LedgerId, VaultError> {
        let (ms, number) = self.lines.next(self.unix_ms());
        let mut random: [u8; 10] = self.random()?;
        // The 12 bits after the time (RFC 9562 §6.2, method 1): lines of one millisecond keep their order.
        let [high, low] = number.to_be_bytes();
        let [first, second, ..] = &mut random;
        (*first, *second) = (high, low);
        Ok(LedgerId::from_parts(ms, random))
    }

    pub(crate) fn secret_id(&self) -> Result<SecretId, VaultError> {
        Ok(SecretId::from_parts(self.unix_ms(), self.random()?))
    }

    pub(crate) fn run_id(&self) -> Result<RunId, VaultError> {
        Ok(RunId::from_parts(self.unix_ms(), self.random()?))
    }

    pub(crate) fn task_id(&self) -> Result<TaskId, VaultError> {
        Ok(TaskId::from_parts(self.unix_ms(), self.random()?))
    }

    fn unix_ms(&self) -> u64 {
        u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default()
    }

    /// Whether an owner may connect several accounts of this provider.
    pub(crate) fn several(&self, provider: &Arc<dyn Provider>) -> bool {
        let descriptor = provider.descriptor();
        descriptor.cardinality == bailee_core::Cardinality::Many
            || self.allow_multiple.contains(&descriptor.key)
    }

    pub(crate) fn named(&self, name: &str) -> Result<&Arc<dyn Provider>, Error> {
        self.provider(name).ok_or(Error::UnknownProvider)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("stores", &self.stores).finish_non_exhaustive()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(bytes.len() * 2);
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    text.extend(nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble))));
    text
}

/// Reads exactly 64 lower-case hexadecimal digits.
pub(crate) fn unhex_32(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (slot, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *slot = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_reads_back_as_it_prints() {
        let bytes: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 7).unwrap_or_default());
        assert_eq!(unhex_32(&hex(&bytes)), Some(bytes));
        assert_eq!(unhex_32(&hex(&bytes).to_uppercase()), None, "one spelling only");
        assert_eq!(unhex_32("00"), None);
    }
}
