use std::num::NonZeroU32;

use bailee_core::{
    Action, ExposeSecret, IntegrationId, KeyId, Outcome, Uuid, VaultError,
    store::{KeyCount, Resealed, SealedCredential, SealedTable},
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
    async fn table(&mut self, table: SealedTable, key: KeyId, records: u64) -> Result<(), Error> {
        let (limit, mut after) = (self.pace.at_once(PAGE), None);
        loop {
            self.pace.wait().await;
            let page = if table == SealedTable::Secrets {
                self.inner.rewrap_secrets(key, after, limit).await?
            } else {
                self.inner.rewrap_rows(key, after, limit).await?
            };
            match page {
                Page::KeyGone => self.sum.unreadable += records,
                Page::Done { read, opened, written, .. } => {
                    self.pace.count(read);
                    self.sum.rewrapped += written;
                    self.sum.replaced += (opened as u64).saturating_sub(written);
                    self.sum.unreadable += (read - opened) as u64;
                }
            }
            (self.observe)(RewrapProgress { total: self.total, so_far: self.sum });
            match page {
                Page::Done { read, last, .. } if read == limit as usize => after = last,
                _ => return Ok(()),
            }
        }
    }
}

/// How a page of records of one key went.
#[derive(Clone, Copy)]
enum Page {
    /// So many were read, up to this id; so many of them opened, and so many of those had not changed meanwhile.
    Done { read: usize, last: Option<Uuid>, opened: usize, written: u64 },
    /// None of this key opens.
    KeyGone,
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
    async fn rewrap_rows(&self, key: KeyId, after: Option<Uuid>, limit: u32) -> Result<Page, Error> {
        let store = &self.stores.maintenance;
        let rows = store.records_of_key(key, after.map(Into::into), limit).await?;
        let Some(page) = resealed(key, &rows, |row| self.reseal_row(row)).await? else {
            return Ok(Page::KeyGone);
        };
        let (read, last, opened) = (rows.len(), rows.last().map(|row| *row.id.as_uuid()), page.len());
        Ok(Page::Done { read, last, opened, written: store.rewrap(key, page).await? })
    }

    async fn rewrap_secrets(&self, key: KeyId, after: Option<Uuid>, limit: u32) -> Result<Page, Error> {
        let store = &self.stores.secrets;
        let secrets = store.secrets_of_key(key, after.map(Into::into), limit).await?;
        let Some(page) = resealed(key, &secrets, |secret| self.reseal_secret(secret)).await? else {
            return Ok(Page::KeyGone);
        };
        let last = secrets.last().map(|found| *found.secret.id.as_uuid());
        let (read, opened) = (secrets.len(), page.len());
        Ok(Page::Done { read, last, opened, written: store.rewrap_secrets(key, page).await? })
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
