use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{
    Action, Actor, Caller, Counterpart, DirectoryError, Effect, HostTool, Integration, LedgerRecord, Owner,
    OwnerCard, OwnerDirectory, PermissionFlag, ProfileDirectory, ProfileId, ProviderError, ProviderKey,
    ScopeSets, Session, ThreadDirectory, ThreadId, ThreadPermissions, Tool, ToolHints, ToolName, ToolOutput,
    Transport,
    store::{IntegrationChange, LedgerFilter},
};
use bailee_engine::{Bailee, Builder, Limits, Timings};
use bailee_testkit::{MemoryStore, MockClock, MockGoogle, connected};
use serde_json::{Value, json};
use test_support::{google, key_ring};

/// A host with one user, two profiles and two threads, over a memory store.
pub(crate) struct Rig {
    pub(crate) mock: MockGoogle,
    pub(crate) clock: MockClock,
    pub(crate) directory: Directory,
    pub(crate) store: MemoryStore,
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
}

impl Rig {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        Self::of(&["p1", "p2"], |builder| builder).await
    }

    /// With three profiles, whose owner may connect several accounts.
    pub(crate) async fn of_several() -> anyhow::Result<Self> {
        let several = ProviderKey::new("google")?;
        Self::of(&["p1", "p2", "p3"], |builder| builder.allow_multiple(several)).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> anyhow::Result<Self> {
        Self::of(&["p1", "p2"], |builder| builder.limits(limits)).await
    }

    async fn of(profiles: &[&str], also: impl FnOnce(Builder) -> Builder) -> anyhow::Result<Self> {
        let mock = MockGoogle::start().await?;
        let clock = MockClock::new();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let directory = Directory::new(profiles, &["t1", "t2"])?;
        let timings = Timings::default()
            .with_request(Duration::from_secs(5))
            .with_persist(Duration::from_secs(1))
            .with_wait(Duration::from_secs(6));
        let bailee = also(Bailee::builder(store.clone(), key_ring()?))
            .base_url("https://backend.example".parse()?)
            .timings(timings)
            .profiles(directory.clone())
            .threads(directory.clone())
            .owners(directory.clone())
            .tool(Echo::new()?)
            .provider(google(&mock)?)
            .build()?;
        Ok(Self { mock, clock, directory, store, bailee, owner: Owner::user("u1")? })
    }

    pub(crate) async fn connected() -> anyhow::Result<(Self, Integration)> {
        let rig = Self::new().await?;
        let integration = rig.connect().await?;
        Ok((rig, integration))
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Integration> {
        let integration = connected(&self.bailee, &self.mock, &self.owner, "google").await;
        self.mock.clear_requests();
        integration.map_err(anyhow::Error::from_boxed)
    }

    pub(crate) fn own(&self, profile: &str) -> anyhow::Result<Caller> {
        Ok(Caller::own(self.owner.clone(), profile)?)
    }

    pub(crate) fn counterpart(&self, thread: &str) -> anyhow::Result<Caller> {
        Ok(Caller::counterpart(self.owner.clone(), "p1", thread)?)
    }

    pub(crate) fn session(&self, actor: Actor) -> Session {
        Session { owner: self.owner.clone(), actor, transport: Transport::Bearer }
    }

    pub(crate) fn human(&self) -> Session {
        self.session(Actor::Human)
    }

    /// The names of the tools of a caller.
    pub(crate) async fn tools(&self, caller: &Caller) -> anyhow::Result<Vec<String>> {
        let tools = self.bailee.tools(caller).await?;
        Ok(tools.iter().map(|tool| tool.tool().name.to_string()).collect())
    }

    pub(crate) async fn allow(&self, thread: &str, flags: &[PermissionFlag]) -> anyhow::Result<()> {
        let permissions: ThreadPermissions = flags.iter().copied().collect();
        let thread = ThreadId::new(thread)?;
        self.bailee.set_thread_permissions(&self.human(), &thread, permissions, None).await?;
        Ok(())
    }

    pub(crate) async fn change(
        &self,
        row: &Integration,
        change: IntegrationChange,
    ) -> anyhow::Result<Integration> {
        Ok(self.bailee.update(&self.human(), row.id, None, change).await?)
    }

    /// The newest lines of an action.
    pub(crate) async fn lines(&self, action: Action) -> anyhow::Result<Vec<LedgerRecord>> {
        let filter = LedgerFilter { action: Some(action), ..LedgerFilter::default() };
        Ok(self.bailee.ledger(&self.owner, &filter, None, 100).await?)
    }
}

/// Arguments of `create_event`.
pub(crate) fn tea() -> Value {
    json!({ "summary": "Tea", "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" })
}

/// The directories of the host. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    profiles: BTreeSet<ProfileId>,
    threads: BTreeSet<ThreadId>,
    down: bool,
}

impl Directory {
    fn new(profiles: &[&str], threads: &[&str]) -> anyhow::Result<Self> {
        let known = Known {
            profiles: profiles.iter().map(|id| ProfileId::new(*id)).collect::<Result<_, _>>()?,
            threads: threads.iter().map(|id| ThreadId::new(*id)).collect::<Result<_, _>>()?,
            down: false,
        };
        Ok(Self(Arc::new(Mutex::new(known))))
    }

    pub(crate) fn delete_profile(&self, profile: &str) {
        self.known().profiles.retain(|known| known.as_str() != profile);
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.known().down = down;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask<T>(&self, owner: &Owner, answer: impl FnOnce(&Known, bool) -> T) -> Result<T, DirectoryError> {
        let known = self.known();
        let is_theirs = owner.user_id().as_str() == "u1";
        if known.down { Err(DirectoryError) } else { Ok(answer(&known, is_theirs)) }
    }
}

#[async_trait]
impl ProfileDirectory for Directory {
    async fn owns(&self, owner: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        self.ask(owner, |known, theirs| theirs && known.profiles.contains(profile))
    }

    async fn list(&self, owner: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        self.ask(owner, |known, theirs| known.profiles.iter().filter(|_| theirs).cloned().collect())
    }
}

#[async_trait]
impl ThreadDirectory for Directory {
    async fn owns(&self, owner: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError> {
        self.ask(owner, |known, theirs| theirs && known.threads.contains(thread))
    }

    async fn counterpart(&self, owner: &Owner, _: &ThreadId) -> Result<Option<Counterpart>, DirectoryError> {
        self.ask(owner, |_, theirs| {
            theirs.then(|| Counterpart { name: "Bob's agent".to_owned(), verified: true })
        })
    }
}

#[async_trait]
impl OwnerDirectory for Directory {
    async fn card(&self, owner: &Owner) -> Result<Option<OwnerCard>, DirectoryError> {
        let card = || OwnerCard {
            email: Some("ada@example.com".to_owned()),
            organization: Some("Analytical Engines".to_owned()),
            interests: vec!["tea".to_owned()],
        };
        self.ask(owner, |_, theirs| theirs.then(card))
    }
}

/// A tool of the host that nobody classified.
#[derive(Debug)]
struct Echo(Tool);

impl Echo {
    fn new() -> anyhow::Result<Self> {
        Ok(Self(Tool {
            name: ToolName::new("echo")?,
            title: "Echo",
            description: "Says what it is told.",
            effect: Effect::default(),
            flag: None,
            hints: ToolHints::default(),
            needs_account: false,
            scopes: ScopeSets::default(),
            input_schema: json!({ "type": "object" }),
            output_schema: json!({ "type": "object" }),
        }))
    }
}

#[async_trait]
impl HostTool for Echo {
    fn tool(&self) -> &Tool {
        &self.0
    }

    async fn call(&self, caller: &Caller, arguments: &Value) -> Result<ToolOutput, ProviderError> {
        let said = json!({ "profile": caller.profile().as_str(), "said": arguments });
        Ok(ToolOutput::new(said).with_request_id(Some("req-7".to_owned())))
    }
}
