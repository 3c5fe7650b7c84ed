use serde_json::{Map, Value, json};

use super::{
    Slack,
    message::{self, Markup, is_channel},
};
use bailee_core::{Delivered, Notify, ProviderError};

/// Where notifications go.
pub(super) fn settings() -> Value {
    json!({
        "type": "object",
        "properties": {
            "channel": {
                "type": "string",
                "pattern": "^[CDGU][A-Z0-9]{1,63}$",
                "description": "The id of the channel that notifications go to, such as C0GEN; the person who connected Slack if absent.",
            },
        },
        "additionalProperties": false,
    })
}

pub(super) async fn notify(slack: &Slack, notify: &Notify<'_>) -> Result<Delivered, ProviderError> {
    let news = notify.notification;
    let channel = destination(notify.account.config)?;
    let parts = [Some(news.title()), Some(news.text()), news.url().map(url::Url::as_str)];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let posted = message::post(slack, notify.account, channel, &parts.join("\n"), Markup::None).await?;
    Ok(Delivered { reference: Some(format!("{}/{}", posted.channel, posted.ts)) })
}

/// The channel that the owner chose, else the person who connected.
fn destination(config: &Map<String, Value>) -> Result<&str, ProviderError> {
    let told = |name: &str| config.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    told("channel")
        .or_else(|| told("user_id"))
        .filter(|channel| is_channel(channel))
        .ok_or(ProviderError::Rejected { status: 0, code: "no_channel" })
}
