use std::{ops::Bound, time::Duration};

use async_trait::async_trait;

use bailee_core::{
    Announcement, Integration, IntegrationId, IntegrationStore, Lifecycle, OAuthScopes, OutboxMessage, Owner,
    ProviderKey, Status, StoreError,
    store::{Connection, CredentialRow, IntegrationChange, NewIntegration, Selector, Verdict},
};

use super::{
    MemoryStore, Tables,
    row::{Row, moment},
};

/// The most rows of one provider that are returned at once.
const OF_PROVIDER: usize = 100;

impl Tables {
    fn row_of(&mut self, owner: &Owner, id: IntegrationId) -> Option<&mut Row> {
        self.rows.get_mut(&id).filter(|row| row.belongs_to(owner))
    }

    fn of_provider<'a>(
        &'a self,
        owner: &'a Owner,
        provider: &'a ProviderKey,
    ) -> impl Iterator<Item = &'a Row> {
        self.rows.values().filter(move |row| row.belongs_to(owner) && row.integration.provider == *provider)
    }

    fn leave_one_first_choice(&mut self, chosen: &Integration, now_ms: i64) {
        let others = self.rows.values_mut().filter(|row| {
            row.belongs_to(&chosen.owner)
                && row.integration.provider == chosen.provider
                && row.integration.id != chosen.id
                && row.integration.is_default
        });
        for row in others {
            row.integration.is_default = false;
            row.touch(now_ms);
        }
    }
}

#[async_trait]
impl IntegrationStore for MemoryStore {
    async fn list(
        &self,
        owner: &Owner,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Integration>, StoreError> {
        let tables = self.tables();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(tables
            .rows
            .range((from, Bound::Unbounded))
            .map(|(_, row)| row)
            .filter(|row| row.belongs_to(owner) && !row.is(Lifecycle::Disconnecting))
            .take(limit as usize)
            .map(|row| row.integration.clone())
            .collect())
    }

    async fn find(&self, owner: &Owner, id: IntegrationId) -> Result<Option<Integration>, StoreError> {
        Ok(self.tables().row_of(owner, id).map(|row| row.integration.clone()))
    }

    async fn of_provider(
        &self,
        owner: &Owner,
        provider: &ProviderKey,
    ) -> Result<Vec<Integration>, StoreError> {
        Ok(self
            .tables()
            .of_provider(owner, provider)
            .take(OF_PROVIDER)
            .map(|row| row.integration.clone())
            .collect())
    }

    async fn credentials(&self, owner: &Owner, which: &Selector) -> Result<Vec<CredentialRow>, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        Ok(match which {
            Selector::Id(id) => {
                tables.row_of(owner, *id).map(|row| row.credential(now_ms)).into_iter().collect()
            }
            Selector::Provider(provider) => tables
                .of_provider(owner, provider)
                .filter(|row| !row.is(Lifecycle::Disconnecting))
                .take(OF_PROVIDER)
                .map(|row| row.credential(now_ms))
                .collect(),
        })
    }

    async fn insert(&self, new: NewIntegration) -> Result<Integration, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let taken = tables.rows.contains_key(&new.id)
            || tables.of_provider(&new.owner, &new.provider).any(|row| row.slot == new.slot);
        if taken {
            return Err(StoreError::Conflict);
        }
        let announcement = new.connection.announcement.clone();
        let row = Row::new(new, now_ms);
        let integration = row.integration.clone();
        tables.rows.insert(integration.id, row);
        tables.raise(&integration.owner);
        tables.announce(announcement.as_ref(), now_ms);
        Ok(integration)
    }

    async fn reconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        lease_epoch: i64,
        connection: Connection,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables
            .row_of(owner, id)
            .filter(|row| row.lease_epoch == lease_epoch && !row.is(Lifecycle::Disconnecting))
        else {
            return Ok(false);
        };
        let announcement = connection.announcement.clone();
        row.replace_credential(connection, lease_epoch.saturating_add(1), now_ms);
        tables.raise(owner);
        tables.announce(announcement.as_ref(), now_ms);
        Ok(true)
    }

    async fn set_status(
        &self,
        owner: &Owner,
        id: IntegrationId,
        verdict: Verdict,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables
            .row_of(owner, id)
            .filter(|row| row.is(Lifecycle::Connected) && row.secret_epoch == verdict.secret_epoch)
        else {
            return Ok(false);
        };
        let before = (row.integration.status, row.integration.status_reason);
        if before != (verdict.status, verdict.reason) {
            row.integration.status = verdict.status;
            row.integration.status_reason = verdict.reason;
            row.touch(now_ms);
        }
        if verdict.status != Status::Unknown {
            row.integration.validated_at = Some(moment(now_ms));
        }
        tables.raise(owner);
        tables.announce(announcement.filter(|_| before.0 != verdict.status), now_ms);
        Ok(true)
    }

    async fn set_lacking(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        lacking: OAuthScopes,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables
            .row_of(owner, id)
            .filter(|row| row.integration.version == version && row.is(Lifecycle::Connected))
        else {
            return Ok(false);
        };
        row.integration.lacking = lacking;
        row.touch(now_ms);
        tables.raise(owner);
        Ok(true)
    }

    async fn update(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        change: IntegrationChange,
        announcement: Option<&Announcement>,
    ) -> Result<Option<Integration>, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let preferred = change.is_default == Some(true);
        let Some(row) = tables
            .row_of(owner, id)
            .filter(|row| row.integration.version == version && !row.is(Lifecycle::Disconnecting))
        else {
            return Ok(None);
        };
        row.change(change, now_ms);
        let changed = row.integration.clone();
        if preferred {
            tables.leave_one_first_choice(&changed, now_ms);
        }
        tables.raise(owner);
        tables.announce(announcement, now_ms);
        Ok(Some(changed))
    }

    async fn begin_disconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        message: OutboxMessage,
        delay: Duration,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables.row_of(owner, id).filter(|row| !row.is(Lifecycle::Disconnecting)) else {
            return Ok(false);
        };
        row.hide(now_ms);
        tables.write_message(message, now_ms, delay);
        tables.raise(owner);
        tables.announce(announcement, now_ms);
        Ok(true)
    }
}
