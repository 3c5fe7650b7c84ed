//! From a grant to its row.

use std::{sync::Arc, time::Duration};

use bailee_core::{
    Action, ClientId, EventKind, ExposeSecret, Grant, Integration, IntegrationId, Lifecycle, OAuthScopes,
    Outcome, Owner, ProfileId, Provider, Scope, SealContext, SealPurpose, SecretString, StoreError,
    store::{Connection, CredentialRow, IntegrationChange, NewIntegration},
};
use serde_json::{Map, Value};

use crate::{Connected, Error, engine::Inner, events::Subject, grant::Orphan, journal::Line};

/// How often a write that loses against another is tried again.
const ATTEMPTS: u32 = 5;

/// How often the write of a grant is tried again while the store is not available.
const WRITE_ATTEMPTS: u32 = 5;

/// Where a grant belongs.
pub(crate) struct Home<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) provider: &'a Arc<dyn Provider>,
    pub(crate) client: Option<&'a ClientId>,
    pub(crate) requested: &'a OAuthScopes,
    /// The row that is meant, while it is there.
    pub(crate) reconnect: Option<IntegrationId>,
    pub(crate) fresh: Fresh,
}

/// What a new row begins with.
pub(crate) struct Fresh {
    pub(crate) id: IntegrationId,
    pub(crate) scope: Scope,
    pub(crate) bound_profile: Option<ProfileId>,
}

/// What was brought home.
#[derive(Clone, Copy)]
struct Harvest<'a> {
    home: &'a Home<'a>,
    grant: &'a Grant,
    /// Monotonic time at which it was asked for.
    sent: Duration,
}

impl Inner {
    /// Writes a grant, or gives it back; tells the ledger and whoever listens.
    pub(crate) async fn keep(
        self: &Arc<Self>,
        home: &Home<'_>,
        grant: &Grant,
        sent: Duration,
    ) -> Result<Connected, Error> {
        let mut connected = self.written(Harvest { home, grant, sent }).await?;
        connected.integration = self.settings.shown(connected.integration);
        let action = if connected.reconnected { Action::Reconnect } else { Action::Connect };
        let mut line = Line::new(home.owner, action, Outcome::Ok);
        line.provider = Some(connected.integration.provider.clone());
        line.integration = Some(connected.integration.id);
        self.note(line).await;
        self.announce(home.owner);
        Ok(connected)
    }

    async fn written(self: &Arc<Self>, harvest: Harvest<'_>) -> Result<Connected, Error> {
        let Harvest { home, grant, .. } = harvest;
        let mut outcome = Err(Error::Store(StoreError::Unavailable));
        for attempt in 0..WRITE_ATTEMPTS {
            if attempt > 0 {
                self.clock.sleep(self.timings.persist / (WRITE_ATTEMPTS * 2) * attempt).await;
            }
            outcome = self.place(harvest).await;
            if !matches!(&outcome, Err(Error::Store(error)) if error.is_temporary()) {
                break;
            }
        }
        if let Err(error) = &outcome {
            tracing::warn!(provider = %home.provider.descriptor().key, %error, "the grant was not kept");
            let orphan = Orphan {
                owner: home.owner,
                provider: home.provider.as_ref(),
                client: home.client,
                account: &grant.account,
                credential: &grant.credential,
            };
            // A store that did not answer may have written the row: its grant must not be revoked under it.
            if matches!(error, Error::Store(error) if error.is_temporary()) {
                self.look_after(orphan);
            } else {
                self.give_back(orphan).await;
            }
        }
        outcome
    }

    /// Into the row that it reconnects, or into a new one.
    async fn place(&self, harvest: Harvest<'_>) -> Result<Connected, Error> {
        let Harvest { home, grant, .. } = harvest;
        for _ in 0..ATTEMPTS {
            let Some(row) = self.row_for(harvest).await? else {
                match self.insert(harvest).await {
                    // Another connect of the same owner was quicker: this one reconnects its row.
                    Err(Error::Store(StoreError::Conflict)) => continue,
                    other => return other,
                }
            };
            if row.account.id != grant.account.id {
                return Err(Error::AccountMismatch);
            }
            let kept = self.kept_refresh_token(&row, harvest);
            let connection = self.connection(harvest, row.id, row.lease_epoch + 1, kept)?;
            if self.stores.integrations.reconnect(home.owner, row.id, row.lease_epoch, connection).await? {
                let integration = self.add_settings(home.owner, row.id, &grant.config).await?;
                // One that was written just now, and whose answer was lost, was not there before.
                let reconnected = home.reconnect == Some(row.id) || row.id != home.fresh.id;
                return Ok(Connected { integration: integration.ok_or(Error::NotFound)?, reconnected });
            }
        }
        Err(StoreError::Unavailable.into())
    }

    /// Adds settings to a row; what they do not name stays. `None` when the row is gone.
    pub(crate) async fn add_settings(
        &self,
        owner: &Owner,
        id: IntegrationId,
        added: &Map<String, Value>,
    ) -> Result<Option<Integration>, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(row) = self.stores.integrations.find(owner, id).await? else { return Ok(None) };
            let mut config = row.config.clone();
            config.extend(added.clone());
            if config == row.config {
                return Ok(Some(row));
            }
            let change = IntegrationChange { config: Some(config), ..IntegrationChange::default() };
            if let Some(row) = self.stores.integrations.update(owner, id, row.version, change, None).await? {
                return Ok(Some(row));
            }
        }
        Err(StoreError::Unavailable)
    }

    /// The row that the grant belongs into, if there is one: the one that is meant, while it is there; else the owner's
    /// only one, or the one of this very account.
    async fn row_for(&self, harvest: Harvest<'_>) -> Result<Option<CredentialRow>, StoreError> {
        let Harvest { home, grant, .. } = harvest;
        let key = &home.provider.descriptor().key;
        let mut rows = self.stores.integrations.of_provider(home.owner, key).await?;
        rows.retain(|row| row.lifecycle != Lifecycle::Disconnecting);
        let several = self.several(home.provider);
        let reconnected = |row: &&Integration| home.reconnect == Some(row.id);
        let fits = |row: &&Integration| !several || row.account.id == grant.account.id;
        let Some(row) = rows.iter().find(reconnected).or_else(|| rows.iter().find(fits)) else {
            return Ok(None);
        };
        let row = self.stores.credentials.read(row.id).await?;
        Ok(row.filter(|row| row.lifecycle != Lifecycle::Disconnecting))
    }

    async fn insert(&self, harvest: Harvest<'_>) -> Result<Connected, Error> {
        let Harvest { home, grant, .. } = harvest;
        let slot = if self.several(home.provider) { grant.account.id.as_str() } else { "" };
        let new = NewIntegration {
            id: home.fresh.id,
            owner: home.owner.clone(),
            provider: home.provider.descriptor().key.clone(),
            slot: slot.to_owned(),
            connection: self.connection(harvest, home.fresh.id, 1, None)?,
            scope: home.fresh.scope.clone(),
            bound_profile: home.fresh.bound_profile.clone(),
            config: grant.config.clone(),
        };
        let integration = self.stores.integrations.insert(new).await?;
        Ok(Connected { integration, reconnected: false })
    }

    /// A consent that brings no new refresh token leaves the old one in force, when it is of the same client.
    fn kept_refresh_token(&self, row: &CredentialRow, harvest: Harvest<'_>) -> Option<SecretString> {
        let same = row.client.as_ref() == harvest.home.client && row.lifecycle == Lifecycle::Connected;
        if harvest.grant.credential.refresh_token.is_some() || !row.refreshable || !same {
            return None;
        }
        self.open_credential(row).ok()?.refresh_token
    }

    fn connection(
        &self,
        harvest: Harvest<'_>,
        id: IntegrationId,
        epoch: i64,
        kept: Option<SecretString>,
    ) -> Result<Connection, Error> {
        let Harvest { home, grant, sent } = harvest;
        let mut credential = grant.credential.clone();
        credential.refresh_token = credential.refresh_token.or(kept);
        let context = SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner: home.owner,
            id: &id.to_string(),
            provider: &home.provider.descriptor().key,
            epoch: epoch.unsigned_abs(),
        };
        let elapsed = self.clock.monotonic().saturating_sub(sent);
        let provider = &home.provider.descriptor().key;
        let subject = Subject { owner: home.owner, provider, integration: id };
        let mut announcement = self.telling(EventKind::Connected, subject, None)?;
        if let Some(announcement) = &mut announcement {
            // A first credential is of epoch 1, and every later one of a greater.
            announcement.event.reconnected = Some(epoch > 1);
        }
        Ok(Connection {
            client: home.client.cloned(),
            account: grant.account.clone(),
            requested: home.requested.clone(),
            granted: grant.granted.clone(),
            sealed: self.vault.seal(&context, credential.to_plaintext().expose_secret())?,
            refreshable: credential.refresh_token.is_some(),
            // Counted from the sending, so that it is early and never late.
            expires_in: grant.expires_in.map(|lifetime| lifetime.saturating_sub(elapsed)),
            announcement,
        })
    }
}
