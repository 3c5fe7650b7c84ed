//! What happened to integrations and threads, told to the host.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    EventId, IntegrationId, InvalidId, OrganizationId, Owner, ProviderKey, SinkName, StatusReason, ThreadId,
    UnknownWord, UserId, integration::words,
};

words!(
    /// What happened.
    EventKind, "event type", {
        /// A person finished a connect, for the first time or again ([`Event::reconnected`]).
        Connected => "integration.connected",
        /// It was taken away; all its tools are gone.
        Disconnected => "integration.disconnected",
        /// Its credential does not work any more ([`Event::reason`]).
        NeedsReconnect => "integration.needs_reconnect",
        /// A flag of a thread was turned on or off ([`Event::thread`]).
        PermissionChanged => "permission.changed",
        /// It works again, and nobody had to connect it again.
        Recovered => "integration.recovered",
        /// Its access token was renewed.
        Refreshed => "integration.refreshed",
        /// Its grant could not be revoked, and will not be tried again: the owner must take it away at the provider.
        RevocationFailed => "integration.revocation_failed",
        /// Other profiles may use it, or it was turned on or off.
        ScopeChanged => "scope.changed",
    }
);

/// One thing that happened. Holds no secret and no label of an account: who wants to know how things are now asks
/// bailee, as events may come late and in any order.
///
/// On the wire an object with `id`, `type`, `timestamp` and `data`, the shape that Standard Webhooks recommends.
///
/// ```
/// use bailee_core::Event;
///
/// let event: Event = serde_json::from_str(
///     r#"{"id":"01936f2a-0000-7000-8000-000000000001","type":"integration.needs_reconnect","timestamp":"2026-01-02T03:04:05Z",
///         "data":{"user_id":"u1","provider":"some_provider","integration_id":"01936f2a-0000-7000-8000-000000000002","reason":"revoked"}}"#,
/// )?;
/// assert_eq!(event.kind.as_str(), "integration.needs_reconnect");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Event {
    /// Recognises what was delivered before.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// When, by the clock of the host.
    pub at: DateTime<Utc>,
    /// To whom.
    pub owner: Owner,
    /// The provider of the integration.
    pub provider: Option<ProviderKey>,
    /// Which integration. None of a thread's event, nor where a grant could not be revoked that no integration keeps.
    pub integration: Option<IntegrationId>,
    /// Which thread.
    pub thread: Option<ThreadId>,
    /// Why it does not work, or why its grant could not be revoked.
    pub reason: Option<StatusReason>,
    /// Whether the integration was there before it was connected.
    pub reconnected: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    id: EventId,
    #[serde(rename = "type")]
    kind: EventKind,
    timestamp: DateTime<Utc>,
    data: Data,
}

#[derive(Serialize, Deserialize)]
struct Data {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization_id: Option<OrganizationId>,
    user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    integration_id: Option<IntegrationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread_id: Option<ThreadId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<StatusReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reconnected: Option<bool>,
}

impl From<Event> for Wire {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            timestamp: event.at,
            data: Data {
                organization_id: event.owner.organization().cloned(),
                user_id: event.owner.user_id().clone(),
                provider: event.provider,
                integration_id: event.integration,
                thread_id: event.thread,
                reason: event.reason,
                reconnected: event.reconnected,
            },
        }
    }
}

impl TryFrom<Wire> for Event {
    type Error = InvalidId;

    fn try_from(wire: Wire) -> Result<Self, InvalidId> {
        let data = wire.data;
        let owner = match data.organization_id {
            Some(organization) => Owner::member(organization, data.user_id)?,
            None => Owner::user(data.user_id)?,
        };
        Ok(Self {
            id: wire.id,
            kind: wire.kind,
            at: wire.timestamp,
            owner,
            provider: data.provider,
            integration: data.integration_id,
            thread: data.thread_id,
            reason: data.reason,
            reconnected: data.reconnected,
        })
    }
}

/// An event and who is to be told: what a store writes together with the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The event.
    pub event: Event,
    /// The sinks, each once.
    pub sinks: Vec<SinkName>,
}

/// An event whose time has come for one sink, claimed by one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventItem {
    /// The event.
    pub event: Event,
    /// How often it was tried before.
    pub attempts: u32,
    /// How long ago it was written, in milliseconds of the database's clock.
    pub age_ms: i64,
}

/// Somebody who is told what happened: a queue of the host, a log, a webhook.
#[async_trait]
pub trait EventSink: Debug + Send + Sync {
    /// Under which name events wait for this sink: 1 to 64 characters of `[A-Za-z0-9_.-]`.
    ///
    /// # Behaviour
    /// - The same in every process and after every restart: what waits under another name does not reach this sink.
    fn name(&self) -> &str;

    /// Takes an event; `Ok` ends its delivery.
    ///
    /// # Behaviour
    /// - Each event comes at least once, also when a process died after the change: a receiver recognises repetitions by
    ///   [`Event::id`].
    /// - Events come in no certain order, several of them at once.
    /// - After an error, and when the deadline of a call has passed, the event comes again, later and later, for 24 hours.
    /// - What one sink does with an event, also nothing, holds no other sink back.
    ///
    /// # Errors
    /// [`EventError`] when it could not be taken.
    async fn deliver(&self, event: &Event) -> Result<(), EventError>;
}

/// An event could not be taken now.
#[derive(Clone, Copy, Debug, Default, thiserror::Error, PartialEq, Eq)]
#[error("the event was not taken")]
pub struct EventError {
    /// How long to wait before it is tried again, where the sink knows.
    pub retry_after: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back_from_the_wire_and_tells_only_what_it_has() -> Result<(), Box<dyn std::error::Error>>
    {
        let event = Event {
            id: EventId::from_parts(1, [7; 10]),
            kind: EventKind::PermissionChanged,
            at: DateTime::UNIX_EPOCH,
            owner: Owner::member("org_1", "u1")?,
            provider: None,
            integration: None,
            thread: Some(ThreadId::new("th_9")?),
            reason: None,
            reconnected: None,
        };
        let wire = serde_json::to_value(&event)?;
        assert_eq!(
            wire,
            serde_json::json!({
                "id": event.id.to_string(),
                "type": "permission.changed",
                "timestamp": "1970-01-01T00:00:00Z",
                "data": { "organization_id": "org_1", "user_id": "u1", "thread_id": "th_9" },
            })
        );
        assert_eq!(serde_json::from_value::<Event>(wire)?, event);
        Ok(())
    }
}
