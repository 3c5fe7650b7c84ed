use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

/// How far a long job is: a bar on a terminal, plain lines elsewhere, on standard error either way.
pub(crate) struct Progress {
    what: &'static str,
    bar: Option<ProgressBar>,
    /// Whether lines are written where there is no bar.
    plain: bool,
}

impl Progress {
    pub(crate) fn new(what: &'static str, plain: bool) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0).with_prefix(what);
            // The template is ours, and sound; the default is as good.
            let style = ProgressStyle::with_template("{prefix} {bar:40} {pos}/{len} {per_sec} {eta}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { what, bar, plain }
    }

    pub(crate) fn at(&self, done: u64, total: u64) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(total);
                bar.set_position(done);
            }
            None if self.plain => {
                let line = format!("{}: {done} of {total}\n", self.what);
                // Whoever closed the pipe wants to read no more.
                let _ = io::stderr().write_all(line.as_bytes());
            }
            None => {}
        }
    }

    /// Writes a line of the result while the job goes on.
    pub(crate) fn result(&self, line: &str) {
        let write = || {
            let _ = io::stdout().write_all(format!("{line}\n").as_bytes());
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
