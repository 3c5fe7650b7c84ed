use std::{collections::BTreeMap, sync::Arc};

use bailee_core::{
    Account, Capabilities, ClientId, Credential, ExposeSecret, IntegrationId, OutboxJob, OutboxMessage,
    Owner, Provider, ProviderError, ProviderKey, Revoke, SealContext, SealPurpose, SecretSlice, SecretString,
    VaultError, store::CredentialRow,
};

use crate::{Error, engine::Inner, gate::Way, revocation::Reached, telemetry};

/// A grant that no row keeps: the exchange was refused, or the row went away during a refresh.
#[derive(Clone, Copy)]
pub(crate) struct Orphan<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) provider: &'a dyn Provider,
    pub(crate) client: Option<&'a ClientId>,
    pub(crate) account: &'a Account,
    pub(crate) credential: &'a Credential,
}

/// What the credential of a row is sealed for; `id` is the row's.
pub(crate) const fn tokens_of<'a>(
    owner: &'a Owner,
    provider: &'a ProviderKey,
    id: &'a str,
    secret_epoch: i64,
) -> SealContext<'a> {
    SealContext { purpose: SealPurpose::OAuthTokens, owner, id, provider, epoch: secret_epoch.unsigned_abs() }
}

impl Inner {
    /// Opens the credential of a row.
    pub(crate) fn open_credential(&self, row: &CredentialRow) -> Result<Credential, VaultError> {
        let id = row.id.to_string();
        let context = tokens_of(&row.owner, &row.provider, &id, row.secret_epoch);
        let plaintext = self.open_record(row.id, &context, &row.sealed)?;
        // What opens was sealed by us; anything else was sealed by a newer version.
        Credential::from_plaintext(plaintext.expose_secret()).map_err(|_| VaultError::UnsupportedFormat)
    }

    /// Of the further secrets of a credential the tokens that a host may use.
    pub(crate) fn further(
        &self,
        provider: &ProviderKey,
        mut extra: BTreeMap<String, SecretString>,
    ) -> BTreeMap<String, SecretString> {
        if !extra.is_empty() {
            let names =
                self.provider_of(provider).map(|provider| provider.further_tokens()).unwrap_or_default();
            extra.retain(|name, _| names.contains(&name.as_str()));
        }
        extra
    }

    pub(crate) fn open_record(
        &self,
        id: IntegrationId,
        context: &SealContext<'_>,
        record: &[u8],
    ) -> Result<SecretSlice<u8>, VaultError> {
        self.vault.open(context, record).inspect_err(|error| {
            telemetry::seal_error();
            tracing::error!(integration.id = %id, %error, "a sealed credential did not open");
        })
    }

    /// Takes an orphaned grant back at the provider, unless that would end another owner's. What cannot be done now is
    /// left to the outbox, or looked after here while that does not answer.
    pub(crate) async fn give_back(self: &Arc<Self>, orphan: Orphan<'_>) {
        match self.revoke_orphan(orphan).await {
            Ok(Reached::Revoked | Reached::Shared | Reached::Unsupported) => {}
            Ok(Reached::Later(_)) | Err(_) => {
                if let Err(error) = self.leave_to_outbox(orphan).await {
                    tracing::warn!(%error, "an unused grant could not be revoked");
                    self.look_after(orphan);
                }
            }
        }
    }

    pub(crate) async fn revoke_orphan(&self, orphan: Orphan<'_>) -> Result<Reached, Error> {
        let descriptor = orphan.provider.descriptor();
        if !descriptor.capabilities.contains(Capabilities::REVOKE) {
            return Ok(Reached::Unsupported);
        }
        if self.shared(orphan.provider, orphan.client, &orphan.account.id, None).await? {
            return Ok(Reached::Shared);
        }
        let registration = match orphan.client {
            Some(client) => self.registrations.by_client_id(&descriptor.key, client).await?,
            None => None,
        };
        let client = registration.as_ref().and_then(|registration| registration.credentials().next());
        let revoke = orphan.provider.revoke(Revoke { client, credential: orphan.credential });
        let way = Way::tokens(&descriptor.key, orphan.client, None);
        Ok(reached(&self.through(&way, self.timings.request, revoke).await))
    }

    pub(crate) async fn leave_to_outbox(&self, orphan: Orphan<'_>) -> Result<(), Error> {
        let id = self.outbox_id()?;
        let provider = &orphan.provider.descriptor().key;
        let context = SealContext {
            purpose: SealPurpose::Outbox,
            owner: orphan.owner,
            id: &id.to_string(),
            provider,
            epoch: 1,
        };
        let job = OutboxJob::RevokeGrant {
            owner: orphan.owner.clone(),
            provider: provider.clone(),
            client: orphan.client.cloned(),
            account: orphan.account.clone(),
            sealed: self.vault.seal(&context, orphan.credential.to_plaintext().expose_secret())?.bytes,
        };
        Ok(self.stores.outbox.add(OutboxMessage { id, job }, self.timings.backoff).await?)
    }
}

/// What the answer to a revocation means.
pub(crate) fn reached(answer: &Result<(), ProviderError>) -> Reached {
    match answer {
        // The grant being gone is all that was wanted.
        Ok(()) | Err(ProviderError::AlreadyDone | ProviderError::GrantRevoked { .. }) => Reached::Revoked,
        Err(ProviderError::Unsupported) => Reached::Unsupported,
        Err(error) => Reached::Later(error.retry_after()),
    }
}
