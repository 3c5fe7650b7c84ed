use async_trait::async_trait;

use bailee_core::{
    Announcement, Owner, StoreError, ThreadId, ThreadPermissions, ThreadStore, store::ThreadGrant,
};

use crate::{
    SqlStore,
    entity::OpenThread,
    row::Record,
    statement::Statement,
    value::{Value, Values},
    version::RAISE,
};

pub(crate) static FIND: Statement = Statement::selecting(
    ThreadGrant::COLUMNS,
    "SELECT {columns} FROM thread_permissions WHERE thread_id = :thread AND owner_key = :owner",
);

pub(crate) static OPEN: Statement = Statement::selecting(
    OpenThread::COLUMNS,
    "SELECT {columns} FROM thread_permissions WHERE owner_key = :owner AND flags <> 0 ORDER BY thread_id LIMIT :limit",
);

pub(crate) static BEGIN: Statement = Statement::new(
    "INSERT INTO thread_permissions (owner_key, thread_id, flags, version, updated_ms) \
     VALUES (:owner, :thread, :flags, 1, {now})",
);

pub(crate) static SET: Statement = Statement::new(
    "UPDATE thread_permissions SET flags = :flags, version = version + 1, updated_ms = {now} \
     WHERE thread_id = :thread AND owner_key = :owner AND version = :version",
);

pub(crate) static SET_ANYWAY: Statement = Statement::new(
    "UPDATE thread_permissions SET flags = :flags, version = version + 1, updated_ms = {now} \
     WHERE thread_id = :thread AND owner_key = :owner",
);

#[async_trait]
impl ThreadStore for SqlStore {
    async fn thread_grant(&self, owner: &Owner, thread: &ThreadId) -> Result<ThreadGrant, StoreError> {
        let owner = owner.key();
        let values = [("owner", Value::from(owner.as_str())), ("thread", thread.as_str().into())];
        Ok(self.read_one(&FIND, &values).await?.unwrap_or_default())
    }

    async fn open_threads(
        &self,
        owner: &Owner,
        limit: u32,
    ) -> Result<Vec<(ThreadId, ThreadGrant)>, StoreError> {
        let owner = owner.key();
        let values = [("owner", Value::from(owner.as_str())), ("limit", i64::from(limit).into())];
        let open: Vec<OpenThread> = self.reader().await?.fetch(&OPEN, &values).await?;
        Ok(open.into_iter().map(|OpenThread { id, grant }| (id, grant)).collect())
    }

    async fn set_thread_grant(
        &self,
        owner: &Owner,
        thread: &ThreadId,
        permissions: ThreadPermissions,
        version: Option<i64>,
        announcement: Option<&Announcement>,
    ) -> Result<Option<ThreadGrant>, StoreError> {
        let owner = owner.key();
        let values = [
            ("owner", Value::from(owner.as_str())),
            ("thread", thread.as_str().into()),
            ("flags", i64::from(permissions.bits()).into()),
            ("version", version.into()),
        ];
        let Some(version) = version else {
            return self.set_anyway(permissions, &values, announcement).await;
        };
        let written = ThreadGrant { permissions, version: version.saturating_add(1) };
        if version != 0 {
            return Ok(self
                .write_one_and_raise(&SET, &RAISE, &values, announcement)
                .await?
                .then_some(written));
        }
        Ok(self.begin_thread(&values, announcement).await?.then_some(written))
    }
}

impl SqlStore {
    /// No transaction goes from the update that finds no row to the insert: two of them would wait for one another.
    async fn set_anyway(
        &self,
        permissions: ThreadPermissions,
        values: Values<'_>,
        announcement: Option<&Announcement>,
    ) -> Result<Option<ThreadGrant>, StoreError> {
        let written = self.write_and_read(&SET_ANYWAY, &FIND, Some((&RAISE, announcement)), values).await?;
        if written.is_some() {
            return Ok(written);
        }
        if self.begin_thread(values, announcement).await? {
            return Ok(Some(ThreadGrant { permissions, version: 1 }));
        }
        self.write_and_read(&SET_ANYWAY, &FIND, Some((&RAISE, announcement)), values).await
    }

    /// Writes the first version, unless somebody else has.
    async fn begin_thread(
        &self,
        values: Values<'_>,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        match self.write_one_and_raise(&BEGIN, &RAISE, values, announcement).await {
            Err(StoreError::Conflict) => Ok(false),
            result => result,
        }
    }
}
