use std::collections::{BTreeMap, BTreeSet};

use bailee_core::{
    Action, Actor, Caller, Counterpart, Outcome, Owner, OwnerCard, PermissionFlag, ProfileId, ProviderKey,
    Session, StoreError, ThreadId, ThreadPermissions, ToolName, store::ThreadGrant,
};

use crate::{
    Bailee, Error, InputProblem, access::Snapshot, catalogue::OfferedTool, engine::Inner, journal::Line,
};

/// How often a change is tried again that met another one.
const ATTEMPTS: usize = 3;

/// What a counterpart may do in a thread, and what more the owner could allow.
#[derive(Clone, Debug)]
pub struct ThreadAccess {
    /// Who is at the other end, where the host knows it.
    pub counterpart: Option<Counterpart>,
    /// What is allowed.
    pub grant: ThreadGrant,
    /// What each flag is about, in the order of their names.
    pub flags: Vec<FlagAccess>,
}

/// What a flag unlocks, be it on or off.
#[derive(Clone, Debug)]
pub struct FlagAccess {
    /// Which flag.
    pub flag: PermissionFlag,
    /// The tools that it unlocks and that work just now, in the order of the catalogue.
    pub tools: Vec<OfferedTool>,
    /// What would have to be connected for more.
    pub missing: Vec<MissingConnection>,
}

/// A provider with tools of a flag, of which nothing is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingConnection {
    /// Its key.
    pub provider: ProviderKey,
    /// The name for people: of the one definition that has all of these tools, else of the provider.
    pub name: &'static str,
}

impl Bailee {
    /// What a counterpart may do in a thread, and what each flag would unlock: by the rules of [`Bailee::tools`], on state
    /// that is read once. Of one profile, or of any that the host lists.
    ///
    /// # Errors
    /// - [`Error::NotFound`] as [`Bailee::thread_permissions`].
    /// - [`Error::Invalid`] names `profile_id`, where that is none of the owner's.
    /// - [`Error::Store`], also when a directory of the host does not answer.
    pub async fn thread(
        &self,
        owner: &Owner,
        thread: &ThreadId,
        profile: Option<&ProfileId>,
    ) -> Result<ThreadAccess, Error> {
        let grant = self.thread_permissions(owner, thread).await?;
        let inner = self.inner();
        let profiles = match profile {
            Some(profile) => vec![profile.clone()],
            None => self.profiles(owner).await?.into_iter().map(|profile| profile.id).collect(),
        };
        let counterpart = |profile| Caller::counterpart(owner.clone(), profile, thread.clone());
        let callers = profiles.into_iter().map(counterpart).collect::<Result<Vec<_>, _>>()?;
        if let (Some(_), Some(caller)) = (profile, callers.first())
            && inner.stranger(caller).await?.is_some()
        {
            return Err(Error::invalid("profile_id", InputProblem::Unknown));
        }
        let all = ThreadGrant { permissions: PermissionFlag::ALL.into_iter().collect(), ..grant };
        let snapshot = Snapshot { rows: inner.rows(owner).await?, thread: all, refusal: None };
        let flags = PermissionFlag::ALL.map(|flag| inner.flag_access(flag, &callers, &snapshot));
        Ok(ThreadAccess {
            counterpart: inner.at_the_other_end(owner, thread).await?,
            grant,
            flags: flags.into(),
        })
    }

    /// What the owner allows in a thread; nothing where nobody ever set it.
    ///
    /// # Errors
    /// - [`Error::NotFound`] when the host does not know the thread as the owner's, or knows of no threads at all.
    /// - [`Error::Store`].
    pub async fn thread_permissions(&self, owner: &Owner, thread: &ThreadId) -> Result<ThreadGrant, Error> {
        self.owns_thread(owner, thread).await?;
        Ok(self.inner().stores.threads.thread_grant(owner, thread).await?)
    }

    /// Sets what the owner allows in a thread; it counts from the next call of a counterpart on.
    ///
    /// # Behaviour
    /// - With `version`, only while the thread's is still this one.
    /// - Turning a flag on needs a person; turning flags off does not.
    ///
    /// # Errors
    /// - [`Error::HumanNeeded`]; it is in the ledger.
    /// - [`Error::Stale`] when the version is another one by now. [`Error::NotFound`], [`Error::Store`].
    pub async fn set_thread_permissions(
        &self,
        session: &Session,
        thread: &ThreadId,
        permissions: ThreadPermissions,
        version: Option<i64>,
    ) -> Result<ThreadGrant, Error> {
        self.owns_thread(&session.owner, thread).await?;
        let inner = self.inner();
        let threads = &inner.stores.threads;
        for _ in 0..ATTEMPTS {
            let before = threads.thread_grant(&session.owner, thread).await?;
            if version.is_some_and(|version| version != before.version) {
                return Err(Error::Stale);
            }
            let mut line = Line::new(&session.owner, Action::ThreadPermissions, Outcome::Ok);
            line.thread = Some(thread.clone());
            line.details.changed = changed(before.permissions, permissions);
            line.details.flags_version = Some(before.version);
            if permissions.widens(before.permissions) && session.actor != Actor::Human {
                inner.note(Line { outcome: Outcome::Denied, ..line }).await;
                return Err(Error::HumanNeeded);
            }
            // What was read is what was judged: another write in between is judged anew.
            let announcement =
                inner.telling_flags(&session.owner, thread, before.permissions, permissions)?;
            let (owner, announcement) = (&session.owner, announcement.as_ref());
            let written = threads
                .set_thread_grant(owner, thread, permissions, Some(before.version), announcement)
                .await?;
            if let Some(grant) = written {
                line.details.flags_version = Some(grant.version);
                inner.note(line).await;
                inner.announce(&session.owner);
                return Ok(grant);
            }
        }
        Err(Error::Stale)
    }

    /// Who is at the other end of threads; those that the host does not know as the owner's are left out.
    ///
    /// # Errors
    /// [`Error::Store`] when a directory of the host does not answer.
    pub async fn counterparts<'a>(
        &self,
        owner: &Owner,
        threads: impl IntoIterator<Item = &'a ThreadId>,
    ) -> Result<BTreeMap<ThreadId, Counterpart>, Error> {
        let inner = self.inner();
        let mut counterparts = BTreeMap::new();
        for id in threads.into_iter().collect::<BTreeSet<_>>() {
            if inner.knows_thread(owner, id).await? {
                let counterpart = inner.at_the_other_end(owner, id).await?;
                counterparts.extend(counterpart.map(|counterpart| (id.clone(), counterpart)));
            }
        }
        Ok(counterparts)
    }

    /// What the prompt of a profile may say of its owner: everything to the owner's own agent, and to a counterpart only
    /// in a thread with [`PermissionFlag::CanViewFullProfile`]. `None` where nothing may be said, or nothing is known.
    ///
    /// # Errors
    /// [`StoreError`], also when a directory of the host does not answer.
    pub async fn briefing(&self, caller: &Caller) -> Result<Option<OwnerCard>, StoreError> {
        let inner = self.inner();
        let Some(owners) = &inner.owners else { return Ok(None) };
        let snapshot = inner.snapshot(caller).await?;
        let told =
            !caller.is_counterpart() || snapshot.thread.permissions.allow(PermissionFlag::CanViewFullProfile);
        if snapshot.refusal.is_some() || !told {
            return Ok(None);
        }
        owners.card(caller.owner()).await.map_err(|_| StoreError::Unavailable)
    }

    async fn owns_thread(&self, owner: &Owner, thread: &ThreadId) -> Result<(), Error> {
        if self.inner().knows_thread(owner, thread).await? { Ok(()) } else { Err(Error::NotFound) }
    }
}

impl Inner {
    fn flag_access(&self, flag: PermissionFlag, callers: &[Caller], snapshot: &Snapshot) -> FlagAccess {
        let works = |entry: &_| callers.iter().any(|caller| snapshot.resolve(caller, entry).is_ok());
        let of_flag = || self.catalogue.iter().filter(move |entry| entry.tool.flag == Some(flag));
        let tools = of_flag().filter(|entry| works(entry)).map(OfferedTool::new).collect();
        let missing = self.providers.iter().filter_map(|provider| {
            let descriptor = provider.descriptor();
            let connected = snapshot.rows.iter().any(|row| row.provider == descriptor.key);
            let mut wanted = provider.tools().iter().filter(|tool| tool.flag == Some(flag)).peekable();
            if connected || wanted.peek().is_none() {
                return None;
            }
            let names: Vec<&ToolName> = wanted.map(|tool| &tool.name).collect();
            let whole = |tools: &[ToolName]| names.iter().all(|name| tools.contains(name));
            let definition = descriptor.definitions.iter().find(|definition| whole(&definition.tools));
            let name = definition.map_or(descriptor.name, |definition| definition.name);
            Some(MissingConnection { provider: descriptor.key.clone(), name })
        });
        FlagAccess { flag, tools, missing: missing.collect() }
    }

    /// Whether the host knows the thread as the owner's; it does not where it knows of no threads at all.
    pub(crate) async fn knows_thread(&self, owner: &Owner, thread: &ThreadId) -> Result<bool, StoreError> {
        let Some(threads) = &self.threads else { return Ok(false) };
        threads.owns(owner, thread).await.map_err(|_| StoreError::Unavailable)
    }

    /// Who is at the other end of a thread of the owner, as far as the host knows.
    pub(crate) async fn at_the_other_end(
        &self,
        owner: &Owner,
        thread: &ThreadId,
    ) -> Result<Option<Counterpart>, StoreError> {
        let Some(threads) = &self.threads else { return Ok(None) };
        threads.counterpart(owner, thread).await.map_err(|_| StoreError::Unavailable)
    }
}

/// The flags that differ, by their names.
fn changed(before: ThreadPermissions, after: ThreadPermissions) -> Vec<String> {
    PermissionFlag::ALL
        .into_iter()
        .filter(|flag| before.allow(*flag) != after.allow(*flag))
        .map(|flag| flag.as_str().to_owned())
        .collect()
}
