#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use bailee_core::{
    KeyId, Owner, Sealed, SecretId, UserSecret,
    store::{KeyCount, Resealed, SealedTable, SecretChange},
};

use super::{Stores, sample, secret::sealed};
use crate::suite::{SuiteError, SuiteResult};

fn again() -> Sealed {
    Sealed { key: KeyId::new([9; 8]), ..sample::sealed("the same, sealed again") }
}

async fn rewrap(
    stores: &dyn Stores,
    from: KeyId,
    id: SecretId,
    secret_epoch: i64,
    sealed: Sealed,
) -> Result<bool, SuiteError> {
    Ok(stores.rewrap_secrets(from, vec![Resealed { id, secret_epoch, sealed }]).await? == 1)
}

async fn under_key(stores: &dyn Stores, owner: &Owner, key: KeyId) -> Result<UserSecret, SuiteError> {
    let mut new = sample::secret(owner, &format!("key-{}", sample::number()))?;
    new.sealed.key = key;
    Ok(stores.insert_secret(new).await?)
}

/// The secrets of a key come page after page, over all owners, and those of other keys do not.
pub async fn the_secrets_of_a_key_come_in_pages(stores: &dyn Stores) -> SuiteResult {
    let (old, new) = (KeyId::new([1; 8]), KeyId::new([2; 8]));
    let mut of_old = Vec::new();
    for (user, key) in [("u1", old), ("u2", new), ("u2", old), ("u1", old)] {
        let secret = under_key(stores, &Owner::user(user)?, key).await?;
        of_old.extend((key == old).then_some(secret));
    }
    let [first, second, third] = of_old.as_slice() else {
        return Err("no secrets".into());
    };
    let page = async |key, after, limit| -> Result<Vec<SecretId>, SuiteError> {
        let page = stores.secrets_of_key(key, after, limit).await?;
        assert!(page.iter().all(|kept| kept.sealed.key == key && kept.secret_epoch == 1));
        Ok(page.iter().map(|kept| kept.secret.id).collect())
    };
    assert_eq!(page(old, None, 10).await?, [first.id, second.id, third.id]);
    assert_eq!(page(old, None, 2).await?, [first.id, second.id]);
    assert_eq!(page(old, Some(second.id), 2).await?, [third.id]);
    assert!(page(old, Some(third.id), 2).await?.is_empty());
    assert!(page(KeyId::new([3; 8]), None, 2).await?.is_empty());
    Ok(())
}

/// A rewrap replaces record and key of a secret, and leaves version, epoch and times alone.
pub async fn a_rewrap_of_a_secret_changes_nothing_but_record_and_key(stores: &dyn Stores) -> SuiteResult {
    let secret = stores.insert_secret(sample::secret(&Owner::user("u1")?, "key")?).await?;
    let again = again();
    assert!(rewrap(stores, sample::KEY, secret.id, 1, again.clone()).await?);
    let after = sealed(stores, &secret).await?;
    assert_eq!((after.sealed.bytes, after.sealed.key), (again.bytes, again.key));
    assert_eq!((after.secret, after.secret_epoch), (secret, 1));
    Ok(())
}

/// A rewrap of a secret that was replaced or erased meanwhile, or that another rewrap has done, is dropped.
pub async fn a_rewrap_of_a_secret_that_changed_is_dropped(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let secret = stores.insert_secret(sample::secret(&owner, "key")?).await?;
    let again = again();
    assert!(!rewrap(stores, KeyId::new([8; 8]), secret.id, 1, again.clone()).await?);
    let newer = SecretChange { scope: None, sealed: Some(sample::sealed("newer")) };
    assert!(stores.update_secret(&owner, secret.id, 1, newer).await?.is_some());
    assert!(!rewrap(stores, sample::KEY, secret.id, 1, again.clone()).await?);
    assert_eq!(sealed(stores, &secret).await?.sealed.bytes, b"newer");
    assert!(rewrap(stores, sample::KEY, secret.id, 2, again.clone()).await?);
    assert!(!rewrap(stores, sample::KEY, secret.id, 2, again.clone()).await?, "done already");
    assert!(!rewrap(stores, sample::KEY, sample::secret_id(), 1, again).await?);
    Ok(())
}

/// Of a page of secrets those get their record that have not changed meanwhile, also between them.
pub async fn a_page_of_secrets_is_rewrapped_but_for_what_changed(stores: &dyn Stores) -> SuiteResult {
    let (owner, new) = (Owner::user("u1")?, KeyId::new([9; 8]));
    let (mut secrets, mut page) = (Vec::new(), Vec::new());
    for number in 0..3 {
        let secret = under_key(stores, &owner, sample::KEY).await?;
        let sealed = Sealed { key: new, ..sample::sealed(format!("{number} again")) };
        page.push(Resealed { id: secret.id, secret_epoch: 1, sealed });
        secrets.push(secret);
    }
    let [first, second, third] = secrets.as_slice() else {
        return Err("no secrets".into());
    };
    let newer = SecretChange { scope: None, sealed: Some(sample::sealed("newer")) };
    assert!(stores.update_secret(&owner, second.id, 1, newer).await?.is_some());
    assert_eq!(stores.rewrap_secrets(sample::KEY, page.clone()).await?, 2);
    for (secret, record) in [(first, "0 again"), (second, "newer"), (third, "2 again")] {
        assert_eq!(sealed(stores, secret).await?.sealed.bytes, record.as_bytes());
    }
    assert_eq!(stores.rewrap_secrets(sample::KEY, page).await?, 0, "done already");
    assert_eq!(stores.rewrap_secrets(sample::KEY, Vec::new()).await?, 0);
    Ok(())
}

/// A key is named as long as it has sealed a secret, apart from the credentials.
pub async fn secrets_count_for_their_key(stores: &dyn Stores) -> SuiteResult {
    let (old, new) = (KeyId::new([1; 8]), KeyId::new([0xFE; 8]));
    let count = |table, key, records| KeyCount { table, key: Some(key), records };
    let owner = Owner::user("u1")?;
    let first = under_key(stores, &owner, new).await?;
    let second = under_key(stores, &owner, old).await?;
    let (rows, secrets) = (SealedTable::Integrations, SealedTable::Secrets);
    assert_eq!(stores.records_by_key().await?, [count(secrets, old, 1), count(secrets, new, 1)]);
    let mut connect = sample::integration(&owner, &sample::google()?)?;
    connect.connection.sealed.key = old;
    stores.insert(connect).await?;
    let of_row = count(rows, old, 1);
    assert_eq!(stores.records_by_key().await?, [of_row, count(secrets, old, 1), count(secrets, new, 1)]);

    assert!(rewrap(stores, old, second.id, 1, Sealed { key: new, ..sample::sealed("again") }).await?);
    assert_eq!(stores.records_by_key().await?, [of_row, count(secrets, new, 2)]);
    for secret in [first, second] {
        assert!(stores.delete_secret(&owner, secret.id).await?);
    }
    assert_eq!(stores.records_by_key().await?, [of_row]);
    Ok(())
}
