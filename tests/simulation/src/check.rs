//! The invariants.
//!
//! 1. While the timing assumption holds: at most one refresh of a grant is in flight, as the client counts, and it ends
//!    within its lease; no revocation runs beside one.
//! 2. Always: the epoch of the row only grows; a write under an older lease does not replace a newer one; the grant of
//!    a reconnect is never replaced by that of an attempt begun before it.
//! 3. Always: a row is declared dead only when the provider refuses the refresh token that is in it, after the holder
//!    before had its time to write; `revoked` is said only when nothing of ours used the token up.
//! 4. Always: what is handed out is alive; every attempt ends, within bounds, in an outcome that something caused.
//! 5. While the timing assumption holds: no grant outlives its disconnect, and no worker lets go of the newest refresh
//!    token, unless it crashed or the answer was lost.
//! 6. In the quiet time after: the row is connected and the provider takes its tokens, or it needs a reconnect and the
//!    provider refuses them, or it is gone.
//!
//! Where the timing is violated, the newest token can be lost: with a provider that ends the grant on a second use,
//! and with one that replaces what it issued before; never with others.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};
use bailee_core::{
    Lifecycle, StatusReason,
    store::{CredentialRow, Gate, Release, Renewed},
};
use bailee_engine::refresh::Outcome;

use crate::{
    Ms,
    counts::Seen,
    database::Secret,
    flight::Flight,
    provider::{Issued, Kind, Refused},
    request::Request,
    world::World,
};

/// What is remembered for the checks.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The timing assumption was broken.
    pub(crate) violated: bool,
    /// A request reached the provider after its deadline.
    pub(crate) zombies: bool,
    /// When the last attempt ended, or began.
    pub(crate) ended: Ms,
    /// Requests in flight, as the client counts.
    pub(crate) flying: Vec<usize>,
    /// Grants of which a refresh token was issued that nobody can write any more.
    pub(crate) orphaned: BTreeSet<usize>,
    /// A write came after its lease had lapsed and was taken by another.
    overdue: bool,
    /// The grant of the row that was erased.
    pub(crate) erased: Option<usize>,
    /// The grant that the user has just consented to.
    pub(crate) consented: Option<usize>,
    epoch: i64,
    grant: usize,
}

impl World {
    /// (2) After every write.
    pub(crate) fn check_row(&mut self) -> anyhow::Result<()> {
        let Some(row) = self.database.row()? else { return Ok(()) };
        let secret = Secret::open(&row)?;
        ensure!(row.secret_epoch >= self.watch.epoch, "(2) the epoch of the row went back");
        ensure!(secret.grant >= self.watch.grant, "(2) the grant of a reconnect was overwritten");
        ensure!(secret.epoch == row.secret_epoch, "(2) the record was sealed for another epoch");
        self.watch.epoch = row.secret_epoch;
        self.watch.grant = secret.grant;
        Ok(())
    }

    /// (2), (4) A write of what a refresh brought.
    pub(crate) fn check_save(
        &mut self,
        number: usize,
        before: Option<&CredentialRow>,
        renewed: &Renewed,
        saved: bool,
    ) -> anyhow::Result<()> {
        let Some(before) = before else { return Ok(()) };
        if !saved {
            self.counts.add(Seen::StaleSaves);
            return Ok(());
        }
        ensure!(before.secret_epoch < renewed.lease_epoch, "(2) an older holder overwrote a newer one");
        self.watch.overdue |= before.lease_owner != Some(renewed.lease_owner);
        match before.lifecycle {
            Lifecycle::NeedsReconnect => self.counts.add(Seen::Revived),
            Lifecycle::Disconnecting => self.counts.add(Seen::SavedOverDisconnecting),
            Lifecycle::Connected => {}
        }
        let (steps, store_ahead) = (self.steps, self.store_ahead);
        let Some(flight) = self.flight_mut(number) else { return Ok(()) };
        flight.saved = true;
        let Some(Issued { at, lifetime: Some(lifetime), .. }) = flight.cargo else { return Ok(()) };
        if flight.steps == steps {
            let expires = renewed.access_expires_ms.context("(4) the expiry was forgotten")?;
            let truly = store_ahead.saturating_add_unsigned(at + lifetime);
            ensure!(expires <= truly, "(4) the expiry is {} ms late", expires - truly);
        }
        Ok(())
    }

    /// (3) The grant is declared dead.
    pub(crate) fn check_dead(
        &mut self,
        number: usize,
        row: &CredentialRow,
        reason: StatusReason,
    ) -> anyhow::Result<()> {
        let secret = Secret::open(row)?;
        let refusal = secret.refresh.and_then(|refresh| self.provider.refusal(refresh, self.now));
        let Some(refusal) = refusal else {
            bail!("(3) false death: the provider takes the refresh token that is in the row");
        };
        let excused = self.watch.zombies || self.watch.violated;
        match (reason, refusal) {
            (StatusReason::OutcomeLost, _) => self.counts.add(Seen::DeadOutcomeLost),
            (StatusReason::Revoked, Refused::Ended) => self.counts.add(Seen::DeadRevoked),
            (StatusReason::Revoked, Refused::Reuse) => {
                let excused = excused || self.watch.overdue;
                ensure!(
                    excused,
                    "(3) the grant was ended by a second use of ours, and is said to be revoked"
                );
                self.counts.add(Seen::DeadRevoked);
            }
            (StatusReason::Revoked, Refused::Used(by)) => {
                let kept = self.counts.of(Seen::OldSecretKept) > 0;
                // An overdue write of a refresh token that stayed the same hides that its outcome was unknown.
                let mistaken = kept && (self.watch.violated || self.watch.overdue);
                let excused = self.watch.zombies || mistaken;
                ensure!(excused, "(3) request {by} of ours used the token up, and it is said to be revoked");
            }
            (other, _) => bail!("(3) dead because of {other:?}"),
        }
        self.check_rival(number, secret.grant)
    }

    /// (3) The holder before, whose lease lapsed, has had its time to write.
    fn check_rival(&mut self, number: usize, grant: usize) -> anyhow::Result<()> {
        let Some(flight) = self.flight(number) else { return Ok(()) };
        let Some((rival, until)) = flight.previous.filter(|_| flight.steps == self.steps) else {
            return Ok(());
        };
        // What a lease says of a clock that stepped since is of no use.
        let Some(rival) = self.flight(rival).filter(|rival| rival.steps == self.steps) else { return Ok(()) };
        let obtained = rival.cargo.filter(|cargo| !rival.saved && cargo.grant == grant);
        let coming = rival
            .request
            .and_then(|request| self.requests.get(request))
            .filter(|request| request.coming && request.grant == grant)
            .and_then(|request| request.issued);
        let times = self.scenario.times;
        let settled = until.saturating_add_unsigned(times.request + times.persist);
        if obtained.or(coming).and_then(|issued| issued.refresh).is_some() {
            ensure!(
                self.store_now() >= settled,
                "(3) false death: flight {} had its lease until {} ms ago, and a token to write",
                rival.number,
                self.store_now() - until
            );
            self.counts.add(Seen::Settled);
        }
        Ok(())
    }

    /// (4) A credential without refresh token has expired.
    pub(crate) fn check_expired(&mut self, row: &CredentialRow) -> anyhow::Result<()> {
        ensure!(!row.refreshable, "(4) a credential expired that can be refreshed");
        let expired = row.access_expires_ms.is_some_and(|expires| expires <= row.now_ms);
        ensure!(expired || self.steps > 0, "(4) a token was declared expired that lives");
        self.counts.add(Seen::DeadExpired);
        Ok(())
    }

    /// (3) Nobody else may use the refresh token while the outcome of a use is unknown.
    pub(crate) fn check_release(&mut self, flight: &Flight, release: Release) -> anyhow::Result<()> {
        ensure!(flight.lost == 0 || !release.free, "(3) released while the outcome was unknown");
        if let Some(asked) = flight.retry_after {
            let kept = matches!(release.gate, Gate::For(gate) if gate >= asked);
            ensure!(kept, "(4) the provider asked for {asked:?}, and the gate is {:?}", release.gate);
        }
        let connected = flight.row.as_ref().is_some_and(|row| row.lifecycle == Lifecycle::Connected);
        if connected && !release.failed && release.gate == Gate::Open {
            self.counts.add(Seen::TooLateToSend);
        }
        Ok(())
    }

    /// (3) A second use of a refresh token whose first use may have succeeded.
    pub(crate) fn check_send(&mut self, flight: &Flight, secret: Secret) -> anyhow::Result<()> {
        if flight.lost > 0 {
            ensure!(flight.lost == 1, "(3) a lost refresh was replayed twice");
            ensure!(!self.strict(), "(3) a lost refresh was replayed where that can end the grant");
            self.counts.add(Seen::Replays);
        }
        let used = |request: &&Request| {
            request.over && Some(request.token) == secret.refresh && request.epoch == secret.epoch
        };
        // Where two were in flight, the other one may have ended after the row was read.
        let alone = self.strict() && !flight.forced && !self.watch.violated;
        if alone && self.requests.iter().any(|request| used(&request)) {
            let row = flight.row.as_ref().context("no row was read")?;
            let alive = row.access_expires_ms.is_some_and(|expires| expires > row.now_ms);
            ensure!(!alive, "(3) a lost refresh was replayed while the access token was alive");
        }
        Ok(())
    }

    /// (1) A request goes onto the wire.
    pub(crate) fn check_write(&mut self, request: &Request) -> anyhow::Result<()> {
        let of_grant =
            |other: &&usize| self.requests.get(**other).is_some_and(|other| other.grant == request.grant);
        let others = self.watch.flying.iter().filter(of_grant).count();
        if self.watch.violated {
            if others > 0 {
                self.counts.add(Seen::DoubleFlights);
            }
            return Ok(());
        }
        ensure!(others == 0, "(1) a second refresh is in flight");
        // A reconnect leaves an attempt that is on its way to the grant before: it can do no harm to the new one.
        if request.grant < self.watch.grant {
            return Ok(());
        }
        let row = self.database.row()?.context("(1) a refresh of a row that is gone")?;
        if Secret::open(&row)?.grant == request.grant {
            let name = self.flight(request.flight).map(|flight| flight.name);
            ensure!(row.lease_owner == name, "(1) a refresh without the lease");
            let ends = self.store_now().saturating_add_unsigned(self.scenario.times.request);
            ensure!(ends <= row.lease_until_ms, "(1) the request can outlive its lease");
        }
        Ok(())
    }

    /// (1) A disconnect revokes.
    pub(crate) fn check_revocation(&mut self, grant: usize) -> anyhow::Result<()> {
        let of_grant =
            |other: &usize| self.requests.get(*other).is_some_and(|request| request.grant == grant);
        let flying = self.watch.flying.iter().any(of_grant);
        ensure!(self.watch.violated || !flying, "(1) a grant is revoked while a refresh is in flight");
        Ok(())
    }

    /// (4) An attempt ended.
    pub(crate) fn check_finish(&mut self, flight: &Flight, outcome: &Outcome) -> anyhow::Result<()> {
        let row = flight.row.as_ref();
        let times = self.scenario.times;
        let took = self.now - flight.begun;
        match outcome {
            Outcome::Renewed => {
                let cargo = flight.cargo.context("(4) renewed with nothing")?;
                ensure!(flight.saved, "(4) renewed, and it is not in the row");
                let expires = cargo.lifetime.map_or(Ms::MAX, |lifetime| cargo.at + lifetime);
                ensure!(expires > self.now, "(4) an expired token was obtained");
                self.counts.add(Seen::Renewed);
                if flight.lost > 0 {
                    self.counts.add(Seen::ReplayHealed);
                }
            }
            Outcome::Served => {
                let row = row.context("(4) a token of no row")?;
                let alive = row.access_expires_ms.is_none_or(|expires| expires > row.now_ms);
                ensure!(alive && row.lifecycle == Lifecycle::Connected, "(4) an expired token was served");
                let seen = if flight.dead { Seen::PeersTokenAfterDead } else { Seen::Served };
                self.counts.add(seen);
            }
            Outcome::NeedsReconnect(reason) => {
                let row = row.context("(4) no row needs a reconnect")?;
                let dead = row.lifecycle == Lifecycle::NeedsReconnect && row.dead_reason == Some(*reason);
                let rejected = !row.refreshable && *reason == StatusReason::Rejected;
                ensure!(dead || rejected, "(3) a reconnect is asked for without reason");
            }
            Outcome::Busy => {
                ensure!(took >= times.wait, "(4) gave up after {took} ms");
                self.counts.add(Seen::Busy);
            }
            Outcome::Gone => {
                let gone = row.is_none_or(|row| row.lifecycle == Lifecycle::Disconnecting);
                ensure!(gone, "(4) the row is there");
                self.counts.add(Seen::Gone);
            }
            Outcome::Store(_) => {
                ensure!(flight.injected.store, "(4) the store answered");
                self.counts.add(Seen::StoreOutcome);
            }
            Outcome::Config => {
                ensure!(flight.injected.unready, "(4) the configuration is fine");
                self.counts.add(Seen::ConfigOutcome);
            }
            Outcome::Sealed(_) => {
                ensure!(flight.injected.unready, "(4) the record opens");
                self.counts.add(Seen::SealedOutcome);
            }
            Outcome::Unavailable(_) => self.counts.add(Seen::Unavailable),
        }
        self.watch.ended = self.now;
        let bound =
            times.wait + times.window() + times.request * 2 + times.persist + times.replay * 2 + 5_000;
        let late = took.saturating_sub(flight.excused) > bound && !flight.injected.save;
        ensure!(!late, "(4) it took {took} ms, of which {} ms are excused", flight.excused);
        self.check_cargo(flight)
    }

    /// (5) A worker lets go of what it obtained.
    fn check_cargo(&mut self, flight: &Flight) -> anyhow::Result<()> {
        let Some(cargo) = flight.cargo.filter(|_| !flight.saved) else { return Ok(()) };
        let kept = self.counts.of(Seen::OldSecretKept) > 0;
        let grace = matches!(self.scenario.kind, Kind::Grace { .. });
        let excused = self.watch.zombies || (self.watch.violated && (kept || grace));
        let newest = cargo.refresh.is_some_and(|refresh| self.provider.current(refresh));
        let excused = excused || !newest || cargo.grant < self.watch.grant;
        if excused || self.provider.ended(cargo.grant) || self.watch.orphaned.contains(&cargo.grant) {
            return Ok(());
        }
        let row = self.database.row()?.context("(5) a grant without a row was not given back")?;
        let secret = Secret::open(&row)?;
        let refusal = secret.refresh.and_then(|refresh| self.provider.refusal(refresh, self.now));
        // Somebody else is about to write what came after it.
        let carried = match refusal {
            Some(Refused::Used(by)) => {
                self.requests.get(by).is_some_and(|request| self.flight(request.flight).is_some())
            }
            _ => false,
        };
        ensure!(
            secret.grant > cargo.grant || refusal.is_none() || carried,
            "(5) the newest refresh token was let go of, and the one in the row is refused"
        );
        Ok(())
    }

    /// (5) All is over: does a grant live on?
    pub(crate) fn check_left_grants(&mut self) -> anyhow::Result<()> {
        if let Some(grant) = self.watch.erased {
            let excused = self.watch.violated || self.watch.zombies || self.watch.orphaned.contains(&grant);
            ensure!(excused || self.provider.ended(grant), "(5) grant {grant} outlives its disconnect");
        }
        Ok(())
    }

    /// (6) The quiet time is over.
    pub(crate) fn check_quiet(&mut self) -> anyhow::Result<()> {
        let Some(row) = self.database.row()? else {
            self.counts.add(Seen::QuietGone);
            return Ok(());
        };
        let secret = Secret::open(&row)?;
        let refusal = secret.refresh.and_then(|refresh| self.provider.refusal(refresh, self.watch.ended));
        match (row.lifecycle, row.dead_reason) {
            (Lifecycle::Connected, _) => {
                self.counts.add(Seen::QuietConnected);
                let works = refusal.is_none() && self.provider.admits(secret.access, self.watch.ended);
                ensure!(works || !row.refreshable, "(6) connected, and the provider takes nothing");
            }
            (Lifecycle::NeedsReconnect, Some(StatusReason::Expired)) => {
                ensure!(!row.refreshable, "(6) expired, and it could have been refreshed");
            }
            (Lifecycle::NeedsReconnect, _) => {
                self.counts.add(Seen::QuietDead);
                let refusal = refusal.context("(6) dead, and the provider takes the refresh token")?;
                let lost = self.watch.orphaned.contains(&secret.grant);
                let excused = lost || self.watch.violated || self.watch.zombies || self.watch.overdue;
                ensure!(excused || refusal == Refused::Ended, "(6) the grant was lost without a cause");
            }
            (Lifecycle::Disconnecting, _) => bail!("(6) the disconnect never ended"),
        }
        Ok(())
    }
}
