use std::process::Stdio;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::OnceCell,
    time::{Duration, timeout},
};

use crate::installed::Installed;

const START: Duration = Duration::from_secs(30);

/// Runs chromedriver until standard input closes, which it does when the process of the tests ends, however that ends. All
/// browsers are in the group of this shell. One that is ending may still write: its files are deleted until they are gone.
const GUARD: &str = r#"trap : TERM; "$0" --port=0 & read -r _; kill -TERM 0; wait
until rm -rf -- "$TMPDIR"; do sleep 0.1; done
kill -KILL 0"#;

/// chromedriver, once for each process of tests.
pub(crate) struct Driver {
    pub(crate) url: String,
    pub(crate) installed: Installed,
    _guard: (Child, ChildStdin),
}

impl Driver {
    /// The one of this process.
    pub(crate) async fn of_this_process(installed: Installed) -> anyhow::Result<&'static Self> {
        static DRIVER: OnceCell<Driver> = OnceCell::const_new();
        DRIVER.get_or_try_init(|| Self::start(installed)).await
    }

    async fn start(installed: Installed) -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("bailee-browser.")?.keep();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD])
            .arg(&installed.chromedriver)
            .env("TMPDIR", directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let input = guard.stdin.take().context("no standard input")?;
        let output = guard.stdout.take().context("no standard output")?;
        let port =
            timeout(START, port(BufReader::new(output))).await.context("chromedriver does not start")??;
        Ok(Self { url: format!("http://localhost:{port}"), installed, _guard: (guard, input) })
    }
}

async fn port(output: BufReader<tokio::process::ChildStdout>) -> anyhow::Result<u16> {
    let mut lines = output.lines();
    while let Some(line) = lines.next_line().await? {
        let Some((_, port)) = line.split_once("started successfully on port ") else { continue };
        // Whatever it prints later must go somewhere.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        return Ok(port.trim_end_matches('.').parse()?);
    }
    anyhow::bail!("chromedriver ended")
}
