use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// What a test needs and does not bring.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

impl Installed {
    /// Both programs: where `CHROMIUM` and `CHROMEDRIVER` say, else in `PATH`. The text says what is missing.
    pub(crate) fn find() -> Result<Self, String> {
        Ok(Self {
            chromium: program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])?,
            chromedriver: program("CHROMEDRIVER", &["chromedriver"])?,
        })
    }
}

/// Says that a test is skipped, and why.
///
/// # Errors
/// With `BAILEE_REQUIRE_BROWSER=1`: then nothing may be skipped.
pub fn skip(reason: &str) -> anyhow::Result<()> {
    anyhow::ensure!(variable("BAILEE_REQUIRE_BROWSER").is_none_or(|value| value != "1"), "{reason}");
    eprint(reason);
    Ok(())
}

/// The directory that cargo builds into: `target`, unless it was told otherwise.
pub(crate) fn target_directory() -> anyhow::Result<PathBuf> {
    // `<target>/<profile>/deps/<test>`.
    let test = env::current_exe()?;
    Ok(test.ancestors().nth(3).context("the test is in no target directory")?.to_owned())
}

/// A file named by a variable, else below the target directory.
pub(crate) fn file(name: &str, below_target: &str) -> anyhow::Result<PathBuf> {
    match variable(name) {
        Some(path) => Ok(path.into()),
        None => Ok(target_directory()?.join(below_target)),
    }
}

fn program(name: &str, usual: &[&str]) -> Result<PathBuf, String> {
    if let Some(path) = variable(name) {
        return Some(PathBuf::from(path))
            .filter(|path| path.is_file())
            .ok_or_else(|| format!("{name} names no file"));
    }
    let directories = variable("PATH").unwrap_or_default();
    env::split_paths(&directories)
        .chain([Path::new("/usr/bin").to_owned()])
        .flat_map(|directory| usual.iter().map(move |program| directory.join(program)))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("there is no {}, and {name} names none", usual.join(" or ")))
}

#[expect(clippy::disallowed_methods, reason = "how tests are told of programs that they do not bring")]
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn eprint(reason: &str) {
    eprintln!("skipped: {reason}");
}
