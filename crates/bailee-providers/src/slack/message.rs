//! Messages of the bot: `chat.postMessage`.

use serde_json::{Value, json};

use super::Slack;
use crate::api::Repeat;
use bailee_core::{ProviderError, ToolAccount};

/// How the text of a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Markup {
    /// `*bold*` and its kin count.
    Mrkdwn,
    /// Nothing does.
    None,
}

/// Where a message went.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) channel: String,
    pub(super) ts: String,
}

/// Posts a text, which mentions nobody, hides no address behind a word, and has no address unfolded.
pub(super) async fn post(
    slack: &Slack,
    account: &ToolAccount<'_>,
    channel: &str,
    text: &str,
    markup: Markup,
) -> Result<Posted, ProviderError> {
    let body = json!({
        "channel": channel,
        "text": escaped(text),
        "mrkdwn": markup == Markup::Mrkdwn,
        "link_names": false,
        "parse": "none",
        "unfurl_links": false,
        "unfurl_media": false,
    });
    let answer = slack.post("chat.postMessage", &body, account.access_token, Repeat::Unsafe).await?;
    let member = |name: &str| {
        let text = answer.get(name).and_then(Value::as_str).filter(|text| is_reference(text));
        // It was posted: another attempt would post it again.
        text.map(str::to_owned).ok_or(ProviderError::OutcomeUnknown)
    };
    Ok(Posted { channel: member("channel")?, ts: member("ts")? })
}

/// The three characters that begin or end what Slack reads as a mention, a link or an entity.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The id of a conversation (`C…`, `G…`, `D…`), or of a person (`U…`), whose conversation with the app it then is.
pub(super) fn is_channel(text: &str) -> bool {
    let mut bytes = text.bytes();
    let kind = bytes.next().is_some_and(|kind| matches!(kind, b'C' | b'D' | b'G' | b'U'));
    kind && (2..=64).contains(&text.len())
        && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// What may be an id of Slack's: short and of visible ASCII.
fn is_reference(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
