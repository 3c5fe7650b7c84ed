use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bailee_core::{
    ClientRegistration, Credential, ExposeSecret, Lifecycle, OAuthScopes, Provider, ProviderError,
    Refresh as RefreshRequest, Renewal, SealContext, SealPurpose, SecretString,
    store::{CredentialRow, LeaseRequest, Renewed},
};
use tokio::sync::watch;

use super::{Action, Answer, Event, Outcome, Plan, Refresh};
use crate::{engine::Inner, gate::Pass, grant::Orphan, telemetry, unpersisted::Held};

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
                    let store = &self.inner.stores.credentials;
                    let marked = store
                        .mark_dead(self.row.id, secret_epoch, self.lease_owner, lease_epoch, reason)
                        .await;
                    if marked == Ok(true) {
                        self.inner.announce(&self.row.owner);
                        tracing::warn!(integration.id = %self.row.id, provider = %self.row.provider, %reason, "the grant is dead");
                    }
                    self.step(Event::Marked(marked.as_ref().copied()))
                }
                Action::MarkExpired { secret_epoch } => {
                    let marked = self.inner.stores.credentials.mark_expired(self.row.id, secret_epoch).await;
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

    async fn send(&mut self, secret: usize) -> Answer {
        let credential = match self.inner.open_credential(&self.row) {
            Ok(credential) => credential,
            Err(error) => return Answer::Sealed(error),
        };
        let registration = match self.registration().await {
            Ok(registration) => registration,
            Err(answer) => return answer,
        };
        let secrets = registration.secrets.len().max(1);
        let Some(client) = registration.credentials().nth(secret) else {
            return Answer::ClientRefused { more: false };
        };
        if !self.asked
            && let Err(refused) = self.pass.go()
        {
            return Answer::Held(refused.retry_after);
        }
        self.asked = true;
        let refresh = self.provider.refresh(RefreshRequest { client, credential: &credential });
        let renewal = self.inner.within(self.inner.timings.request, refresh).await;
        let more = secret + 1 < secrets;
        // Of several secrets the last one tells whether the client is refused.
        if !(more && matches!(renewal, Err(ProviderError::Client))) {
            self.pass.heard(&renewal);
        }
        match renewal {
            Ok(renewal) => {
                let rotation = self.provider.descriptor().rotation;
                self.inner.surprises.look(&self.row.provider, rotation, &credential, &renewal);
                let lifetime = renewal.expires_in;
                self.cargo = Some(Cargo { credential: credential.renewed_by(&renewal), renewal });
                Answer::Renewed(lifetime)
            }
            Err(error) => {
                tracing::info!(integration.id = %self.row.id, provider = %self.row.provider, %error, "a refresh failed");
                answer(&error, more)
            }
        }
    }

    /// The registration that obtained the grant, and no other.
    async fn registration(&self) -> Result<ClientRegistration, Answer> {
        let Some(client) = &self.row.client else {
            return Err(Answer::ClientRefused { more: false });
        };
        match self.inner.registrations.by_client_id(&self.row.provider, client).await {
            Ok(Some(registration)) => Ok(registration),
            Ok(None) => {
                tracing::error!(integration.id = %self.row.id, provider = %self.row.provider, "the client that obtained the grant is not registered any more");
                Err(Answer::ClientRefused { more: false })
            }
            Err(_) => Err(Answer::Later(None)),
        }
    }

    async fn save(&mut self, lease_epoch: i64, access_expires_ms: Option<i64>) -> Action {
        let Some(cargo) = &self.cargo else {
            return Action::Finish(Outcome::Busy);
        };
        let context = SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner: &self.row.owner,
            id: &self.row.id.to_string(),
            provider: &self.row.provider,
            epoch: lease_epoch.unsigned_abs(),
        };
        let saved = match self.inner.vault.seal(&context, cargo.credential.to_plaintext().expose_secret()) {
            Ok(sealed) => {
                let renewed = Renewed {
                    lease_epoch,
                    lease_owner: self.lease_owner,
                    sealed,
                    access_expires_ms,
                    access_lifetime_ms: cargo
                        .renewal
                        .expires_in
                        .map(|lifetime| i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX)),
                    granted: cargo.renewal.granted.clone(),
                    refreshable: cargo.credential.refresh_token.is_some(),
                };
                self.inner.stores.credentials.save(self.row.id, renewed).await.map_err(|error| {
                    tracing::error!(integration.id = %self.row.id, %error, "a refreshed credential is not written yet");
                    telemetry::unpersisted_write();
                })
            }
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
        self.step(Event::Saved(saved.ok()))
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

/// What a provider's error means for the refresh.
fn answer(error: &ProviderError, more: bool) -> Answer {
    match error {
        ProviderError::Client => Answer::ClientRefused { more },
        ProviderError::GrantRevoked { .. } => Answer::Dead,
        ProviderError::OutcomeUnknown => Answer::Lost,
        ProviderError::Rejected { .. } | ProviderError::Unsupported => Answer::Config,
        // Nothing was learnt of the grant, whatever went wrong.
        error => Answer::Later(error.retry_after()),
    }
}
