//! Notifications that a channel could not take at once.

use std::time::Duration;

use bailee_core::{
    Caller, ExposeSecret, Integration, IntegrationId, Notification, OutboxItem, OutboxJob, OutboxMessage,
    Owner, ProfileId, ProviderError, ProviderKey, Refusal, SealContext, SealPurpose, StoreError, Uuid,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Bailee, Error,
    engine::Inner,
    journal::Line,
    notify::{Failure, Sending, eligible, is_worth_repeating, line_of_notice},
    worker::Work,
};

/// How often a notification is tried before it is parked.
const ATTEMPTS: u32 = 10;

/// What is kept of a notification that is to be sent later.
#[derive(Serialize, Deserialize)]
struct Kept {
    profile: Option<ProfileId>,
    notification: Notification,
    id: Uuid,
    said_at: DateTime<Utc>,
}

impl Inner {
    /// Leaves a notification to the background worker.
    pub(crate) async fn queue(
        &self,
        sending: &Sending<'_>,
        row: &Integration,
        retry_after: Option<Duration>,
    ) -> Result<(), Error> {
        let id = self.outbox_id()?;
        let kept = Kept {
            profile: sending.caller.map(|caller| caller.profile().clone()),
            notification: sending.notification.clone(),
            id: sending.id,
            said_at: sending.said_at,
        };
        let text = serde_json::to_vec(&kept).map_err(|_| StoreError::Unavailable)?;
        let sealed = self.vault.seal(&context(sending.owner, &id.to_string(), &row.provider), &text)?;
        let job = OutboxJob::Notify {
            owner: sending.owner.clone(),
            integration: row.id,
            provider: row.provider.clone(),
            sealed: sealed.bytes,
        };
        let delay = self.timings.backoff.max(retry_after.unwrap_or_default());
        Ok(self.stores.outbox.add(OutboxMessage { id, job }, delay).await?)
    }
}

impl Bailee {
    /// Tries a queued notification again, by the rules and the grants of now.
    pub(crate) async fn notify_again(&self, item: &OutboxItem) -> Work {
        let OutboxJob::Notify { owner, integration, provider, sealed } = &item.message.job else {
            return Work::Done;
        };
        let inner = self.inner();
        let id = item.message.id.to_string();
        let opened = inner.vault.open(&context(owner, &id, provider), sealed).ok();
        let kept: Option<Kept> = opened.and_then(|text| serde_json::from_slice(text.expose_secret()).ok());
        let Some(kept) = kept else {
            tracing::error!(integration.id = %integration, "a queued notification cannot be read");
            return Work::Done;
        };
        let Some(Ok(caller)) = kept.profile.map(|profile| Caller::own(owner.clone(), profile.as_str()))
        else {
            return Work::Done;
        };
        match self.again(&caller, *integration, &kept.notification, (kept.id, kept.said_at)).await {
            Ok(()) => Work::Done,
            Err(error) if is_worth_repeating(&error) && item.attempts + 1 < ATTEMPTS => {
                Work::Later(error.retry_after())
            }
            Err(error) => {
                tracing::warn!(integration.id = %integration, %error, "a notification is given up");
                Work::Done
            }
        }
    }

    async fn again(
        &self,
        caller: &Caller,
        integration: IntegrationId,
        notification: &Notification,
        (id, said_at): (Uuid, DateTime<Utc>),
    ) -> Result<(), ProviderError> {
        let inner = self.inner();
        let unavailable = |_| ProviderError::Unavailable { retry_after: None };
        let snapshot = inner.snapshot(caller).await.map_err(unavailable)?;
        let row = snapshot.rows.iter().find(|row| row.id == integration);
        let refusal = snapshot.refusal.or_else(|| match row {
            Some(row) => eligible(caller, row).err(),
            None => Some(Refusal::NotConnected),
        });
        let line = line_of_notice(caller, Some(integration));
        let (None, Some(row)) = (refusal, row) else {
            inner.note(Line { refusal, ..line }).await;
            return Ok(());
        };
        let sending = Sending { owner: caller.owner(), caller: Some(caller), notification, id, said_at };
        let line = Line { provider: Some(row.provider.clone()), ..line };
        match self.tried(&sending, row, line).await {
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(Failure::Provider(error)) => Err(error),
        }
    }
}

fn context<'a>(owner: &'a Owner, id: &'a str, provider: &'a ProviderKey) -> SealContext<'a> {
    SealContext { purpose: SealPurpose::Outbox, owner, id, provider, epoch: 1 }
}
