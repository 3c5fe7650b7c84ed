//! Refreshes ahead of expiry, without a caller.

use bailee_core::{ProviderKey, RefreshMode};

use crate::{Bailee, Error, token::Ahead};

/// How many refreshes of a provider one turn begins.
const BATCH: u32 = 50;

/// How many rows of a provider one turn looks at.
const WINDOW: u32 = 200;

/// What one turn began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Swept {
    pub(crate) refreshes: u32,
    /// Whether there may be more that is due.
    pub(crate) more: bool,
}

impl Bailee {
    /// Begins to renew what is about to expire soonest: as many as may be, and each provider by itself, so that one that
    /// is down holds no other back.
    pub(crate) async fn sweep(&self) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let descriptors = self.inner().providers.iter().map(|provider| provider.descriptor());
        for descriptor in descriptors.filter(|descriptor| descriptor.refresh == RefreshMode::Ahead) {
            let begun = self.sweep_one(&descriptor.key).await?;
            swept.refreshes += begun.refreshes;
            swept.more |= begun.more;
        }
        Ok(swept)
    }

    async fn sweep_one(&self, provider: &ProviderKey) -> Result<Swept, Error> {
        let inner = self.inner();
        // Another one in each turn of each process: what was issued together is not renewed together. One by row would
        // let rows that are not due yet fill the window.
        let spread = 0.8 + 0.4 * inner.gates.share();
        let margin = inner.longest_margin().mul_f64(spread);
        let maintenance = &inner.stores.maintenance;
        let mut due = maintenance.due_for_refresh(provider, margin, WINDOW).await?;
        let many = due.len() == WINDOW as usize;
        if many {
            // Each process begins elsewhere: those that look in the same moment do not go for the same rows.
            due.rotate_left((u32::from_ne_bytes(inner.random()?) % WINDOW) as usize);
        }
        let mut swept = Swept::default();
        for row in due.iter().filter(|row| inner.is_ageing(row, spread)) {
            match inner.refresh_ahead(row) {
                Ahead::Begun if swept.refreshes + 1 == BATCH => {
                    return Ok(Swept { refreshes: BATCH, more: true });
                }
                Ahead::Begun => swept.refreshes += 1,
                Ahead::Full => return Ok(Swept { more: true, ..swept }),
                Ahead::Left => {}
            }
        }
        swept.more = many && swept.refreshes > 0;
        Ok(swept)
    }
}
