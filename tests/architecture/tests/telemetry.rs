//! The tables of metrics and spans are those of the sources.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use architecture_tests::{
    metadata::Metadata,
    sources::{self, Source},
    telemetry::{listed, metrics, spans},
    tree,
};

#[test]
fn every_metric_and_span_is_in_the_table_and_the_other_way_round() -> anyhow::Result<()> {
    let root = tree::root()?;
    let document = tree::text(&root.join("docs/observability.md"))?.context("the document is text")?;
    let (mut told, mut opened) = (BTreeSet::new(), BTreeSet::new());
    for package in Metadata::read()?.libraries() {
        for source in sources::of(&root, package)? {
            told.extend(metrics(&source));
            opened.extend(spans(&source));
        }
    }
    ensure!(told.len() > 10 && opened.len() > 10, "{told:?} {opened:?}");
    assert_eq!(told, listed(&document, "bailee_"), "metrics");
    assert_eq!(opened, listed(&document, "bailee."), "spans");
    Ok(())
}

#[test]
fn names_are_found_in_macros_and_attributes() -> anyhow::Result<()> {
    let text = r#"
        #[tracing::instrument(name = "bailee.one", skip_all)]
        fn one() {
            metrics::counter!("bailee_one_total", "label" => "no_metric").increment(1);
            let span = tracing::info_span!("bailee.two", name = "bailee.none");
            let text = "bailee_none_total";
        }
    "#;
    let source = Source::parse("one.rs", text)?;
    assert_eq!(metrics(&source), ["bailee_one_total".to_owned()].into());
    assert_eq!(spans(&source), ["bailee.one".to_owned(), "bailee.two".to_owned()].into());
    assert_eq!(listed("| `bailee_a` | `bailee_b` |\n`bailee_c`", "bailee_"), ["bailee_a".to_owned()].into());
    Ok(())
}
