//! A flow, and what becomes of it when its statements fail one after the other.

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use bailee_testkit::{FaultPlan, StoreFault};

use crate::{
    failed::Failed,
    flows::FLOWS,
    ground::Ground,
    scene::{Scene, in_time},
};

/// More statements than any flow makes.
const MOST: u32 = 40;

/// How the statements of a flow fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    /// All from one on, until the caller has an answer.
    FromThereOn,
    /// One of them.
    Once(StoreFault),
}

impl Failing {
    /// In how many ways; the last one does nothing that an engine would notice, so that one engine will do.
    const fn on(ground: &Ground) -> &'static [Self] {
        const ALL: [Failing; 3] =
            [Failing::Once(StoreFault::After), Failing::Once(StoreFault::Before), Failing::FromThereOn];
        let (single, _) = ALL.split_at(2);
        if ground.is_memory() { &ALL } else { single }
    }

    fn plan(self, plan: &FaultPlan, nth: u32) {
        match self {
            Self::FromThereOn => plan.fail_many(nth, u32::MAX, StoreFault::Before),
            Self::Once(fault) => plan.fail(nth, fault),
        }
    }
}

/// What a caller does, and what must have come of it.
#[async_trait]
pub(crate) trait Flow: Send + Sync {
    /// What is there before. Nothing fails yet.
    async fn prepare(&mut self, _: &Scene<'_>) -> Result<()> {
        Ok(())
    }

    /// What the caller does, while one statement fails.
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed>;

    /// What a caller who was told to try again later does then. Nothing fails any more.
    async fn again(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        self.act(scene).await
    }

    /// What must be so in the end.
    async fn check(&self, scene: &Scene<'_>) -> Result<()>;
}

/// Every flow, with every fault, on this ground.
pub(crate) async fn every_fault(ground: &mut Ground) -> Result<()> {
    let (mut all, mut failures) = (0, Vec::new());
    for (name, flow) in FLOWS {
        let without = run(ground, flow().as_mut(), 0, Failing::Once(StoreFault::Before)).await;
        if let Err(error) = without {
            failures.push(format!("{name}, nothing failing: {error:#}"));
            continue;
        }
        let mut met = 0;
        for failing in Failing::on(ground) {
            for nth in 1..=MOST {
                match run(ground, flow().as_mut(), nth, *failing).await {
                    Ok(false) => break,
                    Ok(true) => ensure!(nth < MOST, "{name} on {ground} never ends"),
                    Err(error) => {
                        failures.push(format!("{name}, statement {nth} failing {failing:?}: {error:#}"));
                    }
                }
                met += 1;
            }
        }
        ensure!(met > 1, "{name} on {ground} asks the store nothing");
        all += met;
    }
    let told = format!("{ground}: {} flows, {all} faults\n", FLOWS.len());
    std::io::stderr().write_all(told.as_bytes())?;
    ensure!(failures.is_empty(), "on {ground}:\n{}", failures.join("\n"));
    Ok(())
}

/// Runs a flow with one fault. Tells whether the fault was met.
async fn run(ground: &mut Ground, flow: &mut dyn Flow, nth: u32, failing: Failing) -> Result<bool> {
    let truth = ground.cleared().await?;
    let mut scene = Scene::new(ground, truth).await?;
    scene.outage = failing == Failing::FromThereOn;
    flow.prepare(&scene).await.context("before the fault")?;
    failing.plan(&scene.plan, nth);
    let answer = in_time(flow.act(&scene)).await?;
    let met = scene.plan.met();
    scene.plan.heal();
    ensure!(!met.is_empty() || answer.is_ok(), "nothing failed, answered {answer:?}");
    let what = || format!("{met:?} failed, answered {answer:?}");
    rest(&scene, flow, &answer).await.with_context(what)?;
    Ok(!met.is_empty())
}

async fn rest(scene: &Scene<'_>, flow: &mut dyn Flow, answer: &Result<(), Failed>) -> Result<()> {
    scene.settle().await?;
    scene.sound().await?;
    match answer {
        Ok(()) => {}
        Err(Failed::Answered { temporary: true, .. }) => {
            scene.ground.later().await?;
            in_time(flow.again(scene)).await?.map_err(Failed::broken).context("again")?;
            scene.settle().await?;
            scene.sound().await.context("after the repetition")?;
        }
        Err(Failed::Answered { told, .. }) => anyhow::bail!("a fault is told as for ever: {told}"),
        Err(Failed::Broken(error)) => anyhow::bail!("{error:#}"),
    }
    flow.check(scene).await
}
