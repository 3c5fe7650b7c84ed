#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use bailee_core::{
    OAuthScopes, Owner, StatusReason, ThreadId, ThreadPermissions,
    store::{IntegrationChange, Verdict},
};
use futures_util::future::join_all;

use super::{
    Stores,
    owner::lookalikes,
    sample::{self, HOUR},
};
use crate::suite::{SuiteError, SuiteResult};

async fn version(stores: &dyn Stores, owner: &Owner) -> Result<i64, SuiteError> {
    let versions = stores.owner_versions(&[owner.key()]).await?;
    Ok(versions.first().copied().ok_or("no version")?)
}

/// Whatever changes what an owner's agents may use raises the owner's version.
pub async fn every_change_raises_the_version_of_its_owner(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    assert_eq!(version(stores, &owner).await?, 0);
    let google = sample::google()?;
    let row = stores.insert(sample::integration(&owner, &google)?).await?;
    let mut before = version(stores, &owner).await?;
    assert!(before > 0, "connect");
    let mut grown = async |what: &str| {
        let now = version(stores, &owner).await?;
        assert!(now > before, "{what}");
        before = now;
        Ok::<(), SuiteError>(())
    };
    assert!(stores.reconnect(&owner, row.id, 1, sample::connection()?).await?);
    grown("reconnect").await?;
    let verdict = Verdict { status: bailee_core::Status::Invalid, reason: None, secret_epoch: 2 };
    assert!(stores.set_status(&owner, row.id, verdict, None).await?);
    grown("status").await?;
    let off = IntegrationChange { enabled: Some(false), ..IntegrationChange::default() };
    let row = stores.find(&owner, row.id).await?.ok_or("no row")?;
    let row = stores.update(&owner, row.id, row.version, off, None).await?.ok_or("not updated")?;
    grown("switch").await?;
    assert!(stores.set_lacking(&owner, row.id, row.version, OAuthScopes::parse("mail")?).await?);
    grown("lacking").await?;
    let thread = ThreadId::new("t1")?;
    for seen in [None, Some(1), None] {
        stores.set_thread_grant(&owner, &thread, ThreadPermissions::NONE, seen, None).await?;
        grown("flags").await?;
    }
    stores.raise_version(&owner).await?;
    grown("profiles").await?;
    assert!(stores.begin_disconnect(&owner, row.id, sample::disconnect(row.id), HOUR, None).await?);
    grown("disconnect").await
}

/// A grant that is found dead raises the version of its owner, under a lease and without one.
pub async fn a_dead_grant_raises_the_version_of_its_owner(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let before = version(stores, &owner).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    assert_eq!(version(stores, &owner).await?, before, "a lease changes nothing that agents see");
    assert!(stores.mark_dead(id, 1, holder, 2, StatusReason::Revoked, None).await?);
    let dead = version(stores, &owner).await?;
    assert!(dead > before);
    let other = Owner::user("somebody else")?;
    let id = stores.insert(sample::integration(&other, &sample::google()?)?).await?.id;
    let before = version(stores, &other).await?;
    assert!(stores.mark_expired(id, 1, None).await?);
    assert!(version(stores, &other).await? > before);
    Ok(())
}

/// What was not written raises nothing.
pub async fn what_was_not_written_raises_no_version(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let before = version(stores, &owner).await?;
    assert!(!stores.reconnect(&owner, id, 9, sample::connection()?).await?);
    assert!(stores.update(&owner, id, 9, IntegrationChange::default(), None).await?.is_none());
    assert!(!stores.set_lacking(&owner, id, 9, OAuthScopes::default()).await?);
    assert!(!stores.mark_expired(id, 9, None).await?);
    let thread = ThreadId::new("t1")?;
    assert!(
        stores.set_thread_grant(&owner, &thread, ThreadPermissions::NONE, Some(9), None).await?.is_none()
    );
    assert_eq!(version(stores, &owner).await?, before);
    Ok(())
}

/// Versions come in the order in which the owners were asked for, and each owner has one of its own.
pub async fn versions_come_in_the_order_of_their_owners(stores: &dyn Stores) -> SuiteResult {
    let mut owners = lookalikes()?;
    for number in 0..20 {
        owners.push(Owner::user(format!("many{number}"))?);
    }
    for (times, owner) in owners.iter().enumerate() {
        for _ in 0..times % 3 {
            stores.raise_version(owner).await?;
        }
    }
    let keys: Vec<_> = owners.iter().map(Owner::key).collect();
    let expected: Vec<i64> =
        (0..owners.len()).map(|times| i64::try_from(times % 3)).collect::<Result<_, _>>()?;
    assert_eq!(stores.owner_versions(&keys).await?, expected);
    assert!(stores.owner_versions(&[]).await?.is_empty());
    Ok(())
}

/// Of parallel raises, the first of an owner included, none is lost.
pub async fn of_parallel_raises_none_is_lost(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    for raised in join_all((0..8).map(|_| stores.raise_version(&owner))).await {
        raised?;
    }
    assert_eq!(version(stores, &owner).await?, 8);
    Ok(())
}

/// What a provider said is missing reads back, and a reconnect begins without it.
pub async fn what_is_lacking_stays_until_a_reconnect(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let lacking = OAuthScopes::parse("mail.read mail.send")?;
    assert!(stores.set_lacking(&owner, id, 1, lacking.clone()).await?);
    assert!(!stores.set_lacking(&owner, id, 1, OAuthScopes::default()).await?, "its version has grown");
    let row = stores.find(&owner, id).await?.ok_or("no row")?;
    assert_eq!((row.lacking, row.version), (lacking, 2));
    assert!(!stores.set_lacking(&Owner::user("somebody")?, id, 2, OAuthScopes::default()).await?);
    assert!(stores.reconnect(&owner, id, 1, sample::connection()?).await?);
    let row = stores.find(&owner, id).await?.ok_or("no row")?;
    assert!(row.lacking.is_empty());
    Ok(())
}
