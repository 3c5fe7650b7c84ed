use async_trait::async_trait;
use chrono::DateTime;

use bailee_core::{
    KeyId, Owner, Scope, SecretId, SecretName, SecretStore, StoreError, UserSecret,
    store::{NewSecret, Resealed, SealedSecret, SecretChange},
};

use crate::{
    SqlStore,
    entity::{profiles_text, scope_word},
    reseal::{Reseal, reseal},
    row::Record,
    statement::Statement,
    value::Value,
};

pub(crate) static LIST: Statement = Statement::selecting(
    UserSecret::COLUMNS,
    "SELECT {columns} FROM user_secrets WHERE owner_key = :owner AND id > :after ORDER BY id LIMIT :limit",
);

pub(crate) static FIND: Statement = Statement::selecting(
    UserSecret::COLUMNS,
    "SELECT {columns} FROM user_secrets WHERE id = :id AND owner_key = :owner",
);

pub(crate) static SEALED: Statement = Statement::selecting(
    SealedSecret::COLUMNS,
    "SELECT {columns} FROM user_secrets WHERE owner_key = :owner AND name = :name",
);

static INSERT: Statement = Statement::new(
    "INSERT INTO user_secrets (id, owner_key, organization_id, user_id, name, scope, profile_ids, secret, key_id, \
     secret_epoch, version, created_ms, updated_ms) \
     VALUES (:id, :owner, :organization, :user, :name, :scope, :profiles, :secret, :key, 1, 1, :now, :now)",
);

// MySQL assigns from left to right: the version is read before it is assigned.
pub(crate) static UPDATE: Statement = Statement::new(
    "UPDATE user_secrets SET scope = COALESCE(:scope, scope), profile_ids = COALESCE(:profiles, profile_ids), \
     secret = COALESCE(:secret, secret), key_id = COALESCE(:key, key_id), \
     secret_epoch = CASE WHEN :sealed THEN version + 1 ELSE secret_epoch END, \
     version = version + 1, updated_ms = {now} \
     WHERE id = :id AND owner_key = :owner AND version = :version",
);

pub(crate) static DELETE: Statement =
    Statement::new("DELETE FROM user_secrets WHERE id = :id AND owner_key = :owner");

pub(crate) static OF_KEY: Statement = Statement::selecting(
    SealedSecret::COLUMNS,
    "SELECT {columns} FROM user_secrets WHERE key_id = :key AND id > :after ORDER BY id LIMIT :limit",
);

pub(crate) static REWRAP: Reseal = reseal!("user_secrets");

#[async_trait]
impl SecretStore for SqlStore {
    async fn list_secrets(
        &self,
        owner: &Owner,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<UserSecret>, StoreError> {
        let (owner, after) = (owner.key(), after.map(|id| id.to_string()).unwrap_or_default());
        let values = [
            ("owner", owner.as_str().into()),
            ("after", Value::from(&after)),
            ("limit", i64::from(limit).into()),
        ];
        self.reader().await?.fetch(&LIST, &values).await
    }

    async fn find_secret(&self, owner: &Owner, id: SecretId) -> Result<Option<UserSecret>, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let values = [("id", Value::from(&id)), ("owner", owner.as_str().into())];
        self.read_one(&FIND, &values).await
    }

    async fn sealed_secret(
        &self,
        owner: &Owner,
        name: &SecretName,
    ) -> Result<Option<SealedSecret>, StoreError> {
        let owner = owner.key();
        let values = [("owner", Value::from(owner.as_str())), ("name", name.as_str().into())];
        self.read_one(&SEALED, &values).await
    }

    async fn insert_secret(&self, new: NewSecret) -> Result<UserSecret, StoreError> {
        let writer = self.writer().await?;
        let now = self.now().await?;
        let at = DateTime::from_timestamp_millis(now)
            .ok_or_else(|| StoreError::Backend { code: "clock".to_owned() })?;
        let (id, owner, key) = (new.id.to_string(), new.owner.key(), new.sealed.key.to_string());
        let profiles = profiles_text(&new.scope);
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("organization", new.owner.organization().map(AsRef::as_ref).into()),
            ("user", new.owner.user_id().as_str().into()),
            ("name", new.name.as_str().into()),
            ("scope", scope_word(&new.scope).into()),
            ("profiles", Value::from(&profiles)),
            ("secret", Value::from(&new.sealed.bytes)),
            ("key", Value::from(&key)),
            ("now", now.into()),
        ];
        writer.execute(&INSERT, &values).await?;
        let NewSecret { id, owner, name, scope, .. } = new;
        Ok(UserSecret { id, owner, name, scope, version: 1, created_at: at, updated_at: at })
    }

    async fn update_secret(
        &self,
        owner: &Owner,
        id: SecretId,
        version: i64,
        change: SecretChange,
    ) -> Result<Option<UserSecret>, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let profiles = change.scope.as_ref().map(profiles_text);
        let sealed = change.sealed.as_ref();
        let key = sealed.map(|sealed| sealed.key.to_string());
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("version", version.into()),
            ("scope", change.scope.as_ref().map(scope_word as fn(&Scope) -> &'static str).into()),
            ("profiles", profiles.as_deref().into()),
            ("sealed", sealed.is_some().into()),
            ("secret", sealed.map(|sealed| sealed.bytes.as_slice()).into()),
            ("key", key.as_deref().into()),
        ];
        self.write_and_read(&UPDATE, &FIND, None, &values).await
    }

    async fn delete_secret(&self, owner: &Owner, id: SecretId) -> Result<bool, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        self.write_one(&DELETE, &[("id", Value::from(&id)), ("owner", owner.as_str().into())]).await
    }

    async fn secrets_of_key(
        &self,
        key: KeyId,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<SealedSecret>, StoreError> {
        let (key, after) = (key.to_string(), after.map(|id| id.to_string()).unwrap_or_default());
        let values =
            [("key", Value::from(&key)), ("after", Value::from(&after)), ("limit", i64::from(limit).into())];
        self.reader().await?.fetch(&OF_KEY, &values).await
    }

    async fn rewrap_secrets(&self, from: KeyId, page: Vec<Resealed<SecretId>>) -> Result<u64, StoreError> {
        self.reseal(&REWRAP, from, &page).await
    }
}
