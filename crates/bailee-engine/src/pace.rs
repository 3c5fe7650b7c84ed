use std::{num::NonZeroU32, time::Duration};

use bailee_core::Clock;

/// So many rows a second and no more, over the whole of a job.
#[derive(Debug)]
pub(crate) struct Pace<'a> {
    clock: &'a dyn Clock,
    rate: Option<NonZeroU32>,
    begun: Duration,
    done: u64,
}

impl<'a> Pace<'a> {
    /// A job that begins now; without a rate it goes as fast as it can.
    pub(crate) fn new(clock: &'a dyn Clock, rate: Option<NonZeroU32>) -> Self {
        Self { clock, rate, begun: clock.monotonic(), done: 0 }
    }

    /// How many rows go at once, of at most so many: never more than those of a second.
    pub(crate) fn at_once(&self, most: u32) -> u32 {
        self.rate.map_or(most, |rate| rate.get().min(most))
    }

    /// Counts rows that were done.
    pub(crate) fn count(&mut self, rows: usize) {
        self.done = self.done.saturating_add(rows as u64);
    }

    /// Waits until the next row is due.
    pub(crate) async fn wait(&self) {
        let due = self.begun + time_of(self.done, self.rate);
        self.clock.sleep(due.saturating_sub(self.clock.monotonic())).await;
    }
}

/// When the row of this place is due, since the first one was.
pub(crate) fn time_of(place: u64, rate: Option<NonZeroU32>) -> Duration {
    rate.map_or(Duration::ZERO, |rate| {
        Duration::from_millis(place.saturating_mul(1_000) / u64::from(rate.get()))
    })
}

#[cfg(test)]
mod tests {
    use bailee_testkit::MockClock;
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn rows_come_no_faster_than_the_rate_over_the_whole_job() {
        let clock = MockClock::new();
        let mut pace = Pace::new(&clock, NonZeroU32::new(4));
        assert_eq!((pace.at_once(200), pace.at_once(2)), (4, 2));
        assert!(pace.wait().now_or_never().is_some(), "the first rows are due");
        pace.count(4);
        clock.advance(Duration::from_millis(999));
        assert!(pace.wait().now_or_never().is_none());
        clock.advance(Duration::from_millis(1));
        assert!(pace.wait().now_or_never().is_some());
        // A job that was held up makes up for it.
        pace.count(4);
        clock.advance(Duration::from_secs(10));
        assert!(pace.wait().now_or_never().is_some());
        assert!(Pace::new(&clock, None).wait().now_or_never().is_some());
        assert_eq!(time_of(10, NonZeroU32::new(4)), Duration::from_millis(2_500));
    }
}
