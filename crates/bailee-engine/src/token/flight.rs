//! The way from a row to its flight: through the gate of its provider.

use std::{sync::Arc, time::Duration};

use bailee_core::{Provider, store::CredentialRow};

use crate::{
    engine::Inner,
    flights::Landing,
    gate::{Pass, Refused, Way},
    refresh::{Landed, fly},
};

/// What became of a refresh that nobody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// It has begun.
    Begun,
    /// As many as may be are under way, or began of late: it is to be tried again soon.
    Full,
    /// Somebody is at it, or it is not to be tried now.
    Left,
}

impl Inner {
    /// Waits for the refresh of this row, starting it where nobody did. `None`: it took longer than the caller waits.
    pub(super) async fn board(
        self: &Arc<Self>,
        row: &CredentialRow,
        forced: bool,
        patience: Duration,
    ) -> Option<Landed> {
        tokio::select! {
            biased;
            landed = async {
                let mut landing = match self.take_off(row, forced, patience).await? {
                    Ok(landing) => landing,
                    Err(refused) => return Some(Landed::Other(refused.into())),
                };
                // A flight that ended without a word was cut off with its runtime.
                landing.wait_for(Option::is_some).await.ok().and_then(|landed| landed.clone())
            } => landed,
            () = self.clock.sleep(patience) => None,
        }
    }

    /// The gate stands before everything else: while a provider is down, no row is leased and none counts a failure.
    async fn take_off(
        self: &Arc<Self>,
        row: &CredentialRow,
        forced: bool,
        patience: Duration,
    ) -> Option<Result<Landing, Refused>> {
        if let Some(landing) = self.flights.of(row.id) {
            return Some(Ok(landing));
        }
        let provider = Arc::clone(self.provider_of(&row.provider)?);
        let pass = match self.gates.enter(&way(row), patience).await {
            Ok(pass) => pass,
            // Somebody else's request may have been the one that was let through.
            Err(refused) => return Some(self.flights.of(row.id).ok_or(refused)),
        };
        Some(Ok(self.depart(provider, row, forced, pass)))
    }

    fn depart(
        self: &Arc<Self>,
        provider: Arc<dyn Provider>,
        row: &CredentialRow,
        forced: bool,
        pass: Pass,
    ) -> Landing {
        let (inner, row) = (Arc::clone(self), row.clone());
        self.flights.start(row.id, move |landed| fly(inner, provider, row, forced, landed, pass))
    }

    /// Begins a refresh that nobody waits for, unless one is under way, was tried just now, or too many are.
    pub(crate) fn refresh_ahead(self: &Arc<Self>, row: &CredentialRow) -> Ahead {
        let tried = row.next_refresh_ms > row.now_ms || row.lease_until_ms > row.now_ms;
        let Some(provider) = self.provider_of(&row.provider).filter(|_| !tried) else {
            return Ahead::Left;
        };
        if self.flights.of(row.id).is_some() {
            return Ahead::Left;
        }
        match self.gates.enter_ahead(&way(row)) {
            Ok(pass) => {
                drop(self.depart(Arc::clone(provider), row, false, pass));
                Ahead::Begun
            }
            Err(refused) if refused.is_full() => Ahead::Full,
            Err(_) => Ahead::Left,
        }
    }
}

fn way(row: &CredentialRow) -> Way {
    Way::tokens(&row.provider, row.client.as_ref(), Some(row.id))
}
