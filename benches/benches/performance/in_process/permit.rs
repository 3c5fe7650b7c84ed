//! A call of a tool by its permit, over a provider that answers at once.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bailee_core::{
    Action, Effect, Integration, IntegrationStore as _, Ledger as _, LedgerDetails, LedgerEntry, LedgerId,
    Outcome, Provider as _, SecretString, Tool, ToolAccount, ToolCall, ToolOutput, Uuid, store::Selector,
};
use benches::{Figures, RecordOf, open};
use criterion::Criterion;
use jsonschema::Validator;
use serde::Deserialize;
use serde_json::Value;

use super::{
    BY_HAND, OURS,
    agent::{ACCOUNTS, Agent, USER},
    figure,
};
use crate::noop::{self, Noop};

pub(super) fn measure(criterion: &mut Criterion, agent: &Agent, figures: &mut Figures) -> anyhow::Result<()> {
    let Agent { runtime, bailee, caller, .. } = agent;
    let by_hand = ByHand::new(agent)?;
    let arguments = noop::arguments();
    let one = runtime.block_on(by_hand.call(&arguments, u64::MAX >> 16))?;
    let other = runtime.block_on(async {
        anyhow::Ok(bailee.authorize(caller, by_hand.tool.name.as_str()).await?.call(arguments.clone()).await?)
    })?;
    ensure!(one == other, "two different results");

    let mut failed = None;
    let mut took = |spent: anyhow::Result<Duration>| {
        spent.unwrap_or_else(|error| {
            failed = Some(error);
            Duration::from_secs(1)
        })
    };
    let mut group = criterion.benchmark_group("permit_call");
    group.bench_function(BY_HAND, |bencher| {
        bencher.iter_custom(|calls| took(runtime.block_on(by_hand.timed(&arguments, calls))));
    });
    group.bench_function(OURS, |bencher| {
        bencher.iter_custom(|calls| took(runtime.block_on(timed(agent, by_hand.tool, &arguments, calls))));
    });
    group.finish();
    if let Some(error) = failed {
        return Err(error);
    }
    let what = "`Permit::call` of a tool that reads: its token opened, its line in the ledger, in a store in memory; by \
                hand: the same, with ring, and none of the checks but the arguments' against the schema";
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

/// The same in one function: rows and token read from the same store, the record opened with ring, and no check of who asks.
struct ByHand<'a> {
    agent: &'a Agent,
    provider: &'a Noop,
    tool: &'a Tool,
    schema: Validator,
}

#[derive(Deserialize)]
struct Plaintext {
    access_token: String,
}

impl<'a> ByHand<'a> {
    fn new(agent: &'a Agent) -> anyhow::Result<Self> {
        let provider = agent.providers.last().context("no provider")?;
        let reads = |tool: &&Tool| tool.effect == Effect::Read;
        let tool = provider.tools().iter().find(reads).context("no tool that reads")?;
        Ok(Self { agent, provider, tool, schema: jsonschema::validator_for(&tool.input_schema)? })
    }

    /// Calls, and forgets then what the ledger has of them.
    #[expect(clippy::disallowed_methods, reason = "a bench measures the time of this machine")]
    async fn timed(&self, arguments: &Value, calls: u64) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        for number in 0..calls {
            black_box(self.call(arguments, number).await?);
        }
        let spent = begun.elapsed();
        self.agent.store.reap_entries(Duration::ZERO, u32::MAX).await?;
        Ok(spent)
    }

    async fn call(&self, arguments: &Value, number: u64) -> anyhow::Result<ToolOutput> {
        ensure!(self.schema.is_valid(arguments), "the arguments do not fit");
        let Agent { store, key, caller, .. } = self.agent;
        let provider = &self.provider.descriptor().key;
        let rows = store.list(caller.owner(), None, ACCOUNTS + 1).await?;
        let row = rows.iter().find(|row| row.provider == *provider && row.enabled).context("no account")?;
        let found = store.credentials(caller.owner(), &Selector::Id(row.id)).await?;
        let found = found.first().context("no credential")?;
        let id = row.id.to_string();
        let place = RecordOf { user: USER, id: &id, provider: provider.as_str(), epoch: found.secret_epoch };
        let plaintext: Plaintext = serde_json::from_slice(&open(key, &place, &found.sealed)?)?;
        let token = SecretString::from(plaintext.access_token);
        let accounts = [ToolAccount {
            integration: row.id,
            account: &row.account,
            access_token: &token,
            config: &row.config,
        }];
        let call = ToolCall {
            tool: &self.tool.name,
            arguments,
            accounts: &accounts,
            idempotency_key: None,
            id: Uuid::nil(),
            now: bailee_core::DateTime::UNIX_EPOCH,
        };
        let output = self.provider.call(call).await?;
        store.append(self.line(row, number)).await?;
        Ok(output)
    }

    fn line(&self, row: &Integration, number: u64) -> LedgerEntry {
        LedgerEntry {
            id: LedgerId::from_parts(number, [7; 10]),
            owner: self.agent.caller.owner().clone(),
            action: Action::Call,
            outcome: Outcome::Ok,
            refusal: None,
            profile: Some(self.agent.caller.profile().clone()),
            thread: None,
            tool: Some(self.tool.name.clone()),
            provider: Some(row.provider.clone()),
            integration: Some(row.id),
            details: LedgerDetails::default(),
            ended: None,
        }
    }
}
