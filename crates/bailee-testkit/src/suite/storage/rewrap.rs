#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use futures_util::future::{join, join_all};

use bailee_core::{
    IntegrationId, KeyId, Owner, Parked, ParkedAnswer, Sealed, ToolName,
    store::{CallKey, CallState, CredentialRow, KeyCount, Resealed, SealedTable},
};

use super::{
    Stores,
    sample::{self, HOUR, MANY_FLOWS},
};
use crate::suite::{SuiteError, SuiteResult};

async fn under_key(stores: &dyn Stores, key: KeyId) -> Result<IntegrationId, SuiteError> {
    let mut new = sample::one_of_many(&Owner::user("u1")?, &sample::google()?)?;
    new.connection.sealed.key = key;
    Ok(stores.insert(new).await?.id)
}

fn again(key: KeyId) -> Sealed {
    Sealed { key, ..sample::sealed("the same, sealed again") }
}

async fn rewrap(stores: &dyn Stores, from: KeyId, id: IntegrationId, to: KeyId) -> Result<bool, SuiteError> {
    let page = vec![Resealed { id, secret_epoch: 1, sealed: again(to) }];
    Ok(stores.rewrap(from, page).await? == 1)
}

const fn count(table: SealedTable, key: KeyId, records: u64) -> KeyCount {
    KeyCount { table, key: Some(key), records }
}

/// Every row counts for the key that sealed it, whatever its lifecycle; a key without rows is not named.
pub async fn records_are_counted_by_key(stores: &dyn Stores) -> SuiteResult {
    assert!(stores.records_by_key().await?.is_empty());
    let (old, new, table) = (KeyId::new([1; 8]), KeyId::new([0xFE; 8]), SealedTable::Integrations);
    let first = under_key(stores, new).await?;
    under_key(stores, old).await?;
    let leaving = under_key(stores, old).await?;
    let owner = Owner::user("u1")?;
    assert!(stores.begin_disconnect(&owner, leaving, sample::disconnect(leaving), HOUR, None).await?);
    assert_eq!(stores.records_by_key().await?, [count(table, old, 2), count(table, new, 1)]);
    assert!(rewrap(stores, new, first, old).await?);
    assert_eq!(stores.records_by_key().await?, [count(table, old, 3)]);
    Ok(())
}

/// Every table that holds sealed records is counted apart, by the key that the record names.
pub async fn every_sealed_table_is_counted_by_key(stores: &dyn Stores) -> SuiteResult {
    let (owner, tool, key) = (Owner::user("u1")?, ToolName::new("send")?, KeyId::new(*b"\x00key\xFF\xFEid"));
    let record = [b"\x01\x01", &key.as_bytes()[..], &[0; 80]].concat();
    let (message, hash) = (sample::revoke_grant(&owner, record.clone())?, sample::hash());
    stores.add(message, HOUR).await?;
    let mut flow = sample::flow(&owner)?;
    flow.verifier.clone_from(&record);
    stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
    let answer = ParkedAnswer::Code(record.clone());
    assert!(stores.park(flow.id, Parked { handle_hash: sample::hash(), answer }).await?);
    let (call, claim) = (CallKey { owner: &owner, tool: &tool, hash: &hash }, sample::holder());
    assert_eq!(stores.begin_call(call, claim, HOUR).await?, CallState::First);
    assert!(stores.end_call(call, claim, Sealed { bytes: record, key }).await?);
    stores.insert_secret(sample::secret(&owner, "key")?).await?;
    sample::connected(stores).await?;
    let expected = [
        count(SealedTable::Calls, key, 1),
        count(SealedTable::Flows, key, 2),
        count(SealedTable::Integrations, sample::KEY, 1),
        count(SealedTable::Messages, key, 1),
        count(SealedTable::Secrets, sample::KEY, 1),
    ];
    assert_eq!(stores.records_by_key().await?, expected);
    Ok(())
}

/// A record that is too short to name a key is counted without one, and hides no other.
pub async fn a_record_without_a_key_is_counted_too(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    for verifier in [&b"short"[..], b"shorter", b""] {
        let mut flow = sample::flow(&owner)?;
        flow.verifier = verifier.to_vec();
        stores.put(flow, HOUR, MANY_FLOWS).await?;
    }
    assert_eq!(
        stores.records_by_key().await?,
        [KeyCount { table: SealedTable::Flows, key: None, records: 3 }]
    );
    Ok(())
}

/// A rewrap replaces record and key, and leaves epochs, lease and version alone.
pub async fn a_rewrap_changes_nothing_but_record_and_key(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    let before = sample::row(stores, id).await?;
    let version = stores.find(&owner, id).await?.ok_or("the row is gone")?.version;
    let new = KeyId::new([9; 8]);
    assert!(rewrap(stores, sample::KEY, id, new).await?);

    let after = sample::row(stores, id).await?;
    assert_eq!(after.sealed, again(new).bytes);
    let kept = |row: &CredentialRow| (row.secret_epoch, row.lease_epoch, row.lease_owner, row.lease_until_ms);
    assert_eq!(kept(&after), kept(&before));
    assert_eq!(stores.find(&owner, id).await?.ok_or("the row is gone")?.version, version);
    assert_eq!(stores.records_by_key().await?, [count(SealedTable::Integrations, new, 1)]);
    Ok(())
}

/// A rewrap of a secret that was replaced meanwhile, or that another rewrap has done, is dropped.
pub async fn a_rewrap_of_what_changed_is_dropped(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let new = KeyId::new([9; 8]);
    assert!(!rewrap(stores, KeyId::new([8; 8]), id, new).await?);
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    let row = sample::row(stores, id).await?;
    let renewed = sample::renewed(&row, holder, 2);
    assert!(stores.save(id, renewed.clone()).await?);
    assert!(!rewrap(stores, sample::KEY, id, new).await?);
    assert_eq!(sample::row(stores, id).await?.sealed, renewed.sealed.bytes);
    assert!(!rewrap(stores, sample::KEY, sample::integration_id(), new).await?);
    Ok(())
}

/// More rows than a store may write at once.
const LONG_PAGE: usize = 130;

/// So many rows of one key, and each of them sealed again as `<n> again`.
async fn long_page(
    stores: &dyn Stores,
    from: KeyId,
    to: KeyId,
) -> Result<Vec<Resealed<IntegrationId>>, SuiteError> {
    let mut page = Vec::new();
    for number in 0..LONG_PAGE {
        let sealed = Sealed { key: to, ..sample::sealed(format!("{number} again")) };
        page.push(Resealed { id: under_key(stores, from).await?, secret_epoch: 1, sealed });
    }
    Ok(page)
}

/// Refreshes a row at epoch 1, without changing the key, and returns the new record.
async fn refresh(stores: &dyn Stores, id: IntegrationId, key: KeyId) -> Result<Vec<u8>, SuiteError> {
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    let mut renewed = sample::renewed(&sample::row(stores, id).await?, holder, 2);
    renewed.sealed.key = key;
    assert!(stores.save(id, renewed.clone()).await?);
    Ok(renewed.sealed.bytes)
}

/// What is read to be sealed again is whose it is, at which provider, its record and its epoch.
pub async fn a_sealed_credential_reads_back(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let row = sample::row(stores, id).await?;
    let read = stores.records_of_key(sample::KEY, None, 2).await?;
    let [found] = read.as_slice() else {
        return Err(format!("{} records", read.len()).into());
    };
    assert_eq!((found.id, &found.owner, &found.provider), (id, &owner, &row.provider));
    assert_eq!((&found.sealed, found.secret_epoch), (&row.sealed, 1));
    Ok(())
}

/// A row that was replaced meanwhile stays as it is, wherever it stands in its page, and each of the others gets its own
/// record.
pub async fn every_row_of_a_page_gets_its_own_record(stores: &dyn Stores) -> SuiteResult {
    let (old, new) = (KeyId::new([1; 8]), KeyId::new([2; 8]));
    let page = long_page(stores, old, new).await?;
    let mut expected: Vec<Vec<u8>> = page.iter().map(|row| row.sealed.bytes.clone()).collect();
    let replaced = [0, 57, 99, 100, LONG_PAGE - 1];
    for place in replaced {
        let (row, record) = page.get(place).zip(expected.get_mut(place)).ok_or("the page is shorter")?;
        *record = refresh(stores, row.id, old).await?;
    }
    let written = (LONG_PAGE - replaced.len()) as u64;
    assert_eq!(stores.rewrap(old, page.clone()).await?, written);
    for (row, record) in page.iter().zip(expected) {
        let kept = sample::row(stores, row.id).await?;
        assert_eq!(String::from_utf8(kept.sealed)?, String::from_utf8(record)?);
    }
    let table = SealedTable::Integrations;
    let counts = [count(table, old, replaced.len() as u64), count(table, new, written)];
    assert_eq!(stores.records_by_key().await?, counts);
    Ok(())
}

/// A refresh that is saved while its page is rewrapped is what stays, whichever of the two came first.
pub async fn a_refresh_during_a_rewrap_is_never_lost(stores: &dyn Stores) -> SuiteResult {
    let (old, new) = (KeyId::new([1; 8]), KeyId::new([2; 8]));
    let page = long_page(stores, old, new).await?;
    let refreshed: Vec<IntegrationId> = page.iter().step_by(40).map(|row| row.id).collect();
    let (written, records) = join(
        stores.rewrap(old, page.clone()),
        join_all(refreshed.iter().map(|id| refresh(stores, *id, old))),
    )
    .await;
    assert!(written? >= (LONG_PAGE - refreshed.len()) as u64);
    for (id, record) in refreshed.into_iter().zip(records) {
        assert_eq!(sample::row(stores, id).await?.sealed, record?);
    }
    Ok(())
}

/// Of a page of records those are replaced that have not changed meanwhile, and they are counted.
pub async fn a_page_is_rewrapped_but_for_what_changed(stores: &dyn Stores) -> SuiteResult {
    let (old, new) = (KeyId::new([1; 8]), KeyId::new([2; 8]));
    let mut page = Vec::new();
    for key in [old, new, old] {
        let id = under_key(stores, key).await?;
        page.push(Resealed { id, secret_epoch: 1, sealed: again(new) });
    }
    page.push(Resealed { id: sample::integration_id(), secret_epoch: 1, sealed: again(new) });
    assert_eq!(stores.rewrap(old, page.clone()).await?, 2);
    assert_eq!(stores.records_by_key().await?, [count(SealedTable::Integrations, new, 3)]);
    assert_eq!(stores.rewrap(old, page).await?, 0, "done already");
    assert_eq!(stores.rewrap(old, Vec::new()).await?, 0);
    Ok(())
}
