use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::Result;
use bailee::{Bailee, Owner};
use tokio::task::JoinHandle;

/// Users who go on, in two processes.
pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    readers: Vec<JoinHandle<Result<u64>>>,
}

impl Traffic {
    pub(crate) fn begin(hosts: [Bailee; 2], owners: &[Owner]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let readers = hosts
            .into_iter()
            .map(|host| tokio::spawn(read_on(host, owners.to_vec(), Arc::clone(&stop))))
            .collect();
        Self { stop, readers }
    }

    /// How many reads there were. Fails when one of them did.
    pub(crate) async fn end(self) -> Result<u64> {
        self.stop.store(true, Ordering::SeqCst);
        let mut reads = 0;
        for reader in self.readers {
            reads += reader.await??;
        }
        Ok(reads)
    }
}

async fn read_on(host: Bailee, owners: Vec<Owner>, stop: Arc<AtomicBool>) -> Result<u64> {
    let mut reads = 0;
    loop {
        for owner in &owners {
            host.token(owner, "google").await?;
            reads += 1;
        }
        if stop.load(Ordering::SeqCst) {
            return Ok(reads);
        }
    }
}
