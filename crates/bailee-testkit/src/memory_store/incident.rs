use std::{collections::HashSet, ops::Bound};

use async_trait::async_trait;

use bailee_core::{
    IncidentStore, IntegrationId, Lifecycle, OutboxJob, Owner, StoreError,
    store::{DisconnectOrder, Leaving, Matching, RevokeFilter},
};

use super::{MemoryStore, row::Row};

fn matches(filter: &RevokeFilter, row: &Row) -> bool {
    let RevokeFilter { connected_before, organization, owner, provider } = filter;
    let integration = &row.integration;
    connected_before.is_none_or(|before| row.connected_ms < before.timestamp_millis())
        && organization.as_ref().is_none_or(|wanted| integration.owner.organization() == Some(wanted))
        && owner.as_ref().is_none_or(|wanted| integration.owner == *wanted)
        && provider.as_ref().is_none_or(|wanted| integration.provider == *wanted)
}

fn leaving(row: &Row) -> Leaving {
    let integration = &row.integration;
    Leaving { id: integration.id, owner: integration.owner.clone(), provider: integration.provider.clone() }
}

#[async_trait]
impl IncidentStore for MemoryStore {
    async fn count_matching(&self, filter: &RevokeFilter) -> Result<Matching, StoreError> {
        let tables = self.tables();
        let mut matching = Matching::default();
        for row in tables.rows.values().filter(|row| matches(filter, row)) {
            if row.is(Lifecycle::Disconnecting) {
                matching.leaving += 1;
            } else {
                matching.there += 1;
            }
        }
        Ok(matching)
    }

    async fn hide_matching(&self, filter: &RevokeFilter) -> Result<u64, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let mut owners: Vec<Owner> = Vec::new();
        let live = tables.rows.values_mut().filter(|row| !row.is(Lifecycle::Disconnecting));
        for row in live.filter(|row| matches(filter, row)) {
            row.hide(now_ms);
            owners.push(row.integration.owner.clone());
        }
        let hidden = owners.len() as u64;
        owners.sort_unstable();
        owners.dedup();
        for owner in &owners {
            tables.raise(owner);
        }
        Ok(hidden)
    }

    async fn without_message(&self, limit: u32) -> Result<Vec<Leaving>, StoreError> {
        let tables = self.tables();
        let ordered: HashSet<IntegrationId> = tables
            .messages
            .values()
            .filter_map(|queued| match &queued.message.job {
                OutboxJob::Disconnect { integration } => Some(*integration),
                _ => None,
            })
            .collect();
        let rows = tables.rows.values().filter(|row| row.is(Lifecycle::Disconnecting));
        let without = rows.filter(|row| !ordered.contains(&row.integration.id));
        Ok(without.take(limit as usize).map(leaving).collect())
    }

    async fn order_disconnects(&self, orders: Vec<DisconnectOrder>) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        if orders.iter().any(|order| tables.messages.contains_key(&order.message.id)) {
            return Ok(false);
        }
        for DisconnectOrder { message, delay, announcement } in orders {
            tables.write_message(message, now_ms, delay);
            tables.announce(announcement.as_ref(), now_ms);
        }
        Ok(true)
    }

    async fn leaving(
        &self,
        filter: &RevokeFilter,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Leaving>, StoreError> {
        let tables = self.tables();
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = tables.rows.range((begin, Bound::Unbounded)).map(|(_, row)| row);
        let wanted = rows.filter(|row| row.is(Lifecycle::Disconnecting) && matches(filter, row));
        Ok(wanted.take(limit as usize).map(leaving).collect())
    }
}
