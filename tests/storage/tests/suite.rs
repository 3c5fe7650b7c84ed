//! Every behaviour that a store must have, on each engine.

use std::sync::Arc;

use bailee_storage::SqlStore;
use test_support::{Engine, TestDatabase};

async fn open(engine: Engine) -> anyhow::Result<Option<(Arc<SqlStore>, TestDatabase)>> {
    let Some(database) = engine.fresh().await? else {
        return Ok(None);
    };
    Ok(Some((Arc::new(database.store().await?), database)))
}

mod memory {
    use std::sync::Arc;

    use bailee_testkit::{MemoryStore, MockClock, suite::SuiteError};

    #[expect(clippy::unused_async, reason = "the suite awaits it")]
    async fn open() -> Result<MemoryStore, SuiteError> {
        Ok(MemoryStore::new(Arc::new(MockClock::new())))
    }

    bailee_testkit::storage_suite!(open);
}

mod mysql {
    use test_support::Engine;

    bailee_testkit::storage_suite!(async || super::open(Engine::MySql).await);
}

mod postgres {
    use test_support::Engine;

    bailee_testkit::storage_suite!(async || super::open(Engine::Postgres).await);
}

mod sqlite_file {
    use test_support::Engine;

    bailee_testkit::storage_suite!(async || super::open(Engine::SqliteFile).await);
}

mod sqlite_memory {
    use test_support::Engine;

    bailee_testkit::storage_suite!(async || super::open(Engine::SqliteMemory).await);
}
