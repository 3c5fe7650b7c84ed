use crate::{Account, ClientId, IntegrationId, OutboxId, Owner, ProviderKey};

/// A job that must happen although a process may die: written in the transaction that makes it necessary.
#[derive(Clone, Debug)]
pub struct OutboxMessage {
    /// Its id; a receiver recognises repetitions by it.
    pub id: OutboxId,
    /// What is to be done.
    pub job: OutboxJob,
}

impl OutboxMessage {
    /// The order to end an integration. Its id is the integration's: however many processes order it, it is there once.
    #[must_use]
    pub fn disconnect(integration: IntegrationId) -> Self {
        Self { id: OutboxId::from(*integration.as_uuid()), job: OutboxJob::Disconnect { integration } }
    }
}

/// What is to be done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OutboxJob {
    /// Revoke the newest credential of a disconnecting integration, then erase its row.
    Disconnect {
        /// Which row.
        integration: IntegrationId,
    },
    /// Send a notification that its channel could not take before.
    Notify {
        /// For whom.
        owner: Owner,
        /// Through which integration.
        integration: IntegrationId,
        /// Of which provider.
        provider: ProviderKey,
        /// What to send on whose behalf, sealed for the message's id with
        /// [`SealPurpose::Outbox`](crate::SealPurpose::Outbox), epoch 1.
        sealed: Vec<u8>,
    },
    /// Revoke a grant that no row keeps: an exchange was refused after it succeeded at the provider.
    RevokeGrant {
        /// For whom it was obtained.
        owner: Owner,
        /// Where.
        provider: ProviderKey,
        /// With which registration; `None` where the provider has none.
        client: Option<ClientId>,
        /// Of which account.
        account: Account,
        /// The credential, sealed for the message's id with [`SealPurpose::Outbox`](crate::SealPurpose::Outbox), epoch 1.
        sealed: Vec<u8>,
    },
}

impl OutboxJob {
    /// What it carries sealed, where it carries anything.
    #[must_use]
    pub fn sealed(&self) -> Option<&[u8]> {
        match self {
            Self::Disconnect { .. } => None,
            Self::Notify { sealed, .. } | Self::RevokeGrant { sealed, .. } => Some(sealed),
        }
    }
}

/// A message whose time has come, claimed by one worker.
#[derive(Clone, Debug)]
pub struct OutboxItem {
    /// The message.
    pub message: OutboxMessage,
    /// How often it was tried before.
    pub attempts: u32,
    /// How long ago it was written, in milliseconds of the database's clock.
    pub age_ms: i64,
    /// The claim: only its holder may complete or postpone the message.
    pub claim: [u8; 16],
}
