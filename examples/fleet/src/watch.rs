//! The connections of the host processes, as the server sees them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use sqlx::PgPool;

/// A connection that is busy: its process, its backend, and when its transaction began.
type Busy = (String, i32, Option<String>);

/// What looks at the server found.
#[derive(Default)]
pub(crate) struct Watch {
    before: BTreeSet<Busy>,
    /// How often it looked.
    pub(crate) looks: u32,
    /// Connections of one process that were busy at once, at most.
    pub(crate) busy: usize,
    /// Those of them that were still busy with the same transaction at the next look, at most: they were held.
    pub(crate) held: usize,
}

impl Watch {
    /// Looks once. Processes whose names begin so are those of the host.
    pub(crate) async fn look(&mut self, pool: &PgPool, prefix: &str) -> Result<()> {
        let now: Vec<Busy> = sqlx::query_as(
            "SELECT application_name, pid, COALESCE(xact_start, query_start)::text FROM pg_stat_activity \
             WHERE starts_with(application_name, $1) AND (state = 'active' OR state LIKE 'idle in transaction%')",
        )
        .bind(prefix)
        .fetch_all(pool)
        .await?;
        let now: BTreeSet<Busy> = now.into_iter().collect();
        self.looks += 1;
        self.busy = self.busy.max(most_of_one_process(now.iter()));
        self.held = self.held.max(most_of_one_process(now.intersection(&self.before)));
        self.before = now;
        Ok(())
    }
}

fn most_of_one_process<'a>(connections: impl Iterator<Item = &'a Busy>) -> usize {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (process, ..) in connections {
        *counts.entry(process).or_default() += 1;
    }
    counts.into_values().max().unwrap_or_default()
}
