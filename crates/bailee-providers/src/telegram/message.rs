//! Plain text to the paired chat: `sendMessage`.

use serde::Deserialize;
use serde_json::json;

use super::{Telegram, connect::CHAT_ID};
use crate::api::Repeat;
use bailee_core::{Delivered, Notify, ProviderError, ToolAccount};

/// The longest text, in UTF-16 code units.
pub(super) const MAX_TEXT: usize = 4_096;

#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

/// Sends a text and returns the id of the message. No `parse_mode` is sent, so that nothing in it is markup.
pub(super) async fn send(
    telegram: &Telegram,
    account: &ToolAccount<'_>,
    text: &str,
) -> Result<i64, ProviderError> {
    let bot = telegram.bot(account.access_token)?;
    let chat_id = account
        .config
        .get(CHAT_ID)
        .and_then(serde_json::Value::as_i64)
        .ok_or(ProviderError::Rejected { status: 409, code: "not_paired" })?;
    let arguments =
        json!({ "chat_id": chat_id, "text": text, "link_preview_options": { "is_disabled": true } });
    let sent: Sent = telegram.ask(&bot, "sendMessage", &arguments, Repeat::Unsafe).await?;
    Ok(sent.message_id)
}

pub(super) async fn notify(telegram: &Telegram, notify: &Notify<'_>) -> Result<Delivered, ProviderError> {
    let news = notify.notification;
    let url = news.url().map(|url| format!("\n\n{url}")).unwrap_or_default();
    // An address that leaves no room for the text is of no use to anybody.
    let url = if units(&url) < MAX_TEXT / 2 { url } else { String::new() };
    let mut text = news.title().to_owned();
    if !news.text().is_empty() {
        text.push_str("\n\n");
        text.push_str(news.text());
    }
    let text = cut(&text, MAX_TEXT - units(&url)) + &url;
    let id = send(telegram, notify.account, &text).await?;
    Ok(Delivered { reference: Some(id.to_string()) })
}

pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// At most so many units of a text, with an ellipsis where something is left out.
fn cut(text: &str, max: usize) -> String {
    if units(text) <= max {
        return text.to_owned();
    }
    let mut room = max.saturating_sub(1);
    let fits = |character: &char| {
        let left = room.checked_sub(character.len_utf16());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_utf_16_units_and_never_inside_a_character() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("a\u{1F511}\u{1F511}", 4), "a\u{1F511}…");
        assert_eq!(cut("\u{1F511}\u{1F511}\u{1F511}", 4), "\u{1F511}…");
    }
}
