use async_trait::async_trait;

use bailee_core::{Announcement, Owner, OwnerKey, StoreError, VersionStore};

use crate::{
    SqlStore,
    entity::OwnerVersion,
    error::Failure,
    event,
    row::Record,
    statement::Statement,
    transaction::SqlTransaction,
    value::{Value, Values},
};

/// The names of as many owners as one statement asks for.
const OWNERS: [&str; 16] =
    ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13", "k14", "k15"];

pub(crate) static OF_OWNERS: Statement = Statement::selecting(
    OwnerVersion::COLUMNS,
    "SELECT {columns} FROM owner_versions WHERE owner_key IN \
     (:k0, :k1, :k2, :k3, :k4, :k5, :k6, :k7, :k8, :k9, :k10, :k11, :k12, :k13, :k14, :k15)",
);

pub(crate) static RAISE: Statement =
    Statement::new("INSERT INTO owner_versions (owner_key, version) VALUES (:owner, 1) {or_raise}");

/// For statements that know a row by its id alone.
pub(crate) static RAISE_OF_ROW: Statement = Statement::new(
    "INSERT INTO owner_versions (owner_key, version) \
     SELECT owner_key, 1 FROM user_integrations WHERE id = :id {or_raise}",
);

#[async_trait]
impl VersionStore for SqlStore {
    async fn owner_versions(&self, owners: &[OwnerKey]) -> Result<Vec<i64>, StoreError> {
        let reader = self.reader().await?;
        let mut versions = Vec::with_capacity(owners.len());
        for some in owners.chunks(OWNERS.len()) {
            // No owner's key is ''.
            let keys = some.iter().map(OwnerKey::as_str).chain(std::iter::repeat(""));
            let values: Vec<(&'static str, Value<'_>)> =
                OWNERS.into_iter().zip(keys.map(Value::from)).collect();
            let found: Vec<OwnerVersion> = reader.fetch(&OF_OWNERS, &values).await?;
            versions.extend(some.iter().map(|key| {
                found.iter().find(|row| row.owner_key == key.as_str()).map_or(0, |row| row.version)
            }));
        }
        Ok(versions)
    }

    async fn raise_version(&self, owner: &Owner) -> Result<(), StoreError> {
        let owner = owner.key();
        let values = [("owner", owner.as_str().into())];
        self.writer().await?.execute(&RAISE, &values).await?;
        Ok(())
    }
}

impl SqlStore {
    /// Writes at most one row and, where it did, raises the owner's version and announces it. Tells whether it did.
    pub(crate) async fn write_one_and_raise(
        &self,
        statement: &'static Statement,
        raise: &'static Statement,
        values: Values<'_>,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        match self.try_write_and_raise(statement, raise, values, announcement).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.try_write_and_raise(statement, raise, values, announcement).await?)
    }

    async fn try_write_and_raise(
        &self,
        statement: &'static Statement,
        raise: &'static Statement,
        values: Values<'_>,
        announcement: Option<&Announcement>,
    ) -> Result<bool, Failure> {
        let mut transaction = self.writer().await?.begin().await?;
        let written = write_and_raise(&mut transaction, statement, raise, values, announcement).await;
        transaction.end(written).await
    }
}

/// As [`SqlStore::write_one_and_raise`], in a transaction.
pub(crate) async fn write_and_raise(
    transaction: &mut SqlTransaction,
    statement: &'static Statement,
    raise: &'static Statement,
    values: Values<'_>,
    announcement: Option<&Announcement>,
) -> Result<bool, Failure> {
    if transaction.execute(statement, values).await? == 0 {
        return Ok(false);
    }
    transaction.execute(raise, values).await?;
    event::write(transaction, announcement).await?;
    Ok(true)
}
