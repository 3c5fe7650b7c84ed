//! A call of a tool by its permit, over a provider that answers at once.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bailee_core::{
    Account, AccountId, Effect, IntegrationId, Ledger as _, Provider as _, SecretString, Tool, ToolAccount,
    ToolCall, ToolOutput, Uuid,
};
use benches::Figures;
use criterion::Criterion;
use jsonschema::Validator;
use serde_json::{Map, Value};

use super::{BY_HAND, OURS, agent::Agent, figure};
use crate::noop::{self, Noop};

pub(super) fn measure(criterion: &mut Criterion, agent: &Agent, figures: &mut Figures) -> anyhow::Result<()> {
    let Agent { runtime, bailee, caller, .. } = agent;
    let by_hand = ByHand::new(agent)?;
    let arguments = noop::arguments();
    let one = runtime.block_on(by_hand.call(&arguments))?;
    let other = runtime.block_on(async {
        anyhow::Ok(bailee.authorize(caller, by_hand.tool.name.as_str()).await?.call(arguments.clone()).await?)
    })?;
    ensure!(one == other, "two different results");

    let mut failed = None;
    let mut group = criterion.benchmark_group("permit_call");
    group.bench_function(BY_HAND, |bencher| {
        bencher.to_async(runtime).iter(|| by_hand.call(black_box(&arguments)));
    });
    group.bench_function(OURS, |bencher| {
        bencher.iter_custom(|calls| {
            let took = runtime.block_on(timed(agent, by_hand.tool, &arguments, calls));
            took.unwrap_or_else(|error| {
                failed = Some(error);
                Duration::from_secs(1)
            })
        });
    });
    group.finish();
    if let Some(error) = failed {
        return Err(error);
    }
    let what = "`Permit::call` of a tool that reads: its token opened, its line in the ledger, in a store in memory; by \
                hand: its arguments checked against its schema, and the provider called";
    figures.add(&figure("permit_call", what)?);
    Ok(())
}

/// Calls with permits that are there already, and forgets then what the ledger has of them.
#[expect(clippy::disallowed_methods, reason = "a bench measures the time of this machine")]
async fn timed(agent: &Agent, tool: &Tool, arguments: &Value, calls: u64) -> anyhow::Result<Duration> {
    let mut ready = Vec::new();
    for _ in 0..calls {
        let permit = agent.bailee.authorize(&agent.caller, tool.name.as_str()).await?;
        ready.push((permit, arguments.clone()));
    }
    let begun = Instant::now();
    for (permit, arguments) in ready {
        black_box(permit.call(arguments).await?);
    }
    let spent = begun.elapsed();
    agent.store.reap_entries(Duration::ZERO, u32::MAX).await?;
    Ok(spent)
}

/// The provider, asked without a host around it.
struct ByHand<'a> {
    provider: &'a Noop,
    tool: &'a Tool,
    schema: Validator,
    account: Account,
    token: SecretString,
    config: Map<String, Value>,
}

impl<'a> ByHand<'a> {
    fn new(agent: &'a Agent) -> anyhow::Result<Self> {
        let provider = agent.providers.last().context("no provider")?;
        let reads = |tool: &&Tool| tool.effect == Effect::Read;
        let tool = provider.tools().iter().find(reads).context("no tool that reads")?;
        Ok(Self {
            provider,
            tool,
            schema: jsonschema::validator_for(&tool.input_schema)?,
            account: Account { id: AccountId::new("1")?, label: None },
            token: SecretString::from("token"),
            config: Map::new(),
        })
    }

    async fn call(&self, arguments: &Value) -> anyhow::Result<ToolOutput> {
        ensure!(self.schema.is_valid(arguments), "the arguments do not fit");
        let accounts = [ToolAccount {
            integration: IntegrationId::from_parts(0, [7; 10]),
            account: &self.account,
            access_token: &self.token,
            config: &self.config,
        }];
        let call = ToolCall {
            tool: &self.tool.name,
            arguments,
            accounts: &accounts,
            idempotency_key: None,
            id: Uuid::nil(),
            now: bailee_core::DateTime::UNIX_EPOCH,
        };
        Ok(self.provider.call(call).await?)
    }
}
