use std::sync::OnceLock;

use anyhow::Context as _;
use bailee::Timings;
use tokio::runtime::Runtime;

use crate::{
    Host, Person, Window,
    driver::Driver,
    host::COOKIE,
    installed::{Installed, skip},
    sessions,
};

/// One host and one window that belong to one test.
#[derive(Debug)]
pub struct Stage {
    /// A host with nothing in it.
    pub host: Host,
    /// A window in which nobody is signed in.
    pub window: Window,
}

impl Stage {
    /// Signs somebody in, and opens a page.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn open_as(&self, person: Person, path: &str) -> anyhow::Result<()> {
        self.sign_in(person).await?;
        self.open(path).await
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn sign_in(&self, person: Person) -> anyhow::Result<()> {
        self.window.set_cookie(&self.host.at("/"), COOKIE, person.user).await
    }

    /// Opens a page of the host.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn open(&self, path: &str) -> anyhow::Result<()> {
        self.window.goto(&self.host.at(path)).await
    }
}

/// Runs a test with a host and a window, or says why it cannot. A window that a test leaves well is used again.
///
/// # Errors
/// Those of the test, and whatever keeps the stage from being set.
pub fn on_stage(test: impl AsyncFnOnce(&Stage) -> anyhow::Result<()>) -> anyhow::Result<()> {
    on_stage_with(Timings::default(), test)
}

/// As [`on_stage`], with a host that has other timings.
///
/// # Errors
/// As there.
pub fn on_stage_with(
    timings: Timings,
    test: impl AsyncFnOnce(&Stage) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let installed = match Installed::find() {
        Ok(installed) => installed,
        Err(reason) => return skip(&reason),
    };
    runtime()?.block_on(async {
        let _place = sessions::BROWSERS.acquire().await?;
        let driver = Driver::of_this_process(installed).await?;
        let window = Window::open(sessions::take(driver).await?).await?;
        let stage = Stage { host: Host::start(timings).await?, window };
        let result = test(&stage).await;
        let Stage { host, window } = stage;
        sessions::give_back(window.driver);
        host.stop().await;
        result
    })
}

/// One for all tests, so that a browser can be used by one after the other.
fn runtime() -> anyhow::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().ok()).as_ref().context("no runtime")
}
