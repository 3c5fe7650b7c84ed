use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Time as an argument. Leases and expiry never use it: they read the database's clock.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The wall clock, for records that people read.
    ///
    /// # Behaviour
    /// - May step backwards; nothing may be decided by the difference of two readings.
    fn now(&self) -> DateTime<Utc>;

    /// Time since an arbitrary start that never goes backwards.
    ///
    /// # Behaviour
    /// - Readings of two `Clock` values are not comparable.
    fn monotonic(&self) -> Duration;

    /// Waits until `monotonic` has grown by `duration`.
    ///
    /// # Behaviour
    /// - A zero duration returns at once.
    /// - Dropping the future cancels the wait and nothing else.
    async fn sleep(&self, duration: Duration);
}
