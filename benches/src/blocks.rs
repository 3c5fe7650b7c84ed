use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::Meter;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The shortest block.
    pub block: Duration,
    /// How many rounds; each has one block of every variant, in turning order.
    pub rounds: usize,
}

/// Blocks of 200 ms, 40 rounds.
impl Default for Plan {
    fn default() -> Self {
        Self { block: Duration::from_millis(200), rounds: 40 }
    }
}

/// CPU time of each call of three variants: the work by hand, the work by hand once more (the control), and ours.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Nanoseconds a call, by hand.
    pub hand: f64,
    /// Nanoseconds a call, ours.
    pub ours: f64,
    /// Ours to by hand: the median of the rounds.
    pub ratio: f64,
    /// The middle half of the rounds.
    pub spread: (f64, f64),
    /// By hand to by hand: what this machine adds by itself.
    pub control: f64,
}

/// Runs blocks of each variant in turn and compares their CPU time for a call. `run(variant, calls)` makes that many
/// calls; variant 0 is the work by hand, 1 is ours.
///
/// # Errors
/// Those of `run` and of the meter.
pub fn compare(
    meter: &Meter,
    plan: Plan,
    mut run: impl FnMut(usize, u32) -> anyhow::Result<()>,
) -> anyhow::Result<Comparison> {
    let calls = calibrate(plan, &mut run)?;
    compare_rounds(meter, plan.rounds, calls, || Ok(()), |variant| run(variant, calls))
}

/// The same of blocks that have a size of their own: `run(variant)` makes so many calls. `settle` puts everything in order
/// before each block, and its time does not count.
///
/// # Errors
/// Those of `settle`, of `run` and of the meter.
pub fn compare_rounds(
    meter: &Meter,
    rounds: usize,
    calls: u32,
    mut settle: impl FnMut() -> anyhow::Result<()>,
    mut run: impl FnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Comparison> {
    // Hand, hand again, ours; the order turns so that no variant always follows the same one.
    let mut samples: [Vec<f64>; 3] = Default::default();
    for round in 0..rounds {
        for place in 0..3 {
            let slot = (place + round) % 3;
            let variant = usize::from(slot == 2);
            settle()?;
            let before = meter.read()?;
            run(variant)?;
            let spent = meter.read()?.saturating_sub(before);
            if let Some(samples) = samples.get_mut(slot) {
                samples.push(per_call(spent, calls));
            }
        }
    }
    let [hand, again, ours] = samples;
    ensure!(!hand.is_empty(), "no round was measured");
    let mut ratios: Vec<f64> = pairs(&ours, &hand).collect();
    let mut controls: Vec<f64> = pairs(&again, &hand).collect();
    Ok(Comparison {
        hand: quantile(&mut hand.clone(), 0.5),
        ours: quantile(&mut ours.clone(), 0.5),
        ratio: quantile(&mut ratios, 0.5),
        spread: (quantile(&mut ratios, 0.25), quantile(&mut ratios, 0.75)),
        control: quantile(&mut controls, 0.5),
    })
}

/// How many calls fill a block, by the slowest variant's first tries.
#[expect(clippy::disallowed_methods, reason = "a bench measures the time of this machine")]
fn calibrate(plan: Plan, run: &mut impl FnMut(usize, u32) -> anyhow::Result<()>) -> anyhow::Result<u32> {
    let mut calls = 256;
    loop {
        let started = Instant::now();
        for variant in 0..2 {
            run(variant, calls)?;
        }
        let block = started.elapsed() / 2;
        if block >= plan.block || calls > 1 << 24 {
            return Ok(calls);
        }
        calls = if block * 8 < plan.block { calls * 4 } else { calls + calls / 4 };
    }
}

fn pairs<'a>(one: &'a [f64], other: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    one.iter().zip(other).map(|(one, other)| one / other)
}

/// The value below which `share` of the values are; it puts them in order.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index among a few million values"
    )]
    let at = (share * (values.len().saturating_sub(1)) as f64).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "seconds in nanoseconds have room in 53 bits")]
fn per_call(spent: u64, calls: u32) -> f64 {
    spent as f64 / f64::from(calls)
}
