use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    MockTelegram, Webhook,
    state::{Bot, Sent},
};
use crate::mock_provider::{Endpoint, Fault, PlantedFault, RecordedRequest};

impl MockTelegram {
    /// Every request since the start, in order of arrival. Their paths hold tokens.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.hub.log.requests()
    }

    /// Plants a fault: a standing rule, unless the returned value narrows it.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) -> PlantedFault<'_> {
        self.hub.faults.plant(endpoint, fault)
    }

    /// Takes webhooks at plain addresses of this machine too, where Telegram wants https on one of four ports: for a demo
    /// without certificates.
    pub fn allow_loopback_webhooks(&self) {
        self.hub.site.state().loopback_webhooks = true;
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.hub.faults.clear();
    }

    /// Adds a bot. Its id is the number before the colon of its token.
    pub fn add_bot(&self, token: &str, username: &str) {
        let id = token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or_default();
        let bot = Bot {
            id,
            username: username.to_owned(),
            webhook: None,
            chats: BTreeSet::new(),
            blocked: BTreeSet::new(),
        };
        self.hub.site.state().bots.insert(token.to_owned(), bot);
    }

    /// The maker of a bot replaces its token at `@BotFather`. Webhook and chats stay.
    pub fn replace_token(&self, token: &str, with: &str) {
        let mut state = self.hub.site.state();
        if let Some(bot) = state.bots.remove(token) {
            state.bots.insert(with.to_owned(), bot);
            state.revoked.push(token.to_owned());
        }
    }

    /// The maker of a bot takes its token back.
    pub fn revoke_token(&self, token: &str) {
        let mut state = self.hub.site.state();
        if state.bots.remove(token).is_some() {
            state.revoked.push(token.to_owned());
        }
    }

    /// The webhook of a bot.
    #[must_use]
    pub fn webhook(&self, token: &str) -> Option<Webhook> {
        self.hub.site.state().bots.get(token).and_then(|bot| bot.webhook.clone())
    }

    /// Other software, or a failing delivery, leaves a bot with this webhook.
    pub fn set_webhook(&self, token: &str, webhook: Webhook) {
        if let Some(bot) = self.hub.site.state().bots.get_mut(token) {
            bot.webhook = Some(webhook);
        }
    }

    /// The messages that were taken: the bot's id, the chat's id, and the arguments where they were JSON.
    #[must_use]
    pub fn messages(&self) -> Vec<(i64, i64, Value)> {
        let state = self.hub.site.state();
        let told = |sent: &Sent| (sent.bot, sent.chat_id, sent.arguments.clone());
        state.sent.iter().map(told).collect()
    }

    /// Every token that works or worked, and every secret of a webhook. For searching logs.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.hub.site.state();
        let webhooks = state.bots.values().filter_map(|bot| bot.webhook.as_ref());
        let secrets = webhooks.filter_map(|webhook| webhook.secret_token.clone());
        state.bots.keys().chain(&state.revoked).cloned().chain(secrets).collect()
    }
}
