//! A page of an owner's integrations, beside the same SELECT written by hand, in a small and in a large table.

mod by_hand;
mod crowd;

use std::sync::Arc;

use anyhow::ensure;
use bailee_core::Integration;
use bailee_engine::Bailee;
use benches::{Comparison, Engine, Figure, Figures, Plan, World, compare, in_tasks};
use tokio::runtime::Runtime;

use by_hand::{Listed, Pages};
use crowd::Crowd;

const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;

/// Integrations of a page.
const PAGE: u32 = 100;

/// Callers at once.
const TASKS: u32 = 16;

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "A page of integrations",
        &format!(
            "CPU time of a page of {PAGE} after an id by chance, of our threads and the database's together; one owner has \
             them all, {TASKS} callers at once. By hand: the same columns by a prepared statement, read and neither checked \
             nor parsed."
        ),
    );
    for engine in Engine::ALL {
        let runtime = crate::runtime()?;
        let world = runtime.block_on(World::new(engine))?;
        let few = of_so_many(&runtime, &world, ("few", 1, FEW))?;
        figures.add(&Figure::of(format!("{engine}, of {FEW}"), &few).at_most(few.ratio, 1.15, "×"));
        let many = of_so_many(&runtime, &world, ("many", 2, MANY))?;
        figures.add(&Figure::of(format!("{engine}, of {MANY}"), &many).at_most(many.ratio, 1.15, "×"));
        let growth = Figure {
            what: format!("{engine}, of {MANY} to of {FEW}"),
            by_hand: format!("{:.2}×", many.hand / few.hand),
            ours: format!("{:.2}×", many.ours / few.ours),
            ..Figure::default()
        };
        figures.add(&growth.at_most(many.ours / few.ours, 1.5, "×"));
        runtime.block_on(world.remove())?;
    }
    Ok(())
}

/// Compares the pages of an owner of this name, mark and number of integrations.
fn of_so_many(
    runtime: &Runtime,
    world: &World,
    (user, mark, rows): (&str, u8, u32),
) -> anyhow::Result<Comparison> {
    let pool = world.hand.pool();
    let crowd = runtime.block_on(Crowd::fill(&pool, user, mark, rows))?;
    let listing = Arc::new(Listing { bailee: world.bailee.clone(), pages: Pages::new(pool), crowd });
    for number in [0, 1, rows - PAGE - 1, rows - 2] {
        runtime.block_on(listing.same_pages(number))?;
    }
    compare(&world.meter, Plan::default(), |variant, calls| {
        let listing = Arc::clone(&listing);
        runtime.block_on(in_tasks(calls, TASKS, move |call| {
            let listing = Arc::clone(&listing);
            async move { listing.call(variant, call).await }
        }))
    })
}

/// Both ways to a page.
struct Listing {
    bailee: Bailee,
    pages: Pages,
    crowd: Crowd,
}

impl Listing {
    async fn call(&self, variant: usize, call: u32) -> anyhow::Result<()> {
        let after = self.crowd.id(by_chance(call) % (self.crowd.rows - PAGE));
        if variant == 0 {
            let owner = self.crowd.owner.key();
            std::hint::black_box(self.pages.page(owner.as_str(), &after.to_string(), PAGE).await?);
        } else {
            std::hint::black_box(self.bailee.integrations(&self.crowd.owner, Some(after), PAGE).await?);
        }
        Ok(())
    }

    /// Both ways must do the same work, or the comparison says nothing.
    async fn same_pages(&self, number: u32) -> anyhow::Result<()> {
        let (owner, after) = (self.crowd.owner.key(), self.crowd.id(number));
        let (by_hand, more) = self.pages.page(owner.as_str(), &after.to_string(), PAGE).await?;
        let ours = self.bailee.integrations(&self.crowd.owner, Some(after), PAGE).await?;
        ensure!(by_hand.len() == (self.crowd.rows - number - 1).min(PAGE) as usize, "a page of another size");
        ensure!(ours.next.is_some() == more, "two different ends");
        let same = |(row, listed): (&Listed, &Integration)| row.id == listed.id.to_string();
        ensure!(by_hand.len() == ours.items.len() && by_hand.iter().zip(&ours.items).all(same), "two pages");
        Ok(())
    }
}

/// The same numbers in every block, all over their range (the finalizer of `MurmurHash3`).
const fn by_chance(number: u32) -> u32 {
    let mut hash = number ^ (number >> 16);
    hash = hash.wrapping_mul(0x85EB_CA6B);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}
