use std::num::NonZeroU32;

use bailee_core::{
    Action, ExposeSecret, IntegrationId, KeyId, Outcome, SecretId, Uuid, VaultError,
    store::{KeyCount, Resealed, SealedCredential, SealedTable},
};
use futures_util::{
    FutureExt as _,
    future::{OptionFuture, try_join},
};
use tokio::task::yield_now;

use crate::{Bailee, Error, engine::Inner, grant::tokens_of, journal::Line, pace::Pace};

/// How many rows are read, and written, at once: a page costs a few round trips and a commit besides its rows.
const PAGE: u32 = 1_000;

/// How many records are sealed before other tasks of the thread have their turn, in well under a millisecond.
const TURN: usize = 50;

/// What a rewrap did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Records that are sealed with the first key now.
    pub rewrapped: u64,
    /// Records that a refresh, a reconnect or another rewrap replaced meanwhile: they are sealed with its key.
    pub replaced: u64,
    /// Records that do not open with any key of the ring. They stay as they are.
    pub unreadable: u64,
}

/// How far a rewrap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RewrapProgress {
    /// How many records there were to do when it began.
    pub total: u64,
    /// What was done of them.
    pub so_far: Rewrapped,
}

impl RewrapProgress {
    /// How many records it is done with, whatever became of them.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.so_far.rewrapped + self.so_far.replaced + self.so_far.unreadable
    }
}

impl Bailee {
    /// Seals every credential and every named secret again that another key than the first one of the ring has sealed: what has to be done
    /// before an old key can be dropped.
    ///
    /// As [`Bailee::rewrap_with`], as fast as it goes.
    ///
    /// # Errors
    /// Those of [`Bailee::rewrap_with`].
    pub async fn rewrap(&self) -> Result<Rewrapped, Error> {
        self.rewrap_with(None, |_| ()).await
    }

    /// Seals again what older keys have sealed, at most `rate` records a second, and tells `observe` after each page how far
    /// it is.
    ///
    /// # Behaviour
    /// - Readers and refreshes go on meanwhile; a credential that is replaced in this moment is left alone.
    /// - Several processes may do it at once, and one that was cut off is resumed by calling again: a row that is done is
    ///   not met again.
    /// - What lives for days at most is not sealed again: kept results of calls, connects that were begun, messages of the
    ///   outbox. New ones are sealed with the first key, and those of an old key age out.
    /// - A key that [`Bailee::records_by_key`] names for no table can be dropped, once no backup needs it.
    /// - It is in the ledger of [`Bailee::operator`].
    ///
    /// # Errors
    /// [`Error::Store`] when the store does not answer; what was done stays done. [`Error::Vault`] when sealing fails.
    pub async fn rewrap_with(
        &self,
        rate: Option<NonZeroU32>,
        observe: impl FnMut(RewrapProgress) + Send,
    ) -> Result<Rewrapped, Error> {
        let inner = self.inner();
        let primary = inner.vault.primary();
        let mut old: Vec<(SealedTable, KeyId, u64)> = Vec::new();
        for KeyCount { table, key, records } in self.records_by_key().await? {
            old.extend(
                key.filter(|key| table.is_rewrapped() && *key != primary).map(|key| (table, key, records)),
            );
        }
        let total = old.iter().map(|(_, _, records)| records).sum();
        let pace = Pace::new(inner.clock.as_ref(), rate);
        let mut run = Run { inner, pace, total, sum: Rewrapped::default(), observe };
        for (table, key, records) in old {
            run.table(table, key, records).await?;
        }
        let sum = run.sum;
        if sum.rewrapped > 0 {
            let mut line = Line::new(&Self::operator()?, Action::Rewrap, Outcome::Ok);
            line.details.changed = vec![format!("key {primary}"), format!("{} records", sum.rewrapped)];
            inner.note(line).await;
        }
        Ok(sum)
    }

    /// How many sealed records of each table each key has sealed.
    ///
    /// # Errors
    /// [`Error::Store`] when the store does not answer.
    pub async fn records_by_key(&self) -> Result<Vec<KeyCount>, Error> {
        Ok(self.inner().stores.maintenance.records_by_key().await?)
    }
}

/// One rewrap.
struct Run<'a, F> {
    inner: &'a Inner,
    pace: Pace<'a>,
    total: u64,
    sum: Rewrapped,
    observe: F,
}

impl<F: FnMut(RewrapProgress) + Send> Run<'_, F> {
    async fn table(&mut self, table: SealedTable, key: KeyId, of_key: u64) -> Result<(), Error> {
        let (inner, limit) = (self.inner, self.pace.at_once(PAGE));
        let mut next = inner.sealed_again(table, key, None, limit).await?;
        loop {
            let Some(Page { read, last, records }) = next else {
                self.sum.unreadable += of_key;
                self.tell();
                return Ok(());
            };
            self.pace.wait().await;
            let (opened, full) = (records.len(), read == limit as usize);
            // The next page is read and sealed while the database is busy with this one.
            let following = OptionFuture::from(full.then(|| inner.sealed_again(table, key, last, limit)));
            let (written, following) =
                try_join(inner.write_again(key, records), following.map(Option::transpose)).await?;
            self.pace.count(read);
            self.sum.rewrapped += written;
            self.sum.replaced += (opened as u64).saturating_sub(written);
            self.sum.unreadable += (read - opened) as u64;
            self.tell();
            match following {
                Some(page) => next = page,
                None => return Ok(()),
            }
        }
    }

    fn tell(&mut self) {
        (self.observe)(RewrapProgress { total: self.total, so_far: self.sum });
    }
}

/// Records of one key that were read, up to this id, and those of them that open, sealed again.
struct Page {
    read: usize,
    last: Option<Uuid>,
    records: Records,
}

/// Of one table.
enum Records {
    Rows(Vec<Resealed<IntegrationId>>),
    Secrets(Vec<Resealed<SecretId>>),
}

impl Records {
    const fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Secrets(secrets) => secrets.len(),
        }
    }
}

/// Seals the records of a page again that open. `None` where none of this key does: one is told, and the rest is not tried.
async fn resealed<Row: Sync, Id: Send>(
    key: KeyId,
    rows: &[Row],
    reseal: impl Fn(&Row) -> Result<Resealed<Id>, VaultError> + Send,
) -> Result<Option<Vec<Resealed<Id>>>, VaultError> {
    let mut resealed = Vec::with_capacity(rows.len());
    for rows in rows.chunks(TURN) {
        for row in rows {
            match reseal(row) {
                Ok(record) => resealed.push(record),
                Err(VaultError::KeyRetired { kid } | VaultError::KeyUnavailable { kid }) if kid == key => {
                    return Ok(None);
                }
                Err(VaultError::Failed) => return Err(VaultError::Failed),
                // Damaged, or not of the key that its row names.
                Err(_) => {}
            }
        }
        yield_now().await;
    }
    Ok(Some(resealed))
}

impl Inner {
    /// The page after an id, ready to be written; `None` where no record of this key opens.
    async fn sealed_again(
        &self,
        table: SealedTable,
        key: KeyId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Option<Page>, Error> {
        if table == SealedTable::Secrets {
            let secrets = self.stores.secrets.secrets_of_key(key, after.map(Into::into), limit).await?;
            let (read, last) = (secrets.len(), secrets.last().map(|found| *found.secret.id.as_uuid()));
            let records = resealed(key, &secrets, |secret| self.reseal_secret(secret)).await?;
            return Ok(records.map(|records| Page { read, last, records: Records::Secrets(records) }));
        }
        let rows = self.stores.maintenance.records_of_key(key, after.map(Into::into), limit).await?;
        let (read, last) = (rows.len(), rows.last().map(|row| *row.id.as_uuid()));
        let records = resealed(key, &rows, |row| self.reseal_row(row)).await?;
        Ok(records.map(|records| Page { read, last, records: Records::Rows(records) }))
    }

    /// Writes what has not changed since it was read, and tells how many those are.
    async fn write_again(&self, key: KeyId, records: Records) -> Result<u64, Error> {
        Ok(match records {
            Records::Rows(rows) => self.stores.maintenance.rewrap(key, rows).await?,
            Records::Secrets(secrets) => self.stores.secrets.rewrap_secrets(key, secrets).await?,
        })
    }

    fn reseal_row(&self, row: &SealedCredential) -> Result<Resealed<IntegrationId>, VaultError> {
        let id = row.id.to_string();
        // The epoch stays: the record is the same one.
        let context = tokens_of(&row.owner, &row.provider, &id, row.secret_epoch);
        let plaintext = self.open_record(row.id, &context, &row.sealed)?;
        let sealed = self.vault.seal(&context, plaintext.expose_secret())?;
        Ok(Resealed { id: row.id, secret_epoch: row.secret_epoch, sealed })
    }
}
