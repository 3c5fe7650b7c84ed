use std::time::Duration;

use async_trait::async_trait;
use bailee_core::Clock;
use bailee_engine::SystemClock;
use chrono::{DateTime, TimeDelta, Utc};

/// The clock of a machine that is set wrong. Its monotonic time is right, as on any machine.
#[derive(Clone, Copy, Debug)]
pub struct Skewed {
    clock: SystemClock,
    by: TimeDelta,
}

impl Skewed {
    /// Ahead by so much, or behind.
    #[must_use]
    pub fn by(by: TimeDelta) -> Self {
        Self { clock: SystemClock::new(), by }
    }
}

#[async_trait]
impl Clock for Skewed {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now() + self.by
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}
