#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use futures_util::future::join_all;

use bailee_core::{
    IntegrationId, Lifecycle, Owner, ProfileId, ProfileIds, ProviderKey, Scope, Status, StoreError,
    store::{NewIntegration, Selector},
};

use super::{
    Stores,
    sample::{self, HOUR, row},
};
use crate::suite::{SuiteError, SuiteResult};

fn a_full_connect() -> Result<NewIntegration, SuiteError> {
    let mut new = sample::integration(&Owner::member("org 🦀", "u1")?, &sample::google()?)?;
    let (label, config) = sample::awkward_config();
    new.connection.account.label = Some(label);
    new.config = config;
    new.scope = Scope::Agents(ProfileIds::new([ProfileId::new("prof_é")?, ProfileId::new("prof_E")?])?);
    new.bound_profile = Some(ProfileId::new("prof_bound")?);
    Ok(new)
}

/// Every field of a first connect is kept to the letter, and what it does not say has its first value.
pub async fn a_first_connect_reads_back_as_it_was_written(stores: &dyn Stores) -> SuiteResult {
    let new = a_full_connect()?;
    let written = stores.insert(new.clone()).await?;
    assert_eq!(stores.find(&new.owner, new.id).await?.as_ref(), Some(&written));
    assert_eq!((written.id, written.owner, written.provider), (new.id, new.owner, new.provider));
    assert_eq!((written.client, written.account), (new.connection.client, new.connection.account));
    assert_eq!((written.scope, written.bound_profile), (new.scope, new.bound_profile));
    assert_eq!((written.requested, written.granted), (new.connection.requested, new.connection.granted));
    assert_eq!(written.config, new.config);
    assert_eq!((written.lifecycle, written.status), (Lifecycle::Connected, Status::Valid));
    assert_eq!((written.status_reason, written.enabled, written.is_default), (None, true, false));
    assert_eq!((written.version, written.created_at), (1, written.updated_at));
    Ok(())
}

/// The credential of a first connect begins at epoch 1, with no lease, no failure and no gate.
pub async fn a_first_credential_begins_at_epoch_one(stores: &dyn Stores) -> SuiteResult {
    let new = a_full_connect()?;
    let written = stores.insert(new.clone()).await?;
    let row = row(stores, new.id).await?;
    assert_eq!((row.secret_epoch, row.lease_epoch, row.lease_until_ms), (1, 1, 0));
    assert_eq!((row.lease_owner, row.unknown_epoch), (None, 0));
    assert_eq!((row.next_refresh_ms, row.refresh_failures, row.dead_reason), (0, 0, None));
    assert_eq!((row.owner, row.scope, row.bound_profile), (new.owner, new.scope, new.bound_profile));
    assert_eq!((row.account, row.client), (new.connection.account, new.connection.client));
    assert_eq!((row.requested, row.granted), (new.connection.requested, new.connection.granted));
    assert_eq!((row.sealed, row.refreshable, row.enabled), (new.connection.sealed.bytes, true, true));
    assert_eq!(row.access_lifetime_ms, Some(3_600_000));
    let left = row.access_expires_ms.ok_or("no expiry")? - row.now_ms;
    assert!((0..=3_600_000).contains(&left), "{left} ms are left of an hour");
    assert_eq!(written.expires_at.map(|at| at.timestamp_millis()), row.access_expires_ms);
    Ok(())
}

/// What a provider does not tell is unknown, not zero and not empty.
pub async fn what_is_unknown_stays_unknown(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let mut new = sample::integration(&owner, &sample::google()?)?;
    new.scope = Scope::Agents(ProfileIds::default());
    new.connection.client = None;
    new.connection.account.label = None;
    new.connection.granted = None;
    new.connection.expires_in = None;
    let written = stores.insert(new).await?;
    assert_eq!((written.client, written.account.label, written.granted), (None, None, None));
    assert_eq!((written.expires_at, &written.bound_profile), (None, &None));
    assert_eq!(written.scope, Scope::Agents(ProfileIds::default()), "nobody is not everybody");
    let row = row(stores, written.id).await?;
    assert_eq!((row.client, row.granted, row.lease_owner), (None, None, None));
    assert_eq!((row.access_expires_ms, row.access_lifetime_ms), (None, None));
    assert_eq!(stores.find(&owner, written.id).await?.map(|found| found.granted), Some(None));
    Ok(())
}

/// A sealed record may be larger than 64 KiB, wherever it is written.
pub async fn a_large_record_reads_back(stores: &dyn Stores) -> SuiteResult {
    let large: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let owner = Owner::user("u1")?;
    let mut new = sample::integration(&owner, &sample::google()?)?;
    new.connection.sealed = sample::sealed(large.clone());
    let id = stores.insert(new).await?.id;
    assert_eq!(row(stores, id).await?.sealed, large);

    let mut again = sample::connection()?;
    again.sealed = sample::sealed([large.as_slice(), b"2"].concat());
    assert!(stores.reconnect(&owner, id, 1, again.clone()).await?);
    assert_eq!(row(stores, id).await?.sealed, again.sealed.bytes);

    let mut renewed = sample::renewed(&row(stores, id).await?, sample::holder(), 3);
    renewed.sealed = sample::sealed([large.as_slice(), b"3"].concat());
    assert!(stores.save(id, renewed.clone()).await?);
    assert_eq!(row(stores, id).await?.sealed, renewed.sealed.bytes);
    Ok(())
}

/// Owner, provider and slot are taken once; each of them apart may repeat.
pub async fn a_slot_is_taken_once(stores: &dyn Stores) -> SuiteResult {
    let (owner, other) = (Owner::user("u1")?, Owner::user("u2")?);
    let (google, teller) = (sample::google()?, ProviderKey::new("teller")?);
    let first = stores.insert(sample::integration(&owner, &google)?).await?;
    let second = stores.insert(sample::integration(&owner, &google)?).await;
    assert_eq!(second.map(drop), Err(StoreError::Conflict));
    stores.insert(sample::one_of_many(&owner, &google)?).await?;
    stores.insert(sample::integration(&owner, &teller)?).await?;
    stores.insert(sample::integration(&other, &google)?).await?;

    let mut same_id = sample::integration(&Owner::user("u3")?, &google)?;
    same_id.id = first.id;
    assert_eq!(stores.insert(same_id).await.map(drop), Err(StoreError::Conflict));
    assert_eq!(stores.find(&owner, first.id).await?, Some(first), "a refused insert changes nothing");
    Ok(())
}

/// Of parallel inserts into one slot, one succeeds and the others are conflicts.
pub async fn of_parallel_inserts_one_succeeds(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let rivals =
        (0..8).map(|_| sample::integration(&owner, &sample::google()?)).collect::<Result<Vec<_>, _>>()?;
    let outcomes = join_all(rivals.into_iter().map(|new| stores.insert(new))).await;
    let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let conflicts = outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Conflict))).count();
    assert_eq!((winners, conflicts), (1, 7), "{outcomes:?}");
    assert_eq!(stores.list(&owner, None, 10).await?.len(), 1);
    Ok(())
}

/// Pages follow one another in the order of ids, and a short one is the last.
pub async fn pages_follow_the_order_of_ids(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let (google, teller) = (sample::google()?, ProviderKey::new("teller")?);
    let mut news = Vec::new();
    for provider in [&teller, &google, &teller, &google, &teller, &google] {
        news.push(sample::one_of_many(&owner, provider)?);
    }
    let ids: Vec<_> = news.iter().map(|new| new.id).collect();
    for new in news.into_iter().rev() {
        stores.insert(new).await?;
    }
    let [hidden, shown @ ..] = ids.as_slice() else {
        return Err("no ids".into());
    };
    stores.begin_disconnect(&owner, *hidden, sample::disconnect(*hidden), HOUR, None).await?;

    let mut seen: Vec<IntegrationId> = Vec::new();
    let mut after = None;
    for length in [2, 2, 1] {
        let page = stores.list(&owner, after, 2).await?;
        assert_eq!(page.len(), length);
        seen.extend(page.iter().map(|found| found.id));
        after = seen.last().copied();
    }
    assert!(stores.list(&owner, after, 2).await?.is_empty());
    assert_eq!(seen, shown, "in order, none twice, the disconnecting one left out");
    assert!(stores.list(&owner, None, 0).await?.is_empty());
    Ok(())
}

/// The rows of one provider come in the order of their ids, at most 100, disconnecting ones where they are asked for.
pub async fn a_provider_lists_its_rows_in_order(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let teller = ProviderKey::new("teller")?;
    let mut ids = Vec::new();
    for _ in 0..102 {
        ids.push(stores.insert(sample::one_of_many(&owner, &teller)?).await?.id);
    }
    stores.insert(sample::integration(&owner, &sample::google()?)?).await?;
    let hidden = *ids.first().ok_or("no ids")?;
    stores.begin_disconnect(&owner, hidden, sample::disconnect(hidden), HOUR, None).await?;

    let all: Vec<_> = stores.of_provider(&owner, &teller).await?.iter().map(|found| found.id).collect();
    assert!(ids.iter().take(100).eq(&all), "the first 100, the disconnecting one included");
    let usable = stores.credentials(&owner, &Selector::Provider(teller)).await?;
    assert!(ids.iter().skip(1).take(100).eq(usable.iter().map(|row| &row.id)));
    let by_id = stores.credentials(&owner, &Selector::Id(hidden)).await?;
    assert!(matches!(by_id.as_slice(), [row] if row.lifecycle == Lifecycle::Disconnecting));
    assert!(stores.credentials(&owner, &Selector::Id(sample::integration_id())).await?.is_empty());
    Ok(())
}
