//! How many statements a token costs. Alone in its process, as it counts what all of it logs.

use std::sync::atomic::{AtomicUsize, Ordering};

use bailee_core::{Caller, Owner};
use bailee_storage::SqlStore;
use bailee_testkit::{MockGoogle, connected};
use test_support::{Engine, Raw, each_of, host};
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
async fn a_fresh_token_is_one_statement_and_no_request() -> anyhow::Result<()> {
    tracing::subscriber::set_global_default(registry().with(Count))?;
    each_of(&Engine::SHARED, async |database| {
        database.store().await?;
        let pool = Raw::open(database).await?.logging_pool().await?;
        let mock = MockGoogle::start().await?;
        let bailee = host(SqlStore::from_pool(pool.clone()), &mock)?.build()?;
        let owner = Owner::user("u1")?;
        let id = connected(&bailee, &mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?.id;
        let agent = Caller::own(owner.clone(), "assistant")?;
        mock.clear_requests();

        let counted = async || {
            // The one connection has logged everything before it answers this one.
            test_support::run(&pool, "SELECT 1").await?;
            anyhow::Ok(STATEMENTS.load(Ordering::SeqCst))
        };
        for _ in 0..3 {
            let start = counted().await?;
            bailee.token(&owner, "google").await?;
            let by_provider = counted().await?;
            bailee.token(&owner, id).await?;
            let by_id = counted().await?;
            bailee.token_as(&agent, "google").await?;
            let by_agent = counted().await?;
            // One more each for the count itself.
            assert_eq!([by_provider - start, by_id - by_provider, by_agent - by_id], [2, 2, 2]);
        }
        assert_eq!(mock.requests().len(), 0);
        Ok(())
    })
    .await
}
