use std::time::Duration;

use bailee_core::ProviderError;

use super::{Gates, Refused, Way};
use crate::engine::Inner;

/// How often something that may be repeated is sent, at most.
const TRIES: u32 = 3;

/// The longest wait before the first repetition; doubles with each.
const BACKOFF: Duration = Duration::from_millis(250);

impl Inner {
    /// Asks a provider through its gate, once. The time to wait for a place counts, and is half of `limit` at most.
    pub(crate) async fn through<T>(
        &self,
        way: &Way,
        limit: Duration,
        call: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<T, ProviderError> {
        self.sent(way, limit, call).await?
    }

    /// As [`Inner::through`], for what may be repeated: up to three times within `limit`, with waits that nobody can
    /// foresee and that are no shorter than the provider says. What the gate refuses is not waited for.
    pub(crate) async fn repeatedly<T, F>(
        &self,
        way: &Way,
        limit: Duration,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<T, ProviderError>
    where
        T: Send,
        F: Future<Output = Result<T, ProviderError>> + Send,
    {
        let deadline = self.clock.monotonic() + limit;
        for tried in 1..TRIES {
            let left = deadline.saturating_sub(self.clock.monotonic());
            let error = match self.sent(way, left, call()).await? {
                Err(error) if error.is_temporary() => error,
                other => return other,
            };
            let wait = error.retry_after().unwrap_or_default() + self.gates.backoff(tried);
            if self.clock.monotonic() + wait >= deadline || !self.gates.may_retry(way) {
                return Err(error);
            }
            self.clock.sleep(wait).await;
        }
        let left = deadline.saturating_sub(self.clock.monotonic());
        self.through(way, left, call()).await
    }

    async fn sent<T>(
        &self,
        way: &Way,
        limit: Duration,
        call: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<Result<T, ProviderError>, Refused> {
        let begun = self.clock.monotonic();
        let mut pass = self.gates.enter(way, limit / 2).await?;
        let waited = self.clock.monotonic().saturating_sub(begun);
        let answer = self.within(limit.saturating_sub(waited), call).await;
        pass.heard(&answer);
        Ok(answer)
    }
}

impl Gates {
    /// Full jitter: anything up to the longest wait.
    fn backoff(&self, tried: u32) -> Duration {
        BACKOFF.saturating_mul(2_u32.saturating_pow(tried)).mul_f64(self.share())
    }

    /// From 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without chance everybody waits for the longest time.
        match self.entropy.fill(&mut bytes) {
            Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
            Err(_) => 1.0,
        }
    }
}
