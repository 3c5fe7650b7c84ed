use std::sync::Arc;

use bailee_testkit::{FaultPlan, FaultyStore, MemoryStore, MockClock};

#[expect(clippy::unused_async, reason = "the suite opens stores that need it")]
async fn open() -> anyhow::Result<Arc<FaultyStore<MemoryStore>>> {
    let store = MemoryStore::new(Arc::new(MockClock::new()));
    Ok(Arc::new(FaultyStore::new(Arc::new(store), FaultPlan::default())))
}

bailee_testkit::storage_suite!(open);
