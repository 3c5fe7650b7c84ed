//! The page to which the provider's page leads back.

use anyhow::{Context as _, ensure};
use bailee_testkit::mock_provider::{Endpoint, Fault};
use browser_tests::{ADA, BOB, Door, Stage, Trouble, on_stage};
use serde_json::json;

use crate::rig::{card_says, consent};

const PAGE: &str = "/integrations/google/callback";
pub(crate) const FINISH: &str = "/v1/integrations/google/callback";
const FAILED: &str = "Failed to connect integration";

/// Keeps timers of half a second to two seconds until the test lets them go, and how long they were to take.
pub(crate) const HOLD_TIMERS: &str = "window.held = [];
    const real = window.setTimeout;
    window.setTimeout = (then, after, ...rest) =>
        after >= 500 && after <= 2000 ? held.push({ then, after }) : real(then, after, ...rest);";

#[test]
fn a_connect_passes_three_phases_and_the_list_follows_after_800_milliseconds() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window, door) = (&stage.host, &stage.window, Door::default());
        window.before_scripts(HOLD_TIMERS).await?;
        host.trouble("POST", FINISH, Trouble::Hold(door.clone()));
        come_back(stage, "Allow").await?;
        window.hear("status", "Connecting integration…").await?;
        ensure!(window.url().await?.query().is_none(), "code and state stay in the address");
        door.open();
        window.hear("status", "Integration connected").await?;
        window.hear("status", "Google connected").await?;
        let after = window.run("return held.map(({ after }) => after)", Vec::new()).await?;
        ensure!(after == json!([800]), "{after}");
        ensure!(window.url().await?.path() == PAGE);
        window.run("held[0].then()", Vec::new()).await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "Valid").await
    })
}

#[test]
fn what_arrives_is_sent_once_and_never_again() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        come_back(stage, "Allow").await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "Valid").await?;
        window.back().await?;
        window.reload().await?;
        ensure!(window.url().await?.path() != PAGE, "the callback page is in the history");
        ensure!(host.count("POST", FINISH) == 1);
        ensure!(host.mocks.google.count("/token", Some("authorization_code")) == 1);
        Ok(())
    })
}

#[test]
fn the_code_of_the_provider_is_in_no_address_of_a_page() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        come_back(stage, "Allow").await?;
        window.arrives("/integrations").await?;
        let codes = codes(stage).await?;
        ensure!(!codes.is_empty(), "no code was issued");
        for request in window.requests().await? {
            // This is where the provider sends it, by the rules of OAuth.
            let redirect = request.url.starts_with(&host.at("/api/oauth/google/callback"));
            let told = codes.iter().any(|code| request.url.contains(code) || request.body.contains(code));
            ensure!(redirect || !told, "{} {}", request.method, request.url);
        }
        Ok(())
    })
}

#[test]
fn who_says_no_at_the_provider_reads_that() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        come_back(stage, "Deny").await?;
        window.hear("alert", FAILED).await?;
        window.see("You did not grant access at Google.").await?;
        window.focus_is_on("heading", FAILED).await?;
        ensure!(stage.host.integrations(ADA).await?.is_empty());
        window.click("link", "Back to integrations").await?;
        window.arrives("/integrations").await?;
        window.find_in("Google", "button", "Connect").await?;
        Ok(())
    })
}

#[test]
fn who_said_no_can_try_again() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        come_back(stage, "Deny").await?;
        window.click("button", "Try again").await?;
        consent(window, "Allow").await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "Valid").await
    })
}

#[test]
fn a_state_that_nobody_began_is_no_longer_valid() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let unknown = "0".repeat(64);
        stage.open_as(ADA, &format!("{PAGE}?code={unknown}&state={unknown}")).await?;
        is_refused(stage).await
    })
}

#[test]
fn a_page_without_anything_is_no_longer_valid() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.open_as(ADA, PAGE).await?;
        is_refused(stage).await?;
        ensure!(stage.host.count("POST", FINISH) == 0);
        Ok(())
    })
}

#[test]
fn what_was_used_is_no_longer_valid() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        come_back(stage, "Allow").await?;
        window.arrives("/integrations").await?;
        let used = window.requests().await?.into_iter().find(|request| {
            request.method == "GET" && request.url.contains(PAGE) && request.url.contains("code=")
        });
        window.goto(&used.context("the page was never opened")?.url).await?;
        is_refused(stage).await?;
        ensure!(stage.host.integrations(ADA).await?.len() == 1);
        Ok(())
    })
}

#[test]
fn a_link_works_for_nobody_else() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window, door) = (&stage.host, &stage.window, Door::default());
        host.trouble("POST", FINISH, Trouble::Hold(door.clone()));
        come_back(stage, "Allow").await?;
        window.hear("status", "Connecting integration…").await?;
        let link = window.requests().await?.into_iter().find(|request| {
            request.method == "GET" && request.url.contains(PAGE) && request.url.contains("code=")
        });
        let link = link.context("the page was never opened")?.url;
        // Somebody else, in another browser.
        window.forget_cookies().await?;
        window.run("sessionStorage.clear()", Vec::new()).await?;
        window.goto("about:blank").await?;
        door.open();
        host.heal();
        stage.sign_in(BOB).await?;
        window.goto(&link).await?;
        is_refused(stage).await?;
        ensure!(host.integrations(BOB).await?.is_empty());
        Ok(())
    })
}

#[test]
fn a_provider_that_fails_is_told_apart() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.mocks.google.fault(Endpoint::Token, Fault::Status(500));
        come_back(stage, "Allow").await?;
        window.hear("alert", FAILED).await?;
        let text = window.tree().await?.text();
        ensure!(!text.contains("no longer valid"), "{text}");
        window.find("link", "Back to integrations").await?;
        window.find("button", "Try again").await?;
        Ok(())
    })
}

/// Begins on the page, and answers the consent page; the callback page follows.
pub(crate) async fn come_back(stage: &Stage, decision: &str) -> anyhow::Result<()> {
    stage.open_as(ADA, "/integrations").await?;
    stage.window.click_in("Google", "button", "Connect").await?;
    consent(&stage.window, decision).await
}

async fn is_refused(stage: &Stage) -> anyhow::Result<()> {
    stage.window.hear("alert", FAILED).await?;
    stage.window.see("This link is no longer valid").await?;
    stage.window.find("link", "Back to integrations").await?;
    Ok(())
}

/// The codes that the provider sent through the browser.
pub(crate) async fn codes(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let redirect = stage.host.at("/api/oauth/google/callback");
    let requests = stage.window.requests().await?;
    let urls = requests.iter().filter(|request| request.url.starts_with(&redirect));
    let urls: Vec<url::Url> = urls.map(|request| request.url.parse()).collect::<Result<_, _>>()?;
    let pairs = urls.iter().flat_map(url::Url::query_pairs);
    Ok(pairs.filter(|(name, _)| name == "code").map(|(_, code)| code.into_owned()).collect())
}
