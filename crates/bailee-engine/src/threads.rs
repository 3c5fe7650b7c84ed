use bailee_core::{
    Action, Actor, Caller, Outcome, Owner, OwnerCard, PermissionFlag, Session, StoreError, ThreadId,
    ThreadPermissions, store::ThreadGrant,
};

use crate::{Bailee, Error, journal::Line};

/// How often a change is tried again that met another one.
const ATTEMPTS: usize = 3;

impl Bailee {
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
            let written =
                threads.set_thread_grant(&session.owner, thread, permissions, Some(before.version)).await?;
            if let Some(grant) = written {
                line.details.flags_version = Some(grant.version);
                inner.note(line).await;
                inner.announce(&session.owner);
                return Ok(grant);
            }
        }
        Err(Error::Stale)
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
        let Some(threads) = &self.inner().threads else { return Err(Error::NotFound) };
        match threads.owns(owner, thread).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::NotFound),
            Err(_) => Err(StoreError::Unavailable.into()),
        }
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
