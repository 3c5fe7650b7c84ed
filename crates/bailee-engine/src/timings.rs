use std::time::Duration;

use crate::BuildError;

/// How long things may take. The defaults are those of the refresh protocol; tests over processes shorten them.
///
/// The lease is a safety parameter: it must outlast two requests and the write after them.
///
/// ```
/// use std::time::Duration;
///
/// use bailee_engine::Timings;
///
/// let timings = Timings::default().with_request(Duration::from_secs(1)).with_persist(Duration::from_secs(1));
/// assert!(timings.with_lease(Duration::from_secs(3)).check().is_ok());
/// assert!(timings.with_lease(Duration::from_secs(2)).check().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    pub(crate) request: Duration,
    pub(crate) persist: Duration,
    pub(crate) lease: Duration,
    pub(crate) soft_margin: Duration,
    pub(crate) hard_floor: Duration,
    pub(crate) wait: Duration,
    pub(crate) poll: Duration,
    pub(crate) settle: Duration,
    pub(crate) replay: Duration,
    pub(crate) backoff: Duration,
    pub(crate) longest_backoff: Duration,
    pub(crate) call: Duration,
    pub(crate) flow: Duration,
    pub(crate) tick: Duration,
    pub(crate) revocation: Duration,
    pub(crate) ledger: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(15),
            persist: Duration::from_secs(5),
            lease: Duration::from_secs(45),
            soft_margin: Duration::from_mins(5),
            hard_floor: Duration::from_secs(30),
            wait: Duration::from_secs(25),
            poll: Duration::from_millis(50),
            settle: Duration::from_secs(2),
            replay: Duration::from_secs(1),
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_hours(1),
            call: Duration::from_secs(30),
            flow: Duration::from_mins(10),
            tick: Duration::from_secs(5),
            revocation: Duration::from_hours(24),
            ledger: Duration::from_hours(24 * 400),
        }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $setter:ident $field:ident),+ $(,)?) => {
        impl Timings {
            $($(#[$doc])*
            #[must_use]
            pub const fn $setter(mut self, $field: Duration) -> Self {
                self.$field = $field;
                self
            })+
        }
    };
}

setters! {
    /// The hard deadline of one request to a token or revocation endpoint. Default 15 s.
    with_request request,
    /// How long the write after a refresh may take. Default 5 s.
    with_persist persist,
    /// How long a refresh holds its row. Default 45 s.
    with_lease lease,
    /// How long before expiry a refresh begins in the background, at most; it is never more than a fifth of the token's
    /// lifetime. Default 5 minutes.
    with_soft_margin soft_margin,
    /// How long a token must live to be handed out without a refresh. Default 30 s.
    with_hard_floor hard_floor,
    /// How long a caller waits for a refresh. Default 25 s.
    with_wait wait,
    /// How often a waiting process looks at the row, at first; up to five times as long later. Default 50 ms.
    with_poll poll,
    /// How long a dead grant is looked at again before it is declared dead. Default 2 s.
    with_settle settle,
    /// How long to wait before a lost refresh is replayed where that is harmless. Default 1 s.
    with_replay replay,
    /// The first wait after a failed refresh; doubles with each. Default 1 s.
    with_backoff backoff,
    /// The longest wait after failed refreshes. Default 1 hour.
    with_longest_backoff longest_backoff,
    /// How long a call of a tool may take. Default 30 s.
    with_call call,
    /// How long a begun connect can be finished. Default 10 minutes.
    with_flow flow,
    /// How often the background worker looks for work. Default 5 s.
    with_tick tick,
    /// For how long a failing revocation is tried again. Default 24 hours.
    with_revocation revocation,
    /// For how long lines of the ledger are kept. Default 400 days.
    with_ledger ledger,
}

impl Timings {
    /// Checks the rules that hold the protocol together.
    ///
    /// # Errors
    /// [`BuildError::Timings`] names the first rule that is broken.
    pub fn check(&self) -> Result<(), BuildError> {
        let rules = [
            (
                self.lease >= self.request * 2 + self.persist,
                "lease must be at least twice request plus persist",
            ),
            (self.wait >= self.request + self.persist, "wait must be at least request plus persist"),
            (!self.poll.is_zero(), "poll must not be zero"),
            (!self.request.is_zero(), "request must not be zero"),
            (!self.tick.is_zero(), "tick must not be zero"),
            (self.backoff <= self.longest_backoff, "backoff must not exceed longest_backoff"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(BuildError::Timings { rule }),
            None => Ok(()),
        }
    }

    /// A lease further ahead than this means that the database's clock jumped.
    pub(crate) fn longest_lease(&self) -> Duration {
        self.lease * 4
    }

    /// How late after taking the lease a request may still be sent, so that it and the write end within the lease.
    pub(crate) fn send_window(&self) -> Duration {
        self.lease.saturating_sub(self.request + self.persist)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold_the_rules() {
        assert_eq!(Timings::default().check(), Ok(()));
    }

    #[test]
    fn a_lease_too_short_for_two_requests_is_refused_by_name() {
        let refused = Timings::default().with_lease(Duration::from_secs(34)).check();
        assert_eq!(
            refused.map_err(|error| error.to_string()),
            Err("the timings contradict each other: lease must be at least twice request plus persist"
                .to_owned())
        );
    }
}
