use bailee_core::{ExposeSecret, KeyId, VaultError, store::CredentialRow};

use crate::{Bailee, Error, engine::Inner, grant::sealed_as};

/// How many rows are read at once.
const PAGE: u32 = 200;

/// What [`Bailee::rewrap`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Records that are sealed with the first key now.
    pub rewrapped: u64,
    /// Records that a refresh, a reconnect or another rewrap replaced meanwhile: they are sealed with its key.
    pub replaced: u64,
    /// Records that do not open with any key of the ring. They stay as they are.
    pub unreadable: u64,
}

impl Rewrapped {
    fn count(&mut self, key: KeyId, outcome: Result<bool, Error>) -> Result<Went, Error> {
        match outcome {
            Ok(true) => self.rewrapped += 1,
            Ok(false) => self.replaced += 1,
            // The same for every record of this key: one is told.
            Err(Error::Vault(VaultError::KeyUnavailable { kid })) if kid == key => return Ok(Went::KeyGone),
            Err(Error::Vault(VaultError::Tampered | VaultError::UnsupportedFormat)) => self.unreadable += 1,
            Err(error) => return Err(error),
        }
        Ok(Went::On)
    }
}

impl Bailee {
    /// Seals every credential and every named secret again that another key than the first one of the ring has sealed: what has to be done
    /// before an old key can be dropped.
    ///
    /// # Behaviour
    /// - Readers and refreshes go on meanwhile; a credential that is replaced in this moment is left alone.
    /// - Several processes may do it at once, and one that was cut off is resumed by calling again: a row that is done is
    ///   not met again.
    /// - A key whose rows are gone from [`Bailee::records_by_key`] can be dropped, once no backup needs it.
    ///
    /// # Errors
    /// [`Error::Store`] when the store does not answer; what was done stays done. [`Error::Vault`] when sealing fails.
    pub async fn rewrap(&self) -> Result<Rewrapped, Error> {
        let inner = self.inner();
        let mut sum = Rewrapped::default();
        for (key, records) in self.records_by_key().await? {
            if key != inner.vault.primary() {
                inner.rewrap_key(key, records, &mut sum).await?;
            }
        }
        Ok(sum)
    }

    /// How many credentials and named secrets each key has sealed.
    ///
    /// # Errors
    /// [`Error::Store`] when the store does not answer.
    pub async fn records_by_key(&self) -> Result<Vec<(KeyId, u64)>, Error> {
        Ok(self.inner().stores.maintenance.records_by_key().await?)
    }
}

/// How the records of one key went.
enum Went {
    /// On to the next page, or to the end.
    On,
    /// None of this key opens.
    KeyGone,
}

impl Inner {
    async fn rewrap_key(&self, key: KeyId, records: u64, sum: &mut Rewrapped) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.stores.maintenance.records_of_key(key, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for row in &page {
                if let Went::KeyGone = sum.count(key, self.rewrap_row(key, row).await)? {
                    sum.unreadable += records;
                    return Ok(());
                }
            }
        }
        let mut after = None;
        loop {
            let page = self.stores.secrets.secrets_of_key(key, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.secret.id);
            for secret in &page {
                if let Went::KeyGone = sum.count(key, self.rewrap_secret(key, secret).await)? {
                    sum.unreadable += records;
                    return Ok(());
                }
            }
        }
    }

    /// Whether the row still had the record that was opened.
    async fn rewrap_row(&self, key: KeyId, row: &CredentialRow) -> Result<bool, Error> {
        let id = row.id.to_string();
        // The epoch stays: the record is the same one.
        let context = sealed_as(row, &id);
        let plaintext = self.open_record(row, &context)?;
        let sealed = self.vault.seal(&context, plaintext.expose_secret())?;
        Ok(self.stores.maintenance.rewrap(row.id, row.secret_epoch, key, sealed).await?)
    }
}
