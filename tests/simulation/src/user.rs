//! What the user does: connects again, disconnects.

use std::time::Duration;

use bailee_core::{
    Lifecycle,
    store::{Gate, LeaseRequest, Release},
};

use crate::{
    Ms,
    counts::Seen,
    database::Secret,
    flight::Heard,
    provider::{Issued, Refused},
    world::{Event, World},
};

/// How often a reconnect that loses against a refresh is tried again.
const TRIES: u32 = 5;

/// Steps of a reconnect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reconnect {
    Consent,
    Find { issued: Issued, tries: u32 },
    Write { issued: Issued, tries: u32, lease_epoch: i64 },
}

/// Steps of a disconnect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disconnect {
    Begin,
    Look,
    Acquire { secret_epoch: i64 },
    Confirm { name: [u8; 16] },
    Revoke { name: [u8; 16], lease_epoch: i64, secret: Secret },
    Erase { name: [u8; 16], lease_epoch: i64, secret: Secret },
}

impl World {
    pub(crate) fn reconnect(&mut self, step: Reconnect) -> anyhow::Result<()> {
        let row = self.database.row()?.filter(|row| row.lifecycle != Lifecycle::Disconnecting);
        match step {
            Reconnect::Consent => {
                if row.is_some() && self.watch.consented.is_none() {
                    let lifetime = self.scenario.lifetime;
                    let issued = self.provider.consent(self.now, lifetime, true);
                    self.watch.consented = Some(issued.grant);
                    self.say(|| format!("the user consents again: {issued:?}"));
                    self.later(Event::Reconnect(Reconnect::Find { issued, tries: 0 }));
                }
            }
            Reconnect::Find { issued, tries } => match row {
                Some(row) if tries < TRIES && !self.down() => {
                    let write = Reconnect::Write { issued, tries, lease_epoch: row.lease_epoch };
                    self.later(Event::Reconnect(write));
                }
                Some(_) if tries < TRIES => {
                    let again = Reconnect::Find { issued, tries: tries + 1 };
                    self.push(1_000, Event::Reconnect(again));
                }
                _ => {
                    self.watch.consented = None;
                    self.provider.end(issued.grant, Refused::Ended);
                    self.say(|| format!("grant {} is given back", issued.grant));
                }
            },
            Reconnect::Write { issued, tries, lease_epoch } => {
                let elapsed = self.now.saturating_sub(issued.at);
                let lifetime = issued.lifetime.map(|lifetime| lifetime.saturating_sub(elapsed));
                let left = Issued { lifetime, ..issued };
                if self.down() || !self.database.reconnect(lease_epoch, &left)? {
                    let again = Reconnect::Find { issued, tries: tries + 1 };
                    self.later(Event::Reconnect(again));
                    return Ok(());
                }
                self.watch.consented = None;
                self.counts.add(Seen::Reconnects);
                if row.is_some_and(|row| row.lease_until_ms > row.now_ms) {
                    self.counts.add(Seen::ReconnectsDuringFlight);
                }
                self.say(|| format!("the row has grant {}", issued.grant));
                self.check_row()?;
            }
        }
        Ok(())
    }

    pub(crate) fn disconnect(&mut self, step: Disconnect) -> anyhow::Result<()> {
        if self.down() {
            let again = if matches!(step, Disconnect::Begin) { step } else { Disconnect::Look };
            self.push(5_000, Event::Disconnect(again));
            return Ok(());
        }
        self.say(|| format!("disconnect: {step:?}"));
        match step {
            Disconnect::Begin => {
                if self.database.begin_disconnect()? {
                    self.later(Event::Disconnect(Disconnect::Look));
                }
            }
            Disconnect::Look => {
                if let Some(row) = self.database.row()? {
                    let acquire = Disconnect::Acquire { secret_epoch: row.secret_epoch };
                    self.later(Event::Disconnect(acquire));
                }
            }
            Disconnect::Acquire { secret_epoch } => self.take_to_revoke(secret_epoch)?,
            Disconnect::Confirm { name } => match self.database.row()? {
                Some(row) if row.lease_owner == Some(name) => {
                    let secret = Secret::open(&row)?;
                    let revoke = Disconnect::Revoke { name, lease_epoch: row.lease_epoch, secret };
                    self.later(Event::Disconnect(revoke));
                }
                Some(_) => self.push(1_000, Event::Disconnect(Disconnect::Look)),
                None => {}
            },
            Disconnect::Revoke { name, lease_epoch, secret } => {
                if self.random.chance(self.scenario.rates.transient) {
                    return self.revoke_again(name, lease_epoch);
                }
                self.check_revocation(secret.grant)?;
                match secret.refresh {
                    Some(refresh) => self.provider.revoke(refresh),
                    None => self.provider.end(secret.grant, Refused::Ended),
                }
                let slowest = if self.random.chance(300) { 14_000 } else { 500 };
                let after = self.random.between(5, slowest);
                self.push(after, Event::Disconnect(Disconnect::Erase { name, lease_epoch, secret }));
            }
            Disconnect::Erase { name, lease_epoch, secret } => {
                if !self.database.run(|store, id| store.erase(id, Some(secret.epoch), None))? {
                    self.counts.add(Seen::NewerThanRevoked);
                    return self.revoke_again(name, lease_epoch);
                }
                self.watch.erased = Some(secret.grant);
                self.counts.add(Seen::Disconnected);
            }
        }
        Ok(())
    }

    fn revoke_again(&mut self, name: [u8; 16], lease_epoch: i64) -> anyhow::Result<()> {
        let release = Release { free: true, failed: false, gate: Gate::Open };
        self.database.run(|store, id| store.release(id, name, lease_epoch, release))?;
        self.push(5_000, Event::Disconnect(Disconnect::Look));
        Ok(())
    }

    fn take_to_revoke(&mut self, secret_epoch: i64) -> anyhow::Result<()> {
        let name = self.name(usize::MAX);
        let times = self.scenario.times;
        let request = LeaseRequest {
            secret_epoch,
            lease_owner: name,
            duration: Duration::from_millis(times.lease),
            longest: Duration::from_millis(times.lease * 4),
            lifecycle: Lifecycle::Disconnecting,
            ignore_gate: true,
        };
        if self.database.run(|store, id| store.acquire(id, request))? {
            self.later(Event::Disconnect(Disconnect::Confirm { name }));
        } else {
            let after = self.random.between(400, 5_000);
            self.push(after, Event::Disconnect(Disconnect::Look));
        }
        Ok(())
    }

    /// A grant whose row is gone is given back by the worker that obtained it.
    pub(crate) fn abandon(&mut self, worker: usize, number: usize) {
        let Some(flight) = self.take(worker, number) else { return };
        if let Some(refresh) = flight.cargo.and_then(|cargo| cargo.refresh) {
            self.provider.revoke(refresh);
        }
        self.counts.add(Seen::Abandoned);
        self.say(|| format!("flight {number} gives its grant back"));
        let heard = Heard::Abandoned;
        self.push(1, Event::Hear { worker, flight: number, heard });
        self.put(worker, flight);
    }

    fn down(&self) -> bool {
        self.scenario.outage.is_some_and(|(from, until)| (from..until).contains(&self.now))
    }

    fn later(&mut self, event: Event) {
        let after: Ms = self.store_latency();
        self.push(after, event);
    }
}
