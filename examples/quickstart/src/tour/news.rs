//! What goes to all channels, and the end of all accounts.

use anyhow::{Context as _, bail, ensure};
use bailee::{ExposeSecret as _, Notification, NotifyResult, Target};
use bailee_testkit::mock_teller::PNC;
use reqwest::Method;

use super::Tour;
use crate::walk;

const TITLE: &str = "The walk is over";

pub(super) async fn notify(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    tour.steps.step("Notify: the owner is told something, through every channel that they connected");
    let news = Notification::new("walk.finished", TITLE, "Eight accounts were connected and used.")?;
    let told = tour.host.bailee.notify(&tour.assistant, Target::All, &news).await?;
    let rows = tour.integrations().await?;
    for notified in &told {
        let row = rows.iter().find(|row| row.id == notified.integration).context("a channel of nobody")?;
        match &notified.result {
            NotifyResult::Delivered(delivered) => {
                let reference = delivered.reference.as_deref().unwrap_or("no reference");
                tour.steps.say(format!("{}: delivered ({reference})", row.provider));
            }
            other => bail!("{}: {other:?}", row.provider),
        }
    }
    ensure!(told.len() == 4, "Email, Slack, Telegram and Webhook are channels");
    let [_, _, channels @ ..] = tour.mocks.arrivals();
    let told = |(_, message): &(_, Option<String>)| message.as_ref().is_some_and(|it| it.contains(TITLE));
    ensure!(channels.iter().all(told), "it arrived everywhere");
    Ok(())
}

pub(super) async fn disconnect(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    tour.steps.step("Disconnect: all of them, each as far as its provider can");
    tour.steps.say("DELETE /v1/integrations/{id}, for each:");
    let notion = tour.host.bailee.token(&tour.host.owner, "notion").await?;
    let slack = tour.host.bailee.token(&tour.host.owner, "slack").await?;
    for row in tour.integrations().await? {
        let path = format!("/v1/integrations/{}", row.id);
        let answer = tour.browser.fetch(Method::DELETE, &path).await?;
        let outcome = answer["revocation"].as_str().context("no outcome in the answer")?;
        let meaning = match outcome {
            "revoked" => "nothing is left to do at the provider",
            "unsupported" => "the provider has nothing to revoke it with; it is erased here",
            other => bail!("{}: {other}", row.provider),
        };
        tour.steps.say(format!("{}: {outcome}, {meaning}", row.provider));
    }
    ensure!(tour.integrations().await?.is_empty(), "nothing is connected");
    let mocks = tour.mocks;
    ensure!(!mocks.notion.is_live(notion.token().expose_secret()), "the token is dead at Notion");
    ensure!(!mocks.slack.is_live(slack.token().expose_secret()), "the token is dead at Slack");
    ensure!(!mocks.teller.has_enrollment(PNC), "the enrollment is gone from Teller");
    ensure!(mocks.x.live_tokens() == (0, 0), "no token is alive at X");
    let left = tour.host.bailee.tools(&tour.assistant).await?;
    ensure!(!left.iter().any(|tool| tool.tool().needs_account), "no tool of an account is left");
    tour.steps.say(format!("The assistant is left with {}.", walk::tools(tour.host, &tour.assistant).await?));
    Ok(())
}
