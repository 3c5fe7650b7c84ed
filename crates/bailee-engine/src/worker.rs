use std::time::Duration;

use bailee_core::{
    Credential, EventId, EventKind, ExposeSecret, OutboxItem, OutboxJob, SealContext, SealPurpose,
    StatusReason, VaultError,
};
use futures_util::future::join_all;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    Bailee, Error,
    engine::Inner,
    events::UNCLAIMED,
    grant::Orphan,
    revocation::{Attempt, Reached},
    telemetry,
};

/// How many messages one turn takes.
const BATCH: u32 = 16;

/// How many expired records of a kind one turn removes.
const REAP: u32 = 500;

/// How many sealed records are opened to prove the key ring.
const SAMPLE: u32 = 20;

/// What one turn of the worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Jobs of the outbox that are done, and events that were taken.
    pub done: u32,
    /// Jobs and events that were put off.
    pub postponed: u32,
    /// Refreshes that were begun ahead of expiry.
    pub refreshes: u32,
    /// Whether more refreshes are due than one turn begins: the next turn should not wait long.
    pub more: bool,
    /// Expired flows, requests, runs, results and events that were removed.
    pub reaped: u64,
    /// Lines of the ledger that were older than they are kept.
    pub forgotten: u64,
}

/// The background worker. Dropping it stops the worker without waiting; [`Background::shutdown`] drains.
#[derive(Debug)]
pub struct Background {
    bailee: Bailee,
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
}

impl Background {
    /// Stops the worker and waits until every refresh, exchange, revocation and delivery under way has ended, at most for
    /// `limit`. Returns whether all of them did.
    ///
    /// Callers that only wait, for a backoff, another process or a place, have sent nothing: they are told to come again,
    /// and are not waited for.
    pub async fn shutdown(self, limit: Duration) -> bool {
        self.stop.send_replace(true);
        self.bailee.inner().flights.close(true);
        let drain = async {
            for worker in self.workers {
                // A worker that panicked has nothing left to wait for.
                let _ = worker.await;
            }
            self.bailee.inner().flights.drained().await;
        };
        tokio::select! {
            biased;
            () = drain => true,
            () = self.bailee.inner().clock.sleep(limit) => false,
        }
    }
}

impl Bailee {
    /// Starts the background worker: the outbox, events, refreshes ahead of expiry, and the removal of expired flows.
    ///
    /// Several processes may run one each. A host with a cron calls [`Bailee::tick`] instead.
    #[must_use]
    pub fn start(&self) -> Background {
        let (stop, mut stopped) = watch::channel(false);
        self.inner().flights.close(false);
        // Each sink has a task of its own: one that hangs holds nothing back.
        let deliver = |at| tokio::spawn(self.clone().keep_delivering(at, stopped.clone()));
        let mut workers: Vec<_> = (0..self.inner().sinks.len()).map(deliver).collect();
        let bailee = self.clone();
        workers.push(tokio::spawn(async move {
            if let Err(error) = bailee.verify().await {
                tracing::error!(%error, "the store or the key ring is not as it should be");
            }
            loop {
                let pause = match bailee.measured_turn().await {
                    Ok(Tick { more: true, .. }) => bailee.inner().timings.tick / 10,
                    Ok(_) => bailee.inner().timings.tick,
                    Err(error) => {
                        tracing::warn!(%error, "a turn of the background worker failed");
                        bailee.inner().timings.tick
                    }
                };
                tokio::select! {
                    biased;
                    // The sender goes away with the handle.
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                    () = bailee.inner().clock.sleep(pause) => {}
                }
            }
        }));
        Background { bailee: self.clone(), stop, workers }
    }

    /// One turn of the background worker.
    ///
    /// # Errors
    /// [`Error::Store`] when the store does not answer; what was begun goes on in the next turn.
    #[tracing::instrument(name = "bailee.tick", skip_all, err(level = "debug"))]
    pub async fn tick(&self) -> Result<Tick, Error> {
        let (turn, delivered) = tokio::join!(self.measured_turn(), self.deliver_all());
        let (mut tick, delivered) = (turn?, delivered?);
        tick.done += delivered.done;
        tick.postponed += delivered.postponed;
        Ok(tick)
    }

    async fn measured_turn(&self) -> Result<Tick, Error> {
        let begun = self.inner().clock.monotonic();
        let turn = self.turn().await;
        telemetry::turned(self.inner().clock.monotonic().saturating_sub(begun), turn.is_ok());
        turn
    }

    /// All of a turn but the events.
    async fn turn(&self) -> Result<Tick, Error> {
        let inner = self.inner();
        let mut tick = Tick::default();
        let claim = inner.random::<16>()?;
        // Long enough for a notification with a refresh before it.
        let duration = (inner.timings.request + inner.timings.wait + inner.timings.call) * 2;
        let items = inner.stores.outbox.claim(BATCH, claim, duration).await?;
        // All at once: one that is slow holds no other back.
        for done in join_all(items.iter().map(|item| self.work(item))).await {
            let done = done?;
            tick.done += u32::from(done);
            tick.postponed += u32::from(!done);
        }
        telemetry::outbox(inner.stores.maintenance.backlog().await?);
        // Those of a revocation in bulk whose process went away.
        inner.order_disconnects(None).await?;
        tick.reaped = inner.stores.maintenance.reap_expired(REAP).await?;
        let lost = inner.stores.events.reap_unclaimed_events(UNCLAIMED, REAP).await?;
        if lost > 0 {
            tracing::warn!(lost, "events of sinks that no process has are forgotten");
        }
        tick.reaped += lost;
        tick.forgotten = inner.stores.ledger.reap_entries(inner.timings.ledger, REAP).await?;
        let swept = self.sweep().await?;
        (tick.refreshes, tick.more) = (swept.refreshes, swept.more);
        Ok(tick)
    }

    /// Opens sealed records of the store, newest first, to prove that the key ring fits: for the start of a host.
    ///
    /// # Errors
    /// [`Error::Vault`] with the first record that does not open; [`Error::Store`] when the schema is outdated or the
    /// store does not answer.
    pub async fn verify(&self) -> Result<(), Error> {
        for row in self.inner().stores.maintenance.sample_records(SAMPLE).await? {
            self.inner().open_credential(&row)?;
        }
        Ok(())
    }
}

/// What one attempt at a job came to.
pub(crate) enum Work {
    Done,
    Later(Option<Duration>),
}

impl Bailee {
    /// Whether the job is done.
    #[tracing::instrument(name = "bailee.deliver", skip_all, fields(outbox.id = %item.message.id), err(level = "debug"))]
    async fn work(&self, item: &OutboxItem) -> Result<bool, Error> {
        let inner = self.inner();
        let work = match &item.message.job {
            OutboxJob::Disconnect { integration } => match inner.revoke_row(*integration).await {
                Ok(Attempt::Erased(_) | Attempt::Gone) => Work::Done,
                Ok(Attempt::Held) => Work::Later(None),
                Ok(Attempt::Later(retry_after)) => Work::Later(retry_after),
                Err(error) => {
                    tracing::warn!(integration.id = %integration, %error, "a revocation failed");
                    Work::Later(None)
                }
            },
            OutboxJob::RevokeGrant { .. } => inner.revoke_left_over(item).await,
            OutboxJob::Notify { .. } => self.notify_again(item).await,
            // A job of a newer version is left to a process that knows it.
            _ => Work::Later(None),
        };
        let id = item.message.id;
        match work {
            Work::Done => {
                inner.stores.outbox.complete(id).await?;
                Ok(true)
            }
            Work::Later(_) if inner.out_of_time(item) => {
                inner.give_up(item).await?;
                inner.stores.outbox.complete(id).await?;
                Ok(true)
            }
            Work::Later(retry_after) => {
                let delay = inner.backoff(item.attempts, retry_after);
                inner.stores.outbox.postpone(id, item.claim, delay).await?;
                Ok(false)
            }
        }
    }
}

impl Inner {
    fn out_of_time(&self, item: &OutboxItem) -> bool {
        Duration::from_millis(item.age_ms.unsigned_abs()) > self.timings.revocation
    }

    /// A grant that could not be revoked in all that time: forgotten here, and told.
    async fn give_up(&self, item: &OutboxItem) -> Result<(), Error> {
        let failed = EventKind::RevocationFailed;
        match &item.message.job {
            OutboxJob::Disconnect { integration } => {
                tracing::error!(integration.id = %integration, "the grant could not be revoked at the provider and is forgotten here");
                let row = self.stores.credentials.read(*integration).await?;
                let announcement =
                    row.map(|row| self.telling(failed, (&row).into(), Some(StatusReason::Unavailable)));
                let announcement = announcement.transpose()?.flatten();
                self.stores.credentials.erase(*integration, None, announcement.as_ref()).await?;
            }
            OutboxJob::RevokeGrant { owner, provider, .. } => {
                tracing::error!(%provider, "an unused grant could not be revoked at the provider and is forgotten here");
                if let Some(mut announcement) = self.telling_owner(failed, owner)? {
                    // The message's: told twice where this process dies before the message is gone, under one id.
                    announcement.event.id = EventId::from(*item.message.id.as_uuid());
                    announcement.event.provider = Some(provider.clone());
                    announcement.event.reason = Some(StatusReason::Unavailable);
                    self.stores.events.announce(&announcement).await?;
                }
            }
            _ => {}
        }
        self.sinks.wake();
        Ok(())
    }

    async fn revoke_left_over(&self, item: &OutboxItem) -> Work {
        let OutboxJob::RevokeGrant { owner, provider, client, account, sealed } = &item.message.job else {
            return Work::Done;
        };
        let Some(known) = self.provider_of(provider) else {
            return Work::Later(None);
        };
        let id = item.message.id.to_string();
        let context = SealContext { purpose: SealPurpose::Outbox, owner, id: &id, provider, epoch: 1 };
        let credential = self.vault.open(&context, sealed).and_then(|text| {
            Credential::from_plaintext(text.expose_secret()).map_err(|_| VaultError::UnsupportedFormat)
        });
        let credential = match credential {
            Ok(credential) => credential,
            Err(error) => {
                tracing::error!(%error, "an unused grant cannot be revoked");
                return Work::Later(None);
            }
        };
        let orphan = Orphan {
            owner,
            provider: known.as_ref(),
            client: client.as_ref(),
            account,
            credential: &credential,
        };
        match self.revoke_orphan(orphan).await {
            Ok(Reached::Later(retry_after)) => Work::Later(retry_after),
            Ok(Reached::Revoked | Reached::Shared | Reached::Unsupported) => Work::Done,
            Err(error) => {
                tracing::warn!(%error, "an unused grant is not revoked yet");
                Work::Later(None)
            }
        }
    }
}
