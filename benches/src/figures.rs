use std::{fmt, fs, path::Path};

use anyhow::Context as _;

use crate::Comparison;

/// Where the table begins in a document, and where it ends.
const MARKS: [&str; 2] = ["<!-- figures -->", "<!-- end of figures -->"];

/// One row of the table.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// What was measured, with the engine and how many did it at once.
    pub what: String,
    /// The same work by hand; empty where there is nothing to compare with.
    pub by_hand: String,
    /// Ours, with its unit.
    pub ours: String,
    /// Ours to by hand, with the middle half of the rounds and the control; empty where there is none.
    pub ratio: String,
    /// What is aimed at, and whether it was met.
    pub target: Option<(String, bool)>,
}

impl Figure {
    /// Of CPU time of a call.
    #[must_use]
    pub fn of(what: impl Into<String>, comparison: &Comparison) -> Self {
        let Comparison { hand, ours, ratio, spread: (low, high), control } = comparison;
        Self {
            what: what.into(),
            by_hand: time(*hand),
            ours: time(*ours),
            ratio: format!("{ratio:.3} ({low:.3}–{high:.3}), control {control:.3}"),
            target: None,
        }
    }

    /// Aims at no more than this, of what it came to.
    #[must_use]
    pub fn at_most(mut self, came_to: f64, limit: f64, unit: &str) -> Self {
        self.target = Some((format!("≤ {limit}{unit}"), came_to <= limit));
        self
    }

    /// Aims at no less than this, of what it came to.
    #[must_use]
    pub fn at_least(mut self, came_to: f64, limit: f64, unit: &str) -> Self {
        self.target = Some((format!("≥ {limit}{unit}"), came_to >= limit));
        self
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, by_hand, ours, ratio, target } = self;
        let target = match target {
            None => String::new(),
            Some((target, true)) => format!("{target} ✓"),
            Some((target, false)) => format!("{target} missed"),
        };
        write!(f, "| {what} | {by_hand} | {ours} | {ratio} | {target} |")
    }
}

/// Figures as they come, under the names of their sections.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    lines: Vec<String>,
}

impl Figures {
    /// Begins a section; `method` says in a sentence or two how its figures come about.
    pub fn section(&mut self, title: &str, method: &str) {
        self.line(format!(
            "\n## {title}\n\n{method}\n\n| what | by hand | ours | ratio | target |\n|---|---|---|---|---|"
        ));
    }

    /// Takes a figure, and prints it.
    pub fn add(&mut self, figure: &Figure) {
        self.line(figure.to_string());
    }

    #[expect(clippy::print_stdout, reason = "the table is the result")]
    fn line(&mut self, line: String) {
        println!("{line}");
        self.lines.push(line);
    }

    /// Puts all of them between the marks of a document, in place of those that were there.
    ///
    /// # Errors
    /// When the document has no marks, or cannot be written.
    pub fn write_into(&self, document: &Path, head: &str) -> anyhow::Result<()> {
        let text = fs::read_to_string(document)?;
        let [begin, end] = MARKS;
        let (before, rest) =
            text.split_once(begin).context("the document has no mark where figures begin")?;
        let (_, after) = rest.split_once(end).context("the document has no mark where figures end")?;
        let figures = self.lines.join("\n");
        fs::write(document, format!("{before}{begin}\n{head}\n{figures}\n\n{end}{after}"))?;
        Ok(())
    }
}

/// Nanoseconds in a unit that suits them.
#[must_use]
pub fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
