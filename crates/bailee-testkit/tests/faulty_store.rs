//! A faulty store whose plan is empty keeps the promises of the store traits.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
};

use bailee_testkit::{FaultPlan, FaultyStore, MemoryStore, MockClock};

fn open() -> Ready<Result<Arc<FaultyStore<MemoryStore>>, Infallible>> {
    let store = MemoryStore::new(Arc::new(MockClock::new()));
    ready(Ok(Arc::new(FaultyStore::new(Arc::new(store), FaultPlan::default()))))
}

bailee_testkit::storage_suite!(open);
