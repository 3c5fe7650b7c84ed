use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A moment of a refresh, in the order of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// The lease is committed.
    Leased,
    /// The row was read again and the lease is there.
    Confirmed,
    /// The request is about to be sent, in time.
    Sending,
    /// The answer has arrived and is about to be written.
    Saving,
    /// The answer is committed.
    Saved,
}

/// Where a refresh stands still until it is told to go on. Clones are the same place.
#[derive(Clone, Debug)]
pub struct Stand {
    at: Option<Step>,
    reached: watch::Sender<bool>,
    released: watch::Receiver<bool>,
}

impl Stand {
    /// At this step, the first time that it is reached.
    #[must_use]
    pub fn at(step: Step) -> (Self, Halt) {
        Self::new(Some(step))
    }

    /// Nowhere.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::new(None).0
    }

    /// At this step, where there is one.
    #[must_use]
    pub fn new(at: Option<Step>) -> (Self, Halt) {
        let (reached, release) = (watch::Sender::new(false), watch::Sender::new(false));
        let halt = Halt { reached: reached.subscribe(), release: release.clone() };
        (Self { at, reached, released: release.subscribe() }, halt)
    }

    pub(crate) async fn pass(&self, step: Step) {
        if self.at == Some(step) {
            self.reached.send_replace(true);
            // Whoever let go of the other end wants nothing to stand still.
            let _ = self.released.clone().wait_for(|released| *released).await;
        }
    }
}

/// The other end of a [`Stand`]. Dropping it lets everything go on.
#[derive(Debug)]
pub struct Halt {
    reached: watch::Receiver<bool>,
    release: watch::Sender<bool>,
}

impl Halt {
    /// Waits until the step was reached. Never resolves where nothing ever stands still.
    pub async fn until_reached(&mut self) {
        if self.reached.wait_for(|reached| *reached).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Lets it go on, and all that come after it.
    pub fn release(&self) {
        self.release.send_replace(true);
    }
}
