//! Metrics and spans: those of the sources, and those of `docs/observability.md`.

use std::collections::BTreeSet;

use proc_macro2::TokenTree;

use crate::sources::{Source, is_punct, is_word, leaves};

/// The macros that make a metric.
const METRICS: [&str; 3] = ["counter", "gauge", "histogram"];

/// The macros that make a span; an attribute names it after `name`.
const SPANS: [&str; 6] = ["span", "trace_span", "debug_span", "info_span", "warn_span", "error_span"];

/// The names of the table of a document: code spans in the first column that begin with `prefix`.
#[must_use]
pub fn listed(document: &str, prefix: &str) -> BTreeSet<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
}

/// The metrics that a source names.
#[must_use]
pub fn metrics(source: &Source) -> BTreeSet<String> {
    named(
        source,
        |before| matches!(before, [.., name, bang] if is_punct(bang, '!') && METRICS.iter().any(|word| is_word(name, word))),
    )
}

/// The spans of ours that a source names. Those without a name of ours are no spans of ours.
#[must_use]
pub fn spans(source: &Source) -> BTreeSet<String> {
    let named = named(source, |before| match before {
        [.., name, mark] if is_punct(mark, '!') => SPANS.iter().any(|word| is_word(name, word)),
        [.., instrument, name, mark] => {
            is_punct(mark, '=') && is_word(name, "name") && is_word(instrument, "instrument")
        }
        _ => false,
    });
    named.into_iter().filter(|name| name.starts_with("bailee.")).collect()
}

/// The texts that stand behind what `marks` knows.
fn named(source: &Source, marks: impl Fn(&[TokenTree]) -> bool) -> BTreeSet<String> {
    let leaves = leaves(&source.code);
    let mut names = BTreeSet::new();
    for (index, leaf) in leaves.iter().enumerate() {
        let before = leaves.get(index.saturating_sub(3)..index).unwrap_or_default();
        let text = leaf.to_string();
        if let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'))
            && marks(before)
        {
            names.insert(text.to_owned());
        }
    }
    names
}
