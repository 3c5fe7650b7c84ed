//! How a webhook is joined: an address, and a key.

use std::fmt::Write as _;

use ring::digest::{SHA256, digest};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::{
    Webhook,
    credential::{Endpoint, is_key, key_from},
};
use crate::{
    arguments::{invalid, schema},
    form,
};
use bailee_core::{Account, AccountId, Credential, Grant, Join, Joined, ProviderError};
use bailee_oauth::{Reach, ReachError};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fields {
    /// Where news are sent: an https address.
    #[serde(deserialize_with = "form::secret")]
    #[schemars(with = "String", length(min = 9, max = 2000), extend("writeOnly" = true))]
    url: SecretString,
    /// The key that signs, as Standard Webhooks writes it: whsec_ and 24 to 64 bytes in base64. Without one, a key is made
    /// and shown once.
    #[serde(default, deserialize_with = "form::optional_secret")]
    #[schemars(with = "Option<String>", length(min = 38, max = 94), extend("writeOnly" = true))]
    secret: Option<SecretString>,
}

pub(super) fn form() -> Value {
    schema::<Fields>()
}

pub(super) async fn join(webhook: &Webhook, join: &Join<'_>) -> Result<Joined, ProviderError> {
    let fields: Fields = form::read(join.fields, &form())?;
    let url = Url::parse(fields.url.expose_secret()).map_err(|_| invalid("/url", "is not an address"))?;
    if fields.secret.as_ref().is_some_and(|secret| !is_key(secret)) {
        return Err(invalid("/secret", "must be whsec_ and 24 to 64 bytes in base64"));
    }
    match check_target(&webhook.reach, &url).await {
        Ok(()) => {}
        Err(ProviderError::Rejected { code: "blocked_address", .. }) => {
            return Err(invalid("/url", "must lead to the public internet"));
        }
        Err(ProviderError::Rejected { .. }) => {
            return Err(invalid("/url", "must be https, without a login, on an allowed port"));
        }
        Err(other) => return Err(other),
    }
    let (secret, shown_once) = fields.secret.map_or_else(
        || {
            let made = key_from(join.random);
            (made.clone(), Some(made))
        },
        |given| (given, None),
    );
    let mut endpoint = Endpoint::new(&url, secret);
    if let Some(before) =
        join.previous.and_then(|previous| Endpoint::read(&previous.credential.access_token).ok())
    {
        endpoint = endpoint.after(before, join.now);
    }
    let grant = Grant {
        credential: Credential::new(endpoint.write()),
        account: account(&url)?,
        expires_in: None,
        granted: None,
        config: Map::new(),
    };
    Ok(Joined { grant, shown_once, link: None })
}

/// Whether an address is one that users may name: in itself, and in what it resolves to.
pub(super) async fn check_target(reach: &Reach, url: &Url) -> Result<(), ProviderError> {
    reach.check_url(url)?;
    let host = url.host().ok_or(ReachError::Invalid)?.to_owned();
    reach.addresses(&host).await?;
    Ok(())
}

/// The host, which is shown, and enough of the address' SHA-256 to tell it from others at that host.
fn account(url: &Url) -> Result<Account, ProviderError> {
    let host = url.host_str().unwrap_or_default();
    let hash = digest(&SHA256, url.as_str().as_bytes());
    let mut id = String::from(host);
    id.push('/');
    for byte in hash.as_ref().iter().take(8) {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    let id = AccountId::new(id).map_err(|_| invalid("/url", "has too long a host"))?;
    Ok(Account { id, label: Some(host.to_owned()) })
}
