//! Every behaviour again on a pool of one connection: nothing waits for a second one while it holds the first.

use std::sync::Arc;

use bailee_storage::{SqlOptions, SqlStore};
use test_support::{Engine, TestDatabase};

async fn open(engine: Engine) -> anyhow::Result<Option<(Arc<SqlStore>, TestDatabase)>> {
    let Some(database) = engine.fresh().await? else {
        return Ok(None);
    };
    let options = SqlOptions::default().with_max_connections(1);
    Ok(Some((Arc::new(database.store_with(options).await?), database)))
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
