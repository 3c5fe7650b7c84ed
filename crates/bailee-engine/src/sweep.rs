//! Refreshes ahead of expiry, without a caller.

use bailee_core::{ProviderKey, RefreshMode};

use crate::{Bailee, Error};

/// How many rows of a provider one turn looks at.
const BATCH: u32 = 50;

/// What one turn began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Swept {
    pub(crate) refreshes: u32,
    /// Whether there may be more that is due.
    pub(crate) more: bool,
}

impl Bailee {
    /// Begins to renew what is about to expire, the soonest first: as many as there are places, and each provider by
    /// itself, so that one that is down holds no other back.
    pub(crate) async fn sweep(&self) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let descriptors = self.inner().providers.iter().map(|provider| provider.descriptor());
        for descriptor in descriptors.filter(|descriptor| descriptor.refresh == RefreshMode::Ahead) {
            let begun = self.sweep_one(&descriptor.key).await?;
            swept.refreshes += begun;
            swept.more |= begun == BATCH;
        }
        Ok(swept)
    }

    async fn sweep_one(&self, provider: &ProviderKey) -> Result<u32, Error> {
        let inner = self.inner();
        // Another one in each turn of each process: what was issued together is not renewed together. One by row would
        // let rows that are not due yet fill the batch.
        let spread = 0.8 + 0.4 * inner.gates.share();
        let margin = inner.longest_margin().mul_f64(spread);
        let mut begun = 0;
        let due = inner.stores.maintenance.due_for_refresh(std::slice::from_ref(provider), margin, BATCH);
        for id in due.await? {
            if let Some(row) =
                inner.stores.credentials.read(id).await?.filter(|row| inner.is_ageing(row, spread))
            {
                begun += u32::from(inner.refresh_ahead(&row));
            }
        }
        Ok(begun)
    }
}
