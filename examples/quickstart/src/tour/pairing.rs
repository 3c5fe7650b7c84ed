//! Chats that are connected by a word that the user sends to a bot.

use anyhow::{Context as _, ensure};
use bailee_testkit::mock_telegram::{Person, SHARED_BOT, Update};
use reqwest::{StatusCode, header};
use serde_json::json;
use url::Url;

use super::Tour;
use crate::browser;

pub(super) async fn telegram(tour: &mut Tour<'_>) -> anyhow::Result<()> {
    let mock = &tour.mocks.telegram;
    tour.steps.step("Telegram: a chat is paired with a bot, a message");
    let path = "/v1/integrations/telegram/connect";
    let begun = tour.browser.post(path, &json!({})).await?;
    let link: Url = begun["link"]["url"].as_str().context("no link in the answer")?.parse()?;
    let word = link.query_pairs().find_map(|(name, word)| (name == "start").then(|| word.into_owned()));
    tour.steps.say(format!("POST {path} -> {}{}?start=...", link.authority(), link.path()));
    let update = mock.press_start(SHARED_BOT, &Person::ada(), &word.context("no word in the link")?);
    deliver(&update).await?;
    let hook: Url = update.url.parse()?;
    tour.steps.say(format!("The user presses Start, and Telegram tells {}.", hook.path()));
    tour.connected("telegram").await?;
    tour.call("send_telegram_message", json!({ "text": "Tea is ready." }), "/message_id").await?;
    let (_, chat, _) = mock.messages().pop().context("no message is at Telegram")?;
    ensure!(chat == Person::ada().id, "it goes to the chat that was paired");
    Ok(())
}

/// Does what Telegram does with an update.
async fn deliver(update: &Update) -> anyhow::Result<()> {
    let request = browser::client()?.post(&update.url).headers(update.headers.clone());
    let request = request.header(header::CONTENT_TYPE, "application/json").body(update.body());
    let status = request.send().await?.status();
    ensure!(status == StatusCode::NO_CONTENT, "the hook answered {status}");
    Ok(())
}
