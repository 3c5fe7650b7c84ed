//! Who waits for changes of what an owner's agents may use.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use bailee_core::{Clock, Owner, OwnerKey, StoreError};
use tokio::sync::watch;

use crate::{Bailee, engine::Inner};

/// How often other processes are asked, while somebody waits.
const POLL: Duration = Duration::from_secs(1);

/// Changes of what an owner's agents may use: connects, disconnects, status, switches, scope, flags, profiles.
///
/// Changes of this process are told at once, those of others within about a second. What changed is not told: ask
/// [`Bailee::tools`] again.
pub struct Changes {
    receiver: watch::Receiver<u64>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

impl Changes {
    /// Waits until something may have changed since the last call, or since the beginning. Several changes in between are
    /// one. Now and then nothing did change.
    pub async fn changed(&mut self) {
        if self.receiver.changed().await.is_err() {
            // The host let go of its `Bailee`: nothing changes any more.
            std::future::pending::<()>().await;
        }
    }

    /// As [`Changes::changed`], for at most `limit`. Returns whether something may have changed.
    pub async fn changed_within(&mut self, limit: Duration) -> bool {
        let clock = Arc::clone(&self.clock);
        tokio::select! {
            biased;
            () = self.changed() => true,
            () = clock.sleep(limit) => false,
        }
    }
}

/// Those who wait, by owner. The lock is held to look into the map and never across an await.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    watched: HashMap<OwnerKey, Watched>,
    polling: bool,
}

#[derive(Debug)]
struct Watched {
    sender: watch::Sender<u64>,
    /// The version that was told; `None` until the store was asked.
    told: Option<i64>,
}

impl Watched {
    fn tell(&self) {
        self.sender.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Listeners {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it is held.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait in this process.
    fn announce(&self, owner: &Owner) {
        let table = self.table();
        if table.watched.is_empty() {
            return;
        }
        if let Some(watched) = table.watched.get(&owner.key()) {
            watched.tell();
        }
    }

    /// Begins to wait. The second part: whether nobody asks the store yet.
    fn listen(&self, owner: &Owner) -> (watch::Receiver<u64>, bool) {
        let mut table = self.table();
        let new = || Watched { sender: watch::Sender::new(0), told: None };
        let receiver = table.watched.entry(owner.key()).or_insert_with(new).sender.subscribe();
        let first = !std::mem::replace(&mut table.polling, true);
        (receiver, first)
    }

    /// The owners for whom somebody waits; none ends the asking.
    fn owners(&self) -> Vec<OwnerKey> {
        let mut table = self.table();
        table.watched.retain(|_, watched| watched.sender.receiver_count() > 0);
        table.polling = !table.watched.is_empty();
        table.watched.keys().cloned().collect()
    }

    fn tell(&self, owners: &[OwnerKey], versions: &[i64]) {
        let mut table = self.table();
        for (owner, version) in owners.iter().zip(versions) {
            if let Some(watched) = table.watched.get_mut(owner)
                && watched.told.replace(*version) != Some(*version)
            {
                watched.tell();
            }
        }
    }
}

impl Bailee {
    /// Waits for changes of what an owner's agents may use. To be called within a Tokio runtime.
    ///
    /// ```no_run
    /// # async fn example(bailee: bailee_engine::Bailee, caller: bailee_core::Caller) -> Result<(), bailee_core::StoreError> {
    /// let mut changes = bailee.changes(caller.owner());
    /// loop {
    ///     let tools = bailee.tools(&caller).await?;
    ///     println!("{} tools", tools.len());
    ///     changes.changed().await;
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn changes(&self, owner: &Owner) -> Changes {
        let inner = self.inner();
        let (receiver, first) = inner.listeners.listen(owner);
        if first {
            tokio::spawn(poll(Arc::downgrade(inner)));
        }
        Changes { receiver, clock: Arc::clone(&inner.clock) }
    }

    /// Tells agents that the owner's profiles changed: for the host, whose profiles they are.
    ///
    /// # Errors
    /// [`StoreError`]; agents of this process were told all the same.
    pub async fn profiles_changed(&self, owner: &Owner) -> Result<(), StoreError> {
        self.inner().announce(owner);
        self.inner().stores.versions.raise_version(owner).await
    }
}

impl Inner {
    /// Something changed of what the owner's agents may use, and the store says so already.
    pub(crate) fn announce(&self, owner: &Owner) {
        self.listeners.announce(owner);
        self.sinks.wake();
    }

    /// As [`Inner::announce`], for a change that the store did not count.
    pub(crate) async fn raise(&self, owner: &Owner) {
        self.announce(owner);
        if let Err(error) = self.stores.versions.raise_version(owner).await {
            tracing::warn!(%error, "other processes are not told of a change");
        }
    }
}

/// Lets the next one who listens ask, where the asking was cut off with its runtime.
struct Asking {
    inner: Weak<Inner>,
    ended: bool,
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade().filter(|_| !self.ended) {
            inner.listeners.table().polling = false;
        }
    }
}

/// Asks for the versions of all owners for whom somebody waits, until nobody does.
async fn poll(inner: Weak<Inner>) {
    let mut asking = Asking { inner, ended: false };
    loop {
        let Some(inner) = asking.inner.upgrade() else { return };
        let owners = inner.listeners.owners();
        if owners.is_empty() {
            asking.ended = true;
            return;
        }
        match inner.stores.versions.owner_versions(&owners).await {
            Ok(versions) => inner.listeners.tell(&owners, &versions),
            Err(error) => tracing::debug!(%error, "changes of other processes are not known"),
        }
        let clock = Arc::clone(&inner.clock);
        drop(inner);
        clock.sleep(POLL).await;
    }
}
