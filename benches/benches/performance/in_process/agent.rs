use std::sync::Arc;

use bailee_core::{Caller, ExposeSecret as _, IntegrationStore as _, Owner, Provider as _};
use bailee_engine::{Bailee, Limits, SystemClock};
use bailee_testkit::MemoryStore;
use bailee_vault::{KeyRing, RingEntropy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use benches::row;
use tokio::runtime::{Builder, Runtime};

use crate::noop::Noop;

/// How many accounts the caller has, each at a provider of its own.
pub(super) const ACCOUNTS: u32 = 20;

/// Of no organization.
pub(super) const USER: &str = "user_of_twenty";

/// An agent of an owner with [`ACCOUNTS`] accounts, and the host that it asks.
pub(super) struct Agent {
    /// One thread, so that nothing waits for another.
    pub(super) runtime: Runtime,
    pub(super) bailee: Bailee,
    pub(super) store: MemoryStore,
    /// What seals the rows, for work by hand.
    pub(super) key: [u8; 32],
    pub(super) caller: Caller,
    pub(super) providers: Vec<Noop>,
}

impl Agent {
    pub(super) fn new() -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        let clock = SystemClock::new();
        let store = MemoryStore::new(Arc::new(clock));
        let (keys, printable) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let mut key = [0; 32];
        STANDARD.decode_slice(printable.expose_secret(), &mut key)?;
        let owner = Owner::user(USER)?;
        let providers = (0..ACCOUNTS).map(Noop::new).collect::<anyhow::Result<Vec<_>>>()?;
        let mut builder = Bailee::builder(store.clone(), keys.clone())
            .base_url("https://backend.example".parse()?)
            .clock(clock)
            .limits(Limits { tool_calls_per_minute: u32::MAX, ..Limits::default() });
        for (number, provider) in (0..).zip(&providers) {
            runtime.block_on(store.insert(row(&keys, &owner, &provider.descriptor().key, number)?))?;
            builder = builder.provider(provider.clone());
        }
        let bailee = builder.build()?;
        Ok(Self { runtime, bailee, store, key, caller: Caller::own(owner, "assistant")?, providers })
    }
}
