use std::time::Duration;

use bailee_core::{ClientId, ClientRegistration, Rotation, Vault};
use bailee_engine::{Bailee, Timings};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_storage::{SqlOptions, SqlStore};
use bailee_testkit::mock_google::{CLIENT_ID, CLIENT_SECRET};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Rotating, Stand, StandingStore, Step, Telling};

/// What a host of one process is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// Its database, migrated.
    pub database: String,
    /// How many connections to it.
    pub pool: u32,
    /// The mock that it talks to.
    pub provider: Url,
    /// What a second use of a refresh token does there, as the adapter knows.
    pub replay: Replay,
    /// How much time things have.
    pub pace: Pace,
    /// Where its first refresh stands still.
    pub stand: Option<Step>,
    /// Whether it tells its parent what happens, and how the parent takes that.
    pub telling: Option<Telling>,
    /// Whether it runs the background worker, and drains it when it is told to end.
    pub background: bool,
}

/// What a second use of a refresh token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Replay {
    /// It is taken: the token never changes.
    Static,
    /// It is taken for a while.
    Grace,
    /// It ends the grant.
    Strict,
}

/// How much time things have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pace {
    /// The defaults of the protocol.
    Default,
    /// A lease of five seconds, for a holder that will not come back, and callers that wait for longer.
    Short,
}

impl Pace {
    /// The timings of the engine.
    #[must_use]
    pub fn timings(self) -> Timings {
        match self {
            Self::Default => Timings::default(),
            Self::Short => Timings::default()
                .with_request(Duration::from_secs(2))
                .with_persist(Duration::from_secs(1))
                .with_lease(Duration::from_secs(5))
                .with_wait(Duration::from_secs(20))
                .with_settle(Duration::from_millis(300))
                .with_replay(Duration::from_millis(100))
                .with_backoff(Duration::from_millis(100))
                .with_longest_backoff(Duration::from_secs(5))
                .with_call(Duration::from_secs(1))
                .with_tick(Duration::from_millis(500)),
        }
    }
}

impl Orders {
    /// A host that follows them.
    ///
    /// # Errors
    /// When the store cannot be opened or a part refuses its settings.
    pub async fn host(&self, keys: impl Vault + 'static, stand: Stand) -> anyhow::Result<Bailee> {
        let options = SqlOptions::default().with_max_connections(self.pool);
        let store = SqlStore::open_with(&self.database, options).await?;
        let registration =
            ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
        let google = Google::new(registration)?
            .with_endpoints(GoogleEndpoints::at(&self.provider)?)
            .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
        let rotation = match self.replay {
            Replay::Static => Rotation::Static,
            Replay::Grace => Rotation::Grace(Duration::from_mins(1)),
            Replay::Strict => Rotation::Strict,
        };
        let mut builder = Bailee::builder(store.clone(), keys);
        if let Some(parent) = self.telling {
            builder = builder.event_sink(parent);
        }
        Ok(builder
            .credential_store(StandingStore::new(store, stand.clone()))
            .base_url("https://backend.example".parse()?)
            .provider(Rotating::new(google, rotation, stand))
            .timings(self.pace.timings())
            .build()?)
    }
}
