use std::time::Duration;

use bailee_core::ProviderError;

use super::{Cause, GateStanding, Refused, window::Window};

/// So many failures within the window, and no fewer than half of the answers: the provider is down.
const FAILURES: u32 = 10;

/// So many refusals of the client in a row are meant for it, though it worked a moment ago.
const REFUSALS: u32 = 3;

/// The first pause; doubles with each probe that fails.
const PAUSE: Duration = Duration::from_secs(5);

/// The longest pause, and so the longest time for which a provider that is up again is left alone.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The longest time for which a provider is left alone at its own word.
const LONGEST_WISH: Duration = Duration::from_mins(15);

/// Of ten requests one may be a repetition.
const ASKED_FOR_EACH_RETRY: u32 = 10;

/// So many repetitions are fine, however few requests there are.
const FREE_RETRIES: u32 = 5;

/// When somebody who comes during a probe may ask again.
const PROBE: Duration = Duration::from_secs(1);

/// What an answer says of the provider, whatever it says to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is down, hangs or talks nonsense; it may say for how long.
    Failed(Option<Duration>),
    /// Nothing: nothing was sent.
    Nothing,
    /// It refuses the client.
    NotThisClient,
    /// To wait for so long.
    Wait(Duration),
    /// It does its work, also where it says no.
    Works,
}

impl Said {
    pub(super) fn of<T>(answer: &Result<T, ProviderError>) -> Self {
        match answer {
            Err(ProviderError::Client) => Self::NotThisClient,
            Err(ProviderError::InvalidArguments { .. } | ProviderError::Unsupported) => Self::Nothing,
            Err(ProviderError::RateLimited { retry_after: Some(wait) }) => Self::Wait(*wait),
            Err(ProviderError::Unavailable { retry_after }) => Self::Failed(*retry_after),
            Err(ProviderError::Malformed { .. } | ProviderError::OutcomeUnknown) => Self::Failed(None),
            _ => Self::Works,
        }
    }
}

/// How the breaker changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Closed,
    Opened(Cause),
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Closed,
    Open {
        until: Duration,
        cause: Cause,
    },
    /// One request is out to see whether the provider is up again.
    Probing {
        cause: Cause,
    },
}

/// Whether to ask a provider at all. Pure: the time comes from outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breaker {
    mode: Mode,
    /// How often it opened since it was closed.
    opened: u32,
    /// How often the client was refused since it last worked.
    refused: u32,
    window: Window,
}

impl Breaker {
    pub(super) fn new(at: Duration) -> Self {
        Self { mode: Mode::Closed, opened: 0, refused: 0, window: Window::at(at) }
    }

    /// Why a request would be refused now.
    pub(super) fn refuses(&self, at: Duration) -> Option<Refused> {
        match self.mode {
            Mode::Open { until, cause } if at < until => {
                Some(Refused { cause, retry_after: until.saturating_sub(at) })
            }
            Mode::Probing { cause } => Some(Refused { cause, retry_after: PROBE }),
            Mode::Closed | Mode::Open { .. } => None,
        }
    }

    /// Lets a request through; `true`: as the probe, which must be answered for.
    pub(super) fn admit(&mut self, at: Duration) -> Result<bool, Refused> {
        if let Some(refused) = self.refuses(at) {
            return Err(refused);
        }
        let Mode::Open { cause, .. } = self.mode else { return Ok(false) };
        self.mode = Mode::Probing { cause };
        Ok(true)
    }

    /// Takes the answer to a request; `share`, from 0 to 1, spreads the pauses of many processes.
    pub(super) fn heard(&mut self, probe: bool, said: Said, at: Duration, share: f64) -> Option<Change> {
        self.window.counts(at).asked += u32::from(said != Said::Nothing);
        match (self.mode, said) {
            (_, Said::Nothing) => {
                if probe {
                    self.unheard();
                }
                None
            }
            // A request from before may still know more of how long to wait.
            (Mode::Open { until, cause: Cause::Limited }, Said::Wait(wait)) => {
                let until = until.max(at + wait.min(LONGEST_WISH));
                self.mode = Mode::Open { until, cause: Cause::Limited };
                None
            }
            (Mode::Open { .. }, _) => None,
            (Mode::Probing { .. }, _) if !probe => None,
            (_, Said::Wait(wait)) => Some(self.open(Cause::Limited, at + wait.min(LONGEST_WISH))),
            (Mode::Probing { .. }, Said::Works) => {
                *self = Self::new(at);
                Some(Change::Closed)
            }
            (Mode::Probing { .. }, Said::Failed(wish)) => Some(self.pause(Cause::Failing, wish, at, share)),
            (Mode::Probing { .. }, Said::NotThisClient) => Some(self.pause(Cause::Client, None, at, share)),
            (Mode::Closed, Said::Works) => {
                self.window.counts(at).went_well += 1;
                self.refused = 0;
                None
            }
            (Mode::Closed, said) => self.failed(said, at, share),
        }
    }

    /// The probe asked nothing: the next request is one.
    pub(super) fn unheard(&mut self) {
        if let Mode::Probing { cause } = self.mode {
            self.mode = Mode::Open { until: Duration::ZERO, cause };
        }
    }

    /// Whether one more repetition is fine; it counts as done then.
    pub(super) fn may_retry(&mut self, at: Duration) -> bool {
        let counts = self.window.sum(at);
        let fine = counts.retried < counts.asked / ASKED_FOR_EACH_RETRY + FREE_RETRIES;
        self.window.counts(at).retried += u32::from(fine);
        fine && self.refuses(at).is_none()
    }

    pub(super) fn standing(&self, at: Duration) -> GateStanding {
        match self.mode {
            Mode::Closed => GateStanding::Closed,
            Mode::Open { until, .. } if at < until => {
                GateStanding::Open { retry_after: until.saturating_sub(at) }
            }
            Mode::Open { .. } | Mode::Probing { .. } => GateStanding::HalfOpen,
        }
    }

    /// Whether it would be no loss to forget it.
    pub(super) fn is_idle(&mut self, at: Duration) -> bool {
        matches!(self.mode, Mode::Closed) && self.window.sum(at).asked == 0
    }

    fn failed(&mut self, said: Said, at: Duration, share: f64) -> Option<Change> {
        self.window.counts(at).failed += 1;
        self.refused += u32::from(said == Said::NotThisClient);
        let counts = self.window.sum(at);
        match said {
            // One grant alone may be of another client; it does not end the work of all others.
            Said::NotThisClient if counts.went_well == 0 || self.refused >= REFUSALS => {
                Some(self.pause(Cause::Client, None, at, share))
            }
            Said::Failed(wish) if counts.failed >= FAILURES && counts.failed >= counts.went_well => {
                Some(self.pause(Cause::Failing, wish, at, share))
            }
            _ => None,
        }
    }

    /// From half to the whole of a pause that doubles, and at least as long as the provider wishes.
    fn pause(&mut self, cause: Cause, wish: Option<Duration>, at: Duration, share: f64) -> Change {
        let longest = PAUSE.saturating_mul(2_u32.saturating_pow(self.opened.min(30))).min(LONGEST_PAUSE);
        let pause = longest.mul_f64(0.5 + share / 2.0);
        self.opened = self.opened.saturating_add(1);
        self.open(cause, at + pause.max(wish.unwrap_or_default().min(LONGEST_WISH)))
    }

    fn open(&mut self, cause: Cause, until: Duration) -> Change {
        self.mode = Mode::Open { until, cause };
        Change::Opened(cause)
    }
}

#[cfg(test)]
mod tests;
