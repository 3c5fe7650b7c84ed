//! Grants that could neither be written nor given back, because the store went away in the middle.

use std::{sync::Arc, time::Duration};

use bailee_core::{Account, ClientId, Credential, Owner, ProviderKey};

use crate::{Error, engine::Inner, grant::Orphan, revocation::Reached};

/// The longest wait between two looks.
const LONGEST: Duration = Duration::from_mins(1);

struct Stray {
    owner: Owner,
    provider: ProviderKey,
    client: Option<ClientId>,
    account: Account,
    credential: Credential,
}

impl Inner {
    /// Looks again until the store answers: a grant that no row has is taken back then. A shutdown waits for it.
    pub(crate) fn look_after(self: &Arc<Self>, orphan: Orphan<'_>) {
        let stray = Stray {
            owner: orphan.owner.clone(),
            provider: orphan.provider.descriptor().key.clone(),
            client: orphan.client.cloned(),
            account: orphan.account.clone(),
            credential: orphan.credential.clone(),
        };
        let inner = Arc::clone(self);
        drop(self.flights.spawn(async move { inner.until_home(&stray).await }));
    }

    async fn until_home(&self, stray: &Stray) {
        let give_up = self.clock.monotonic() + self.timings.revocation;
        let mut wait = self.timings.backoff;
        loop {
            self.clock.sleep(wait).await;
            match self.bring_home(stray).await {
                Ok(()) => return,
                Err(error) if error.is_temporary() && self.clock.monotonic() < give_up => {
                    tracing::debug!(provider = %stray.provider, %error, "a grant is still to be looked after");
                }
                Err(error) => {
                    tracing::error!(provider = %stray.provider, %error, "a grant that no row may have is forgotten");
                    return;
                }
            }
            wait = (wait * 2).clamp(self.timings.poll, LONGEST);
        }
    }

    async fn bring_home(&self, stray: &Stray) -> Result<(), Error> {
        let Stray { owner, provider, client, account, credential } = stray;
        // It was written after all, or the owner was quicker: that row's grant must not be ended.
        let rows = self.stores.integrations.of_provider(owner, provider).await?;
        if rows.iter().any(|row| row.account.id == account.id) {
            return Ok(());
        }
        let known = self.provider_of(provider).ok_or(Error::UnknownProvider)?;
        let orphan = Orphan { owner, provider: known.as_ref(), client: client.as_ref(), account, credential };
        match self.revoke_orphan(orphan).await? {
            Reached::Later(_) => self.leave_to_outbox(orphan).await,
            Reached::Revoked | Reached::Shared | Reached::Unsupported => Ok(()),
        }
    }
}
