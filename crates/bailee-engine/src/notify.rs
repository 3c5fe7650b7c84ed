//! News for owners, through the channels that they connected.

use bailee_core::{
    Action, Caller, Capabilities, Decision, Delivered, Integration, IntegrationId, Notification, Notify,
    Outcome, Owner, Provider, ProviderError, Refusal, StoreError, Subject, ThreadPermissions, ToolAccount,
    Uuid, Wanted, decide,
};
use chrono::{DateTime, Utc};

use crate::{
    Bailee, Limit, Limited, Live, TokenError,
    engine::Inner,
    gate::Way,
    journal::Line,
    telemetry,
    token::{Ask, Policy},
};

/// Through which channels a notification goes. None of them sends through an integration that is turned off, or that is
/// not granted to the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// All of them.
    All,
    /// Of each provider the owner's first choice; where there is only one, that one.
    Default,
    /// These, each once.
    Only(Vec<IntegrationId>),
}

/// What became of a notification in one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// The channel.
    pub integration: IntegrationId,
    /// What became of it.
    pub result: NotifyResult,
}

/// How far a notification came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotifyResult {
    /// The channel took it.
    Delivered(Delivered),
    /// The channel did not take it, and will not.
    Failed(ProviderError),
    /// The channel did not take it now; the background worker tries again.
    Queued,
    /// The caller may not use the channel, or it is none, or it cannot be used before the owner reconnects it.
    Refused(Refusal),
}

/// A notification was sent nowhere.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotifyError {
    /// Too many notifications for this owner: wait.
    #[error(transparent)]
    Limited(#[from] Limited),
    /// The caller may not notify at all: a counterpart, or a profile that is not the owner's.
    #[error("notifications are not for this caller ({0})")]
    Refused(Refusal),
    /// The store or a directory of the host does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One notification through one channel.
pub(crate) struct Sending<'a> {
    pub(crate) owner: &'a Owner,
    /// On whose behalf; `None` for the owner's own test.
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) notification: &'a Notification,
    pub(crate) id: Uuid,
    pub(crate) said_at: DateTime<Utc>,
}

impl Bailee {
    /// Tells the owner something, through the channels that they granted to the profile.
    ///
    /// # Behaviour
    /// - Each channel by itself: one that fails holds no other back. Each outcome is in the ledger.
    /// - What a channel does not take now is tried again for about a day, ten times at most, under the same id. What may
    ///   have been sent is not sent again.
    /// - Ids of [`Target::Only`] that are unknown, foreign or out of scope all answer alike.
    ///
    /// # Errors
    /// See [`NotifyError`]: nothing was sent.
    #[tracing::instrument(name = "bailee.notify", skip_all, err(level = "debug"))]
    pub async fn notify(
        &self,
        caller: &Caller,
        target: Target,
        notification: &Notification,
    ) -> Result<Vec<Notified>, NotifyError> {
        let inner = self.inner();
        inner.allow(caller, Limit::Notifications, Some(&line_of_notice(caller, None))).await?;
        let snapshot = inner.snapshot(caller).await?;
        let refusal = if caller.is_counterpart() { Some(Refusal::UnknownTool) } else { snapshot.refusal };
        if let Some(refusal) = refusal {
            inner.note(Line { refusal: Some(refusal), ..line_of_notice(caller, None) }).await;
            return Err(NotifyError::Refused(refusal));
        }
        let id = inner.call_id().map_err(|_| StoreError::Unavailable)?;
        let sending = Sending {
            owner: caller.owner(),
            caller: Some(caller),
            notification,
            id,
            said_at: inner.clock.now(),
        };
        let mut all = Vec::new();
        for (integration, row) in inner.channels(caller, target, &snapshot.rows) {
            let result = match row {
                Ok(row) => self.sent(&sending, row).await,
                Err(refusal) => {
                    let line = line_of_notice(caller, Some(integration));
                    inner.note(Line { refusal: Some(refusal), ..line }).await;
                    NotifyResult::Refused(refusal)
                }
            };
            all.push(Notified { integration, result });
        }
        Ok(all)
    }

    /// Sends, and leaves what is worth repeating to the outbox.
    async fn sent(&self, sending: &Sending<'_>, row: &Integration) -> NotifyResult {
        let inner = self.inner();
        let Some(caller) = sending.caller else { return NotifyResult::Refused(Refusal::UnknownTool) };
        let line = Line { provider: Some(row.provider.clone()), ..line_of_notice(caller, Some(row.id)) };
        match self.tried(sending, row, line).await {
            Ok(delivered) => NotifyResult::Delivered(delivered),
            Err(Failure::Refused(refusal)) => NotifyResult::Refused(refusal),
            Err(Failure::Provider(error)) if is_worth_repeating(&error) => {
                match inner.queue(sending, row, error.retry_after()).await {
                    Ok(()) => NotifyResult::Queued,
                    Err(problem) => {
                        tracing::warn!(integration.id = %row.id, error = %problem, "a notification is not kept");
                        NotifyResult::Failed(error)
                    }
                }
            }
            Err(Failure::Provider(error)) => NotifyResult::Failed(error),
        }
    }

    /// One attempt, with its line in the ledger. A token that is refused is refreshed once.
    pub(crate) async fn tried(
        &self,
        sending: &Sending<'_>,
        row: &Integration,
        line: Line,
    ) -> Result<Delivered, Failure> {
        let inner = self.inner();
        let result = self.attempt(sending, row).await;
        let line = match &result {
            Ok(_) => Line { outcome: Outcome::Ok, ..line },
            Err(Failure::Refused(refusal)) => Line { refusal: Some(*refusal), ..line },
            Err(Failure::Provider(ProviderError::OutcomeUnknown)) => {
                Line { outcome: Outcome::Unknown, ..line }
            }
            Err(Failure::Provider(ProviderError::RateLimited { .. })) => {
                Line { outcome: Outcome::RateLimited, ..line }
            }
            Err(Failure::Provider(_)) => Line { outcome: Outcome::ToolError, ..line },
        };
        telemetry::notified(line.provider.as_ref(), line.outcome);
        inner.note(line).await;
        result
    }

    async fn attempt(&self, sending: &Sending<'_>, row: &Integration) -> Result<Delivered, Failure> {
        let inner = self.inner();
        let provider = inner.provider_of(&row.provider).ok_or(Failure::Refused(Refusal::NotConnected))?;
        let policy = sending.caller.map_or(Policy::Internal, |caller| Policy::Caller(caller.clone()));
        let live = self.ask(Ask::of(sending.owner, row.id, policy)).await?;
        let answer = inner.told(provider.as_ref(), sending, row, &live).await;
        if answer != Err(ProviderError::TokenRejected) {
            return Ok(answer?);
        }
        let newer = self.rejected(&live).await?;
        Ok(inner.told(provider.as_ref(), sending, row, &newer).await?)
    }
}

/// Why one attempt did not come through.
pub(crate) enum Failure {
    Provider(ProviderError),
    Refused(Refusal),
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Disabled => Self::Refused(Refusal::Disabled),
            TokenError::NeedsReconnect { .. } => {
                Self::Refused(Refusal::NotUsable(bailee_core::Status::Invalid))
            }
            TokenError::OutOfScope => Self::Refused(Refusal::OutOfScope),
            TokenError::NotConnected | TokenError::UnknownProvider => Self::Refused(Refusal::NotConnected),
            other => Self::Provider(ProviderError::Unavailable { retry_after: other.retry_after() }),
        }
    }
}

/// Whether nothing was sent, and the same may be sent later.
pub(crate) const fn is_worth_repeating(error: &ProviderError) -> bool {
    matches!(error, ProviderError::RateLimited { .. } | ProviderError::Unavailable { .. })
}

impl Inner {
    pub(crate) fn is_channel(&self, row: &Integration) -> bool {
        let capabilities = self.provider_of(&row.provider).map(|provider| provider.descriptor().capabilities);
        capabilities.is_some_and(|capabilities| capabilities.contains(Capabilities::NOTIFY))
    }

    /// The channels that a target names, each with its row, or with why it may not be used.
    fn channels<'a>(
        &self,
        caller: &Caller,
        target: Target,
        rows: &'a [Integration],
    ) -> Vec<(IntegrationId, Result<&'a Integration, Refusal>)> {
        let eligible = |row: &Integration| eligible(caller, row);
        let usable: Vec<&Integration> =
            rows.iter().filter(|row| self.is_channel(row) && eligible(row).is_ok()).collect();
        match target {
            Target::All => usable.into_iter().map(|row| (row.id, Ok(row))).collect(),
            Target::Default => {
                let alone = |row: &Integration| {
                    usable.iter().filter(|other| other.provider == row.provider).count() == 1
                };
                let first = usable.iter().filter(|row| row.is_default || alone(row));
                first.map(|row| (row.id, Ok(*row))).collect()
            }
            Target::Only(mut ids) => {
                let mut seen = std::collections::HashSet::new();
                ids.retain(|id| seen.insert(*id));
                let row = |id: IntegrationId| {
                    let row = rows.iter().find(|row| row.id == id && self.is_channel(row));
                    let row = row.ok_or(Refusal::NotConnected)?;
                    eligible(row).map(|()| row).map_err(outside)
                };
                ids.into_iter().map(|id| (id, row(id))).collect()
            }
        }
    }

    async fn told(
        &self,
        provider: &dyn Provider,
        sending: &Sending<'_>,
        row: &Integration,
        live: &Live,
    ) -> Result<Delivered, ProviderError> {
        let account = ToolAccount {
            integration: row.id,
            account: &row.account,
            access_token: live.token(),
            config: &row.config,
        };
        let notify = provider.notify(Notify {
            account: &account,
            notification: sending.notification,
            id: sending.id,
            said_at: sending.said_at,
            now: self.clock.now(),
        });
        let way = Way::api(&row.provider, live.client(), Some(row.id));
        self.through(&way, self.timings.call, notify).await
    }
}

/// A line that says no, until more is known.
pub(crate) fn line_of_notice(caller: &Caller, integration: Option<IntegrationId>) -> Line {
    Line {
        profile: Some(caller.profile().clone()),
        thread: caller.thread().cloned(),
        integration,
        ..Line::new(caller.owner(), Action::Notify, Outcome::Denied)
    }
}

/// By the one function that decides.
pub(crate) fn eligible(caller: &Caller, row: &Integration) -> Result<(), Refusal> {
    match decide(caller, ThreadPermissions::NONE, Wanted::Notification, Some(Subject::from(row))) {
        Decision::Allow => Ok(()),
        Decision::Refuse(refusal) => Err(refusal),
        // A third answer of a later version is not a yes.
        _ => Err(Refusal::UnknownTool),
    }
}

/// What is not the profile's to know is not there.
const fn outside(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::BoundElsewhere | Refusal::OutOfScope => Refusal::NotConnected,
        other => other,
    }
}
