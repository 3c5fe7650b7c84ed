use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bailee_core::IntegrationId;
use tokio::{sync::watch, task::JoinHandle};
use tracing::Instrument as _;

use crate::refresh::Landed;

/// What callers of one flight wait for.
pub(crate) type Landing = watch::Receiver<Option<Landed>>;

/// The refreshes under way in this process, one for each row, and every other task that must not be cut off.
///
/// The lock is held to look into the map and never across an await.
#[derive(Clone, Debug)]
pub(crate) struct Flights {
    landings: Arc<Mutex<HashMap<IntegrationId, Landing>>>,
    running: watch::Sender<usize>,
    closing: watch::Sender<bool>,
}

impl Default for Flights {
    fn default() -> Self {
        Self { landings: Arc::default(), running: watch::Sender::new(0), closing: watch::Sender::new(false) }
    }
}

impl Flights {
    fn landings(&self) -> MutexGuard<'_, HashMap<IntegrationId, Landing>> {
        // Nothing panics while it is held.
        self.landings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` to its end, whatever becomes of the caller; [`Flights::drained`] waits for it.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let counted = Counted::new(self.running.clone());
        let counting = async move {
            let _counted = counted;
            work.await
        };
        // What is logged in there still tells of the request that began it.
        tokio::spawn(counting.in_current_span())
    }

    /// The flight of this row, if one is under way.
    pub(crate) fn of(&self, id: IntegrationId) -> Option<Landing> {
        self.landings().get(&id).cloned()
    }

    /// Starts a flight of this row, or joins the one that was quicker.
    pub(crate) fn start<F>(
        &self,
        id: IntegrationId,
        fly: impl FnOnce(watch::Sender<Option<Landed>>) -> F,
    ) -> Landing
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut landings = self.landings();
        if let Some(landing) = landings.get(&id) {
            return landing.clone();
        }
        let (sender, landing) = watch::channel(None);
        landings.insert(id, landing.clone());
        let work = fly(sender);
        let entry = Entry { flights: self.clone(), id };
        drop(self.spawn(async move {
            let _entry = entry;
            work.await;
        }));
        landing
    }

    /// Says whether waits that hold nothing shall end.
    pub(crate) fn close(&self, closing: bool) {
        self.closing.send_replace(closing);
    }

    /// What `wait` brings, unless the host shuts down before it ends.
    pub(crate) async fn unless_closing<T>(&self, wait: impl Future<Output = T> + Send) -> Option<T> {
        let mut closing = self.closing.subscribe();
        tokio::select! {
            biased;
            // The sender lives as long as `self`.
            _ = closing.wait_for(|closing| *closing) => None,
            ended = wait => Some(ended),
        }
    }

    /// Resolves when nothing is running.
    pub(crate) async fn drained(&self) {
        let mut running = self.running.subscribe();
        // The sender lives as long as `self`.
        let _ = running.wait_for(|running| *running == 0).await;
    }
}

/// Removes a flight from the map, also when its task panics.
struct Entry {
    flights: Flights,
    id: IntegrationId,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.flights.landings().remove(&self.id);
    }
}

struct Counted(watch::Sender<usize>);

impl Counted {
    fn new(running: watch::Sender<usize>) -> Self {
        running.send_modify(|running| *running += 1);
        Self(running)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running = running.saturating_sub(1));
    }
}
