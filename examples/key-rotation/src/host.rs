use std::path::Path;

use anyhow::Result;
use bailee::{
    Bailee, ExposeSecret as _, KeyRing, Owner, SecretString, SqlStore,
    core::{ClientId, ClientRegistration},
    oauth::{HttpClient, HttpOptions},
    providers::{Google, GoogleEndpoints},
};
use bailee_testkit::{
    MockGoogle, connected,
    mock_google::{CLIENT_ID, CLIENT_SECRET},
};

/// Processes of one host: one database, one provider, and a key ring for each.
pub(crate) struct Hosts {
    mock: MockGoogle,
    store: SqlStore,
}

impl Hosts {
    pub(crate) async fn open(mock: MockGoogle, directory: &Path) -> Result<Self> {
        let store = SqlStore::open(&format!("sqlite://{}", directory.join("host.db").display())).await?;
        store.migrate().await?;
        Ok(Self { mock, store })
    }

    /// A process with these keys, the first of which seals. In production they come from `BAILEE_KEYS`.
    pub(crate) fn host(&self, keys: &[&SecretString]) -> Result<Bailee> {
        let keys: Vec<&str> = keys.iter().map(|key| key.expose_secret()).collect();
        let registration =
            ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
        let google = Google::new(registration)?
            .with_endpoints(GoogleEndpoints::at(self.mock.url())?)
            .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
        Ok(Bailee::builder(self.store.clone(), KeyRing::parse(&keys.join(","))?)
            .base_url("https://backend.example".parse()?)
            .provider(google)
            .build()?)
    }

    /// Connects an account for each of so many users.
    pub(crate) async fn connect(&self, host: &Bailee, users: usize) -> Result<Vec<Owner>> {
        let mut owners = Vec::with_capacity(users);
        for user in 0..users {
            let owner = Owner::user(format!("user-{user}"))?;
            connected(host, &self.mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?;
            owners.push(owner);
        }
        Ok(owners)
    }
}
