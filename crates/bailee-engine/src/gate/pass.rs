use std::sync::Arc;

use bailee_core::ProviderError;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Gate, GateKind, Gates, Refused, Way,
    breaker::{Change, Said},
    counted,
};
use crate::telemetry;

/// The permission to ask a provider, and the place of the request. Given back by dropping it.
#[derive(Debug)]
pub(crate) struct Pass {
    gates: Arc<Gates>,
    gate: Arc<Gate>,
    way: Way,
    /// Whether everybody waits for what this one hears.
    probe: bool,
    _place: OwnedSemaphorePermit,
}

impl Gates {
    pub(super) fn pass(
        self: &Arc<Self>,
        way: &Way,
        gate: Arc<Gate>,
        place: OwnedSemaphorePermit,
    ) -> Result<Pass, Refused> {
        let admitted = gate.breaker().admit(self.clock.monotonic());
        let probe = admitted.map_err(|refused| counted(way, refused))?;
        Ok(Pass { gates: Arc::clone(self), gate, way: way.clone(), probe, _place: place })
    }
}

impl Pass {
    /// Whether to send, now that it has come to it: others may have learnt meanwhile that the provider is down.
    pub(crate) fn go(&mut self) -> Result<(), Refused> {
        if !self.probe {
            self.probe = self.gate.breaker().admit(self.gates.clock.monotonic())?;
        }
        Ok(())
    }

    /// The request is not sent before a wait: nobody is to wait for what it hears.
    pub(crate) fn pause(&mut self) {
        if std::mem::take(&mut self.probe) {
            self.gate.breaker().unheard();
        }
    }

    /// Tells what the provider answered.
    pub(crate) fn heard<T>(&mut self, answer: &Result<T, ProviderError>) {
        let probe = std::mem::take(&mut self.probe);
        let at = self.gates.clock.monotonic();
        if matches!(answer, Err(ProviderError::RateLimited { .. })) {
            self.gate.ahead().slow(at);
        }
        let said = match Said::of(answer) {
            Said::Wait(wait) if self.way.line.kind == GateKind::Api => {
                if let Some(account) = self.way.account {
                    self.gates.holds.put(account, wait, at);
                }
                Said::Works
            }
            said => said,
        };
        let change = self.gate.breaker().heard(probe, said, at, self.gates.share());
        if let Some(change) = change {
            self.tell(change);
        }
    }

    fn tell(&self, change: Change) {
        let provider = &self.way.line.provider;
        match change {
            Change::Closed => {
                telemetry::breaker_closed(provider);
                tracing::info!(%provider, kind = ?self.way.line.kind, "a provider is asked again");
            }
            Change::Opened(cause) => {
                telemetry::breaker_opened(provider, cause.as_str());
                tracing::warn!(%provider, kind = ?self.way.line.kind, cause = cause.as_str(), "a provider is left alone for a while");
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.pause();
    }
}
