//! The Bot API of Telegram on loopback, for tests without a bot.
//!
//! `MockTelegram` has the bots that it is told of, with a webhook each, and people who write to them: `getMe`,
//! `getWebhookInfo`, `setWebhook`, `deleteWebhook` and `sendMessage`, by GET or POST, with arguments in the query, in a form
//! or in JSON. It records what it was asked, and fails when a test tells it to.
//!
//! - A bot has one webhook; setting it replaces what was there.
//! - Nothing is delivered by itself: what a person does gives an [`Update`], with the address and the secret of the webhook
//!   that the bot has at that moment, and the test hands it over.
//! - `/<name of a bot>?start=<word>` stands in for a deep link of `t.me`: a page with a button *Start*. Whoever presses it
//!   has the mock deliver the update itself, to a plain address of this machine.
//! - A bot cannot write first: until a person pressed *Start* there is no chat, and after they blocked it none that it may
//!   write to.
//! - Errors have the shapes and words of the server.

mod api;
mod chat;
mod control;
mod deliver;
mod people;
mod site;
mod state;

use std::{fmt, io, sync::Arc};

use url::Url;

use crate::mock_provider::{Endpoint, Hub, Server};
pub use people::{Person, Update};
use site::TelegramSite;
pub use state::Webhook;

/// The token of the bot that the platform's users share.
pub const SHARED_BOT: &str = "781700368:AAEmock-shared-bot-token-0123456789_";
/// The name of that bot.
pub const SHARED_NAME: &str = "VZPlatform_bot";
/// The token of a bot that a person made.
pub const OWN_BOT: &str = "5550077:AAFmock-own-bot-token-0123456789_xyz";
/// The name of that bot.
pub const OWN_NAME: &str = "AdasOwn_bot";
/// `sendMessage`.
pub const SEND_MESSAGE: Endpoint = Endpoint::Api("sendMessage");
/// `getMe`.
pub const GET_ME: Endpoint = Endpoint::Api("getMe");
/// `getWebhookInfo`.
pub const GET_WEBHOOK_INFO: Endpoint = Endpoint::Api("getWebhookInfo");
/// `setWebhook`.
pub const SET_WEBHOOK: Endpoint = Endpoint::Api("setWebhook");
/// `deleteWebhook`.
pub const DELETE_WEBHOOK: Endpoint = Endpoint::Api("deleteWebhook");

/// Telegram on loopback: bots, people, a memory, and faults.
///
/// It stops when it is dropped. Everything is in the [module's documentation](self).
pub struct MockTelegram {
    hub: Arc<Hub<TelegramSite>>,
    server: Server,
    url: Url,
}

impl MockTelegram {
    /// Starts one with [`SHARED_BOT`] and [`OWN_BOT`], over plain HTTP.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn start() -> io::Result<Self> {
        let hub = Arc::new(Hub::new(TelegramSite::default()));
        let server = Server::start(Arc::clone(&hub), 0, None).await?;
        let url = Url::parse(&format!("http://{}/", server.address)).map_err(io::Error::other)?;
        let mock = Self { hub, server, url };
        mock.add_bot(SHARED_BOT, SHARED_NAME);
        mock.add_bot(OWN_BOT, OWN_NAME);
        Ok(mock)
    }

    /// Its root address.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }
}

/// Its address; no token.
impl fmt::Debug for MockTelegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockTelegram").field("address", &self.server.address).finish_non_exhaustive()
    }
}
