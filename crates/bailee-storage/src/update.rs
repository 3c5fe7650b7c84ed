//! What the owner changes of an integration.

use bailee_core::{
    Announcement, Integration, IntegrationId, Owner, OwnerKey, ProfileId, Scope, StoreError,
    store::IntegrationChange,
};

use crate::{
    SqlStore,
    entity::{config_text, profiles_text, scope_word},
    error::Failure,
    integration::FIND,
    statement::Statement,
    transaction::SqlTransaction,
    value::Value,
    version::{RAISE, write_and_raise},
};

pub(crate) static UPDATE: Statement = Statement::new(
    "UPDATE user_integrations SET config = COALESCE(:config, config), \
     enabled = CASE WHEN :switch THEN :enabled ELSE enabled END, \
     scope = COALESCE(:scope, scope), profile_ids = COALESCE(:profiles, profile_ids), \
     bound_profile_id = CASE WHEN :bind THEN :bound ELSE bound_profile_id END, \
     is_default = CASE WHEN :prefer THEN :first ELSE is_default END, \
     version = version + 1, updated_ms = {now} \
     WHERE id = :id AND owner_key = :owner AND version = :version AND lifecycle <> 'disconnecting'",
);

// Locks the rows until the transaction ends, on every engine alike: of two that make a row the first choice, the second
// one sees what the first one wrote.
pub(crate) static LOCK: Statement = Statement::new(
    "UPDATE user_integrations SET is_default = is_default WHERE owner_key = :owner AND provider = :provider",
);

pub(crate) static TAKE_FIRST_CHOICE: Statement = Statement::new(
    "UPDATE user_integrations SET is_default = :no, version = version + 1, updated_ms = {now} \
     WHERE owner_key = :owner AND provider = :provider AND id <> :id AND is_default = :yes",
);

impl SqlStore {
    pub(crate) async fn change(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        change: &IntegrationChange,
        announcement: Option<&Announcement>,
    ) -> Result<Option<Integration>, StoreError> {
        match self.try_change(owner, id, version, change, announcement).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.try_change(owner, id, version, change, announcement).await?)
    }

    async fn try_change(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        change: &IntegrationChange,
        announcement: Option<&Announcement>,
    ) -> Result<Option<Integration>, Failure> {
        let (id, owner) = (id.to_string(), owner.key());
        let mut transaction = self.writer().await?.begin().await?;
        let changed = if change.is_default == Some(true) {
            prefer(&mut transaction, &owner, &id, version, change, announcement).await
        } else {
            write(&mut transaction, &owner, &id, version, change, announcement).await
        };
        transaction.end(changed).await
    }
}

/// Writes the change and takes the first choice from the others.
async fn prefer(
    transaction: &mut SqlTransaction,
    owner: &OwnerKey,
    id: &str,
    version: i64,
    change: &IntegrationChange,
    announcement: Option<&Announcement>,
) -> Result<Option<Integration>, Failure> {
    let Some(before) = find(transaction, owner, id).await? else {
        return Ok(None);
    };
    let values = [
        ("owner", Value::from(owner.as_str())),
        ("provider", before.provider.as_str().into()),
        ("id", id.into()),
        ("yes", true.into()),
        ("no", false.into()),
    ];
    transaction.execute(&LOCK, &values).await?;
    let written = write(transaction, owner, id, version, change, announcement).await?;
    if written.is_some() {
        transaction.execute(&TAKE_FIRST_CHOICE, &values).await?;
    }
    Ok(written)
}

async fn write(
    transaction: &mut SqlTransaction,
    owner: &OwnerKey,
    id: &str,
    version: i64,
    change: &IntegrationChange,
    announcement: Option<&Announcement>,
) -> Result<Option<Integration>, Failure> {
    let config = change.config.as_ref().map(config_text);
    let profiles = change.scope.as_ref().map(profiles_text);
    let bound = change.bound_profile.as_ref().and_then(Option::as_ref);
    let values = [
        ("id", id.into()),
        ("owner", Value::from(owner.as_str())),
        ("version", version.into()),
        ("config", config.as_deref().into()),
        ("switch", change.enabled.is_some().into()),
        ("enabled", change.enabled.unwrap_or_default().into()),
        ("scope", change.scope.as_ref().map(scope_word as fn(&Scope) -> &'static str).into()),
        ("profiles", profiles.as_deref().into()),
        ("bind", change.bound_profile.is_some().into()),
        ("bound", bound.map(ProfileId::as_str).into()),
        ("prefer", change.is_default.is_some().into()),
        ("first", change.is_default.unwrap_or_default().into()),
    ];
    if !write_and_raise(transaction, &UPDATE, &RAISE, &values, announcement).await? {
        return Ok(None);
    }
    find(transaction, owner, id).await
}

async fn find(
    transaction: &mut SqlTransaction,
    owner: &OwnerKey,
    id: &str,
) -> Result<Option<Integration>, Failure> {
    let values = [("id", id.into()), ("owner", Value::from(owner.as_str()))];
    Ok(transaction.fetch(&FIND, &values).await?.pop())
}
