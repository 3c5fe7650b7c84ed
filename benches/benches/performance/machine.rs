use std::{fs, process::Command};

use anyhow::Context as _;

/// The machine and the versions, for whoever compares figures.
pub(crate) fn describe() -> anyhow::Result<String> {
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let name = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let name = name.map_or("unknown", |(_, name)| name);
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let mut told = Vec::new();
    for (program, argument) in [("rustc", "--version"), ("postgres", "--version")] {
        told.extend(version(program, argument));
    }
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"))?;
    for package in ["sqlx", "libsqlite3-sys", "ring", "axum", "rmcp"] {
        told.push(format!("{package} {}", locked(&lock, package).context("a package is not in the lock")?));
    }
    Ok(format!("\n{name}, {cores} cores, Linux {}; {}.", kernel.trim(), told.join(", ")))
}

/// What a program says of itself, where it is there.
fn version(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    Some(said.lines().next()?.trim().to_owned())
}

fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(rest.split_once('"')?.0)
}
