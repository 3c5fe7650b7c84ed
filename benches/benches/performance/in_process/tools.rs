//! The tools of a caller with twenty accounts.

use std::hint::black_box;

use anyhow::ensure;
use bailee_core::{Integration, OAuthScopes, Provider as _};
use bailee_engine::Bailee;
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

/// An account by hand.
struct Account {
    provider: String,
    enabled: bool,
    granted: Vec<String>,
}

pub(super) fn measure(criterion: &mut Criterion, agent: &Agent, figures: &mut Figures) -> anyhow::Result<()> {
    let Agent { runtime, bailee, caller, .. } = agent;
    let rows = runtime.block_on(bailee.integrations(caller.owner(), None, Bailee::MAX_PAGE))?.items;
    let accounts: Vec<Account> = rows.iter().map(Account::from).collect();
    let catalogue = catalogue(agent);
    let ours = runtime.block_on(bailee.tools(caller))?;
    let of_accounts = ours.iter().filter(|granted| granted.provider().is_some());
    let ours: Vec<&str> = of_accounts.map(|granted| granted.tool().name.as_str()).collect();
    ensure!(by_hand(&catalogue, &accounts) == ours, "two different lists");

    let mut group = criterion.benchmark_group("tools");
    group.bench_function(BY_HAND, |bencher| {
        bencher.iter(|| by_hand(black_box(&catalogue), black_box(&accounts)));
    });
    group.bench_function(OURS, |bencher| bencher.to_async(runtime).iter(|| bailee.tools(black_box(caller))));
    group.finish();
    let tools = ours.len();
    let what = format!(
        "`tools()`: {tools} tools of {ACCOUNTS} accounts, read from a store in memory; by hand: names by the same checks \
         on plain structs that are there already"
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

impl From<&Integration> for Account {
    fn from(row: &Integration) -> Self {
        let granted = row.granted.iter().flat_map(OAuthScopes::iter);
        Self {
            provider: row.provider.to_string(),
            enabled: row.enabled,
            granted: granted.map(str::to_owned).collect(),
        }
    }
}

fn by_hand(catalogue: &[Plain], accounts: &[Account]) -> Vec<String> {
    let granted = |tool: &&Plain| {
        accounts.iter().any(|account| {
            account.enabled && account.provider == tool.provider && account.granted.contains(&tool.needs)
        })
    };
    catalogue.iter().filter(granted).map(|tool| tool.name.clone()).collect()
}
