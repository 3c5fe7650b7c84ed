//! How long a process takes from nothing to its first token.

use std::time::Instant;

use anyhow::ensure;
use benches::{Engine, Figure, Figures, World, quantile, time};

use crate::child;

const ROUNDS: usize = 20;

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "Cold start",
        &format!(
            "From the start of a process to its first `token()`, by the wall clock: the median of {ROUNDS} processes, \
             which take turns with those that connect and read by hand."
        ),
    );
    for engine in Engine::ALL {
        let world = crate::runtime()?.block_on(World::new(engine))?;
        let (mut hand, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            hand.push(first_token("hand", &world)?);
            ours.push(first_token("ours", &world)?);
        }
        let (hand, ours) = (quantile(&mut hand, 0.5), quantile(&mut ours, 0.5));
        figures.add(&Figure {
            what: format!("{engine}, first token"),
            by_hand: time(hand),
            ours: time(ours),
            ratio: format!("{:.3}", ours / hand),
            target: None,
        });
        crate::runtime()?.block_on(world.remove())?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the time of this machine")]
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a start have room in 53 bits")]
fn first_token(what: &str, world: &World) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut took = None;
    child::run(what, world, |_| {
        took = Some(started.elapsed().as_nanos() as f64);
        Ok(())
    })?;
    ensure!(took.is_some(), "there was no token");
    Ok(took.unwrap_or(f64::NAN))
}
