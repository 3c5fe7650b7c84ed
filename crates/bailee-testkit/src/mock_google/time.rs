use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use bailee_core::Clock;

/// The mock's own time: the test's clock, where it was given one.
#[derive(Clone, Debug, Default)]
pub(super) struct Time {
    pub(super) clock: Option<Arc<dyn Clock>>,
}

impl Time {
    /// For identity tokens and records.
    #[expect(
        clippy::disallowed_methods,
        reason = "without a clock of the test, the mock is another party with a clock of its own"
    )]
    pub(super) fn now(&self) -> DateTime<Utc> {
        match &self.clock {
            Some(clock) => clock.now(),
            None => std::time::SystemTime::now().into(),
        }
    }

    /// What lifetimes are measured by; `None`: nothing expires by itself.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        self.clock.as_ref().map(|clock| clock.monotonic())
    }
}
