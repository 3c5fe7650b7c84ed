use std::sync::{Arc, Mutex, PoisonError};

use thirtyfour::{ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};
use tokio::sync::Semaphore;

use crate::driver::Driver;

/// At most so many browsers at once.
pub(crate) static BROWSERS: Semaphore = Semaphore::const_new(4);

/// Browsers that no test uses now.
static IDLE: Mutex<Vec<WebDriver>> = Mutex::new(Vec::new());

/// Quiet, and the same everywhere.
const FLAGS: [&str; 10] = [
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--no-first-run",
];

/// One that is idle, else a new one.
pub(crate) async fn take(driver: &Driver) -> anyhow::Result<WebDriver> {
    let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    match idle {
        Some(browser) => Ok(browser),
        None => open(driver).await,
    }
}

/// For the next test.
pub(crate) fn give_back(browser: WebDriver) {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(browser);
}

async fn open(driver: &Driver) -> anyhow::Result<WebDriver> {
    let mut wanted = DesiredCapabilities::chrome();
    wanted.set_binary(&driver.installed.chromium.to_string_lossy())?;
    for flag in FLAGS {
        wanted.add_arg(flag)?;
    }
    // Root has no sandbox, and containers often have only root.
    wanted.set_no_sandbox()?;
    for log in ["browser", "performance"] {
        wanted.set_logging_prefs(log, LoggingPrefsLogLevel::All)?;
    }
    Ok(WebDriver::builder(driver.url.clone(), wanted).client(http_client()?).await?)
}

/// Brings its own TLS settings, although nothing here speaks TLS: otherwise reqwest wants a process-wide default.
pub(crate) fn http_client() -> anyhow::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build()?)
}
