//! How long before its expiry a token is renewed.

use std::time::Duration;

use bailee_core::store::CredentialRow;

use crate::engine::Inner;

impl Inner {
    /// A fifth of the lifetime, at most the configured margin, spread over ±20 % by the id so that tokens that were
    /// issued together are not renewed together.
    pub(super) fn soft_margin(&self, row: &CredentialRow) -> Duration {
        let [.., last] = row.id.as_uuid().as_bytes();
        self.margin(row).mul_f64(0.8 + 0.4 * f64::from(*last) / 255.0)
    }

    /// How long a token must live to be handed out without a refresh.
    pub(super) fn floor(&self, row: &CredentialRow) -> Duration {
        self.timings.hard_floor.min(lifetime(row).unwrap_or(Duration::MAX) / 2)
    }

    /// The longest time before its expiry at which any row is renewed although nobody asks for it.
    pub(crate) fn longest_margin(&self) -> Duration {
        self.timings.soft_margin.max(self.timings.hard_floor)
    }

    /// Whether this row is to be renewed although nobody asks for it, with its margin so much larger or smaller.
    pub(crate) fn is_ageing(&self, row: &CredentialRow, spread: f64) -> bool {
        !row.lives_for(self.margin(row).max(self.floor(row)).mul_f64(spread))
    }

    fn margin(&self, row: &CredentialRow) -> Duration {
        self.timings.soft_margin.min(lifetime(row).unwrap_or(Duration::MAX) / 5)
    }
}

fn lifetime(row: &CredentialRow) -> Option<Duration> {
    row.access_lifetime_ms.map(|ms| Duration::from_millis(ms.unsigned_abs()))
}
