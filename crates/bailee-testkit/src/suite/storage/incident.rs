#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use chrono::TimeDelta;

use bailee_core::{
    Integration, IntegrationId, Lifecycle, OrganizationId, OutboxMessage, Owner, ProviderKey,
    store::{DisconnectOrder, Leaving, Matching, RevokeFilter},
};

use super::{
    Stores,
    sample::{self, HOUR},
};
use crate::suite::{SuiteError, SuiteResult};

/// Four rows: of two providers, two members of an organization, and a user of the same name outside.
async fn four(stores: &dyn Stores) -> Result<[Integration; 4], SuiteError> {
    let (google, slack) = (sample::google()?, ProviderKey::new("slack")?);
    let mut rows = Vec::new();
    for (owner, provider) in [
        (Owner::member("org_1", "u1")?, &google),
        (Owner::member("org_1", "u2")?, &slack),
        (Owner::user("u1")?, &google),
        (Owner::user("u1")?, &slack),
    ] {
        rows.push(stores.insert(sample::integration(&owner, provider)?).await?);
    }
    rows.try_into().map_err(|_| "not four rows".into())
}

fn google() -> Result<RevokeFilter, SuiteError> {
    Ok(RevokeFilter { provider: Some(sample::google()?), ..RevokeFilter::default() })
}

async fn matching(stores: &dyn Stores, filter: &RevokeFilter) -> Result<u64, SuiteError> {
    Ok(stores.count_matching(filter).await?.there)
}

fn ids(leaving: &[Leaving]) -> Vec<IntegrationId> {
    leaving.iter().map(|leaving| leaving.id).collect()
}

/// A filter matches what all its conditions match: provider, organization, owner; an empty one matches everything.
pub async fn a_filter_matches_by_all_its_conditions(stores: &dyn Stores) -> SuiteResult {
    four(stores).await?;
    let organization = Some(OrganizationId::new("org_1")?);
    let of_organization = RevokeFilter { organization: organization.clone(), ..RevokeFilter::default() };
    let of_owner = RevokeFilter { owner: Some(Owner::user("u1")?), ..RevokeFilter::default() };
    let both = RevokeFilter { organization, ..google()? };
    let none = RevokeFilter { owner: Some(Owner::user("org_1")?), ..RevokeFilter::default() };
    let mut counts = Vec::new();
    for filter in [RevokeFilter::default(), google()?, of_organization, of_owner, both, none] {
        counts.push(matching(stores, &filter).await?);
    }
    assert_eq!(counts, [4, 2, 2, 2, 1, 0]);
    Ok(())
}

/// What counts is when an account was connected, or connected again; a change is no connect.
pub async fn a_filter_matches_by_the_last_connect(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let row = stores.find(&owner, id).await?.ok_or("the row is gone")?;
    let before = |moment| RevokeFilter { connected_before: Some(moment), ..RevokeFilter::default() };
    assert_eq!(matching(stores, &before(row.created_at)).await?, 0, "before that moment, not at it");
    let after = row.created_at + TimeDelta::milliseconds(1);
    assert_eq!(matching(stores, &before(after)).await?, 1);
    assert!(stores.set_lacking(&owner, id, row.version, bailee_core::OAuthScopes::default()).await?);
    assert_eq!(matching(stores, &before(row.created_at)).await?, 0);
    // A reconnect is later than every moment before it, and than none after.
    assert!(stores.reconnect(&owner, id, 1, sample::connection()?).await?);
    let again = stores.find(&owner, id).await?.ok_or("the row is gone")?.updated_at;
    assert_eq!(matching(stores, &before(again)).await?, 0);
    assert_eq!(matching(stores, &before(again + TimeDelta::days(1))).await?, 1);
    Ok(())
}

/// Everything that matches is hidden at once, with a new version of its owner; the rest stays, and once is enough.
pub async fn what_matches_is_hidden_at_one_commit(stores: &dyn Stores) -> SuiteResult {
    let rows = four(stores).await?;
    let [of_u1, of_u2, alone, _] = &rows;
    let owners = [of_u1.owner.key(), of_u2.owner.key(), alone.owner.key()];
    let before = stores.owner_versions(&owners).await?;
    assert_eq!(stores.hide_matching(&google()?).await?, 2);
    let after = stores.owner_versions(&owners).await?;
    let raised: Vec<bool> = before.iter().zip(&after).map(|(before, after)| after > before).collect();
    assert_eq!(raised, [true, false, true]);
    for (row, hidden) in rows.iter().zip([true, false, true, false]) {
        let found = stores.find(&row.owner, row.id).await?.ok_or("the row is gone")?;
        assert_eq!(found.lifecycle == Lifecycle::Disconnecting, hidden);
        assert_eq!(found.version > row.version, hidden);
    }
    // The way is free for a new connect, which is not among those that leave.
    stores.insert(sample::integration(&of_u1.owner, &sample::google()?)?).await?;
    assert_eq!(stores.count_matching(&google()?).await?, Matching { there: 1, leaving: 2 });
    assert_eq!(stores.hide_matching(&google()?).await?, 1);
    assert_eq!(stores.hide_matching(&google()?).await?, 0);
    Ok(())
}

/// Those that leave come in pages, by what matches.
pub async fn those_that_leave_come_in_pages(stores: &dyn Stores) -> SuiteResult {
    let rows = four(stores).await?;
    assert!(stores.leaving(&RevokeFilter::default(), None, 10).await?.is_empty());
    stores.hide_matching(&RevokeFilter::default()).await?;
    let all = stores.leaving(&RevokeFilter::default(), None, 10).await?;
    let [first, second, third, last] = &rows;
    assert_eq!(ids(&all), [first.id, second.id, third.id, last.id]);
    for (leaving, row) in all.iter().zip(&rows) {
        assert_eq!((&leaving.owner, &leaving.provider), (&row.owner, &row.provider));
    }
    let page = stores.leaving(&RevokeFilter::default(), None, 3).await?;
    assert_eq!(ids(&page), [first.id, second.id, third.id]);
    assert_eq!(ids(&stores.leaving(&RevokeFilter::default(), Some(third.id), 3).await?), [last.id]);
    assert_eq!(stores.leaving(&google()?, None, 10).await?.len(), 2);
    Ok(())
}

/// A row that leaves has a message, or is found without one; messages are written together, or not at all.
pub async fn what_leaves_without_a_message_is_found(stores: &dyn Stores) -> SuiteResult {
    let [first, own, second, _] = four(stores).await?;
    assert!(stores.begin_disconnect(&own.owner, own.id, sample::disconnect(own.id), HOUR, None).await?);
    assert!(stores.without_message(10).await?.is_empty());
    stores.hide_matching(&google()?).await?;
    let (first, second) = (first.id, second.id);
    assert_eq!(ids(&stores.without_message(10).await?), [first, second]);
    assert_eq!(ids(&stores.without_message(1).await?), [first]);

    let order = |id: IntegrationId| DisconnectOrder {
        message: OutboxMessage::disconnect(id),
        delay: Duration::ZERO,
        announcement: None,
    };
    assert!(stores.order_disconnects(vec![order(first)]).await?);
    assert_eq!(ids(&stores.without_message(10).await?), [second]);
    assert!(!stores.order_disconnects(vec![order(second), order(first)]).await?, "one of them is there");
    assert_eq!(ids(&stores.without_message(10).await?), [second], "none was written");
    assert!(stores.order_disconnects(vec![order(second)]).await?);
    assert!(stores.without_message(10).await?.is_empty());
    assert_eq!(stores.claim(10, sample::holder(), HOUR).await?.len(), 2);
    Ok(())
}
