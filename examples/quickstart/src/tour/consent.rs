//! Accounts that are connected on a consent page, as Google's is.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::json;
use url::Url;

use super::Tour;

pub(super) async fn x(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.x;
    mock.add_post("12", "The kettle is on.");
    tour.steps.step("X: consent, read, post");
    connect(tour, "x", |page| Ok(mock.approve(page)?)).await?;
    tour.call("read_timeline", json!({}), "/items/0/text").await?;
    tour.call("post_tweet", json!({ "text": "Tea is ready." }), "/url").await?;
    ensure!(mock.posts().iter().any(|post| post.text == "Tea is ready."), "the post is at X");
    Ok(())
}

pub(super) async fn linkedin(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.linkedin;
    mock.set_snapshot(vec![json!({ "FROM": "Bob", "CONTENT": "Tea at three?" })]);
    tour.steps.step("LinkedIn: consent, read, post; messages are for apps that LinkedIn took on as partners");
    connect(tour, "linkedin", |page| Ok(mock.approve(page)?)).await?;
    tour.call("read_linkedin_dms", json!({}), "/items/0/content").await?;
    tour.call("post_to_linkedin", json!({ "text": "We are hiring." }), "/url").await?;
    ensure!(mock.posts().iter().any(|post| post.text == "We are hiring."), "the post is at LinkedIn");
    Ok(())
}

pub(super) async fn notion(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.notion;
    let roadmap = mock.add_page("Roadmap");
    tour.steps.step("Notion: consent, search, a new page");
    connect(tour, "notion", |page| Ok(mock.approve(page)?)).await?;
    tour.call("search_notion", json!({ "query": "Road" }), "/items/0/title").await?;
    let minutes =
        json!({ "parent_id": roadmap, "title": "Minutes", "markdown": "# Tea\n\n- Bob brings cake" });
    tour.call("create_notion_page", minutes, "/page/title").await?;
    ensure!(mock.pages().len() == 2, "the page is at Notion");
    Ok(())
}

pub(super) async fn slack(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.slack;
    tour.steps.step("Slack: consent, a message; there is nothing to read");
    connect(tour, "slack", |page| Ok(mock.approve(page)?)).await?;
    let message = json!({ "channel": "C0GEN", "text": "Tea is ready." });
    tour.call("send_slack_message", message, "/ts").await?;
    ensure!(mock.messages().len() == 1, "the message is at Slack");
    Ok(())
}

/// Asks for the consent page, allows everything on it, and comes back.
async fn connect(
    tour: &Tour<'_>,
    provider: &str,
    approve: impl FnOnce(&Url) -> anyhow::Result<Url> + Send,
) -> anyhow::Result<()> {
    let path = format!("/v1/integrations/{provider}/authorize");
    let link = tour.browser.fetch(Method::GET, &path).await?;
    let page: Url = link["url"].as_str().context("no url in the answer")?.parse()?;
    tour.steps.say(format!("GET {path} -> {}{}?...", page.authority(), page.path()));
    let returned = approve(&page)?;
    let back = returned.path().to_owned();
    tour.browser.follow(returned).await?;
    tour.steps.say(format!("The user allows it, and comes back to {back} with a code."));
    tour.connected(provider).await
}
