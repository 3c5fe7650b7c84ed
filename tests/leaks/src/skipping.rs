use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{Clock, DateTime, Utc};
use bailee_engine::SystemClock;

/// The clock of this machine, which can skip what nobody wants to wait for: the pauses in which a provider is left alone.
/// Clones share the time.
#[derive(Clone, Debug, Default)]
pub struct Skipping {
    system: SystemClock,
    skipped_s: Arc<AtomicU64>,
}

impl Skipping {
    /// Skips a quarter of an hour: what a provider did before it is forgotten.
    pub fn skip(&self) {
        self.skipped_s.fetch_add(15 * 60, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for Skipping {
    fn now(&self) -> DateTime<Utc> {
        self.system.now()
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic() + Duration::from_secs(self.skipped_s.load(Ordering::Relaxed))
    }

    async fn sleep(&self, duration: Duration) {
        self.system.sleep(duration).await;
    }
}
