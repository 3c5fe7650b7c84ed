use std::time::Duration;

use bailee_core::{
    AccountId, Capabilities, ClientId, EventKind, IntegrationId, Lifecycle, Provider, RevocationReach,
    Revoke, StatusReason, StoreError, VaultError,
    store::{CredentialRow, Gate, LeaseRequest, Release},
};

use crate::{Disconnected, Error, engine::Inner, gate::Way, grant::reached};

/// How far one attempt to revoke came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Not yet; try again, after this long where the provider says so.
    Later(Option<Duration>),
    /// The provider knows the grant no more.
    Revoked,
    /// Another owner's integration lives on the same grant.
    Shared,
    /// The provider has no revocation.
    Unsupported,
}

/// What one attempt to revoke and erase a row came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The row is erased.
    Erased(Disconnected),
    /// There was nothing left to do.
    Gone,
    /// A refresh, or another attempt, has the row.
    Held,
    /// The provider is to be asked again, after this long where it says so.
    Later(Option<Duration>),
}

impl Inner {
    /// Whether a revocation would end somebody else's integration too.
    pub(crate) async fn shared(
        &self,
        provider: &dyn Provider,
        client: Option<&ClientId>,
        account: &AccountId,
        except: Option<IntegrationId>,
    ) -> Result<bool, StoreError> {
        let descriptor = provider.descriptor();
        if descriptor.revocation != RevocationReach::Account {
            return Ok(false);
        }
        Ok(self.stores.credentials.others_of_account(&descriptor.key, client, account, except).await? > 0)
    }

    /// One attempt to revoke and erase a disconnecting row.
    ///
    /// Takes the row's lease first, so that no refresh is in flight and the newest token is the one that is revoked.
    pub(crate) async fn revoke_row(&self, id: IntegrationId) -> Result<Attempt, Error> {
        let store = &self.stores.credentials;
        let disconnecting = |row: &CredentialRow| row.lifecycle == Lifecycle::Disconnecting;
        let Some(row) = store.read(id).await?.filter(disconnecting) else { return Ok(Attempt::Gone) };
        let lease_owner = self.random::<16>()?;
        let request = LeaseRequest {
            secret_epoch: row.secret_epoch,
            lease_owner,
            duration: self.timings.lease,
            longest: self.timings.longest_lease(),
            lifecycle: Lifecycle::Disconnecting,
            ignore_gate: true,
        };
        if store.acquire(id, request).await == Ok(false) {
            return Ok(Attempt::Held);
        }
        // Read again: for the newest token, and to learn whose the lease is where the answer was lost.
        match store.read(id).await? {
            None => Ok(Attempt::Gone),
            Some(row) if row.lease_owner != Some(lease_owner) => Ok(Attempt::Held),
            Some(row) => self.revoke_leased(&row, lease_owner).await,
        }
    }

    async fn revoke_leased(&self, row: &CredentialRow, lease_owner: [u8; 16]) -> Result<Attempt, Error> {
        let free = Release { free: true, failed: false, gate: Gate::Open };
        let outcome = match self.revoke_newest(row).await {
            Ok(Reached::Revoked) => Disconnected::Revoked,
            Ok(Reached::Shared) => Disconnected::Shared,
            Ok(Reached::Unsupported) => Disconnected::Unsupported,
            // A row whose key is lost can still be taken away here; nobody can revoke it.
            // One whose key is retired is not lost.
            Err(Error::Vault(error)) if !matches!(error, VaultError::KeyRetired { .. }) => {
                Disconnected::Failed
            }
            later => {
                self.stores.credentials.release(row.id, lease_owner, row.lease_epoch, free).await?;
                return match later? {
                    Reached::Later(retry_after) => Ok(Attempt::Later(retry_after)),
                    _ => Ok(Attempt::Later(None)),
                };
            }
        };
        let announcement = match outcome {
            Disconnected::Failed => {
                self.telling(EventKind::RevocationFailed, row.into(), Some(StatusReason::KeyUnavailable))?
            }
            _ => None,
        };
        if !self.stores.credentials.erase(row.id, Some(row.secret_epoch), announcement.as_ref()).await? {
            // A refresh that outlived its lease wrote a newer token meanwhile, which the revocation may not have reached.
            self.stores.credentials.release(row.id, lease_owner, row.lease_epoch, free).await?;
            return Ok(Attempt::Held);
        }
        tracing::info!(integration.id = %row.id, provider = %row.provider, revocation = outcome.as_str(), "disconnected");
        self.sinks.wake();
        Ok(Attempt::Erased(outcome))
    }

    async fn revoke_newest(&self, row: &CredentialRow) -> Result<Reached, Error> {
        let Some(provider) = self.provider_of(&row.provider) else {
            return Ok(Reached::Unsupported);
        };
        if !provider.descriptor().capabilities.contains(Capabilities::REVOKE) {
            return Ok(Reached::Unsupported);
        }
        let credential = self.open_credential(row)?;
        if self.shared(provider.as_ref(), row.client.as_ref(), &row.account.id, Some(row.id)).await? {
            return Ok(Reached::Shared);
        }
        let registration = match &row.client {
            Some(client) => self.registrations.by_client_id(&row.provider, client).await?,
            None => None,
        };
        let client = registration.as_ref().and_then(|registration| registration.credentials().next());
        let revoke = provider.revoke(Revoke { client, credential: &credential });
        let way = Way::tokens(&row.provider, row.client.as_ref(), Some(row.id));
        Ok(reached(&self.through(&way, self.timings.request, revoke).await))
    }
}
