use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{
    IdempotencyStore, Owner, Sealed, StoreError, ToolName,
    store::{CallKey, CallState},
};

use super::{MemoryStore, millis};

/// Whose call, of which tool, under which key.
pub(super) type Named = (Owner, ToolName, [u8; 32]);

pub(super) struct Kept {
    claim: [u8; 16],
    begun_ms: i64,
    pub(super) expires_ms: i64,
    pub(super) result: Option<Sealed>,
}

fn own(key: CallKey<'_>) -> Named {
    (key.owner.clone(), key.tool.clone(), *key.hash)
}

#[async_trait]
impl IdempotencyStore for MemoryStore {
    async fn begin_call<'a>(
        &self,
        key: CallKey<'a>,
        claim: [u8; 16],
        lifetime: Duration,
    ) -> Result<CallState, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        if let Some(kept) = tables.calls.get(&own(key)).filter(|kept| kept.expires_ms > now_ms) {
            let age = now_ms.saturating_sub(kept.begun_ms).max(0);
            let begun = CallState::Begun(Duration::from_millis(age.unsigned_abs()));
            return Ok(kept.result.as_ref().map_or(begun, |result| CallState::Ended(result.bytes.clone())));
        }
        let expires_ms = now_ms.saturating_add(millis(lifetime));
        tables.calls.insert(own(key), Kept { claim, begun_ms: now_ms, expires_ms, result: None });
        Ok(CallState::First)
    }

    async fn end_call<'a>(
        &self,
        key: CallKey<'a>,
        claim: [u8; 16],
        result: Sealed,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let open =
            tables.calls.get_mut(&own(key)).filter(|kept| kept.claim == claim && kept.result.is_none());
        Ok(open.map(|kept| kept.result = Some(result)).is_some())
    }

    async fn forget_call<'a>(&self, key: CallKey<'a>, claim: [u8; 16]) -> Result<bool, StoreError> {
        let key = own(key);
        let mut tables = self.tables();
        let open = tables.calls.get(&key).is_some_and(|kept| kept.claim == claim && kept.result.is_none());
        if open {
            tables.calls.remove(&key);
        }
        Ok(open)
    }
}
