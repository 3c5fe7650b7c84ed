mod send;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bailee_core::{
    Credential, EventKind, ExposeSecret, Lifecycle, OAuthScopes, Provider, Renewal, SealContext, SealPurpose,
    SecretString, StatusReason, StoreError,
    store::{CredentialRow, LeaseRequest, Renewed},
};
use tokio::sync::watch;

use super::{Action, Event, Outcome, Plan, Refresh};
use crate::{Error, engine::Inner, gate::Pass, grant::Orphan, telemetry, unpersisted::Held};

/// How a flight ended, for all who wait for it.
#[derive(Clone, Debug)]
pub(crate) enum Landed {
    /// It obtained a token, which the row has or will have as soon as the store answers.
    Renewed(Arc<Obtained>),
    /// Anything else; the row tells the rest.
    Other(Outcome),
}

/// A token that a flight obtained.
#[derive(Debug)]
pub(crate) struct Obtained {
    pub(crate) access_token: SecretString,
    /// As [`Inner::further`].
    pub(crate) further: BTreeMap<String, SecretString>,
    pub(crate) secret_epoch: i64,
    pub(crate) access_expires_ms: Option<i64>,
    pub(crate) granted: Option<OAuthScopes>,
}

/// Refreshes one row from the first look to the last write, and tells `landed` as soon as there is something to tell.
#[tracing::instrument(name = "bailee.refresh", skip_all, fields(integration.id = %row.id, provider = %row.provider))]
pub(crate) async fn fly(
    inner: Arc<Inner>,
    provider: Arc<dyn Provider>,
    row: CredentialRow,
    forced: bool,
    landed: watch::Sender<Option<Landed>>,
    pass: Pass,
) {
    let jitter = inner.random::<8>().map(u64::from_ne_bytes).unwrap_or_default();
    let plan = Plan { timings: inner.timings, rotation: provider.descriptor().rotation, forced, jitter };
    let (refresh, action) = Refresh::begin(plan, &row, inner.clock.monotonic());
    let mut pilot = Pilot {
        inner,
        provider,
        refresh,
        row,
        lease_owner: [0; 16],
        cargo: None,
        held: None,
        pass,
        asked: false,
        landed,
    };
    let outcome = pilot.fly(action).await;
    let name = outcome_name(&outcome);
    telemetry::refreshed(&pilot.row.provider, name);
    tracing::debug!(integration.id = %pilot.row.id, provider = %pilot.row.provider, outcome = name, "refresh ended");
    pilot.land(outcome);
}

const fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Busy => "busy",
        Outcome::Config => "config",
        Outcome::Gone => "gone",
        Outcome::NeedsReconnect(_) => "needs_reconnect",
        Outcome::Renewed => "renewed",
        Outcome::Sealed(_) => "sealed",
        Outcome::Served => "served",
        Outcome::Store(_) => "store",
        Outcome::Unavailable(_) => "unavailable",
    }
}

/// What a success brought, until it is written.
struct Cargo {
    credential: Credential,
    renewal: Renewal,
}

struct Pilot {
    inner: Arc<Inner>,
    provider: Arc<dyn Provider>,
    refresh: Refresh,
    /// As it was read last.
    row: CredentialRow,
    lease_owner: [u8; 16],
    cargo: Option<Cargo>,
    /// There while the cargo could not be written.
    held: Option<Held>,
    pass: Pass,
    /// Whether anything was sent: what began goes on, whatever others have learnt meanwhile.
    asked: bool,
    landed: watch::Sender<Option<Landed>>,
}

impl Pilot {
    async fn fly(&mut self, mut action: Action) -> Outcome {
        loop {
            action = match action {
                Action::Finish(outcome) => return outcome,
                Action::Abandon => {
                    self.abandon().await;
                    self.step(Event::Abandoned)
                }
                Action::Acquire { secret_epoch } => self.acquire(secret_epoch).await,
                Action::MarkDead { lease_epoch, secret_epoch, reason } => {
                    let marked = self.mark_dead(lease_epoch, secret_epoch, reason).await;
                    if marked == Ok(true) {
                        self.inner.announce(&self.row.owner);
                        tracing::warn!(integration.id = %self.row.id, provider = %self.row.provider, %reason, "the grant is dead");
                    }
                    self.step(Event::Marked(marked.as_ref().copied()))
                }
                Action::MarkExpired { secret_epoch } => {
                    let marked = self.mark_expired(secret_epoch).await;
                    if marked == Ok(true) {
                        self.inner.announce(&self.row.owner);
                    }
                    self.step(Event::Marked(marked.as_ref().copied()))
                }
                Action::Read => self.read().await,
                Action::Release { lease_epoch, release } => {
                    let store = &self.inner.stores.credentials;
                    if let Err(error) =
                        store.release(self.row.id, self.lease_owner, lease_epoch, release).await
                    {
                        tracing::debug!(integration.id = %self.row.id, %error, "a lease was left to lapse");
                    }
                    self.step(Event::Released)
                }
                Action::Save { lease_epoch, access_expires_ms } => {
                    self.save(lease_epoch, access_expires_ms).await
                }
                Action::Send { secret } => {
                    let answer = self.send(secret).await;
                    self.step(Event::Answered(answer))
                }
                Action::Wait(duration) => {
                    if !self.waited(duration).await {
                        return Outcome::Unavailable(Some(duration));
                    }
                    self.step(Event::Waited)
                }
            };
        }
    }

    /// Whether the wait came to its end. One that holds nothing ends when the host shuts down.
    async fn waited(&mut self, duration: Duration) -> bool {
        let wait = self.inner.clock.sleep(duration);
        if !self.refresh.is_waiting() {
            wait.await;
            return true;
        }
        self.pass.pause();
        self.inner.flights.unless_closing(wait).await.is_some()
    }

    async fn mark_dead(
        &self,
        lease_epoch: i64,
        secret_epoch: i64,
        reason: StatusReason,
    ) -> Result<bool, StoreError> {
        let (row, store) = (&self.row, &self.inner.stores.credentials);
        let announcement = self.inner.telling(EventKind::NeedsReconnect, row.into(), Some(reason))?;
        let announcement = announcement.as_ref();
        store.mark_dead(row.id, secret_epoch, self.lease_owner, lease_epoch, reason, announcement).await
    }

    async fn mark_expired(&self, secret_epoch: i64) -> Result<bool, StoreError> {
        let (row, reason) = (&self.row, Some(StatusReason::Expired));
        let announcement = self.inner.telling(EventKind::NeedsReconnect, row.into(), reason)?;
        self.inner.stores.credentials.mark_expired(row.id, secret_epoch, announcement.as_ref()).await
    }

    fn step(&mut self, event: Event<'_>) -> Action {
        self.refresh.step(event, self.inner.clock.monotonic())
    }

    async fn read(&mut self) -> Action {
        match self.inner.stores.credentials.read(self.row.id).await {
            Ok(Some(row)) => {
                self.row = row;
                // The moment at which it arrived: whatever the store took is time that has passed.
                self.refresh.step(Event::Row(Some(&self.row)), self.inner.clock.monotonic())
            }
            Ok(None) => self.step(Event::Row(None)),
            Err(error) => self.step(Event::RowFailed(&error)),
        }
    }

    async fn acquire(&mut self, secret_epoch: i64) -> Action {
        // The machine counts the lease from the moment before it was asked for, which is when it said `Acquire`.
        let Ok(lease_owner) = self.inner.random::<16>() else {
            return Action::Finish(Outcome::Sealed(bailee_core::VaultError::Failed));
        };
        self.lease_owner = lease_owner;
        let request = LeaseRequest {
            secret_epoch,
            lease_owner,
            duration: self.inner.timings.lease,
            longest: self.inner.timings.longest_lease(),
            lifecycle: Lifecycle::Connected,
            ignore_gate: false,
        };
        let won = self.inner.stores.credentials.acquire(self.row.id, request).await.ok();
        self.step(Event::Acquired(lease_owner, won))
    }

    async fn save(&mut self, lease_epoch: i64, access_expires_ms: Option<i64>) -> Action {
        let Some(cargo) = &self.cargo else {
            return Action::Finish(Outcome::Busy);
        };
        let saved = match self.renewed(cargo, lease_epoch, access_expires_ms) {
            Ok(renewed) => self.inner.stores.credentials.save(self.row.id, renewed).await.map_err(|error| {
                tracing::error!(integration.id = %self.row.id, %error, "a refreshed credential is not written yet");
                telemetry::unpersisted_write();
            }),
            Err(_) => Err(()),
        };
        self.held = match saved {
            Ok(_) => None,
            Err(()) => self.held.take().or_else(|| Some(self.inner.unpersisted.hold())),
        };
        let obtained = Obtained {
            access_token: cargo.credential.access_token.clone(),
            further: self.inner.further(&self.row.provider, cargo.credential.extra.clone()),
            secret_epoch: lease_epoch,
            access_expires_ms,
            granted: cargo.renewal.granted.clone(),
        };
        let revived = self.row.lifecycle == Lifecycle::NeedsReconnect;
        let regranted = obtained.granted.is_some() && obtained.granted != self.row.granted;
        // Whether or not the store answers: callers have their token now, and the write goes on.
        if saved != Ok(false) {
            self.landed.send_replace(Some(Landed::Renewed(Arc::new(obtained))));
        }
        if saved == Ok(true) && (revived || regranted) {
            self.inner.raise(&self.row.owner).await;
        }
        self.inner.sinks.wake();
        self.step(Event::Saved(saved.ok()))
    }

    /// What a refresh brought, ready to be written.
    fn renewed(
        &self,
        cargo: &Cargo,
        lease_epoch: i64,
        access_expires_ms: Option<i64>,
    ) -> Result<Renewed, Error> {
        let (inner, row) = (&self.inner, &self.row);
        let context = SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner: &row.owner,
            id: &row.id.to_string(),
            provider: &row.provider,
            epoch: lease_epoch.unsigned_abs(),
        };
        let lifetime = cargo.renewal.expires_in;
        Ok(Renewed {
            lease_epoch,
            lease_owner: self.lease_owner,
            sealed: inner.vault.seal(&context, cargo.credential.to_plaintext().expose_secret())?,
            access_expires_ms,
            access_lifetime_ms: lifetime
                .map(|lifetime| i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX)),
            granted: cargo.renewal.granted.clone(),
            refreshable: cargo.credential.refresh_token.is_some(),
            refreshed: inner.telling(EventKind::Refreshed, row.into(), None)?,
            recovered: inner.telling(EventKind::Recovered, row.into(), None)?,
        })
    }

    /// The user disconnected while the refresh was under way: nothing may be left alive at the provider.
    async fn abandon(&mut self) {
        let (Some(cargo), Some(client)) = (self.cargo.take(), &self.row.client) else {
            return;
        };
        self.inner
            .give_back(Orphan {
                owner: &self.row.owner,
                provider: self.provider.as_ref(),
                client: Some(client),
                account: &self.row.account,
                credential: &cargo.credential,
            })
            .await;
    }

    fn land(self, outcome: Outcome) {
        self.landed.send_if_modified(|landed| {
            let keep = outcome == Outcome::Renewed && landed.is_some();
            if !keep {
                *landed = Some(Landed::Other(outcome));
            }
            !keep
        });
    }
}
