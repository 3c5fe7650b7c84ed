//! Whether an integration works, shown by using it.

use std::time::Duration;

use bailee_core::{
    Action, Integration, IntegrationId, Lifecycle, Notification, Outcome, Owner, ProviderError, Status,
};

use crate::{
    Bailee, Error, Limit, Which,
    journal::Line,
    notify::{Failure, Sending},
};

/// How a test went. Never what the other side answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// [`Status::Valid`]: it worked. [`Status::Invalid`]: it was refused. [`Status::Unknown`]: nothing can be said.
    pub status: Status,
    /// How long it took.
    pub latency: Duration,
}

impl Bailee {
    /// Sends a test notification through an integration that is a channel, whatever profiles it is granted to; validates
    /// any other. Nothing is tried again.
    ///
    /// # Errors
    /// [`Error::Limited`] when the owner asks too often; [`Error::NotFound`]; [`Error::Store`]. That it does not work is no error.
    #[tracing::instrument(name = "bailee.test", skip_all, err(level = "debug"))]
    pub async fn test(&self, owner: &Owner, id: IntegrationId) -> Result<Tested, Error> {
        let inner = self.inner();
        let line = Line::new(owner, Action::Notify, Outcome::RateLimited);
        inner.allow(owner, Limit::Tests, Some(&Line { integration: Some(id), ..line })).await?;
        let row = inner.stores.integrations.find(owner, id).await?;
        let row = row.filter(|row| row.lifecycle != Lifecycle::Disconnecting).ok_or(Error::NotFound)?;
        let begun = inner.clock.monotonic();
        let status = if inner.is_channel(&row) {
            self.notify_test(owner, &row).await?
        } else {
            self.validated(owner, Which::Id(id)).await?.integration.status
        };
        Ok(Tested { status, latency: inner.clock.monotonic().saturating_sub(begun) })
    }

    async fn notify_test(&self, owner: &Owner, row: &Integration) -> Result<Status, Error> {
        let inner = self.inner();
        let text = "This is a test: notifications arrive here.";
        let notification = Notification::new("integration.test", "Test", text)
            .map_err(|_| ProviderError::Malformed { problem: "the test cannot be made" })?;
        let sending = Sending {
            owner,
            caller: None,
            notification: &notification,
            id: inner.call_id()?,
            said_at: inner.clock.now(),
        };
        let line = Line {
            provider: Some(row.provider.clone()),
            integration: Some(row.id),
            ..Line::new(owner, Action::Notify, Outcome::Denied)
        };
        Ok(match self.tried(&sending, row, line).await {
            Ok(_) => Status::Valid,
            Err(Failure::Provider(error)) if error.is_temporary() => Status::Unknown,
            Err(_) => Status::Invalid,
        })
    }
}
