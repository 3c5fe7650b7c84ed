//! What the pages keep to, as a browser enforces it, and what they weigh.

use anyhow::ensure;
use browser_tests::{ADA, Stage, on_stage};

use crate::{
    callback::come_back,
    rig::{card, card_says},
};

#[test]
fn no_page_breaks_its_own_policy() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.join_email(ADA).await?;
        come_back(stage, "Allow").await?;
        card_says(window, "Google", "Valid").await?;
        window.click_in("Google", "button", "Disconnect").await?;
        window.find("dialog", "Disconnect Google?").await?;
        stage.open("/integrations/google/callback?error=access_denied").await?;
        window.find("link", "Back to integrations").await?;
        keeps_to_its_policy(stage).await
    })
}

#[test]
fn the_watch_for_breaches_sees_them() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        card(window, "Google").await?;
        let breach = "const style = document.createElement('p'); style.setAttribute('style', 'color: red');
            document.body.append(style);";
        window.run(breach, Vec::new()).await?;
        window
            .until("a breach on the console", async || {
                Ok(keeps_to_its_policy(stage).await.is_err().then_some(()))
            })
            .await
    })
}

#[test]
fn the_list_is_loaded_with_25_kilobytes_of_files() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        card(window, "Google").await?;
        let sizes = "return performance.getEntriesByType('resource')
            .filter(({ name }) => /\\.(js|css)$/.test(name))
            .map(({ name, encodedBodySize }) => [name, encodedBodySize]);";
        let files = window.run(sizes, Vec::new()).await?;
        let sizes = files.as_array().into_iter().flatten().filter_map(|file| file.get(1)?.as_u64());
        let total: u64 = sizes.sum();
        ensure!(total > 0 && total <= 25 * 1024, "{total} bytes: {files}");
        Ok(())
    })
}

#[test]
fn files_are_fetched_once() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        card(window, "Google").await?;
        let before = files(stage);
        stage.open("/integrations").await?;
        card(window, "Google").await?;
        ensure!(before > 0 && files(stage) == before, "{before} files, then {}", files(stage));
        Ok(())
    })
}

fn files(stage: &Stage) -> usize {
    stage.host.seen().iter().filter(|seen| seen.path.starts_with("/integrations/assets/")).count()
}

/// No breach since the window was opened, on any page.
pub(crate) async fn keeps_to_its_policy(stage: &Stage) -> anyhow::Result<()> {
    let console = stage.window.console().await?;
    let breach =
        |line: &&String| line.contains("securitypolicyviolation") || line.contains("Content Security Policy");
    let breaches: Vec<_> = console.iter().filter(breach).collect();
    ensure!(breaches.is_empty(), "{breaches:#?}");
    Ok(())
}
