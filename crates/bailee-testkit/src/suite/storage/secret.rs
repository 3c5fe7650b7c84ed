#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use futures_util::future::join_all;

use bailee_core::{
    Owner, ProfileId, ProfileIds, Scope, SecretId, SecretName, StoreError, UserSecret,
    store::{SealedSecret, SecretChange},
};

use super::{Stores, owner::lookalikes, sample};
use crate::suite::{SuiteError, SuiteResult};

pub(super) async fn sealed(stores: &dyn Stores, secret: &UserSecret) -> Result<SealedSecret, SuiteError> {
    Ok(stores.sealed_secret(&secret.owner, &secret.name).await?.ok_or("the secret is gone")?)
}

fn for_one() -> Result<Scope, SuiteError> {
    Ok(Scope::Agents(ProfileIds::new([ProfileId::new("prof_é")?])?))
}

fn value(bytes: &str) -> SecretChange {
    SecretChange { scope: None, sealed: Some(sample::sealed(bytes)) }
}

/// A secret reads back as it was written, with its value where that is asked for.
pub async fn a_secret_reads_back_as_it_was_written(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::member("org 🦀", "u1")?;
    let mut new = sample::secret(&owner, "API_Key.v1-prod")?;
    new.scope = for_one()?;
    new.sealed.bytes = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let written = stores.insert_secret(new.clone()).await?;
    assert_eq!((written.id, &written.owner, &written.name), (new.id, &new.owner, &new.name));
    assert_eq!((&written.scope, written.version), (&new.scope, 1));
    assert_eq!(written.created_at, written.updated_at);
    assert_eq!(stores.find_secret(&owner, new.id).await?.as_ref(), Some(&written));
    assert_eq!(stores.list_secrets(&owner, None, 10).await?, std::slice::from_ref(&written));
    let found = sealed(stores, &written).await?;
    assert_eq!((found.sealed.bytes, found.sealed.key), (new.sealed.bytes, new.sealed.key));
    assert_eq!((found.secret, found.secret_epoch), (written, 1));
    Ok(())
}

/// An owner has one secret of a name, whose case counts; other owners may have theirs.
pub async fn a_name_is_taken_once(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let first = stores.insert_secret(sample::secret(&owner, "key")?).await?;
    let again = stores.insert_secret(sample::secret(&owner, "key")?).await;
    assert_eq!(again.map(drop), Err(StoreError::Conflict));
    let other_case = stores.insert_secret(sample::secret(&owner, "Key")?).await?;
    stores.insert_secret(sample::secret(&Owner::user("u2")?, "key")?).await?;
    let mut same_id = sample::secret(&owner, "other")?;
    same_id.id = first.id;
    assert_eq!(stores.insert_secret(same_id).await.map(drop), Err(StoreError::Conflict));

    assert_eq!(sealed(stores, &first).await?.secret, first);
    assert_eq!(sealed(stores, &other_case).await?.secret, other_case);
    assert!(stores.sealed_secret(&owner, &SecretName::new("KEY")?).await?.is_none());
    assert_eq!(stores.list_secrets(&owner, None, 10).await?, [first, other_case]);
    Ok(())
}

/// Of parallel secrets of one name, one is written.
pub async fn of_parallel_secrets_of_one_name_one_is_written(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let rivals = (0..8).map(|_| sample::secret(&owner, "key")).collect::<Result<Vec<_>, _>>()?;
    let outcomes = join_all(rivals.into_iter().map(|new| stores.insert_secret(new))).await;
    let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let conflicts = outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Conflict))).count();
    assert_eq!((winners, conflicts), (1, 7), "{outcomes:?}");
    assert_eq!(stores.list_secrets(&owner, None, 10).await?.len(), 1);
    Ok(())
}

/// An owner's secrets come page after page in the order of their ids.
pub async fn secrets_come_in_pages(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let mut news = Vec::new();
    for name in ["e", "d", "c", "b", "a"] {
        news.push(sample::secret(&owner, name)?);
    }
    let ids: Vec<SecretId> = news.iter().map(|new| new.id).collect();
    for new in news.into_iter().rev() {
        stores.insert_secret(new).await?;
    }
    let mut seen: Vec<SecretId> = Vec::new();
    for length in [2, 2, 1, 0] {
        let page = stores.list_secrets(&owner, seen.last().copied(), 2).await?;
        assert_eq!(page.len(), length);
        seen.extend(page.iter().map(|secret| secret.id));
    }
    assert_eq!(seen, ids);
    assert!(stores.list_secrets(&owner, None, 0).await?.is_empty());
    Ok(())
}

/// A change of another version than the secret's is dropped.
pub async fn a_stale_change_of_a_secret_is_dropped(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let id = stores.insert_secret(sample::secret(&owner, "key")?).await?.id;
    let second = stores.update_secret(&owner, id, 1, value("second")).await?.ok_or("not written")?;
    for version in [0, 1, 3] {
        let stale = SecretChange { scope: Some(for_one()?), ..value("stale") };
        assert_eq!(stores.update_secret(&owner, id, version, stale).await?, None);
    }
    assert_eq!(stores.update_secret(&owner, sample::secret_id(), 1, value("none")).await?, None);
    let found = sealed(stores, &second).await?;
    assert_eq!((found.secret, found.sealed.bytes), (second, b"second".to_vec()));
    Ok(())
}

/// A new scope leaves the value and its epoch as they are.
pub async fn a_new_scope_leaves_the_value_alone(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let first = stores.insert_secret(sample::secret(&owner, "key")?).await?;
    let before = sealed(stores, &first).await?;
    for (version, scope) in [(1, for_one()?), (2, Scope::Agents(ProfileIds::default())), (3, Scope::All)] {
        let change = SecretChange { scope: Some(scope.clone()), sealed: None };
        let changed = stores.update_secret(&owner, first.id, version, change).await?.ok_or("not written")?;
        assert_eq!((&changed.scope, changed.version), (&scope, version + 1));
        assert_eq!((changed.created_at, &changed.name), (first.created_at, &first.name));
        let after = sealed(stores, &changed).await?;
        assert_eq!((after.sealed.bytes, after.sealed.key), (before.sealed.bytes.clone(), before.sealed.key));
        assert_eq!((after.secret, after.secret_epoch), (changed, 1));
    }
    Ok(())
}

/// A new value is of the epoch of its version, and leaves the scope as it is.
pub async fn a_new_value_moves_epoch_and_version(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let mut new = sample::secret(&owner, "key")?;
    new.scope = for_one()?;
    let id = stores.insert_secret(new.clone()).await?.id;
    let rescoped = SecretChange { scope: Some(for_one()?), sealed: None };
    assert!(stores.update_secret(&owner, id, 1, rescoped).await?.is_some());
    let changed = stores.update_secret(&owner, id, 2, value("third")).await?.ok_or("not written")?;
    assert_eq!((changed.version, &changed.scope), (3, &new.scope));
    let found = sealed(stores, &changed).await?;
    assert_eq!((found.secret_epoch, found.sealed.bytes), (3, b"third".to_vec()));

    let both = SecretChange { scope: Some(Scope::All), ..value("fourth") };
    let changed = stores.update_secret(&owner, id, 3, both).await?.ok_or("not written")?;
    let found = sealed(stores, &changed).await?;
    assert_eq!((changed.version, changed.scope), (4, Scope::All));
    assert_eq!((found.secret_epoch, found.sealed.bytes), (4, b"fourth".to_vec()));
    Ok(())
}

/// Of parallel changes of one version, one is written.
pub async fn of_parallel_changes_of_a_secret_one_is_written(stores: &dyn Stores) -> SuiteResult {
    let owner = &Owner::user("u1")?;
    let id = stores.insert_secret(sample::secret(owner, "key")?).await?.id;
    let outcomes = join_all((0..8).map(|number| async move {
        let text = format!("value {number}");
        stores.update_secret(owner, id, 1, value(&text)).await.map(|changed| changed.map(|of| (of, text)))
    }))
    .await
    .into_iter()
    .collect::<Result<Vec<_>, _>>()?;
    let written: Vec<_> = outcomes.into_iter().flatten().collect();
    let [(changed, text)] = written.as_slice() else {
        return Err(format!("{} changes were written", written.len()).into());
    };
    assert_eq!(sealed(stores, changed).await?.sealed.bytes, text.as_bytes());
    Ok(())
}

/// An erased secret is gone, erasing it again says so, and its name is free.
pub async fn an_erased_secret_is_gone_and_its_name_free(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let first = stores.insert_secret(sample::secret(&owner, "key")?).await?;
    assert!(stores.delete_secret(&owner, first.id).await?);
    assert!(!stores.delete_secret(&owner, first.id).await?);
    assert!(stores.find_secret(&owner, first.id).await?.is_none());
    assert!(stores.sealed_secret(&owner, &first.name).await?.is_none());
    assert_eq!(stores.update_secret(&owner, first.id, 1, value("none")).await?, None);
    let second = stores.insert_secret(sample::secret(&owner, "key")?).await?;
    assert_eq!(sealed(stores, &second).await?.secret, second);
    Ok(())
}

/// No owner reads, changes or erases a secret of another, however alike their ids are.
pub async fn lookalike_owners_never_reach_a_secret_of_one_another(stores: &dyn Stores) -> SuiteResult {
    let mut all = Vec::new();
    for owner in lookalikes()? {
        all.push(stores.insert_secret(sample::secret(&owner, "key")?).await?);
    }
    for mine in &all {
        let owner = &mine.owner;
        for other in all.iter().filter(|other| other.id != mine.id) {
            assert!(stores.find_secret(owner, other.id).await?.is_none(), "{owner}");
            assert_eq!(stores.update_secret(owner, other.id, 1, value("stolen")).await?, None, "{owner}");
            assert!(!stores.delete_secret(owner, other.id).await?, "{owner}");
        }
    }
    for mine in &all {
        assert_eq!(stores.list_secrets(&mine.owner, None, 100).await?, std::slice::from_ref(mine));
        assert_eq!(sealed(stores, mine).await?.secret, *mine);
    }
    Ok(())
}
