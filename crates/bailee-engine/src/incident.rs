//! Many integrations taken away at once, because a provider, an organization or an account is compromised.

use std::{num::NonZeroU32, time::Duration};

use bailee_core::{
    Action, EventKind, IntegrationId, OutboxMessage, Outcome, Owner, ProviderKey, StoreError,
    store::{DisconnectOrder, Leaving, Matching, RevokeFilter},
};
use futures_util::future::join_all;

use crate::{
    Bailee, Disconnected, Error, InputProblem,
    engine::Inner,
    events::Subject,
    journal::Line,
    pace::{Pace, time_of},
};

/// How many rows are read, and ordered, at once.
const PAGE: u32 = 200;

/// How many rows are revoked at once.
const AT_ONCE: u32 = 8;

/// Whose the lines of the ledger are that belong to no owner.
const OPERATOR: &str = "bailee.operator";

/// How far a revocation in bulk is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevokeProgress {
    /// Nothing that matches can be used any more.
    Hidden {
        /// How many integrations were hidden now.
        hidden: u64,
        /// How many are to be revoked, with those of an earlier call that was cut off.
        total: u64,
    },
    /// What became of one integration.
    Row(RevokedRow),
}

/// What became of one integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedRow {
    /// Which.
    pub integration: IntegrationId,
    /// Whose.
    pub owner: Owner,
    /// Of which provider.
    pub provider: ProviderKey,
    /// What became of the grant at the provider. [`Disconnected::Pending`]: it is tried again from the outbox.
    pub outcome: Disconnected,
}

/// What a revocation in bulk came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevokedAll {
    /// How many integrations were hidden at the first commit.
    pub hidden: u64,
    /// The provider knows the grant no more.
    pub revoked: u64,
    /// Left alone: another integration lives on the same grant.
    pub shared: u64,
    /// The provider has no revocation.
    pub unsupported: u64,
    /// It could not be revoked and will not be tried again.
    pub failed: u64,
    /// It is tried again from the outbox.
    pub pending: u64,
}

impl RevokedAll {
    const fn count(&mut self, outcome: Disconnected) {
        match outcome {
            Disconnected::Failed => self.failed += 1,
            Disconnected::Pending => self.pending += 1,
            Disconnected::None | Disconnected::Revoked => self.revoked += 1,
            Disconnected::Shared => self.shared += 1,
            Disconnected::Unsupported => self.unsupported += 1,
        }
    }
}

impl Bailee {
    /// Whose the lines of the ledger are that an operator causes and that belong to no owner of accounts.
    ///
    /// # Errors
    /// None.
    pub fn operator() -> Result<Owner, Error> {
        Ok(Owner::user(OPERATOR)?)
    }

    /// How many integrations a filter matches: what [`Bailee::revoke_all`] would take away.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn count_matching(&self, filter: &RevokeFilter) -> Result<Matching, Error> {
        Ok(self.inner().stores.incidents.count_matching(filter).await?)
    }

    /// Takes every integration away that matches: all of them are unusable at the first commit, then each is revoked at its
    /// provider and erased, at most `rate` a second. `observe` is told what becomes of each.
    ///
    /// # Behaviour
    /// - What cannot be revoked now is tried again from the outbox, as with [`Bailee::disconnect`].
    /// - Integrations of a provider that this process does not offer are left to the processes that do.
    /// - Called again after it was cut off, it goes on where it was; a worker goes on with it in any case.
    /// - New connects are not held up: they are new grants.
    /// - One line in the ledger for each integration, of its owner, and one for the whole, of the filter's owner or of
    ///   [`Bailee::operator`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty filter. [`Error::Store`] when the store does not answer: before the first commit nothing
    /// was changed, and after it everything that matches is unusable.
    #[tracing::instrument(name = "bailee.revoke_all", skip_all, err(level = "debug"))]
    pub async fn revoke_all(
        &self,
        filter: &RevokeFilter,
        rate: Option<NonZeroU32>,
        mut observe: impl FnMut(RevokeProgress) + Send,
    ) -> Result<RevokedAll, Error> {
        if filter.is_empty() {
            return Err(Error::invalid("filter", InputProblem::Missing));
        }
        let inner = self.inner();
        let hidden = inner.stores.incidents.hide_matching(filter).await?;
        inner.note(of_act(filter, hidden)?).await;
        inner.order_disconnects(rate).await?;
        let total = inner.stores.incidents.count_matching(filter).await?.leaving;
        observe(RevokeProgress::Hidden { hidden, total });

        let mut sum = RevokedAll { hidden, ..RevokedAll::default() };
        let mut pace = Pace::new(inner.clock.as_ref(), rate);
        let at_once = pace.at_once(AT_ONCE);
        let mut after = None;
        loop {
            pace.wait().await;
            let rows = inner.stores.incidents.leaving(filter, after, at_once).await?;
            let Some(last) = rows.last() else { return Ok(sum) };
            after = Some(last.id);
            let outcomes = join_all(rows.iter().map(|row| inner.revoke_leaving(row))).await;
            pace.count(rows.len());
            for (row, outcome) in rows.into_iter().zip(outcomes) {
                sum.count(outcome);
                let Leaving { id, owner, provider } = row;
                observe(RevokeProgress::Row(RevokedRow { integration: id, owner, provider, outcome }));
            }
        }
    }
}

/// The line of the whole.
fn of_act(filter: &RevokeFilter, hidden: u64) -> Result<Line, Error> {
    let owner = match &filter.owner {
        Some(owner) => owner.clone(),
        None => Bailee::operator()?,
    };
    let mut line = Line::new(&owner, Action::RevokeAll, Outcome::Ok);
    line.provider.clone_from(&filter.provider);
    let organization =
        filter.organization.as_ref().map(|organization| format!("organization {organization}"));
    let before = filter.connected_before.map(|before| format!("connected before {}", before.to_rfc3339()));
    line.details.changed = organization.into_iter().chain(before).collect();
    line.details.changed.push(format!("{hidden} integrations"));
    Ok(line)
}

impl Inner {
    /// Orders the end of every disconnecting row for which the outbox has no message, so that it happens although this
    /// process may die. With a rate, the messages are due as they will be done here, so that workers do not hurry ahead.
    pub(crate) async fn order_disconnects(&self, rate: Option<NonZeroU32>) -> Result<(), Error> {
        let mut ordered = 0;
        loop {
            let rows = self.stores.incidents.without_message(PAGE).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let orders = (ordered..).zip(&rows).map(|(place, row)| self.order_of(row, time_of(place, rate)));
            if !self.stores.incidents.order_disconnects(orders.collect::<Result<_, _>>()?).await? {
                // Another process does the same; what it has not ordered is found again.
                continue;
            }
            ordered += rows.len() as u64;
            for row in &rows {
                let mut line = Line::new(&row.owner, Action::Disconnect, Outcome::Ok);
                line.provider = Some(row.provider.clone());
                line.integration = Some(row.id);
                line.details.changed = vec![Action::RevokeAll.as_str().to_owned()];
                self.announce(&row.owner);
                self.note(line).await;
            }
        }
    }

    /// Due when an attempt of this process has had its time.
    fn order_of(&self, row: &Leaving, at: Duration) -> Result<DisconnectOrder, StoreError> {
        let subject = Subject { owner: &row.owner, provider: &row.provider, integration: row.id };
        Ok(DisconnectOrder {
            message: OutboxMessage::disconnect(row.id),
            delay: self.timings.request * 2 + at,
            announcement: self.telling(EventKind::Disconnected, subject, None)?,
        })
    }

    async fn revoke_leaving(&self, row: &Leaving) -> Disconnected {
        // Another process may offer it; erased here, the grant would live on.
        if self.provider_of(&row.provider).is_none() {
            return Disconnected::Pending;
        }
        self.revoke_now(row.id).await
    }
}
