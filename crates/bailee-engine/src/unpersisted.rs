use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::telemetry;

/// How many refreshed credentials this process holds that no store has taken yet. Each is lost with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unpersisted(Arc<AtomicUsize>);

impl Unpersisted {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one until the value is dropped.
    pub(crate) fn hold(&self) -> Held {
        telemetry::unpersisted(self.0.fetch_add(1, Ordering::Relaxed) + 1);
        Held(self.clone())
    }
}

/// A credential that is not written yet.
#[derive(Debug)]
pub(crate) struct Held(Unpersisted);

impl Drop for Held {
    fn drop(&mut self) {
        telemetry::unpersisted(self.0.0.fetch_sub(1, Ordering::Relaxed).saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_or_given_up_is_no_longer_counted() {
        let unpersisted = Unpersisted::default();
        let (one, other) = (unpersisted.hold(), unpersisted.hold());
        assert_eq!(unpersisted.count(), 2);
        drop(one);
        assert_eq!(unpersisted.count(), 1);
        drop(other);
        assert_eq!(unpersisted.count(), 0);
    }
}
