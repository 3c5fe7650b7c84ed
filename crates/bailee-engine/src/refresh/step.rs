use std::time::Duration;

use bailee_core::{
    Lifecycle, Rotation, StatusReason,
    store::{CredentialRow, Gate, Release},
};

use super::{Action, Answer, Event, Outcome, Plan};
use crate::Timings;

/// The longest gate after a refusal of the registration: an operator mends it, and then it should work soon.
const CONFIG_GATE: Duration = Duration::from_mins(1);

/// The lease, as this attempt holds it.
#[derive(Clone, Copy, Debug)]
struct Holder {
    owner: [u8; 16],
    lease_epoch: i64,
    secret_epoch: i64,
    /// Monotonic time before the lease was asked for.
    started: Duration,
    /// Monotonic time at which the row arrived, and the store's time in it, which is not later.
    read_at: Duration,
    now_ms: i64,
    failures: i64,
    /// An earlier attempt on this secret ended without a known outcome.
    unknown: bool,
    /// Until when the lease before this one was held, as far as it was seen; 0: free, or not seen.
    previous_until_ms: i64,
    sent: Duration,
    secret: usize,
    replayed: bool,
}

/// The row as it was looked at before the lease was asked for.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// Monotonic time before the lease was asked for.
    started: Duration,
    lease_epoch: i64,
    lease_until_ms: i64,
}

#[derive(Clone, Copy, Debug)]
enum Check {
    First(Holder),
    Settled(Holder),
}

#[derive(Clone, Debug)]
enum Phase {
    Looking,
    Polling,
    Acquiring(Seen),
    Confirming([u8; 16], Seen),
    Sending(Holder),
    WaitingToReplay(Holder),
    Saving(Holder, Option<i64>, u32),
    WaitingToSave(Holder, Option<i64>, u32),
    Comparing(Holder, Option<i64>, u32),
    Checking(Check),
    Settling(Holder),
    Marking,
    Expiring,
    Releasing(Outcome),
    ReleasingToLook,
    Abandoning,
    Finished,
}

/// The refresh of one row by one process.
#[derive(Clone, Debug)]
pub struct Refresh {
    plan: Plan,
    start_epoch: i64,
    give_up: Duration,
    polls: u32,
    random: u64,
    phase: Phase,
}

impl Refresh {
    /// Begins with the row whose token is not good enough, at the monotonic time `at`.
    #[must_use]
    pub fn begin(plan: Plan, row: &CredentialRow, at: Duration) -> (Self, Action) {
        let mut refresh = Self {
            plan,
            start_epoch: row.secret_epoch,
            give_up: at + plan.timings.wait,
            polls: 0,
            random: plan.jitter | 1,
            phase: Phase::Looking,
        };
        let action = refresh.look(row, at);
        (refresh, action)
    }

    /// Whether it only waits: for another holder, or until a refresh may be tried again. To stop then loses nothing.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Polling)
    }

    /// What to do after `event`, which happened at the monotonic time `at`.
    ///
    /// An event that does not belong to the last action is answered with [`Outcome::Busy`]: the driver is wrong, and
    /// no request may follow from that.
    #[expect(clippy::match_same_arms, reason = "one line for each step of the protocol")]
    pub fn step(&mut self, event: Event<'_>, at: Duration) -> Action {
        match (self.phase.clone(), event) {
            (Phase::Looking, Event::Row(row)) => self.look_again(row, at),
            (Phase::Looking | Phase::Checking(_), Event::RowFailed(error)) => {
                self.finish(Outcome::Store(error.clone()))
            }
            (Phase::Polling, Event::Waited) => self.to(Phase::Looking, Action::Read),
            (Phase::Acquiring(seen), Event::Acquired(owner, won)) => match won {
                Some(false) => self.to(Phase::Looking, Action::Read),
                // Without an answer, the row tells.
                Some(true) | None => self.to(Phase::Confirming(owner, seen), Action::Read),
            },
            (Phase::Confirming(owner, seen), event) => self.confirm(owner, seen, event, at),
            (Phase::Sending(holder), Event::Answered(answer)) => self.answered(holder, answer, at),
            (Phase::WaitingToReplay(holder), Event::Waited) => {
                self.send(Holder { replayed: true, ..holder }, at)
            }
            (Phase::Saving(holder, expires, failures), Event::Saved(saved)) => {
                self.saved(holder, expires, failures, saved, at)
            }
            (Phase::WaitingToSave(holder, expires, failures), Event::Waited) => {
                self.save(holder, expires, failures)
            }
            (Phase::Comparing(holder, expires, failures), event) => {
                self.compare(holder, expires, failures, event, at)
            }
            (Phase::Checking(check), Event::Row(row)) => self.check(check, row, at),
            (Phase::Settling(holder), Event::Waited) => {
                self.to(Phase::Checking(Check::Settled(holder)), Action::Read)
            }
            (Phase::Marking | Phase::Expiring, Event::Marked(Ok(_))) => self.to(Phase::Looking, Action::Read),
            (Phase::Marking | Phase::Expiring, Event::Marked(Err(error))) => {
                self.finish(Outcome::Store(error.clone()))
            }
            (Phase::Releasing(outcome), Event::Released) => self.finish(outcome),
            (Phase::ReleasingToLook, Event::Released) => self.to(Phase::Looking, Action::Read),
            (Phase::Abandoning, Event::Abandoned) => self.finish(Outcome::Gone),
            _ => self.finish(Outcome::Busy),
        }
    }

    fn to(&mut self, phase: Phase, action: Action) -> Action {
        self.phase = phase;
        action
    }

    fn finish(&mut self, outcome: Outcome) -> Action {
        self.to(Phase::Finished, Action::Finish(outcome))
    }

    fn look_again(&mut self, row: Option<&CredentialRow>, at: Duration) -> Action {
        match row {
            Some(row) => self.look(row, at),
            None => self.finish(Outcome::Gone),
        }
    }

    /// S0, S2 and S7: is there a newer token, may a refresh be tried, is somebody else at it?
    fn look(&mut self, row: &CredentialRow, at: Duration) -> Action {
        match row.lifecycle {
            Lifecycle::Disconnecting => return self.finish(Outcome::Gone),
            Lifecycle::NeedsReconnect => {
                return self
                    .finish(Outcome::NeedsReconnect(row.dead_reason.unwrap_or(StatusReason::Revoked)));
            }
            Lifecycle::Connected => {}
        }
        if row.secret_epoch != self.start_epoch && !expired(row) {
            return self.finish(Outcome::Served);
        }
        if !row.refreshable {
            if expired(row) {
                return self.to(Phase::Expiring, Action::MarkExpired { secret_epoch: row.secret_epoch });
            }
            return self.finish(Outcome::NeedsReconnect(StatusReason::Rejected));
        }
        if row.next_refresh_ms > row.now_ms {
            let gate = millis(row.next_refresh_ms - row.now_ms);
            // Somebody has just failed: a token that lives is served, as to whoever asks from now on.
            let alive = !self.plan.forced && row.access_expires_ms.is_some() && !expired(row);
            if alive || at + gate > self.give_up {
                return self.finish(Outcome::Unavailable(Some(gate)));
            }
            return self.to(Phase::Polling, Action::Wait(gate));
        }
        if held(row, self.plan.timings) {
            if at >= self.give_up {
                return self.finish(Outcome::Busy);
            }
            let wait = self.poll();
            return self.to(Phase::Polling, Action::Wait(wait));
        }
        if at >= self.give_up {
            return self.finish(Outcome::Busy);
        }
        let seen = Seen { started: at, lease_epoch: row.lease_epoch, lease_until_ms: row.lease_until_ms };
        self.to(Phase::Acquiring(seen), Action::Acquire { secret_epoch: row.secret_epoch })
    }

    /// S3 and S4: is the lease really ours, and is there time left to send?
    fn confirm(&mut self, owner: [u8; 16], seen: Seen, event: Event<'_>, at: Duration) -> Action {
        let Seen { started, .. } = seen;
        let row = match event {
            Event::Row(Some(row)) => row,
            Event::Row(None) => return self.finish(Outcome::Gone),
            Event::RowFailed(error) if at.saturating_sub(started) > self.plan.timings.send_window() => {
                return self.finish(Outcome::Store(error.clone()));
            }
            Event::RowFailed(_) => {
                let wait = self.poll();
                return Action::Wait(wait);
            }
            Event::Waited => return Action::Read,
            _ => return self.finish(Outcome::Busy),
        };
        // A reconnect voids the lease and leaves the name of its holder: the grant in the row is not ours to refresh.
        if row.lease_owner != Some(owner) || row.lease_until_ms == 0 {
            return self.look(row, at);
        }
        let holder = Holder {
            owner,
            lease_epoch: row.lease_epoch,
            secret_epoch: row.secret_epoch,
            started,
            read_at: at,
            now_ms: row.now_ms,
            failures: row.refresh_failures,
            unknown: row.unknown_epoch == row.secret_epoch,
            previous_until_ms: if row.lease_epoch == seen.lease_epoch + 1 { seen.lease_until_ms } else { 0 },
            sent: at,
            secret: 0,
            replayed: false,
        };
        if row.lifecycle != Lifecycle::Connected {
            return self.release(&holder, false, Gate::Open, Outcome::Gone);
        }
        // A second use of a refresh token whose first use may have succeeded can end the grant: the access token that
        // is still alive is served instead, to its end.
        let strict = self.plan.rotation == Rotation::Strict && !self.plan.forced;
        if let Some(expires) = row.access_expires_ms.filter(|_| holder.unknown && strict && !expired(row)) {
            let left = millis(expires - row.now_ms);
            return self.release(&holder, false, Gate::AfterExpiry, Outcome::Unavailable(Some(left)));
        }
        self.send(holder, at)
    }

    fn in_time(&self, holder: &Holder, at: Duration) -> bool {
        at.saturating_sub(holder.started) <= self.plan.timings.send_window()
    }

    fn send(&mut self, holder: Holder, at: Duration) -> Action {
        if !self.in_time(&holder, at) {
            // Too late to be sure to end within the lease. Nothing was sent in this turn.
            let free = !holder.replayed;
            let release = Release { free, failed: false, gate: Gate::Open };
            return self
                .to(Phase::ReleasingToLook, Action::Release { lease_epoch: holder.lease_epoch, release });
        }
        let holder = Holder { sent: at, ..holder };
        self.to(Phase::Sending(holder), Action::Send { secret: holder.secret })
    }

    /// S5 and S6: what the provider's answer means for the row.
    fn answered(&mut self, holder: Holder, answer: Answer, at: Duration) -> Action {
        match answer {
            Answer::Renewed(lifetime) => {
                let expires = lifetime.map(|lifetime| Self::expiry(&holder, lifetime));
                self.save(holder, expires, 0)
            }
            Answer::Dead => self.to(Phase::Checking(Check::First(holder)), Action::Read),
            Answer::ClientRefused { more: true } if self.in_time(&holder, at) => {
                self.send(Holder { secret: holder.secret + 1, ..holder }, at)
            }
            Answer::ClientRefused { .. } => {
                let gate = self.backoff(&holder).min(CONFIG_GATE);
                self.release(&holder, true, Gate::For(gate), Outcome::Config)
            }
            Answer::Config => {
                let gate = self.backoff(&holder);
                self.release(&holder, true, Gate::For(gate), Outcome::Config)
            }
            // Of the row nothing is to be held against.
            Answer::Held(wait) => self.release(&holder, false, Gate::Open, Outcome::Unavailable(Some(wait))),
            Answer::Sealed(error) => {
                let gate = self.backoff(&holder);
                self.release(&holder, true, Gate::For(gate), Outcome::Sealed(error))
            }
            Answer::Later(retry_after) => {
                let gate = self.backoff(&holder).max(retry_after.unwrap_or_default());
                self.release(&holder, true, Gate::For(gate), Outcome::Unavailable(Some(gate)))
            }
            Answer::Lost => self.lost(holder, at),
        }
    }

    /// The request may have been carried out. One replay where that is harmless; otherwise the lease is kept until it
    /// lapses, so that nobody else replays it either.
    fn lost(&mut self, holder: Holder, at: Duration) -> Action {
        let wait = self.jittered(self.plan.timings.replay, 1.0, 2.0);
        let harmless = match self.plan.rotation {
            Rotation::Static => true,
            Rotation::Grace(grace) => (at + wait).saturating_sub(holder.sent) < grace,
            Rotation::Strict => false,
        };
        let holder = Holder { unknown: true, ..holder };
        if harmless && !holder.replayed && self.in_time(&holder, at + wait) {
            return self.to(Phase::WaitingToReplay(holder), Action::Wait(wait));
        }
        let gate = match self.plan.rotation {
            Rotation::Strict => Gate::AfterExpiry,
            Rotation::Grace(_) | Rotation::Static => Gate::For(self.backoff(&holder)),
        };
        let release = Release { free: false, failed: true, gate };
        self.to(
            Phase::Releasing(Outcome::Unavailable(None)),
            Action::Release { lease_epoch: holder.lease_epoch, release },
        )
    }

    fn release(&mut self, holder: &Holder, failed: bool, gate: Gate, outcome: Outcome) -> Action {
        // An attempt whose outcome is unknown keeps its lease, even when a later turn of it ended clearly.
        let release = Release { free: !holder.replayed, failed, gate };
        self.to(Phase::Releasing(outcome), Action::Release { lease_epoch: holder.lease_epoch, release })
    }

    fn save(&mut self, holder: Holder, access_expires_ms: Option<i64>, failures: u32) -> Action {
        self.to(
            Phase::Saving(holder, access_expires_ms, failures),
            Action::Save { lease_epoch: holder.lease_epoch, access_expires_ms },
        )
    }

    fn saved(
        &mut self,
        holder: Holder,
        expires: Option<i64>,
        failures: u32,
        saved: Option<bool>,
        at: Duration,
    ) -> Action {
        match saved {
            Some(true) => {
                let outcome = if Self::alive(&holder, expires, at) {
                    Outcome::Renewed
                } else {
                    Outcome::Unavailable(None)
                };
                self.finish(outcome)
            }
            Some(false) => self.to(Phase::Comparing(holder, expires, failures), Action::Read),
            None => self.wait_to_save(holder, expires, failures),
        }
    }

    /// A write is repeated until the store answers: the token exists nowhere else.
    fn wait_to_save(&mut self, holder: Holder, expires: Option<i64>, failures: u32) -> Action {
        let wait = self.plan.timings.poll * 2_u32.saturating_pow(failures.min(7));
        self.to(Phase::WaitingToSave(holder, expires, failures.saturating_add(1)), Action::Wait(wait))
    }

    /// The write found a newer secret, or the very one that it wrote before its acknowledgement was lost, or no row.
    fn compare(
        &mut self,
        holder: Holder,
        expires: Option<i64>,
        failures: u32,
        event: Event<'_>,
        at: Duration,
    ) -> Action {
        match event {
            Event::Row(None) => self.to(Phase::Abandoning, Action::Abandon),
            Event::Row(Some(row))
                if row.secret_epoch == holder.lease_epoch && Self::alive(&holder, expires, at) =>
            {
                self.finish(Outcome::Renewed)
            }
            // Somebody newer wrote: what this attempt obtained is dropped and not revoked, as a revocation may end the
            // newer grant too.
            Event::Row(Some(row)) => self.look(row, at),
            Event::RowFailed(_) => self.wait_to_save(holder, expires, failures),
            _ => self.finish(Outcome::Busy),
        }
    }

    /// §4.5: a dead grant is believed only when nobody else refreshed, the lease is still ours, and a while has passed.
    fn check(&mut self, check: Check, row: Option<&CredentialRow>, at: Duration) -> Action {
        let Some(row) = row else {
            return self.finish(Outcome::Gone);
        };
        let (Check::First(holder) | Check::Settled(holder)) = check;
        let ours = row.lease_owner == Some(holder.owner) && row.lease_epoch == holder.lease_epoch;
        if row.secret_epoch != holder.secret_epoch || !ours {
            return self.look(row, at);
        }
        if row.lifecycle == Lifecycle::Disconnecting {
            return self.release(&holder, false, Gate::Open, Outcome::Gone);
        }
        match check {
            Check::First(_) => {
                let wait = self.settle(&holder, row.now_ms);
                self.to(Phase::Settling(holder), Action::Wait(wait))
            }
            Check::Settled(_) => {
                let reason = if holder.unknown { StatusReason::OutcomeLost } else { StatusReason::Revoked };
                let action = Action::MarkDead {
                    lease_epoch: holder.lease_epoch,
                    secret_epoch: holder.secret_epoch,
                    reason,
                };
                self.to(Phase::Marking, action)
            }
        }
    }

    /// Long enough for a holder before this one to write what it may have obtained.
    fn settle(&mut self, holder: &Holder, now_ms: i64) -> Duration {
        let finished = self.plan.timings.request + self.plan.timings.persist;
        match holder.previous_until_ms {
            // Somebody whom nobody saw had the lease between the look and the taking, and let it lapse.
            0 if holder.unknown => finished,
            0 => self.jittered(self.plan.timings.settle, 0.5, 1.0),
            until => {
                let finished_ms = i64::try_from(finished.as_millis()).unwrap_or(i64::MAX);
                millis(until.saturating_add(finished_ms).saturating_sub(now_ms)).min(finished)
            }
        }
    }

    /// The store's time at the sending, plus the lifetime: early, never late.
    fn expiry(holder: &Holder, lifetime: Duration) -> i64 {
        let since_read = holder.sent.saturating_sub(holder.read_at);
        let ahead = i64::try_from((since_read + lifetime).as_millis()).unwrap_or(i64::MAX);
        holder.now_ms.saturating_add(ahead)
    }

    fn alive(holder: &Holder, expires: Option<i64>, at: Duration) -> bool {
        let since_read = i64::try_from(at.saturating_sub(holder.read_at).as_millis()).unwrap_or(i64::MAX);
        expires.is_none_or(|expires| expires > holder.now_ms.saturating_add(since_read))
    }

    fn backoff(&self, holder: &Holder) -> Duration {
        let doublings = u32::try_from(holder.failures.clamp(0, 30)).unwrap_or(30);
        self.plan
            .timings
            .backoff
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(self.plan.timings.longest_backoff)
    }

    fn poll(&mut self) -> Duration {
        let step = self.plan.timings.poll * (1 + self.polls.min(4));
        self.polls += 1;
        self.jittered(step, 0.75, 1.25)
    }

    fn jittered(&mut self, base: Duration, low: f64, high: f64) -> Duration {
        // xorshift64: spreads waiting processes, decides nothing.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let share = f64::from(u32::try_from(self.random >> 40).unwrap_or_default()) / f64::from(1_u32 << 24);
        base.mul_f64(low + (high - low) * share)
    }
}

fn expired(row: &CredentialRow) -> bool {
    row.access_expires_ms.is_some_and(|expires| expires <= row.now_ms)
}

/// Whether somebody holds the lease. One that is further ahead than any lease can be means that the clock jumped.
fn held(row: &CredentialRow, timings: Timings) -> bool {
    let longest = i64::try_from(timings.longest_lease().as_millis()).unwrap_or(i64::MAX);
    row.lease_until_ms > row.now_ms && row.lease_until_ms <= row.now_ms.saturating_add(longest)
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

#[cfg(test)]
mod tests;
