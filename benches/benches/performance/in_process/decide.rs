//! The policy over a catalogue of 10,000 tools.

use std::{hint::black_box, sync::Arc};

use anyhow::ensure;
use bailee_core::{
    Caller, Lifecycle, OAuthScopes, Owner, PermissionFlag, Scope, Status, Subject, ThreadPermissions, Tool,
    Wanted, decide,
};
use bailee_providers::{Email, Webhook, registry};
use benches::{Figure, Figures, time};
use criterion::Criterion;

use super::{OURS, median};

/// How many tools are looked at.
const TOOLS: usize = 10_000;

/// What is aimed at, in nanoseconds a check.
const LIMIT: f64 = 20.0;

/// A tool, and what the owner's account at its provider was granted.
struct Offered {
    tool: Tool,
    granted: OAuthScopes,
}

pub(super) fn measure(criterion: &mut Criterion, figures: &mut Figures) -> anyhow::Result<()> {
    let all = offered()?;
    let kinds = all.len();
    ensure!(kinds > 0, "no provider has a tool");
    let offered: Vec<&Offered> = all.iter().cycle().take(TOOLS).collect();
    let owner = Owner::user("u1")?;
    let callers = [
        ("own", Caller::own(owner.clone(), "p1")?),
        ("counterpart", Caller::counterpart(owner, "p1", "t1")?),
    ];
    let everything: ThreadPermissions = PermissionFlag::ALL.into_iter().collect();
    for (who, caller) in callers {
        let name = format!("decide_{who}");
        ensure!(allowed(&caller, everything, &offered) > 0, "nothing is allowed");
        let mut group = criterion.benchmark_group(&name);
        group.bench_function(OURS, |bencher| {
            bencher.iter(|| allowed(black_box(&caller), everything, black_box(&offered)));
        });
        group.finish();
        let each = median(&name, OURS)? / f64::from(u32::try_from(TOOLS)?);
        let what = format!("a check of one of {TOOLS} tools ({kinds} kinds), for {}", asking(who));
        let figure = Figure { what, ours: time(each), ..Figure::default() };
        figures.add(&figure.at_most(each, LIMIT, " ns"));
    }
    Ok(())
}

fn asking(who: &str) -> &'static str {
    if who == "own" { "the owner's own agent" } else { "a counterpart with every flag" }
}

fn allowed(caller: &Caller, permissions: ThreadPermissions, offered: &[&Offered]) -> usize {
    let decided = offered.iter().map(|Offered { tool, granted }| {
        let subject = Subject {
            scope: &Scope::All,
            bound_profile: None,
            enabled: true,
            lifecycle: Lifecycle::Connected,
            status: Status::Valid,
            granted: Some(granted),
            lacking: None,
        };
        decide(caller, permissions, Wanted::Tool(tool), Some(subject))
    });
    decided.filter(|decision| decision.is_allowed()).count()
}

/// The tools of all providers, each account granted what all tools of its provider need.
fn offered() -> anyhow::Result<Vec<Offered>> {
    let mut providers = registry::from_lookup(variable)?;
    providers.push(Arc::new(Email::new()?));
    providers.push(Arc::new(Webhook::new()?));
    let mut all = Vec::new();
    for provider in providers {
        let sets = provider.tools().iter().filter_map(|tool| tool.scopes.preferred());
        let granted = sets.fold(provider.descriptor().requested.clone(), |all, set| all.union(set));
        let tools = provider.tools().iter().cloned();
        all.extend(tools.map(|tool| Offered { tool, granted: granted.clone() }));
    }
    Ok(all)
}

/// What is in the variables of the providers is not looked at, but for the form of some.
fn variable(name: &str) -> Option<String> {
    let value = match name {
        "TELEGRAM_BOT_TOKEN" => "781700368:AAEdemoDemoDemoDemoDemoDemoDemoDemo1",
        "TELLER_APPLICATION_ID" => "app_1",
        "TELLER_ENVIRONMENT" => "sandbox",
        "TELLER_TOKEN_SIGNING_KEY" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        name if name.ends_with("_CLIENT_ID") || name.ends_with("_CLIENT_SECRET") => "set",
        _ => return None,
    };
    Some(value.to_owned())
}
