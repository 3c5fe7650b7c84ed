//! A deadline for every answer, without a timer for every answer.
//!
//! To arm a timer that is due before all others wakes the driver of the runtime, which costs more than the rest of a
//! read. So one task looks after all who wait, a few times within the limit, and only while somebody waits.

use std::{
    future::{pending, poll_fn},
    mem,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Poll, Waker},
    time::Duration,
};

use tokio::{runtime::Handle, time::timeout};

/// How often within the limit: an answer is given up at most a quarter of the limit too late, and never too early.
const LOOKS: u32 = 4;

/// Gives up on answers that do not come.
#[derive(Debug)]
pub(crate) struct Watch {
    limit: Duration,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// How often it was looked.
    looks: u64,
    /// Whether a task does it now.
    watched: bool,
    /// At which look to give up, and whom to tell. As many as there are connections, at most.
    places: Vec<Option<(u64, Waker)>>,
}

impl Watch {
    pub(crate) fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self { limit, waiting: Mutex::default() })
    }

    pub(crate) const fn limit(&self) -> Duration {
        self.limit
    }

    /// Waits for `answer`, and not longer than the limit: `None`.
    pub(crate) async fn answer<T>(self: &Arc<Self>, answer: impl Future<Output = T>) -> Option<T> {
        let mut answer = pin!(answer);
        let mut place = Place { watch: self, at: None };
        poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if place.wait(context.waker()) => Poll::Pending,
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks once. Whether anybody waits.
    fn look(&self) -> bool {
        let mut waiting = self.waiting();
        waiting.looks += 1;
        let looks = waiting.looks;
        let places = || waiting.places.iter().flatten();
        let late: Vec<Waker> =
            places().filter(|(due, _)| *due <= looks).map(|(_, waker)| waker.clone()).collect();
        let any = places().next().is_some();
        drop(waiting);
        late.into_iter().for_each(Waker::wake);
        any
    }
}

/// Where one waits; left when it is dropped.
struct Place<'w> {
    watch: &'w Arc<Watch>,
    at: Option<usize>,
}

impl Place<'_> {
    /// Whether to wait on.
    fn wait(&mut self, waker: &Waker) -> bool {
        let mut waiting = self.watch.waiting();
        let looks = waiting.looks;
        if let Some(at) = self.at {
            let Some(Some((_, kept))) = waiting
                .places
                .get_mut(at)
                .filter(|place| place.as_ref().is_some_and(|(due, _)| *due > looks))
            else {
                return false;
            };
            let old = (!kept.will_wake(waker)).then(|| mem::replace(kept, waker.clone()));
            // Whatever hangs on a waker ends outside the lock.
            drop(waiting);
            drop(old);
            return true;
        }
        // One more, as the first look may come at once.
        let place = Some((looks + u64::from(LOOKS) + 1, waker.clone()));
        let free = waiting.places.iter_mut().enumerate().find(|(_, place)| place.is_none());
        self.at = Some(if let Some((at, free)) = free {
            *free = place;
            at
        } else {
            waiting.places.push(place);
            waiting.places.len() - 1
        });
        let runtime = if waiting.watched { None } else { Handle::try_current().ok() };
        waiting.watched |= runtime.is_some();
        // A runtime that is ending drops what it is given at once, and a shift that is dropped takes the lock.
        drop(waiting);
        if let Some(runtime) = runtime {
            runtime.spawn(Shift(Arc::downgrade(self.watch)).work(self.watch.limit / LOOKS));
        }
        true
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(at) = self.at else { return };
        let left = self.watch.waiting().places.get_mut(at).and_then(Option::take);
        drop(left);
    }
}

/// The task that looks. Another one may begin when it ends, also with its runtime.
struct Shift(Weak<Watch>);

impl Shift {
    async fn work(self, pause: Duration) {
        loop {
            let _ = timeout(pause.max(Duration::from_millis(1)), pending::<()>()).await;
            if !self.0.upgrade().is_some_and(|watch| watch.look()) {
                return;
            }
        }
    }
}

impl Drop for Shift {
    fn drop(&mut self) {
        if let Some(watch) = self.0.upgrade() {
            watch.waiting().watched = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn an_answer_that_comes_is_passed_on() {
        let watch = Watch::new(LIMIT);
        assert_eq!(watch.answer(async { 1 }).await, Some(1));
        let late = async {
            tokio::task::yield_now().await;
            2
        };
        assert_eq!(watch.answer(late).await, Some(2));
        assert!(watch.waiting().places.iter().all(Option::is_none), "nobody waits any more");
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_given_up_not_before_the_limit() {
        let watch = Watch::new(LIMIT);
        for _ in 0..2 {
            let start = tokio::time::Instant::now();
            let (one, other) = tokio::join!(watch.answer(pending::<()>()), watch.answer(pending::<()>()));
            assert_eq!((one, other), (None, None));
            assert!(start.elapsed() >= LIMIT, "{:?}", start.elapsed());
        }
        assert_eq!(watch.waiting().places.len(), 2, "places are used again");
    }

    #[test]
    fn to_wait_on_a_runtime_that_is_ending_holds_up_nobody() -> anyhow::Result<()> {
        /// Waits when it is dropped, as tasks of a driver do that end with their runtime.
        struct Late(Arc<Watch>);

        impl Drop for Late {
            fn drop(&mut self) {
                let mut place = Place { watch: &self.0, at: None };
                assert!(place.wait(Waker::noop()));
            }
        }

        let watch = Watch::new(LIMIT);
        let late = Late(Arc::clone(&watch));
        let (sender, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || -> std::io::Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            runtime.spawn(async move {
                pending::<()>().await;
                drop(late);
            });
            drop(runtime);
            let _ = sender.send(());
            Ok(())
        });
        ended.recv_timeout(Duration::from_secs(10))?;
        assert!(!watch.waiting().watched, "another one may begin");
        Ok(())
    }

    #[test]
    fn a_watch_outlives_the_runtime_that_it_began_on() -> anyhow::Result<()> {
        let watch = Watch::new(LIMIT);
        for _ in 0..2 {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            let outcome = runtime.block_on(async {
                // Begins to watch, and goes away with its runtime.
                let _ = timeout(Duration::from_millis(1), watch.answer(pending::<()>())).await;
                watch.answer(pending::<()>()).await
            });
            assert_eq!(outcome, None);
        }
        Ok(())
    }
}
