use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use bailee_core::{
    Clock, CredentialStore, Entropy, EventSink, HostTool, Inbound, Ledger, Offered, OwnerDirectory,
    PendingStore, ProfileDirectory, Provider, ProviderKey, Registrations, TaskStore, ThreadDirectory, Vault,
    store::FlowLimits, store::Store,
};
use url::Url;

use crate::{
    Bailee, BuildError, Limits, ProviderRegistrations, SystemClock, SystemEntropy, Timings,
    addresses::check_url,
    builtin::Builtin,
    catalogue::Catalogue,
    changes::Listeners,
    definitions::definitions,
    engine::{Inner, Stores},
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

/// The name of the return target that is always there.
pub(crate) const DEFAULT_RETURN_TARGET: &str = "integrations";

/// The plain page below the base URL that tells an owner who came from an agent that it is done.
pub(crate) const CONNECTED_RETURN_TARGET: &str = "connected";

/// Puts a [`Bailee`] together. What is required is an argument of [`Bailee::builder`] or named by an error of
/// [`Builder::build`].
#[must_use]
pub struct Builder {
    stores: Stores,
    vault: Arc<dyn Vault>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    registrations: Option<Arc<dyn Registrations>>,
    profiles: Option<Arc<dyn ProfileDirectory>>,
    threads: Option<Arc<dyn ThreadDirectory>>,
    owners: Option<Arc<dyn OwnerDirectory>>,
    inbound: Option<Arc<dyn Inbound>>,
    host_tools: Vec<Arc<dyn HostTool>>,
    sinks: Vec<Arc<dyn EventSink>>,
    providers: Vec<Arc<dyn Provider>>,
    allow_multiple: Vec<ProviderKey>,
    base_url: Option<Url>,
    app_url: Option<Url>,
    return_targets: BTreeMap<String, String>,
    timings: Timings,
    limits: Limits,
}

/// Without its URLs: they are not checked before [`Builder::build`], and may have a password in them.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("providers", &self.providers)
            .field("allow_multiple", &self.allow_multiple)
            .field("return_targets", &self.return_targets)
            .field("timings", &self.timings)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new<S, V>(store: S, vault: V) -> Self
    where
        S: Store,
        V: Vault + 'static,
    {
        let store = Arc::new(store);
        let stores = Stores {
            integrations: Arc::<S>::clone(&store),
            credentials: Arc::<S>::clone(&store),
            pending: Arc::<S>::clone(&store),
            outbox: Arc::<S>::clone(&store),
            events: Arc::<S>::clone(&store),
            maintenance: Arc::<S>::clone(&store),
            threads: Arc::<S>::clone(&store),
            secrets: Arc::<S>::clone(&store),
            tasks: Arc::<S>::clone(&store),
            ledger: Arc::<S>::clone(&store),
            runs: Arc::<S>::clone(&store),
            calls: Arc::<S>::clone(&store),
            incidents: Arc::<S>::clone(&store),
            seen: Arc::<S>::clone(&store),
            versions: store,
        };
        Self {
            stores,
            vault: Arc::new(vault),
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy),
            registrations: None,
            profiles: None,
            threads: None,
            owners: None,
            inbound: None,
            host_tools: Vec::new(),
            sinks: Vec::new(),
            providers: Vec::new(),
            allow_multiple: Vec::new(),
            base_url: None,
            app_url: None,
            return_targets: BTreeMap::new(),
            timings: Timings::default(),
            limits: Limits::default(),
        }
    }

    /// Where this backend is reached, for example `https://backend.example.com`: callbacks return to
    /// `<base_url>/api/oauth/<provider>/callback`. Never taken from a request.
    pub fn base_url(mut self, base_url: Url) -> Self {
        self.base_url = Some(base_url);
        self
    }

    /// Where the pages live, when elsewhere than at the base URL.
    pub fn app_url(mut self, app_url: Url) -> Self {
        self.app_url = Some(app_url);
        self
    }

    /// A page that a connect may return to, by name. `integrations` is `/integrations` unless it is set.
    pub fn return_target(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.return_targets.insert(name.into(), path.into());
        self
    }

    /// Offers a provider. Takes an `Option` too, so that `Google::from_env()?` adds nothing where nothing is configured.
    pub fn provider(mut self, provider: impl Offered) -> Self {
        self.providers.extend(provider.offered());
        self
    }

    /// Offers several providers.
    pub fn providers(mut self, providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        self.providers.extend(providers);
        self
    }

    /// Lets an owner connect several accounts of a provider that has one by default. A call that names only the
    /// provider is then answered with the choices.
    pub fn allow_multiple(mut self, provider: ProviderKey) -> Self {
        self.allow_multiple.push(provider);
        self
    }

    /// Which profiles are whose. Without it, every profile id of an owner's own agent is taken at its word.
    pub fn profiles(mut self, profiles: impl ProfileDirectory + 'static) -> Self {
        self.profiles = Some(Arc::new(profiles));
        self
    }

    /// Which threads are whose. Without it, every counterpart is refused.
    pub fn threads(mut self, threads: impl ThreadDirectory + 'static) -> Self {
        self.threads = Some(Arc::new(threads));
        self
    }

    /// Who the owners are, for [`Bailee::briefing`]. Without it, nothing is told of them.
    pub fn owners(mut self, owners: impl OwnerDirectory + 'static) -> Self {
        self.owners = Some(Arc::new(owners));
        self
    }

    /// Who handles what is sent to the accounts of owners. Without it, it is dropped.
    pub fn inbound(mut self, inbound: impl Inbound + 'static) -> Self {
        self.inbound = Some(Arc::new(inbound));
        self
    }

    /// Tells this sink what happens to integrations and threads, at least once. Every process of the host has the same
    /// sinks; without one, nothing is written for it.
    pub fn event_sink(mut self, sink: impl EventSink + 'static) -> Self {
        self.sinks.push(Arc::new(sink));
        self
    }

    /// Adds a tool of the host's own to the catalogue, under the same rules as all others.
    pub fn tool(mut self, tool: impl HostTool + 'static) -> Self {
        self.host_tools.push(Arc::new(tool));
        self
    }

    /// Keeps tasks elsewhere: a host often has a table of its own.
    pub fn task_store(mut self, tasks: impl TaskStore + 'static) -> Self {
        self.stores.tasks = Arc::new(tasks);
        self
    }

    /// Keeps the ledger elsewhere.
    pub fn ledger(mut self, ledger: impl Ledger + 'static) -> Self {
        self.stores.ledger = Arc::new(ledger);
        self
    }

    /// Where the OAuth registrations are, when elsewhere than in the providers.
    pub fn registrations(mut self, registrations: impl Registrations + 'static) -> Self {
        self.registrations = Some(Arc::new(registrations));
        self
    }

    /// Keeps credentials, epochs and leases elsewhere: in the same rows as the store of the integrations.
    pub fn credential_store(mut self, credentials: impl CredentialStore + 'static) -> Self {
        self.stores.credentials = Arc::new(credentials);
        self
    }

    /// Keeps pending connects elsewhere.
    pub fn pending_store(mut self, pending: impl PendingStore + 'static) -> Self {
        self.stores.pending = Arc::new(pending);
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another random source, for tests.
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Other timings.
    pub const fn timings(mut self, timings: Timings) -> Self {
        self.timings = timings;
        self
    }

    /// Other limits.
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Checks the settings and builds. Makes no request and asks no store.
    ///
    /// # Errors
    /// [`BuildError`] names the setting to mend.
    pub fn build(self) -> Result<Bailee, BuildError> {
        self.timings.check()?;
        let base_url = self.base_url.ok_or(BuildError::MissingBaseUrl)?;
        check_url("base_url", &base_url)?;
        let app_url = self.app_url.unwrap_or_else(|| base_url.clone());
        check_url("app_url", &app_url)?;
        let registrations = self
            .registrations
            .unwrap_or_else(|| Arc::new(ProviderRegistrations::new(self.providers.iter().cloned())));
        let builtins = Builtin::tools()?;
        let catalogue = Catalogue::new(&self.providers, &self.host_tools, builtins)?;
        let flights = Flights::default();
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let gates = Gates::new(clock, entropy, &self.limits, flights.clone());
        Ok(Bailee::from_inner(Inner {
            stores: self.stores,
            vault: self.vault,
            clock: self.clock,
            entropy: self.entropy,
            registrations,
            profiles: self.profiles,
            threads: self.threads,
            owners: self.owners,
            catalogue,
            definitions: definitions(&self.providers)?,
            listeners: Listeners::default(),
            forms: Forms::new(&self.providers)?,
            inbound: self.inbound,
            settings: Settings::new(&self.providers)?,
            lines: Sequence::default(),
            names: names(&self.providers)?,
            providers: self.providers,
            allow_multiple: self.allow_multiple,
            base_url,
            app_url,
            return_targets: return_targets(self.return_targets)?,
            timings: self.timings,
            flow_limits: FlowLimits {
                per_owner_and_provider: self.limits.flows_per_owner_and_provider,
                total: self.limits.flows,
            },
            quota: Quota::new(self.limits),
            limits: self.limits,
            surprises: Surprises::default(),
            unpersisted: Unpersisted::default(),
            flights,
            gates: Arc::new(gates),
            sinks: Sinks::new(self.sinks)?,
        }))
    }
}

/// Every key and alias, with the provider that answers to it.
fn names(providers: &[Arc<dyn Provider>]) -> Result<HashMap<ProviderKey, Arc<dyn Provider>>, BuildError> {
    let mut names = HashMap::new();
    for provider in providers {
        let descriptor = provider.descriptor();
        let aliases = descriptor.aliases.iter().map(|alias| &alias.key);
        for key in std::iter::once(&descriptor.key).chain(aliases) {
            if names.insert(key.clone(), Arc::clone(provider)).is_some() {
                return Err(BuildError::DuplicateProvider { key: key.clone() });
            }
        }
    }
    Ok(names)
}

fn return_targets(mut targets: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, BuildError> {
    targets.entry(DEFAULT_RETURN_TARGET.to_owned()).or_insert_with(|| "/integrations".to_owned());
    for (name, path) in &targets {
        // `//host` and `/\host` are addresses of other hosts to a browser.
        let ours = path.starts_with('/') && !path.contains(['\\', '?', '#']) && !path.starts_with("//");
        if !ours || path.chars().any(char::is_control) {
            return Err(BuildError::ReturnTarget { name: name.clone() });
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_target_stays_on_our_host() {
        for bad in ["//evil", "/\\evil", "javascript:alert(1)", "https://evil", "", "/a?next=//evil"] {
            let targets = BTreeMap::from([("t".to_owned(), bad.to_owned())]);
            assert!(return_targets(targets).is_err(), "{bad}");
        }
    }
}
