use std::{fmt, sync::Arc, time::Duration};

use anyhow::Context as _;
use bailee_core::{
    Account, AccountId, ClientId, ClientRegistration, Credential, ExposeSecret as _, IntegrationId,
    IntegrationStore, OAuthScopes, Owner, ProviderKey, Scope, SealContext, SealPurpose, SecretString, Vault,
    store::{Connection, NewIntegration},
};
use bailee_engine::Bailee;
use bailee_providers::Google;
use bailee_storage::{SqlPool, SqlStore};
use bailee_vault::{KeyRing, RingEntropy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future::try_join_all;
use sqlx::{
    ConnectOptions as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;

use crate::{Hand, Meter};

/// How many integrations there are, each of a user of its own.
pub const ROWS: u32 = 10_000;

/// Connections of the pool, which both variants share.
const CONNECTIONS: u32 = 16;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A server, at the address in `TEST_POSTGRES_URL`.
    Postgres,
    /// A file.
    Sqlite,
}

impl Engine {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// Its name in a command.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// Its name in a table.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite file",
        })
    }
}

/// Ten thousand integrations with fresh tokens, and both ways to get one.
#[derive(Debug)]
pub struct World {
    /// Ours.
    pub bailee: Bailee,
    /// What ours is over.
    pub store: SqlStore,
    /// What ours seals with.
    pub keys: KeyRing,
    /// By hand, over the same pool.
    pub hand: Hand,
    /// Reads the CPU time of this process and of the database.
    pub meter: Meter,
    /// The same, for another process.
    pub printable: SecretString,
    /// The database, for another process.
    pub url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Directory(SqlitePool, TempDir),
    Schema { admin: PgPool, schema: String, pool: PgPool },
}

/// The n-th user.
///
/// # Errors
/// Never for these names.
pub fn owner(number: u32) -> anyhow::Result<Owner> {
    Ok(Owner::user(format!("user_{number:05}"))?)
}

impl World {
    /// Fills a fresh database.
    ///
    /// # Errors
    /// When the database is not there or refuses.
    pub async fn new(engine: Engine) -> anyhow::Result<Self> {
        let (keys, printable) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let mut key = [0; 32];
        STANDARD.decode_slice(printable.expose_secret(), &mut key)?;
        match engine {
            Engine::Postgres => postgres(keys, printable, key).await,
            Engine::Sqlite => sqlite(keys, printable, key).await,
        }
    }

    /// Does this to the database.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn execute(&self, sql: String) -> anyhow::Result<()> {
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
        match &self.place {
            Place::Directory(pool, _) => statement.execute(pool).await.map(|_| ())?,
            Place::Schema { pool, .. } => statement.execute(pool).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Removes the database.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove(self) -> anyhow::Result<()> {
        match self.place {
            Place::Directory(pool, directory) => {
                pool.close().await;
                directory.close()?;
            }
            Place::Schema { admin, schema, pool } => {
                pool.close().await;
                let sql = format!("DROP SCHEMA {schema} CASCADE");
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&admin).await?;
            }
        }
        Ok(())
    }
}

async fn sqlite(keys: KeyRing, printable: SecretString, key: [u8; 32]) -> anyhow::Result<World> {
    let directory = TempDir::new()?;
    let file = directory.path().join("bailee.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What is written here is of no value, and what is read costs the same.
        .synchronous(SqliteSynchronous::Off)
        // All of it stays in memory; otherwise the connection that was opened first has an advantage.
        .pragma("cache_size", "-65536")
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .min_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    let store = SqlStore::from_pool(pool.clone());
    Ok(World {
        bailee: fill(&store, &keys).await?,
        hand: Hand::sqlite(pool.clone(), key),
        meter: Meter::default(),
        store,
        keys,
        printable,
        url: format!("sqlite://{}", file.display()),
        place: Place::Directory(pool, directory),
    })
}

#[expect(clippy::disallowed_methods, reason = "how benches are told of their server")]
async fn postgres(keys: KeyRing, printable: SecretString, key: [u8; 32]) -> anyhow::Result<World> {
    let url = std::env::var("TEST_POSTGRES_URL").context("TEST_POSTGRES_URL is not set")?;
    let options: PgConnectOptions = url.parse()?;
    let schema = format!("bench_{}", std::process::id());
    let admin = PgPool::connect_with(options.clone()).await?;
    let created = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(created)).execute(&admin).await?;
    let options = options
        .options([("search_path", schema.as_str())])
        .application_name(&schema)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options)
        .await?;
    // All of them, so that the meter knows the backend of each. No minimum: with one, sqlx does work of its own whenever
    // a connection returns, and few hosts set it.
    let all: Vec<_> = try_join_all((0..CONNECTIONS).map(|_| pool.acquire())).await?;
    drop(all);
    let store = SqlStore::from_pool(SqlPool::from(pool.clone()));
    let bailee = fill(&store, &keys).await?;
    sqlx::raw_sql("ANALYZE user_integrations").execute(&pool).await?;
    let backends: Vec<i32> =
        sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE application_name = $1")
            .bind(&schema)
            .fetch_all(&pool)
            .await?;
    let meter =
        Meter::with_backends(backends.into_iter().filter_map(|pid| u32::try_from(pid).ok()).collect());
    let separator = if url.contains('?') { '&' } else { '?' };
    Ok(World {
        bailee,
        hand: Hand::postgres(pool.clone(), key),
        meter,
        store,
        keys,
        printable,
        url: format!("{url}{separator}options[search_path]={schema}"),
        place: Place::Schema { admin, schema, pool },
    })
}

async fn fill(store: &SqlStore, keys: &KeyRing) -> anyhow::Result<Bailee> {
    store.migrate().await?;
    let provider = ProviderKey::new("google")?;
    for number in 0..ROWS {
        store.insert(row(keys, &owner(number)?, &provider, number)?).await?;
    }
    let registration = ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret"));
    Ok(Bailee::builder(store.clone(), keys.clone())
        .base_url("https://backend.example".parse()?)
        .provider(Google::new(registration)?)
        .build()?)
}

/// The n-th integration: of this owner at this provider, connected, with a fresh token.
///
/// # Errors
/// When the token cannot be sealed.
pub fn row(
    keys: &dyn Vault,
    owner: &Owner,
    provider: &ProviderKey,
    number: u32,
) -> anyhow::Result<NewIntegration> {
    let id = IntegrationId::from_parts(u64::from(number), [7; 10]);
    let context =
        SealContext { purpose: SealPurpose::OAuthTokens, owner, id: &id.to_string(), provider, epoch: 1 };
    // As long as Google's.
    let credential = Credential::new(SecretString::from(format!("ya29.{number:05}{}", "a".repeat(210))))
        .with_refresh_token(SecretString::from(format!("1//{number:05}{}", "r".repeat(95))));
    let sealed = keys.seal(&context, credential.to_plaintext().expose_secret())?;
    let scopes = OAuthScopes::parse(
        "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/userinfo.email openid",
    )?;
    Ok(NewIntegration {
        id,
        owner: owner.clone(),
        provider: provider.clone(),
        slot: String::new(),
        connection: Connection {
            client: Some(ClientId::new("client")?),
            account: Account {
                id: AccountId::new(format!("1000000000000000{number:05}"))?,
                label: Some(format!("user_{number:05}@example.com")),
            },
            requested: scopes.clone(),
            granted: Some(scopes),
            sealed,
            refreshable: true,
            expires_in: Some(Duration::from_hours(24)),
            announcement: None,
        },
        scope: Scope::All,
        bound_profile: None,
        config: serde_json::Map::new(),
    })
}
