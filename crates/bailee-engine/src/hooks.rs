//! What providers send by themselves.

use std::{sync::Arc, time::Duration};

use bailee_core::{
    AccountId, Capabilities, Credential, Delivery, DeliveryTo, ExposeSecret, Grant, InboundMessage,
    Integration, Lifecycle, OAuthScopes, Pairing, Provider, ProviderError, Received, ReceivedEvent, Scope,
    Status, StatusReason, StoreError,
    store::{CredentialRow, Take, Verdict},
};
use http::HeaderMap;

use crate::{
    Bailee, Error,
    addresses::SHARED_HOOK,
    engine::Inner,
    keep::{Fresh, Home},
};

/// The most owners of one account that are told of an event.
const MOST_OWNERS: u32 = 100;

/// For how long an event is remembered: longer than any provider repeats it.
const REMEMBERED: Duration = Duration::from_hours(72);

/// Why a provider's request was not taken.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookError {
    /// There is no such hook, or the request is not from the provider: which of them is not told.
    #[error("there is no such hook")]
    NotFound,
    /// It is from the provider, and cannot be read.
    #[error("the request cannot be read")]
    Malformed,
    /// The host or the store does not answer: the provider shall send it again.
    #[error("the request cannot be handled now")]
    Unavailable,
}

impl From<StoreError> for HookError {
    fn from(_: StoreError) -> Self {
        Self::Unavailable
    }
}

impl From<Error> for HookError {
    fn from(error: Error) -> Self {
        match error {
            Error::Provider(ProviderError::Malformed { .. }) => Self::Malformed,
            Error::Provider(_) | Error::NotFound => Self::NotFound,
            _ => Self::Unavailable,
        }
    }
}

impl Bailee {
    /// Takes a request that came to `<base_url>/api/hooks/<provider>/<opaque>`.
    ///
    /// # Behaviour
    /// - Nothing happens before the provider's signature or secret was checked.
    /// - Each event counts once, however often and wherever it arrives.
    /// - A one-time word that nobody was given, a disabled integration, and an account that nobody joined change nothing.
    ///
    /// # Errors
    /// See [`HookError`].
    #[tracing::instrument(name = "bailee.receive", skip_all, fields(provider), err(level = "debug"))]
    pub async fn receive(
        &self,
        provider: &str,
        opaque: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), HookError> {
        let inner = self.inner();
        let provider = Arc::clone(inner.provider(provider).ok_or(HookError::NotFound)?);
        if !provider.descriptor().capabilities.contains(Capabilities::RECEIVE) {
            return Err(HookError::NotFound);
        }
        let to = inner.addressee(provider.as_ref(), opaque).await?;
        let delivery = Delivery {
            to: to.as_ref().map(|(row, credential)| DeliveryTo {
                account: &row.account,
                credential,
                config: &row.config,
            }),
            headers,
            body,
            now: inner.clock.now(),
        };
        let read = inner.within(inner.timings.request, provider.receive(delivery)).await;
        for received in read.map_err(Error::from)? {
            inner.once_received(&provider, to.as_ref().map(|(row, _)| row), received).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// The integration that a hook belongs to, with its secrets; `None` for the one that all share.
    async fn addressee(
        &self,
        provider: &dyn Provider,
        opaque: &str,
    ) -> Result<Option<(Integration, Credential)>, HookError> {
        if opaque == SHARED_HOOK {
            return Ok(None);
        }
        let id = opaque.parse().map_err(|_| HookError::NotFound)?;
        let row = self.stores.credentials.read(id).await?;
        let mine = |row: &CredentialRow| {
            row.provider == provider.descriptor().key && row.lifecycle != Lifecycle::Disconnecting
        };
        let row = row.filter(mine).ok_or(HookError::NotFound)?;
        let credential = self.open_credential(&row).map_err(|_| HookError::Unavailable)?;
        let row = self.stores.integrations.find(&row.owner, id).await?.ok_or(HookError::NotFound)?;
        Ok(Some((row, credential)))
    }

    /// Handles an event that was not seen before; one that fails is new again when it is repeated.
    async fn once_received(
        self: &Arc<Self>,
        provider: &Arc<dyn Provider>,
        to: Option<&Integration>,
        received: Received,
    ) -> Result<(), HookError> {
        let key = &provider.descriptor().key;
        if !self.stores.seen.see(key, &received.id, REMEMBERED).await? {
            return Ok(());
        }
        let handled = match received.event {
            ReceivedEvent::Ended { account, reason } => self.ended(provider, &account, reason).await,
            ReceivedEvent::Message { account, content } => {
                let message = InboundMessage { id: received.id.clone(), content };
                self.handed_on(provider, to, &account, &message).await
            }
            ReceivedEvent::Paired(pairing) => self.paired(provider, to, pairing).await,
        };
        if handled.is_err() {
            self.stores.seen.forget(key, &received.id).await?;
        }
        handled
    }

    /// Whoever joined the account learns that it is over.
    async fn ended(
        &self,
        provider: &Arc<dyn Provider>,
        account: &AccountId,
        reason: StatusReason,
    ) -> Result<(), HookError> {
        let key = &provider.descriptor().key;
        for row in self.stores.credentials.of_account(key, account, MOST_OWNERS).await? {
            let verdict =
                Verdict { status: Status::Invalid, reason: Some(reason), secret_epoch: row.secret_epoch };
            if self.judge((&row).into(), verdict).await? {
                tracing::info!(integration.id = %row.id, provider = %key, %reason, "ended at the provider");
            }
        }
        Ok(())
    }

    /// The host gets a message once for each integration of the account that is turned on.
    async fn handed_on(
        &self,
        provider: &Arc<dyn Provider>,
        to: Option<&Integration>,
        account: &AccountId,
        message: &InboundMessage,
    ) -> Result<(), HookError> {
        let Some(inbound) = &self.inbound else { return Ok(()) };
        let rows = match to {
            Some(row) => vec![row.clone()],
            None => self.integrations_of(provider, account).await?,
        };
        for row in rows.iter().filter(|row| row.enabled && row.lifecycle == Lifecycle::Connected) {
            let shown = self.settings.shown(row.clone());
            inbound.receive(&shown, message).await.map_err(|_| HookError::Unavailable)?;
        }
        Ok(())
    }

    async fn integrations_of(
        &self,
        provider: &Arc<dyn Provider>,
        account: &AccountId,
    ) -> Result<Vec<Integration>, StoreError> {
        let mut rows = Vec::new();
        for row in
            self.stores.credentials.of_account(&provider.descriptor().key, account, MOST_OWNERS).await?
        {
            rows.extend(self.stores.integrations.find(&row.owner, row.id).await?);
        }
        Ok(rows)
    }

    /// Ends the flow that the word began, for whoever began it.
    async fn paired(
        self: &Arc<Self>,
        provider: &Arc<dyn Provider>,
        to: Option<&Integration>,
        pairing: Pairing,
    ) -> Result<(), HookError> {
        let key = &provider.descriptor().key;
        let state_hash = self.vault.digest(pairing.word.expose_secret().as_bytes());
        // Anybody can send any word: one that is unknown, used or expired changes nothing.
        let Some(flow) = self.stores.pending.peek(&state_hash, key).await? else { return Ok(()) };
        if flow.reconnect != to.map(|row| row.id) || to.is_some_and(|row| row.owner != flow.owner) {
            return Ok(());
        }
        let proofs = [flow.proof];
        let take = Take { state_hash, provider: key, owner: &flow.owner, proofs: &proofs, handle_hash: None };
        let Some(flow) = self.stores.pending.take(take).await? else { return Ok(()) };
        let Pairing { account, credential, config, .. } = pairing;
        match (to, credential) {
            (Some(row), _) => {
                if self.add_settings(&row.owner, row.id, &config).await?.is_some() {
                    self.announce(&row.owner);
                }
                Ok(())
            }
            (None, None) => Ok(()),
            (None, Some(credential)) => {
                let grant = Grant { credential, account, expires_in: None, granted: None, config };
                let home = Home {
                    owner: &flow.owner,
                    provider,
                    client: None,
                    requested: &OAuthScopes::default(),
                    reconnect: None,
                    fresh: Fresh {
                        id: self.integration_id().map_err(|_| HookError::Unavailable)?,
                        scope: Scope::All,
                        bound_profile: None,
                    },
                };
                let kept = self.keep(&home, &grant, self.clock.monotonic()).await;
                Ok(kept.map(drop)?)
            }
        }
    }
}
