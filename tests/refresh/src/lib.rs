//! A host over any store, with a mock Google on loopback.

use std::sync::Arc;

use bailee_core::{
    Actor, ClientId, ClientRegistration, CredentialStore, Integration, IntegrationStore, Maintenance, Outbox,
    Owner, PendingStore, SecretString, Session, Transport,
};
use bailee_engine::{Arrival, Bailee, Builder, ConnectRequest, Returned};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::{
    MockGoogle,
    mock_google::{CLIENT_ID, CLIENT_SECRET},
};
use bailee_vault::{KeyRing, RingEntropy};
use url::Url;

/// Google, as the adapter knows it, at this mock.
///
/// # Errors
/// When the adapter refuses the mock's address.
pub fn google(mock: &MockGoogle) -> anyhow::Result<Google> {
    let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
    Ok(Google::new(registration)?
        .with_endpoints(GoogleEndpoints::at(mock.url())?)
        .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?))
}

/// A host over this store, sealing with a key of its own, that talks to this mock.
///
/// # Errors
/// When one of the parts refuses its settings.
pub fn host<S>(store: S, mock: &MockGoogle) -> anyhow::Result<Builder>
where
    S: IntegrationStore + CredentialStore + PendingStore + Outbox + Maintenance + 'static,
{
    let (keys, _) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    Ok(Bailee::builder(store, keys)
        .base_url("https://backend.example".parse()?)
        .provider(google(mock)?))
}

/// A signed-in person.
#[must_use]
pub const fn person(owner: Owner) -> Session {
    Session {
        owner,
        actor: Actor::Human,
        transport: Transport::Cookie,
    }
}

/// What a browser brings to the callback.
///
/// # Errors
/// When the address lacks a `state`.
pub fn returned(provider: &str, url: &Url) -> anyhow::Result<Returned> {
    let value = |wanted: &str| {
        url.query_pairs()
            .find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
    };
    Ok(Returned {
        provider: provider.to_owned(),
        state: value("state")
            .map(SecretString::from)
            .ok_or_else(|| anyhow::anyhow!("no state"))?,
        code: value("code").map(SecretString::from),
        error: value("error"),
        iss: value("iss"),
    })
}

/// Connects the owner's account: link, consent, callback.
///
/// # Errors
/// When a step fails.
pub async fn connect(bailee: &Bailee, mock: &MockGoogle, owner: &Owner) -> anyhow::Result<Integration> {
    let nonce = bailee.nonce()?;
    let link = bailee
        .connect(owner, ConnectRequest::with_nonce("google", nonce.clone()))
        .await?;
    let back = returned("google", &mock.approve(&link.url)?)?;
    match bailee
        .arrived(back, Some(&person(owner.clone())), Some(&nonce))
        .await?
    {
        Arrival::Finished { connected, .. } => Ok(connected.integration),
        Arrival::HandedOver { .. } => anyhow::bail!("the same browser was sent to the page"),
    }
}
