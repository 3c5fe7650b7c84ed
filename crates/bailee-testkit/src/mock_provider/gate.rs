use std::sync::Arc;

use tokio::sync::watch;

/// Holds requests until the test opens it, so that "while it is in flight" needs no sleep. Clones are the same gate.
///
/// ```
/// use bailee_testkit::mock_provider::Gate;
///
/// let gate = Gate::new();
/// assert_eq!(gate.waiting(), 0);
/// gate.open();
/// ```
#[derive(Clone, Debug)]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    open: bool,
    waiting: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self { state: Arc::new(watch::Sender::new(State::default())) }
    }

    /// Lets everything through, now and from now on.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// How many requests wait now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state.borrow().waiting
    }

    /// Waits until at least `count` requests wait at the closed gate.
    pub async fn until_waiting(&self, count: usize) {
        // The sender lives as long as `self`, so that this cannot fail.
        let _ = self.state.subscribe().wait_for(|state| state.waiting >= count).await;
    }

    pub(crate) async fn pass(&self) {
        let _place = Place::take(self);
        let _ = self.state.subscribe().wait_for(|state| state.open).await;
    }
}

/// One waiting request; leaves when it is dropped.
struct Place<'a>(&'a Gate);

impl<'a> Place<'a> {
    fn take(gate: &'a Gate) -> Self {
        gate.state.send_modify(|state| state.waiting += 1);
        Self(gate)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.waiting -= 1);
    }
}
