//! What agents can do with each integration of an owner, for the pages that people see before they change something.

use std::collections::{BTreeMap, BTreeSet, btree_map};

use bailee_core::{
    Access, Caller, Integration, IntegrationId, Owner, Profile, ProfileId, Scope, StoreError, Subject,
    ThreadId, ThreadPermissions, ToolName, Wanted, decide, store::ThreadGrant,
};

use crate::{
    Bailee, Error,
    access::Snapshot,
    catalogue::{Entry, OfferedTool},
    engine::Inner,
};

/// The most threads of one owner that are looked at.
const MOST_THREADS: u32 = 100;

/// The most threads that are told of an integration.
const TOLD_THREADS: usize = 20;

/// What agents can do with an integration.
#[derive(Clone, Debug)]
pub struct IntegrationAccess {
    /// Which integration.
    pub id: IntegrationId,
    /// What can be done by what its last consent asked for; `None` where nothing can be said.
    pub access: Option<Access>,
    /// The enabled tools of its provider that its grant allows, in the order of the catalogue.
    pub tools: Vec<OfferedTool>,
    /// Those that lack an OAuth scope.
    pub lacking: Vec<OfferedTool>,
    /// Every profile of the owner.
    pub profiles: Vec<ProfileAccess>,
    /// Threads in which a counterpart can use a tool with it just now; at most 20.
    pub threads: Vec<ThreadName>,
}

/// What an integration means to one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileAccess {
    /// Which profile.
    pub id: ProfileId,
    /// Whether the scope of the integration lets the profile use it.
    pub granted: bool,
    /// The tools that the profile has through this integration alone: what it would lose. Where it is not granted,
    /// those that the profile would gain.
    pub tools: Vec<ToolName>,
}

/// A thread for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadName {
    /// Its id.
    pub id: ThreadId,
    /// The name of the counterpart, where the host knows it.
    pub name: Option<String>,
}

impl Bailee {
    /// What agents can do with each integration of an owner, in the order of their ids: by the rules of
    /// [`Bailee::tools`], on state that is read once. Of the profiles that the host lists.
    ///
    /// # Behaviour
    /// - What a granted profile would lose is what [`Bailee::tools`] lacks for it once the integration is gone or off.
    /// - Of the threads in which something is allowed, the first hundred are looked at.
    ///
    /// # Errors
    /// [`Error::Store`], also when a directory of the host does not answer.
    pub async fn access(&self, owner: &Owner) -> Result<Vec<IntegrationAccess>, Error> {
        let inner = self.inner();
        let profiles = self.profiles(owner).await?;
        let open = inner.stores.threads.open_threads(owner, MOST_THREADS).await?;
        let rows = inner.rows(owner).await?;
        let mut snapshot = Snapshot { rows, thread: ThreadGrant::default(), refusal: None };
        let mut threads = inner.open_threads(owner, &profiles, open, &mut snapshot).await?;
        let mut of_profiles = BTreeMap::<IntegrationId, Vec<ProfileAccess>>::new();
        for profile in profiles {
            let caller = Caller::own(owner.clone(), profile.id)?;
            for (id, access) in inner.of_profile(&caller, &snapshot) {
                of_profiles.entry(id).or_default().push(access);
            }
        }
        let told = snapshot.rows.iter().map(|row| {
            let (tools, lacking) = inner.by_grant(row);
            IntegrationAccess {
                id: row.id,
                access: inner.row_access(row),
                tools,
                lacking,
                profiles: of_profiles.remove(&row.id).unwrap_or_default(),
                threads: threads.remove(&row.id).unwrap_or_default(),
            }
        });
        Ok(told.collect())
    }
}

impl Inner {
    fn row_access(&self, row: &Integration) -> Option<Access> {
        let provider = self.provider_of(&row.provider)?;
        let effects = provider.tools().iter().map(|tool| tool.effect);
        Access::of(&row.requested, &provider.descriptor().reading, effects)
    }

    /// The tools of a row's provider: those that its grant allows, and the others.
    fn by_grant(&self, row: &Integration) -> (Vec<OfferedTool>, Vec<OfferedTool>) {
        let allowed =
            |entry: &Entry| entry.tool.scopes.satisfied_by(row.granted.as_ref(), Some(&row.lacking));
        let (tools, lacking): (Vec<_>, Vec<_>) =
            self.catalogue.of(&row.provider).partition(|entry| allowed(entry));
        let offered = |entries: Vec<_>| entries.into_iter().map(OfferedTool::new).collect();
        (offered(tools), offered(lacking))
    }

    /// What each integration means to a profile.
    fn of_profile(&self, caller: &Caller, snapshot: &Snapshot) -> Vec<(IntegrationId, ProfileAccess)> {
        let mut sole = BTreeMap::<IntegrationId, Vec<ToolName>>::new();
        let mut without = Vec::new();
        for entry in self.catalogue.iter().filter(|entry| entry.provider().is_some()) {
            match snapshot.allowed(caller, entry).unwrap_or_default().as_slice() {
                [] => without.push(&**entry),
                [only] => sole.entry(only.id).or_default().push(entry.tool.name.clone()),
                _ => {}
            }
        }
        let profile = caller.profile();
        let access = |row: &Integration| {
            let granted = row.scope.grants(row.bound_profile.as_ref(), profile);
            let tools = if granted {
                sole.get(&row.id).cloned().unwrap_or_default()
            } else {
                gained(caller, row, &without)
            };
            ProfileAccess { id: profile.clone(), granted, tools }
        };
        snapshot.rows.iter().map(|row| (row.id, access(row))).collect()
    }

    /// The threads in which a counterpart of some profile can use a tool with an integration, by integration.
    async fn open_threads(
        &self,
        owner: &Owner,
        profiles: &[Profile],
        open: Vec<(ThreadId, ThreadGrant)>,
        snapshot: &mut Snapshot,
    ) -> Result<BTreeMap<IntegrationId, Vec<ThreadName>>, Error> {
        let mut told = BTreeMap::<IntegrationId, Vec<ThreadName>>::new();
        let mut by_flags = BTreeMap::<u8, BTreeSet<IntegrationId>>::new();
        for (id, grant) in open {
            let unlocked = match by_flags.entry(grant.permissions.bits()) {
                btree_map::Entry::Occupied(known) => known.into_mut(),
                btree_map::Entry::Vacant(unknown) => {
                    snapshot.thread = grant;
                    unknown.insert(self.unlocked(owner, profiles, &id, snapshot)?)
                }
            };
            let full =
                |row: &IntegrationId| told.get(row).is_some_and(|threads| threads.len() >= TOLD_THREADS);
            let rows: Vec<_> = unlocked.iter().filter(|row| !full(row)).copied().collect();
            if rows.is_empty() {
                continue;
            }
            let Some(thread) = self.named_thread(owner, id).await? else { continue };
            for row in rows {
                told.entry(row).or_default().push(thread.clone());
            }
        }
        Ok(told)
    }

    /// The integrations that a counterpart can use a tool with, of some profile, under the flags of the snapshot.
    fn unlocked(
        &self,
        owner: &Owner,
        profiles: &[Profile],
        thread: &ThreadId,
        snapshot: &Snapshot,
    ) -> Result<BTreeSet<IntegrationId>, Error> {
        let mut rows = BTreeSet::new();
        for profile in profiles {
            let caller = Caller::counterpart(owner.clone(), profile.id.clone(), thread.clone())?;
            let resolved = self.catalogue.iter().filter_map(|entry| snapshot.resolve(&caller, entry).ok());
            rows.extend(resolved.flatten().map(|row| row.id));
        }
        Ok(rows)
    }

    /// A thread, as long as the host knows it as the owner's.
    async fn named_thread(&self, owner: &Owner, id: ThreadId) -> Result<Option<ThreadName>, StoreError> {
        if !self.knows_thread(owner, &id).await? {
            return Ok(None);
        }
        let counterpart = self.at_the_other_end(owner, &id).await?;
        Ok(Some(ThreadName { id, name: counterpart.map(|counterpart| counterpart.name) }))
    }
}

/// Of the tools that a profile has not, those that it had if the integration were granted to it.
fn gained(caller: &Caller, row: &Integration, without: &[&Entry]) -> Vec<ToolName> {
    let granted = Subject { scope: &Scope::All, bound_profile: None, ..Subject::from(row) };
    let gains = |entry: &&&Entry| {
        entry.provider().is_some_and(|provider| provider.descriptor().key == row.provider)
            && decide(caller, ThreadPermissions::NONE, Wanted::Tool(&entry.tool), Some(granted)).is_allowed()
    };
    without.iter().filter(gains).map(|entry| entry.tool.name.clone()).collect()
}
