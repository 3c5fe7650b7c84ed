use std::collections::HashMap;

use url::Url;

use bailee_core::{Actor, Integration, Owner, SecretString, Session, Transport};
use bailee_engine::{Arrival, Bailee, ConnectOptions, Returned};

use crate::{MockGoogle, suite::SuiteError};

/// Connects an account without a browser: link, consent with everything allowed, callback.
///
/// `provider` is the key or an alias. The person is signed in by cookie and is the browser that began, so that the
/// connect finishes at once. A second call is a reconnect, where the provider allows one account.
///
/// # Errors
/// What the engine answers, or the error that the consent page shows.
pub async fn connected(
    bailee: &Bailee,
    google: &MockGoogle,
    owner: &Owner,
    provider: &str,
) -> Result<Integration, SuiteError> {
    connected_by(bailee, owner, provider, |page| Ok(google.approve(page)?)).await
}

/// As [`connected`], with a person of the test's own: `consent` gets the address of the consent page and gives the
/// address that the browser is sent to.
///
/// # Errors
/// What the engine or `consent` answers.
pub async fn connected_by(
    bailee: &Bailee,
    owner: &Owner,
    provider: &str,
    consent: impl FnOnce(&Url) -> Result<Url, SuiteError> + Send,
) -> Result<Integration, SuiteError> {
    let nonce = bailee.nonce()?;
    let request = ConnectOptions::with_nonce(provider, nonce.clone());
    let link = bailee.connect(owner, request).await?;
    let back = returned(provider, &consent(&link.url)?);
    let session = Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Cookie };
    match Box::pin(bailee.arrived(back, Some(&session), Some(&nonce))).await? {
        Arrival::Finished { connected, .. } => Ok(connected.integration),
        Arrival::HandedOver { .. } => Err("the browser that began was sent to the page".into()),
    }
}

/// What a callback says, as a face reads it from its query. Without a `state` in the address it is empty.
#[must_use]
pub fn returned(provider: &str, callback: &Url) -> Returned {
    let mut query: HashMap<String, String> = callback.query_pairs().into_owned().collect();
    Returned {
        provider: provider.to_owned(),
        state: SecretString::from(query.remove("state").unwrap_or_default()),
        code: query.remove("code").map(SecretString::from),
        error: query.remove("error"),
        iss: query.remove("iss"),
    }
}
