use std::time::Duration;

/// Half of the time that is remembered.
const HALF: Duration = Duration::from_secs(30);

/// What was asked and how it went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) asked: u32,
    pub(super) failed: u32,
    pub(super) went_well: u32,
    pub(super) retried: u32,
}

/// The counts of the last 30 to 60 seconds, in two halves of which the older one is forgotten as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    begun: Duration,
    now: Counts,
    before: Counts,
}

impl Window {
    /// An empty one.
    pub(super) fn at(begun: Duration) -> Self {
        Self { begun, ..Self::default() }
    }

    /// The counts to add to.
    pub(super) fn counts(&mut self, at: Duration) -> &mut Counts {
        self.roll(at);
        &mut self.now
    }

    /// What is remembered.
    pub(super) fn sum(&mut self, at: Duration) -> Counts {
        self.roll(at);
        let (now, before) = (self.now, self.before);
        Counts {
            asked: now.asked + before.asked,
            failed: now.failed + before.failed,
            went_well: now.went_well + before.went_well,
            retried: now.retried + before.retried,
        }
    }

    fn roll(&mut self, at: Duration) {
        let age = at.saturating_sub(self.begun);
        if age < HALF {
            return;
        }
        let before = if age < HALF * 2 { self.now } else { Counts::default() };
        *self = Self { begun: at, now: Counts::default(), before };
    }
}
