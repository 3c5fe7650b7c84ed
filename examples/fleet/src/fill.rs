//! Users who connected an account, without the consent of each.

use std::time::Duration;

use anyhow::Result;
use bailee::{
    Account, AccountId, ExposeSecret as _, IntegrationId, KeyRing, OAuthScopes, Owner, ProviderKey, Scope,
    SecretString, SqlStore, Vault as _,
    core::{
        Credential, IntegrationStore as _, SealContext, SealPurpose,
        store::{Connection, NewIntegration},
    },
};
use futures_util::future::try_join_all;

use crate::{limited, provider};

/// How many tasks write.
const WRITERS: u32 = 8;

/// How long an access token lives.
pub(crate) const LIFETIME: Duration = Duration::from_hours(1);

/// The user of this number.
pub(crate) fn owner(user: u32) -> Result<Owner> {
    Ok(Owner::user(format!("user-{user}"))?)
}

/// An integration of each of so many users, with the first refresh token of the [`limited`] provider.
pub(crate) async fn fill(store: &SqlStore, keys: &KeyRing, users: u32) -> Result<()> {
    let write = async |first: u32| {
        for user in (first..users).step_by(WRITERS as usize) {
            store.insert(integration(keys, user)?).await?;
        }
        anyhow::Ok(())
    };
    try_join_all((0..WRITERS).map(write)).await.map(drop)
}

fn integration(keys: &KeyRing, user: u32) -> Result<NewIntegration> {
    let (owner, provider) = (owner(user)?, ProviderKey::new(provider::KEY)?);
    let [a, b, c, d] = user.to_be_bytes();
    // The last byte is one of those that spread what falls due together.
    let id = IntegrationId::from_parts(u64::from(user), [a, b, c, d, 0, 0, 0, 0, 0, d]);
    let credential = Credential::new(SecretString::from(limited::access_token(user, 0)))
        .with_refresh_token(SecretString::from(limited::refresh_token(user, 0)));
    let context = SealContext {
        purpose: SealPurpose::OAuthTokens,
        owner: &owner,
        id: &id.to_string(),
        provider: &provider,
        epoch: 1,
    };
    let sealed = keys.seal(&context, credential.to_plaintext().expose_secret())?;
    let connection = Connection {
        client: Some(provider::client()?),
        account: Account { id: AccountId::new(format!("account-{user}"))?, label: None },
        requested: OAuthScopes::default(),
        granted: None,
        sealed,
        refreshable: true,
        expires_in: Some(LIFETIME),
        announcement: None,
    };
    Ok(NewIntegration {
        id,
        owner,
        provider,
        slot: String::new(),
        connection,
        scope: Scope::All,
        bound_profile: None,
        config: serde_json::Map::new(),
    })
}
