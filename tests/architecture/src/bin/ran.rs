//! Looks in the log of `cargo test`, whose file is the argument, for every test that the tables of security name:
//! `cargo run -p architecture-tests --bin ran -- <log>`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{env, fs};

use anyhow::{Context as _, ensure};
use architecture_tests::{
    cases::{cases, not_run},
    tree,
};

fn main() -> anyhow::Result<()> {
    let log = fs::read(env::args_os().nth(1).context("the file of the log is missing")?)?;
    let log = String::from_utf8_lossy(&log);
    let root = tree::root()?;
    for (letter, table) in [('R', "docs/security-requirements.md"), ('T', "docs/security-tests.md")] {
        let text = tree::text(&root.join(table))?.context("the table is text")?;
        let cases = cases(letter, &text);
        let missing = not_run(&cases, &log);
        ensure!(missing.is_empty(), "{table} names tests that did not run and pass:\n{}", missing.join("\n"));
        println!("{table}: all tests of {} rows ran and passed", cases.len());
    }
    Ok(())
}
