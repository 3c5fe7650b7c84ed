use std::time::Duration;

use bailee_core::{
    AccountId, Capabilities, ClientId, IntegrationId, Lifecycle, Provider, RevocationReach, Revoke,
    StoreError,
    store::{CredentialRow, Gate, LeaseRequest, Release},
};

use crate::{Disconnected, Error, engine::Inner, grant::reached};

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
        Ok(self
            .stores
            .credentials
            .others_of_account(&descriptor.key, client, account, except)
            .await?
            > 0)
    }

    /// One attempt to revoke and erase a disconnecting row. `None`: there is nothing left to do.
    ///
    /// Takes the row's lease first, so that no refresh is in flight and the newest token is the one that is revoked.
    pub(crate) async fn revoke_row(&self, id: IntegrationId) -> Result<Option<Disconnected>, Error> {
        let Some(row) = self.stores.credentials.read(id).await? else {
            return Ok(None);
        };
        if row.lifecycle != Lifecycle::Disconnecting {
            return Ok(None);
        }
        let lease_owner = self.random::<16>()?;
        let request = LeaseRequest {
            secret_epoch: row.secret_epoch,
            lease_owner,
            duration: self.timings.lease,
            longest: self.timings.longest_lease(),
            lifecycle: Lifecycle::Disconnecting,
            ignore_gate: true,
        };
        let acquired = self.stores.credentials.acquire(id, request).await;
        if acquired == Ok(false) {
            return Ok(Some(Disconnected::Pending));
        }
        let Some(row) = self.stores.credentials.read(id).await? else {
            return Ok(None);
        };
        if row.lease_owner != Some(lease_owner) {
            return Ok(Some(Disconnected::Pending));
        }
        self.revoke_leased(&row, lease_owner).await.map(Some)
    }

    async fn revoke_leased(&self, row: &CredentialRow, lease_owner: [u8; 16]) -> Result<Disconnected, Error> {
        let attempt = self.revoke_newest(row).await;
        let outcome = match attempt {
            Ok(Reached::Revoked) => Disconnected::Revoked,
            Ok(Reached::Shared) => Disconnected::Shared,
            Ok(Reached::Unsupported) => Disconnected::Unsupported,
            // A row whose key is lost can still be taken away here; nobody can revoke it.
            Err(Error::Vault(_)) => Disconnected::Failed,
            Ok(Reached::Later(_)) | Err(_) => {
                let release = Release {
                    free: true,
                    failed: false,
                    gate: Gate::Open,
                };
                self.stores
                    .credentials
                    .release(row.id, lease_owner, row.lease_epoch, release)
                    .await?;
                return match attempt {
                    Ok(Reached::Later(Some(retry_after))) => Ok(Disconnected::PendingFor(retry_after)),
                    Ok(_) => Ok(Disconnected::Pending),
                    Err(error) => Err(error),
                };
            }
        };
        self.stores.credentials.erase(row.id).await?;
        tracing::info!(integration.id = %row.id, provider = %row.provider, revocation = outcome.as_str(), "disconnected");
        Ok(outcome)
    }

    async fn revoke_newest(&self, row: &CredentialRow) -> Result<Reached, Error> {
        let Some(provider) = self.provider_of(&row.provider) else {
            return Ok(Reached::Unsupported);
        };
        if !provider.descriptor().capabilities.contains(Capabilities::REVOKE) {
            return Ok(Reached::Unsupported);
        }
        let credential = self.open_credential(row)?;
        if self
            .shared(
                provider.as_ref(),
                row.client.as_ref(),
                &row.account.id,
                Some(row.id),
            )
            .await?
        {
            return Ok(Reached::Shared);
        }
        let registration = match &row.client {
            Some(client) => self.registrations.by_client_id(&row.provider, client).await?,
            None => None,
        };
        let client = registration
            .as_ref()
            .and_then(|registration| registration.credentials().next());
        let revoke = provider.revoke(Revoke {
            client,
            credential: &credential,
        });
        Ok(reached(&self.within(self.timings.request, revoke).await))
    }
}
