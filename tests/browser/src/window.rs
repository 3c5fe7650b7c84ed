mod input;
mod reading;

use std::{fs, sync::Mutex};

use anyhow::Context as _;
use serde_json::{Value, json};
use thirtyfour::{WebDriver, common::log::BrowserLogEntry};
use tokio::time::{Duration, interval, timeout};

use crate::{Look, Request, installed::target_directory, traffic};

/// Long enough for two busy cores; nothing waits so long when all is well.
const DEADLINE: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(20);

/// Says each breach of the Content Security Policy on the console, where it outlives the page.
const WATCH: &str = "document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`securitypolicyviolation ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));";

/// One tab of a browser, and who sits before it.
#[derive(Debug)]
pub struct Window {
    pub(crate) driver: WebDriver,
    /// What was read from the logs of the browser; reading empties them there.
    console: Mutex<Vec<BrowserLogEntry>>,
    network: Mutex<Vec<BrowserLogEntry>>,
}

impl Window {
    /// A new tab in a browser that remembers nobody.
    pub(crate) async fn open(driver: WebDriver) -> anyhow::Result<Self> {
        let before = driver.windows().await?;
        let tab = driver.new_tab().await?;
        for old in before {
            driver.switch_to_window(old).await?;
            driver.close_window().await?;
        }
        driver.switch_to_window(tab).await?;
        let window = Self { driver, console: Mutex::default(), network: Mutex::default() };
        window.cdp("Network.enable", json!({})).await?;
        window.cdp("Network.clearBrowserCookies", json!({})).await?;
        window.before_scripts(WATCH).await?;
        window.resize(1100, 800).await?;
        window.look(Look::Light).await?;
        // What the last test left there.
        window.driver.get_log("browser").await?;
        window.driver.get_log("performance").await?;
        Ok(window)
    }

    /// Goes to an address, and waits until it is loaded.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn goto(&self, url: &str) -> anyhow::Result<()> {
        Ok(self.driver.goto(url).await?)
    }

    /// Goes back, as with the button of the browser.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn back(&self) -> anyhow::Result<()> {
        Ok(self.driver.back().await?)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn reload(&self) -> anyhow::Result<()> {
        Ok(self.driver.refresh().await?)
    }

    /// The address that the browser shows.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn url(&self) -> anyhow::Result<url::Url> {
        Ok(self.driver.current_url().await?)
    }

    /// Waits until the browser is at a path, on whatever host, and returns the whole address.
    ///
    /// # Errors
    /// When it does not get there.
    pub async fn arrives(&self, path: &str) -> anyhow::Result<url::Url> {
        self.until(&format!("the page {path}"), async || {
            Ok(Some(self.url().await?).filter(|url| url.path() == path))
        })
        .await
    }

    /// Waits until something is there.
    ///
    /// # Errors
    /// When it does not come; with what the page shows instead.
    #[expect(clippy::future_not_send, reason = "a test waits on its own thread")]
    pub async fn until<T>(
        &self,
        what: &str,
        look: impl AsyncFn() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let mut tick = interval(TICK);
        let mut failure = String::new();
        let waiting = async {
            loop {
                tick.tick().await;
                // A page that goes away while somebody looks at it is no failure.
                match look().await {
                    Ok(Some(found)) => return found,
                    Ok(None) => failure.clear(),
                    Err(error) => failure = format!("{error:#}\n"),
                }
            }
        };
        if let Ok(found) = timeout(DEADLINE, waiting).await {
            return Ok(found);
        }
        let page = self.tree().await.map(|tree| tree.to_string()).unwrap_or_default();
        let url = self.url().await.map(|url| url.to_string()).unwrap_or_default();
        let console = self.console().await.unwrap_or_default().join("\n");
        anyhow::bail!("{what}: not there\n{failure}at {url}:\n{page}console:\n{console}")
    }

    /// Runs a script as the developer tools do, without regard to any policy, and returns what it returns.
    ///
    /// # Errors
    /// When the script throws.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
        Ok(self.driver.execute(script, arguments).await?.json().clone())
    }

    /// Runs a script in each later page of this tab, before any other.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn before_scripts(&self, script: &str) -> anyhow::Result<()> {
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
        Ok(())
    }

    /// Gives the page so much room, in CSS pixels.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        self.metrics(width, height, 1).await
    }

    /// As a window of so many pixels that is zoomed in so many times: less room, larger letters.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn zoom(&self, width: u32, height: u32, times: u32) -> anyhow::Result<()> {
        self.metrics(width / times, height / times, times).await
    }

    async fn metrics(&self, width: u32, height: u32, scale: u32) -> anyhow::Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await?;
        Ok(())
    }

    /// Looks at the page so.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn look(&self, look: Look) -> anyhow::Result<()> {
        self.cdp("Emulation.setEmulatedMedia", look.media()).await?;
        Ok(())
    }

    /// Pulls the plug of the network, or puts it back.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn offline(&self, offline: bool) -> anyhow::Result<()> {
        let conditions =
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.cdp("Network.emulateNetworkConditions", conditions).await?;
        Ok(())
    }

    /// Gives the browser a cookie.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn set_cookie(&self, url: &str, name: &str, value: &str) -> anyhow::Result<()> {
        let cookie = json!({ "url": url, "name": name, "value": value, "httpOnly": true, "sameSite": "Lax" });
        self.cdp("Network.setCookie", cookie).await?;
        Ok(())
    }

    /// Forgets all cookies.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn forget_cookies(&self) -> anyhow::Result<()> {
        self.cdp("Network.clearBrowserCookies", json!({})).await?;
        Ok(())
    }

    /// Everything on the console since the window was opened.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn console(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.log("browser", &self.console).await?.into_iter().map(|entry| entry.message).collect())
    }

    /// Every request since the window was opened.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn requests(&self) -> anyhow::Result<Vec<Request>> {
        Ok(traffic::requests(&self.log("performance", &self.network).await?))
    }

    /// Everything that the developer tools tell of the network since the window was opened, line by line.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn network(&self) -> anyhow::Result<Vec<String>> {
        let lines = self.log("performance", &self.network).await?.into_iter().map(|entry| entry.message);
        Ok(lines.filter(|line| line.contains("\"Network.")).collect())
    }

    /// A picture of what is seen: `target/screenshots/<name>.png`.
    ///
    /// # Errors
    /// When it cannot be taken or kept.
    pub async fn picture(&self, name: &str) -> anyhow::Result<()> {
        let directory = target_directory()?.join("screenshots");
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(format!("{name}.png")), self.driver.screenshot_as_png().await?)?;
        Ok(())
    }

    /// A command of the protocol of Chrome's developer tools.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn cdp(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        self.driver.cdp().send_raw(method, parameters).await.with_context(|| method.to_owned())
    }

    async fn log(
        &self,
        kind: &str,
        seen: &Mutex<Vec<BrowserLogEntry>>,
    ) -> anyhow::Result<Vec<BrowserLogEntry>> {
        let new = self.driver.get_log(kind).await?;
        let mut seen = seen.lock().map_err(|_| anyhow::anyhow!("a log was left half read"))?;
        seen.extend(new);
        Ok(seen.clone())
    }
}
