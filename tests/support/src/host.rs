use std::sync::Arc;

use bailee_core::{Actor, ClientId, ClientRegistration, Owner, Session, Transport};
use bailee_engine::{Bailee, Builder, Store};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::{
    MockGoogle,
    mock_google::{CLIENT_ID, CLIENT_SECRET},
};
use bailee_vault::{KeyRing, RingEntropy};

/// The tools that hosts of tests offer: those of one service, so that what tests tell of a host stays true when the
/// adapter learns more.
const TOOLS: [&str; 4] = ["create_event", "list_events", "delete_event", "list_calendar_events"];

/// Google with its calendar, as the adapter knows it, at this mock.
///
/// # Errors
/// When the adapter refuses the mock's address.
pub fn google(mock: &MockGoogle) -> anyhow::Result<Google> {
    let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
    google_as(mock, registration)
}

/// The same with another OAuth client.
///
/// # Errors
/// When the adapter refuses the mock's address.
pub fn google_as(mock: &MockGoogle, registration: ClientRegistration) -> anyhow::Result<Google> {
    Ok(Google::new(registration)?
        .with_tools(TOOLS)?
        .with_endpoints(GoogleEndpoints::at(mock.url())?)
        .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?))
}

/// A key ring of one fresh key.
///
/// # Errors
/// When the random source fails.
pub fn key_ring() -> anyhow::Result<KeyRing> {
    Ok(KeyRing::generate(Arc::new(RingEntropy::new()))?.0)
}

/// A host over this store, sealing with a key of its own, that talks to this mock.
///
/// # Errors
/// When one of the parts refuses its settings.
pub fn host<S>(store: S, mock: &MockGoogle) -> anyhow::Result<Builder>
where
    S: Store,
{
    Ok(Bailee::builder(store, key_ring()?)
        .base_url("https://backend.example".parse()?)
        .provider(google(mock)?))
}

/// A signed-in person.
#[must_use]
pub const fn person(owner: Owner) -> Session {
    Session { owner, actor: Actor::Human, transport: Transport::Cookie }
}
