#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;

use bailee_core::{
    Account, AccountId, ClientId, Outbox, OutboxId, OutboxItem, OutboxJob, OutboxMessage, Owner,
};

use super::{
    Stores,
    sample::{self, HOUR},
};
use crate::suite::{SuiteError, SuiteResult};

async fn written(stores: &dyn Stores, count: usize) -> Result<Vec<OutboxId>, SuiteError> {
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        let message = sample::disconnect(sample::integration_id());
        ids.push(message.id);
        stores.add(message, Duration::ZERO).await?;
    }
    Ok(ids)
}

fn ids(items: &[OutboxItem]) -> Vec<OutboxId> {
    items.iter().map(|item| item.message.id).collect()
}

/// A message is due after its delay, and is itself when it comes.
pub async fn a_message_is_due_after_its_delay(stores: &dyn Stores) -> SuiteResult {
    let (now, later) = (sample::integration_id(), sample::integration_id());
    stores.add(sample::disconnect(later), HOUR).await?;
    let message = sample::disconnect(now);
    stores.add(message.clone(), Duration::ZERO).await?;
    let claim = sample::holder();
    let due = stores.claim(10, claim, HOUR).await?;
    let [item] = due.as_slice() else {
        return Err(format!("{} messages are due", due.len()).into());
    };
    assert_eq!((item.message.id, item.attempts, item.claim), (message.id, 0, claim));
    assert!(matches!(item.message.job, OutboxJob::Disconnect { integration } if integration == now));
    assert!((0..3_600_000).contains(&item.age_ms), "{} ms old", item.age_ms);
    Ok(())
}

/// The oldest messages come first, as many as were asked for.
pub async fn the_oldest_message_comes_first(stores: &dyn Stores) -> SuiteResult {
    let written = written(stores, 5).await?;
    let first = ids(&stores.claim(2, sample::holder(), HOUR).await?);
    let rest = ids(&stores.claim(10, sample::holder(), HOUR).await?);
    assert_eq!((first.len(), rest.len()), (2, 3));
    assert_eq!([first, rest].concat(), written);
    Ok(())
}

/// No two workers have one message at a time.
pub async fn a_message_is_claimed_by_one_worker(stores: &dyn Stores) -> SuiteResult {
    let written: HashSet<_> = written(stores, 12).await?.into_iter().collect();
    let claims = join_all((0..6).map(|_| stores.claim(4, sample::holder(), HOUR))).await;
    let mut claimed: Vec<OutboxId> = Vec::new();
    for items in claims {
        claimed.extend(ids(&items?));
    }
    // A store may give parallel workers less than there is, but not for ever.
    for _ in 0..12 {
        claimed.extend(ids(&stores.claim(4, sample::holder(), HOUR).await?));
    }
    assert_eq!(claimed.len(), 12, "each once");
    assert_eq!(claimed.into_iter().collect::<HashSet<_>>(), written);
    Ok(())
}

/// A claim that lapsed makes its message due again, and leaves its holder without a say.
pub async fn a_lapsed_claim_makes_the_message_due_again(stores: &dyn Stores) -> SuiteResult {
    let written = written(stores, 1).await?;
    let (lost, next) = (sample::holder(), sample::holder());
    assert_eq!(ids(&stores.claim(1, lost, Duration::ZERO).await?), written);
    assert_eq!(ids(&stores.claim(1, next, HOUR).await?), written);
    let id = *written.first().ok_or("nothing was written")?;
    assert!(!stores.postpone(id, lost, Duration::ZERO).await?);
    assert!(stores.claim(1, sample::holder(), HOUR).await?.is_empty(), "it is still the other worker's");
    assert!(stores.postpone(id, next, Duration::ZERO).await?);
    Ok(())
}

/// A message that was given back is due after its delay, with one attempt more.
pub async fn a_postponed_message_comes_back(stores: &dyn Stores) -> SuiteResult {
    let written = written(stores, 1).await?;
    let id = *written.first().ok_or("nothing was written")?;
    for attempts in 0..3 {
        let claim = sample::holder();
        let due = stores.claim(1, claim, HOUR).await?;
        assert_eq!(due.iter().map(|item| item.attempts).collect::<Vec<_>>(), [attempts]);
        assert!(!stores.postpone(id, sample::holder(), Duration::ZERO).await?, "another worker's");
        assert!(!stores.postpone(sample::outbox_id(), claim, Duration::ZERO).await?, "unknown");
        assert!(stores.postpone(id, claim, Duration::ZERO).await?);
        assert!(!stores.postpone(id, claim, Duration::ZERO).await?, "given back already");
    }
    let claim = sample::holder();
    assert_eq!(ids(&stores.claim(1, claim, HOUR).await?), written);
    assert!(stores.postpone(id, claim, HOUR).await?);
    assert!(stores.claim(1, sample::holder(), HOUR).await?.is_empty(), "not yet");
    Ok(())
}

/// A message that is done is gone, whoever did it; an unknown one is done too.
pub async fn a_done_message_is_gone(stores: &dyn Stores) -> SuiteResult {
    let written = written(stores, 2).await?;
    let claim = sample::holder();
    stores.claim(10, claim, Duration::ZERO).await?;
    for id in &written {
        Outbox::complete(stores, *id).await?;
        Outbox::complete(stores, *id).await?;
        assert!(!stores.postpone(*id, claim, Duration::ZERO).await?);
    }
    Outbox::complete(stores, sample::outbox_id()).await?;
    assert!(stores.claim(10, sample::holder(), HOUR).await?.is_empty());
    Ok(())
}

/// The same message twice is one message, the first.
pub async fn a_repeated_message_is_one(stores: &dyn Stores) -> SuiteResult {
    let message = sample::disconnect(sample::integration_id());
    stores.add(message.clone(), HOUR).await?;
    stores.add(message.clone(), Duration::ZERO).await?;
    assert!(stores.claim(10, sample::holder(), HOUR).await?.is_empty(), "its delay stays");
    let other = sample::disconnect(sample::integration_id());
    stores.add(other.clone(), Duration::ZERO).await?;
    stores.add(other.clone(), Duration::ZERO).await?;
    assert_eq!(ids(&stores.claim(10, sample::holder(), HOUR).await?), [other.id]);
    Ok(())
}

/// An order to revoke a grant carries all that the revocation needs.
pub async fn a_message_carries_its_grant(stores: &dyn Stores) -> SuiteResult {
    let (label, _) = sample::awkward_config();
    let client = ClientId::new("client-1")?;
    for (owner, label, client) in
        [(Owner::user("u1")?, None, Some(client)), (Owner::member("org 🦀", "u/1")?, Some(label), None)]
    {
        let account = Account { id: AccountId::new("account 🦁")?, label };
        let provider = sample::google()?;
        let sealed: Vec<u8> = (0..70_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let job = OutboxJob::RevokeGrant {
            owner: owner.clone(),
            provider: provider.clone(),
            client: client.clone(),
            account: account.clone(),
            sealed: sealed.clone(),
        };
        let id = sample::outbox_id();
        stores.add(OutboxMessage { id, job }, Duration::ZERO).await?;
        let due = stores.claim(1, sample::holder(), HOUR).await?;
        let job = due.into_iter().next().map(|item| item.message.job);
        assert!(
            matches!(&job, Some(OutboxJob::RevokeGrant { owner: o, provider: p, client: c, .. })
                if (o, p, c) == (&owner, &provider, &client)),
            "whose, where, with what"
        );
        assert!(
            matches!(job, Some(OutboxJob::RevokeGrant { account: a, sealed: s, .. }) if a == account && s == sealed),
            "of which account, with which credential"
        );
        Outbox::complete(stores, id).await?;
    }
    Ok(())
}

/// An order to notify carries what is to be sent, through which integration, for whom.
pub async fn a_message_carries_its_notification(stores: &dyn Stores) -> SuiteResult {
    for owner in [Owner::user("u1")?, Owner::member("org 🦀", "u/1")?] {
        let (integration, provider) = (sample::integration_id(), sample::google()?);
        let sealed: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let job = OutboxJob::Notify {
            owner: owner.clone(),
            integration,
            provider: provider.clone(),
            sealed: sealed.clone(),
        };
        let id = sample::outbox_id();
        stores.add(OutboxMessage { id, job }, Duration::ZERO).await?;
        let due = stores.claim(1, sample::holder(), HOUR).await?;
        let job = due.into_iter().next().map(|item| item.message.job);
        assert!(
            matches!(&job, Some(OutboxJob::Notify { owner: o, integration: i, provider: p, sealed: s })
                if (o, *i, p, s) == (&owner, integration, &provider, &sealed)),
            "what was written"
        );
        Outbox::complete(stores, id).await?;
    }
    Ok(())
}
