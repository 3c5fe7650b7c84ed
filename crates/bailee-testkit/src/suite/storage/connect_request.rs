#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{ConnectRequest, OAuthScopes, Owner, StoreError};
use futures_util::future::join_all;

use super::{
    Stores,
    owner::lookalikes,
    sample::{self, HOUR},
};
use crate::suite::SuiteResult;

/// More than any test puts.
const MANY: u32 = 100;

/// A request reads back as it was put, with and without what may be missing, and stays until it is taken.
pub async fn a_connect_request_reads_back_as_it_was_put(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::member("org", "u1")?;
    let bare = sample::connect_request(&owner)?;
    let full = ConnectRequest {
        integration: Some(sample::integration_id()),
        scopes: OAuthScopes::parse("calendar mail.read")?,
        client: Some("Agent 🦀".to_owned()),
        ..sample::connect_request(&owner)?
    };
    for request in [bare, full] {
        let expires_at = stores.put_request(request.clone(), HOUR, MANY).await?;
        let kept = ConnectRequest { expires_at, ..request };
        for _ in 0..2 {
            assert_eq!(stores.request(&owner, kept.id).await?, Some(kept.clone()));
        }
        let again = stores.put_request(kept.clone(), HOUR, MANY).await;
        assert_eq!(again, Err(StoreError::Conflict), "its id is taken");
    }
    Ok(())
}

/// A request that was taken or has expired is gone, and so is one that was never put.
pub async fn a_connect_request_is_followed_once_and_in_time(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let (taken, expired) = (sample::connect_request(&owner)?, sample::connect_request(&owner)?);
    stores.put_request(taken.clone(), HOUR, MANY).await?;
    stores.put_request(expired.clone(), Duration::ZERO, MANY).await?;
    assert!(stores.take_request(&owner, taken.id).await?);
    for id in [taken.id, expired.id, sample::connect_request(&owner)?.id] {
        assert_eq!(stores.request(&owner, id).await?, None);
        assert!(!stores.take_request(&owner, id).await?);
    }
    Ok(())
}

/// Of parallel takes one succeeds.
pub async fn of_parallel_takes_of_a_request_one_succeeds(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let request = sample::connect_request(&owner)?;
    stores.put_request(request.clone(), HOUR, MANY).await?;
    let outcomes = join_all((0..8).map(|_| stores.take_request(&owner, request.id))).await;
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(outcomes.iter().filter(|taken| **taken).count(), 1);
    Ok(())
}

/// There are as many requests to an owner for a provider as were allowed, the newest among them; those to others, and for
/// other providers, stay.
pub async fn older_connect_requests_give_way(stores: &dyn Stores) -> SuiteResult {
    let (owner, other) = (Owner::user("u1")?, Owner::user("u2")?);
    let foreign = sample::connect_request(&other)?;
    stores.put_request(foreign.clone(), HOUR, 2).await?;
    let mut elsewhere = sample::connect_request(&owner)?;
    elsewhere.provider = bailee_core::ProviderKey::new("notion")?;
    stores.put_request(elsewhere.clone(), HOUR, 2).await?;
    let mut newest = None;
    let mut put = Vec::new();
    for _ in 0..4 {
        let request = sample::connect_request(&owner)?;
        stores.put_request(request.clone(), HOUR, 2).await?;
        newest = Some(request.id);
        put.push(request.id);
    }
    let mut staying = Vec::new();
    for id in put {
        staying.extend(stores.request(&owner, id).await?.map(|request| request.id));
    }
    assert_eq!(staying.len(), 2);
    assert_eq!(staying.last().copied(), newest);
    assert!(stores.request(&owner, elsewhere.id).await?.is_some());
    assert!(stores.request(&other, foreign.id).await?.is_some());
    Ok(())
}

/// A request to one owner is none to another, however alike their ids are.
pub async fn lookalike_owners_never_follow_a_request_of_one_another(stores: &dyn Stores) -> SuiteResult {
    let owners = lookalikes()?;
    for owner in &owners {
        let request = sample::connect_request(owner)?;
        stores.put_request(request.clone(), HOUR, MANY).await?;
        for other in owners.iter().filter(|other| *other != owner) {
            assert_eq!(stores.request(other, request.id).await?, None, "{owner} {other}");
            assert!(!stores.take_request(other, request.id).await?, "{owner} {other}");
            let to_user = stores.request_to_user(other.user_id(), request.id).await?;
            assert_eq!(to_user.is_some(), other.user_id() == owner.user_id(), "{owner} {other}");
        }
        assert!(stores.take_request(owner, request.id).await?, "{owner}");
    }
    Ok(())
}
