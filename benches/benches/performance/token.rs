//! `token()` of a fresh row, beside the same SELECT and the same open written by hand.

use std::sync::Arc;

use anyhow::ensure;
use bailee_core::ExposeSecret as _;
use benches::{Engine, Figure, Figures, Plan, ROWS, World, compare, in_tasks, owner};
use tokio::runtime::Runtime;

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "A fresh token",
        &format!(
            "CPU time of one `token()`, of our threads and the database's together; {ROWS} rows, a pool of 16. By hand: \
             the same columns by a prepared statement, the record opened with ring, its JSON parsed."
        ),
    );
    for engine in Engine::ALL {
        let runtime = crate::runtime()?;
        let world = Arc::new(runtime.block_on(World::new(engine))?);
        same_answers(&runtime, &world)?;
        for tasks in [1, 16, 64] {
            let comparison = compare(&world.meter, Plan::default(), |variant, calls| {
                runtime.block_on(calls_in_tasks(&world, variant, calls, tasks))
            })?;
            let figure = Figure::of(format!("{engine}, c={tasks}"), &comparison);
            figures.add(&if tasks == 16 { figure.at_most(comparison.ratio, 1.15, "×") } else { figure });
        }
    }
    Ok(())
}

/// Gets so many tokens one after the other.
pub(crate) fn count(engine: Engine, variant: usize, calls: u32) -> anyhow::Result<()> {
    let runtime = crate::runtime()?;
    let world = Arc::new(runtime.block_on(World::new(engine))?);
    runtime.block_on(calls_in_tasks(&world, variant, calls, 1))
}

/// Both ways must do the same work, or the comparison says nothing.
fn same_answers(runtime: &Runtime, world: &World) -> anyhow::Result<()> {
    for number in [0, 1, ROWS - 1] {
        let by_hand = runtime.block_on(world.hand.token(owner(number)?.user_id().as_str(), "google"))?;
        let ours = runtime.block_on(world.bailee.token(&owner(number)?, "google"))?;
        ensure!(by_hand.token.expose_secret() == ours.token().expose_secret(), "two different tokens");
        ensure!(by_hand.account.0 == ours.account().id.as_str(), "two different accounts");
    }
    Ok(())
}

/// So many calls, by so many tasks at once, over all rows in turn.
async fn calls_in_tasks(world: &Arc<World>, variant: usize, calls: u32, tasks: u32) -> anyhow::Result<()> {
    let world = Arc::clone(world);
    in_tasks(calls, tasks, move |number| {
        let world = Arc::clone(&world);
        async move { call(&world, variant, number % ROWS).await }
    })
    .await
}

async fn call(world: &World, variant: usize, number: u32) -> anyhow::Result<()> {
    let owner = owner(number)?;
    if variant == 0 {
        std::hint::black_box(world.hand.token(owner.user_id().as_str(), "google").await?);
    } else {
        std::hint::black_box(world.bailee.token(&owner, "google").await?);
    }
    Ok(())
}
