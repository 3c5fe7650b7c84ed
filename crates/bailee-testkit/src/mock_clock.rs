use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, oneshot};

use bailee_core::Clock;

/// 2026-01-01T00:00:00Z, where every [`MockClock`] begins.
const START_SECONDS: i64 = 1_767_225_600;

/// A clock that moves only when it is told to. Clones share the time.
///
/// ```
/// use std::time::Duration;
///
/// use bailee_core::Clock;
/// use bailee_testkit::MockClock;
///
/// let clock = MockClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!((clock.now() - before).num_seconds(), 90);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MockClock {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    fell_asleep: Notify,
}

#[derive(Debug)]
struct State {
    monotonic: Duration,
    wall: DateTime<Utc>,
    /// By deadline and order of falling asleep, so that waking has one order.
    sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
    next: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            monotonic: Duration::ZERO,
            wall: DateTime::from_timestamp(START_SECONDS, 0).unwrap_or_default(),
            sleepers: BTreeMap::new(),
            next: 0,
        }
    }
}

impl MockClock {
    /// A clock at 2026-01-01T00:00:00Z, monotonic time zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves both times forward and wakes every sleep whose deadline is reached, the earliest first.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.monotonic = state.monotonic.saturating_add(duration);
        let delta = TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
        state.wall = state.wall.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let reached = (state.monotonic, u64::MAX);
        let asleep = state.sleepers.split_off(&reached);
        for (_, sleeper) in std::mem::replace(&mut state.sleepers, asleep) {
            // A sleep that was cancelled needs no waking.
            let _ = sleeper.send(());
        }
    }

    /// Sets the wall clock, forwards or backwards. Monotonic time and sleeps do not move.
    pub fn set_wall(&self, wall: DateTime<Utc>) {
        self.state().wall = wall;
    }

    /// How many sleeps wait now.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.state().sleepers.values().filter(|sleeper| !sleeper.is_closed()).count()
    }

    /// Waits until at least `count` sleeps wait, so that the next [`MockClock::advance`] reaches them.
    pub async fn until_asleep(&self, count: usize) {
        loop {
            let notified = self.shared.fell_asleep.notified();
            if self.sleepers() >= count {
                return;
            }
            notified.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for MockClock {
    fn now(&self) -> DateTime<Utc> {
        self.state().wall
    }

    fn monotonic(&self) -> Duration {
        self.state().monotonic
    }

    async fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let woken = {
            let mut state = self.state();
            let (wake, woken) = oneshot::channel();
            let key = (state.monotonic.saturating_add(duration), state.next);
            state.next += 1;
            state.sleepers.insert(key, wake);
            woken
        };
        self.shared.fell_asleep.notify_waiters();
        // The sender lives in this clock: the wait ends by `advance` alone.
        let _ = woken.await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_sleep_ends_when_its_deadline_is_reached_and_not_before() -> anyhow::Result<()> {
        let clock = MockClock::new();
        let sleep = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(2)).await }
        });
        clock.until_asleep(1).await;
        clock.advance(Duration::from_millis(1_999));
        assert_eq!(clock.sleepers(), 1);
        clock.advance(Duration::from_millis(1));
        sleep.await?;
        assert_eq!(clock.sleepers(), 0);
        assert_eq!(clock.monotonic(), Duration::from_secs(2));
        Ok(())
    }

    #[tokio::test]
    async fn sleeps_wake_in_the_order_of_their_deadlines() -> anyhow::Result<()> {
        let clock = MockClock::new();
        let woken = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [3_u64, 1, 2]
            .into_iter()
            .map(|seconds| {
                let (clock, woken) = (clock.clone(), Arc::clone(&woken));
                tokio::spawn(async move {
                    clock.sleep(Duration::from_secs(seconds)).await;
                    woken.lock().unwrap_or_else(PoisonError::into_inner).push(seconds);
                })
            })
            .collect();
        clock.until_asleep(3).await;
        clock.advance(Duration::from_secs(3));
        for task in tasks {
            task.await?;
        }
        assert_eq!(*woken.lock().unwrap_or_else(PoisonError::into_inner), [1, 2, 3]);
        Ok(())
    }

    #[tokio::test]
    async fn a_dropped_sleep_is_no_sleeper() {
        let clock = MockClock::new();
        {
            let mut sleep = clock.sleep(Duration::from_secs(1));
            assert!((&mut sleep).now_or_never().is_none());
            assert_eq!(clock.sleepers(), 1);
        }
        assert_eq!(clock.sleepers(), 0);
        clock.sleep(Duration::ZERO).await;
    }

    #[test]
    fn the_wall_clock_steps_alone() {
        let clock = MockClock::new();
        clock.advance(Duration::from_secs(5));
        clock.set_wall(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
    }
}
