//! Requests to the Bot API, in whose addresses the token stands.

use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Telegram, bot_token::BotToken, error};
use crate::api::{Api, Repeat, json};
use bailee_core::ProviderError;
use bailee_oauth::Request;

#[derive(Deserialize)]
struct Success<T> {
    result: T,
}

impl Telegram {
    /// Calls a method of the Bot API as this bot and returns its result.
    ///
    /// The address leaves this function in the request alone, whose `Debug` tells the host; errors hold no address.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        bot: &BotToken,
        method: &'static str,
        arguments: &Value,
        repeat: Repeat,
    ) -> Result<T, ProviderError> {
        let api = Api { http: &self.http, token_hosts: &self.descriptor.token_hosts };
        if !api.token_hosts.iter().any(|host| self.api.host_str() == Some(host)) {
            return Err(ProviderError::Unsupported);
        }
        let mut url = self.api.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Unsupported)?
            .pop_if_empty()
            .push(&format!("bot{}", bot.expose_secret()))
            .push(method);
        let response = api.exchange(Request::post(url).json(arguments), repeat).await?;
        if response.status().is_success() {
            return json::<Success<T>>(&response, repeat).map(|success| success.result);
        }
        Err(match error::classify(&response) {
            error @ ProviderError::Unavailable { .. } => repeat.unclear(error),
            // The platform's own token is the operator's to mend, and no user's.
            ProviderError::TokenRejected if bot.id() == self.shared.id() => ProviderError::Client,
            other => other,
        })
    }
}
