use bailee_core::{Action, EventKind, Integration, IntegrationId, Lifecycle, OutboxMessage, Outcome, Owner};

use crate::{Bailee, Error, Which, engine::Inner, journal::Line, revocation::Attempt};

/// What became of the grant at the provider. In every case the integration and its tools are gone here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disconnected {
    /// It could not be revoked and will not be tried again: the user must take it away at the provider.
    Failed,
    /// There was nothing to disconnect.
    None,
    /// It is still being revoked.
    Pending,
    /// The provider knows it no more.
    Revoked,
    /// It was left alone: another integration lives on the same grant.
    Shared,
    /// The provider has no revocation: the user must take it away there.
    Unsupported,
}

impl Disconnected {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::None => "none",
            Self::Pending => "pending",
            Self::Revoked => "revoked",
            Self::Shared => "shared",
            Self::Unsupported => "unsupported",
        }
    }
}

impl Bailee {
    /// Takes an integration away: hidden with all its tools at the first commit, then revoked at the provider, then
    /// erased. What cannot be revoked now is tried again from the outbox.
    ///
    /// Repeating it is harmless: while the revocation is pending it answers the same; after that, an id is
    /// [`Error::NotFound`] and a provider is [`Disconnected::None`].
    ///
    /// # Errors
    /// - [`Error::NotFound`] for an id that is not the owner's; [`Error::UnknownProvider`].
    /// - [`Error::Ambiguous`] with the choices where a provider has several.
    /// - [`Error::Store`] when nothing was changed.
    #[tracing::instrument(name = "bailee.disconnect", skip_all, err(level = "debug"))]
    pub async fn disconnect<'a>(
        &self,
        owner: &Owner,
        which: impl Into<Which<'a>> + Send,
    ) -> Result<Disconnected, Error> {
        let Some(row) = self.inner().to_disconnect(owner, which.into()).await? else {
            return Ok(Disconnected::None);
        };
        let id = row.id;
        let message = OutboxMessage::disconnect(id);
        // The outbox waits until the attempt below has had its time.
        let delay = self.inner().timings.request * 2;
        let announcement = self.inner().telling(EventKind::Disconnected, (&row).into(), None)?;
        let announcement = announcement.as_ref();
        let store = &self.inner().stores.integrations;
        if !store.begin_disconnect(owner, id, message, delay, announcement).await? {
            return Ok(Disconnected::Pending);
        }
        let mut line = Line::new(owner, Action::Disconnect, Outcome::Ok);
        line.provider = Some(row.provider.clone());
        line.integration = Some(id);
        self.inner().announce(owner);
        self.inner().note(line).await;
        let bailee = self.clone();
        let work = async move { bailee.inner().revoke_now(id).await };
        Ok(self.inner().flights.spawn(work).await.unwrap_or(Disconnected::Pending))
    }
}

impl Inner {
    async fn to_disconnect(&self, owner: &Owner, which: Which<'_>) -> Result<Option<Integration>, Error> {
        let name = match which {
            Which::Id(id) => {
                return self.stores.integrations.find(owner, id).await?.map(Some).ok_or(Error::NotFound);
            }
            Which::Provider(name) => name,
        };
        let key = &self.named(name)?.descriptor().key;
        let rows = self.stores.integrations.of_provider(owner, key).await?;
        let (gone, live): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.lifecycle == Lifecycle::Disconnecting);
        if live.len() > 1 {
            return Err(Error::Ambiguous { choices: live.iter().map(|row| row.id).collect() });
        }
        Ok(live.into_iter().next().or_else(|| gone.into_iter().next()))
    }

    /// The first attempt. It waits for a refresh that is under way, so that the newest token is revoked; a provider
    /// that is down is left to the outbox.
    pub(crate) async fn revoke_now(&self, id: IntegrationId) -> Disconnected {
        let give_up = self.clock.monotonic() + self.timings.persist;
        let attempt = loop {
            match self.revoke_row(id).await {
                Ok(Attempt::Held) if self.clock.monotonic() < give_up => {
                    self.clock.sleep(self.timings.poll).await;
                }
                attempt => break attempt,
            }
        };
        let outcome = match attempt {
            Ok(Attempt::Erased(outcome)) => outcome,
            // Somebody else was quicker, and did it.
            Ok(Attempt::Gone) => Disconnected::Revoked,
            Ok(Attempt::Held | Attempt::Later(_)) => return Disconnected::Pending,
            Err(error) => {
                tracing::warn!(integration.id = %id, %error, "a revocation is left to the outbox");
                return Disconnected::Pending;
            }
        };
        if let Err(error) = self.stores.outbox.complete(OutboxMessage::disconnect(id).id).await {
            tracing::debug!(%error, "a finished revocation stays in the outbox until its next turn");
        }
        outcome
    }
}
