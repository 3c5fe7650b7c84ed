//! What really happened, so that a simulation of nothing cannot pass.

use std::fmt;

macro_rules! seen {
    ($($name:ident)+) => {
        /// Something worth counting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Seen {
            $(
                #[doc = concat!("`", stringify!($name), "`: see where it is counted.")]
                $name,
            )+
        }

        impl Seen {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

seen! {
    Abandoned AcquireUnanswered AcquireUnansweredButDone AfterExpiryGate Attempts Busy ClientRefused ClockSteps ConfigOutcome
    CrashAcquiring CrashConfirming CrashInFlight CrashMarking CrashReleasing CrashSaving CrashSending CrashWaiting
    DeadExpired DeadOutcomeLost DeadRevoked Disconnected DoubleFlights FamilyKilled Forced Gone LateEffects LeaseLapsed
    Lost LostButDone NewerThanRevoked OldSecret OldSecretKept OutageHits PausedBeforeWrite Pauses PeersTokenAfterDead QuietConnected
    QuietDead QuietGone Reconnects ReconnectsDuringFlight Renewed Replays ReplayHealed Revived SaveUnanswered
    SaveUnansweredButDone SavedOverDisconnecting SealedOutcome Served Settled StaleSaves StoreOutcome
    TooLateToSend TransientRetryAfter Unavailable UserRevoked Violated Zombies
}

/// How often.
#[derive(Clone, Debug)]
pub struct Counts {
    seeds: u64,
    seen: Vec<u64>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { seeds: 0, seen: vec![0; Seen::ALL.len()] }
    }
}

impl Counts {
    pub(crate) fn add(&mut self, seen: Seen) {
        if let Some(count) = self.seen.get_mut(seen as usize) {
            *count += 1;
        }
    }

    /// How often this happened.
    #[must_use]
    pub fn of(&self, seen: Seen) -> u64 {
        self.seen.get(seen as usize).copied().unwrap_or_default()
    }

    /// One more seed is done.
    pub(crate) const fn finish_seed(&mut self) {
        self.seeds += 1;
    }

    /// Seeds that were simulated.
    #[must_use]
    pub const fn seeds(&self) -> u64 {
        self.seeds
    }

    /// Both together.
    pub fn absorb(&mut self, other: &Self) {
        self.seeds += other.seeds;
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            *mine += theirs;
        }
    }

    /// What never happened.
    #[must_use]
    pub fn missing(&self) -> Vec<Seen> {
        Seen::ALL.iter().copied().filter(|seen| self.of(*seen) == 0).collect()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} seeds:", self.seeds)?;
        for seen in Seen::ALL {
            write!(f, " {seen:?} {}", self.of(*seen))?;
        }
        Ok(())
    }
}
