//! What happens between two looks at the store: criterion's groups, each beside the same work by hand.

mod agent;
mod decide;
mod permit;
mod sealing;
mod tools;

use std::{fs, path::PathBuf, time::Duration};

use anyhow::Context as _;
use benches::{Figure, Figures, time};
use criterion::Criterion;
use serde_json::Value;

/// How the variants of a group are called.
const BY_HAND: &str = "by_hand";
const OURS: &str = "ours";

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "In process",
        "Medians of criterion, of wall time on one thread, over a store in memory. What is done by hand is said in each row.",
    );
    let mut criterion = criterion();
    let agent = agent::Agent::new()?;
    tools::measure(&mut criterion, &agent, figures)?;
    permit::measure(&mut criterion, &agent, figures)?;
    sealing::measure(&mut criterion, figures)?;
    decide::measure(&mut criterion, figures)
}

fn criterion() -> Criterion {
    Criterion::default()
        .output_directory(&directory())
        .without_plots()
        .with_output_color(false)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("criterion")
}

/// The median of a benchmark that has just run, in nanoseconds.
fn median(group: &str, variant: &str) -> anyhow::Result<f64> {
    let path = directory().join(group).join(variant).join("new/estimates.json");
    let text = fs::read_to_string(&path).with_context(|| format!("no estimates of {group}/{variant}"))?;
    let estimates: Value = serde_json::from_str(&text)?;
    estimates
        .pointer("/median/point_estimate")
        .and_then(Value::as_f64)
        .context("no median among the estimates")
}

/// A group of two variants as a row.
fn figure(group: &str, what: &str) -> anyhow::Result<Figure> {
    let (by_hand, ours) = (median(group, BY_HAND)?, median(group, OURS)?);
    Ok(Figure {
        what: what.to_owned(),
        by_hand: time(by_hand),
        ours: time(ours),
        ratio: format!("{:.3}", ours / by_hand),
        target: None,
    })
}
