//! Records that were sealed again: a page of them at one commit, as many in one statement as the dialect takes.

use std::fmt::Display;

use bailee_core::{KeyId, StoreError, store::Resealed};

use crate::{
    SqlStore,
    error::Failure,
    statement::Statement,
    transaction::SqlTransaction,
    value::{Column, Value},
};

/// How records of a table are replaced.
#[derive(Debug)]
pub(crate) struct Reseal {
    pub(crate) one: Statement,
    pub(crate) several: Statement,
}

/// The [`Reseal`] of a table.
///
/// `several` finds its rows by their ids: that the key is compared through COALESCE keeps engines from walking all rows of
/// a key, which they take for few when they last counted before there were any.
macro_rules! reseal {
    ($table:literal) => {
        $crate::reseal::Reseal {
            one: $crate::statement::Statement::new(concat!(
                "UPDATE ",
                $table,
                " SET secret = :secret, key_id = :key WHERE id = :id AND secret_epoch = :seen AND key_id = :from",
            )),
            several: $crate::statement::Statement::new(concat!(
                "WITH page (id, seen, secret, key_id) AS ({rows id seen secret key}) UPDATE ",
                $table,
                " SET secret = page.secret, key_id = page.key_id FROM page WHERE ",
                $table,
                ".id = page.id AND ",
                $table,
                ".secret_epoch = page.seen AND COALESCE(",
                $table,
                ".key_id, '') = :from",
            )),
        }
    };
}

pub(crate) use reseal;

impl SqlStore {
    /// Writes a page of records that were sealed again, at one commit.
    pub(crate) async fn reseal<Id: Display + Sync>(
        &self,
        reseal: &'static Reseal,
        from: KeyId,
        page: &[Resealed<Id>],
    ) -> Result<u64, StoreError> {
        match self.try_reseal(reseal, from, page).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.try_reseal(reseal, from, page).await?)
    }

    async fn try_reseal<Id: Display + Sync>(
        &self,
        reseal: &'static Reseal,
        from: KeyId,
        page: &[Resealed<Id>],
    ) -> Result<u64, Failure> {
        let mut transaction = self.writer().await?.begin().await?;
        let written = write_page(&mut transaction, reseal, from, page).await;
        transaction.end(written).await
    }
}

async fn write_page<Id: Display + Sync>(
    transaction: &mut SqlTransaction,
    Reseal { one, several }: &'static Reseal,
    from: KeyId,
    page: &[Resealed<Id>],
) -> Result<u64, Failure> {
    let (rows, from) = (transaction.dialect().rows, from.to_string());
    let statement = if rows == 1 { one } else { several };
    let mut written = 0;
    for rows in page.chunks(rows) {
        let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        let seen: Vec<i64> = rows.iter().map(|row| row.secret_epoch).collect();
        let secrets: Vec<&[u8]> = rows.iter().map(|row| row.sealed.bytes.as_slice()).collect();
        let keys: Vec<String> = rows.iter().map(|row| row.sealed.key.to_string()).collect();
        let values = [
            ("id", Column::Text(&ids).into()),
            ("seen", Column::Int(&seen).into()),
            ("from", Value::from(&from)),
            ("secret", Column::Bytes(&secrets).into()),
            ("key", Column::Text(&keys).into()),
        ];
        written += transaction.execute(statement, &values).await?;
    }
    Ok(written)
}
