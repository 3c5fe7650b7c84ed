//! The memory store keeps the promises of the store traits.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
};

use bailee_testkit::{MemoryStore, MockClock};

fn open() -> Ready<Result<MemoryStore, Infallible>> {
    ready(Ok(MemoryStore::new(Arc::new(MockClock::new()))))
}

bailee_testkit::storage_suite!(open);
