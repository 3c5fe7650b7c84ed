#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{Outbox, store::Backlog};

use super::{
    Stores,
    sample::{self, HOUR},
};
use crate::suite::SuiteResult;

/// A message is in the backlog from its writing to its end, whether it is due, claimed or put off.
pub async fn the_backlog_is_what_is_not_done(stores: &dyn Stores) -> SuiteResult {
    assert_eq!(stores.backlog().await?, Backlog::default(), "nothing waits");
    let message = sample::disconnect(sample::integration_id());
    let id = message.id;
    stores.add(message, Duration::ZERO).await?;
    stores.add(sample::disconnect(sample::integration_id()), HOUR).await?;
    assert_eq!(stores.backlog().await?.waiting, 2);
    stores.claim(1, sample::holder(), HOUR).await?;
    assert_eq!(stores.backlog().await?.waiting, 2, "one is claimed, one is not due");
    Outbox::complete(stores, id).await?;
    assert_eq!(stores.backlog().await?.waiting, 1);
    Ok(())
}

/// Late is a message that is due and that nobody has claimed.
pub async fn the_backlog_tells_how_late_the_first_message_is(stores: &dyn Stores) -> SuiteResult {
    stores.add(sample::disconnect(sample::integration_id()), HOUR).await?;
    assert_eq!(stores.backlog().await?.overdue, None, "it is not due");
    let message = sample::disconnect(sample::integration_id());
    let (id, claim) = (message.id, sample::holder());
    stores.add(message, Duration::ZERO).await?;
    let overdue = stores.backlog().await?.overdue;
    assert!(overdue.is_some_and(|overdue| overdue < HOUR), "{overdue:?}");
    stores.claim(1, claim, HOUR).await?;
    assert_eq!(stores.backlog().await?.overdue, None, "somebody is at it");
    assert!(stores.postpone(id, claim, Duration::ZERO).await?);
    assert!(stores.backlog().await?.overdue.is_some(), "it was given back");
    Ok(())
}
