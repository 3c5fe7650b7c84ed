//! How many statements a call costs. Alone in its process, as it counts what all of it logs.

use std::sync::atomic::{AtomicUsize, Ordering};

use bailee_core::{CredentialStore, IntegrationStore, Owner, ProviderKey, store::Selector};
use bailee_storage::SqlStore;
use bailee_testkit::suite::storage::sample;
use test_support::{Engine, Raw, each_of};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

struct Count;

impl<S: Subscriber> Layer<S> for Count {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            STATEMENTS.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn reading_a_credential_is_one_statement() -> anyhow::Result<()> {
    tracing::subscriber::set_global_default(registry().with(Count))?;
    each_of(&Engine::SHARED, async |database| {
        database.store().await?;
        let pool = Raw::open(database).await?.logging_pool().await?;
        let store = SqlStore::from_pool(pool.clone());
        let (owner, google) = (Owner::user("u1")?, ProviderKey::new("google")?);
        let new = sample::integration(&owner, &google).map_err(anyhow::Error::from_boxed)?;
        let id = store.insert(new).await?.id;

        let counted = async || {
            // The one connection has logged everything before it answers this one.
            test_support::run(&pool, "SELECT 1").await?;
            anyhow::Ok(STATEMENTS.load(Ordering::SeqCst))
        };
        for _ in 0..3 {
            let start = counted().await?;
            assert_eq!(store.credentials(&owner, &Selector::Provider(google.clone())).await?.len(), 1);
            let by_provider = counted().await?;
            assert_eq!(store.credentials(&owner, &Selector::Id(id)).await?.len(), 1);
            let by_id = counted().await?;
            assert!(store.read(id).await?.is_some());
            let read = counted().await?;
            // One more each for the count itself.
            assert_eq!([by_provider - start, by_id - by_provider, read - by_id], [2, 2, 2]);
        }
        Ok(())
    })
    .await
}
