//! The tools of a caller with twenty accounts.

use std::hint::black_box;

use anyhow::ensure;
use bailee_core::{IntegrationStore as _, OAuthScopes, Owner, Provider as _};
use bailee_testkit::MemoryStore;
use benches::Figures;
use criterion::Criterion;

use super::{
    BY_HAND, OURS,
    agent::{ACCOUNTS, Agent},
    figure,
};

/// A tool by hand.
struct Plain {
    name: String,
    provider: String,
    needs: String,
}

pub(super) fn measure(criterion: &mut Criterion, agent: &Agent, figures: &mut Figures) -> anyhow::Result<()> {
    let Agent { runtime, bailee, store, caller, .. } = agent;
    let catalogue = catalogue(agent);
    let ours = runtime.block_on(bailee.tools(caller))?;
    let of_accounts = ours.iter().filter(|granted| granted.provider().is_some());
    let ours: Vec<&str> = of_accounts.map(|granted| granted.tool().name.as_str()).collect();
    let plain = runtime.block_on(by_hand(store, caller.owner(), &catalogue))?;
    ensure!(plain == ours, "two different lists");

    let mut group = criterion.benchmark_group("tools");
    group.bench_function(BY_HAND, |bencher| {
        bencher.to_async(runtime).iter(|| by_hand(store, caller.owner(), black_box(&catalogue)));
    });
    group.bench_function(OURS, |bencher| bencher.to_async(runtime).iter(|| bailee.tools(black_box(caller))));
    group.finish();
    let tools = ours.len();
    let what = format!(
        "`tools()`: {tools} tools of {ACCOUNTS} accounts, read from a store in memory; by hand: the same rows \
         read, and names by the checks of what is enabled and granted"
    );
    figures.add(&figure("tools", &what)?);
    Ok(())
}

fn catalogue(agent: &Agent) -> Vec<Plain> {
    let of = |provider: &crate::noop::Noop| {
        let key = provider.descriptor().key.to_string();
        let plain = |tool: &bailee_core::Tool| Plain {
            name: tool.name.to_string(),
            provider: key.clone(),
            needs: tool.scopes.preferred().map(|set| set.as_str().to_owned()).unwrap_or_default(),
        };
        provider.tools().iter().map(plain).collect::<Vec<_>>()
    };
    agent.providers.iter().flat_map(of).collect()
}

async fn by_hand(store: &MemoryStore, owner: &Owner, catalogue: &[Plain]) -> anyhow::Result<Vec<String>> {
    let rows = store.list(owner, None, ACCOUNTS + 1).await?;
    let granted = |tool: &&Plain| {
        rows.iter().any(|row| {
            let granted = row.granted.as_ref().map_or("", OAuthScopes::as_str);
            row.enabled
                && row.provider.as_str() == tool.provider
                && granted.split(' ').any(|scope| scope == tool.needs)
        })
    };
    Ok(catalogue.iter().filter(granted).map(|tool| tool.name.clone()).collect())
}
