//! Slack on loopback, for tests without a workspace.
//!
//! `MockSlack` is one workspace with one app: consent by [`MockSlack::approve`]
//! or, after [`MockSlack::show_consent_page`], by a person, `oauth.v2.access`, `auth.test`,
//! `auth.revoke`, `apps.uninstall` and `chat.postMessage`. It remembers what it issued, records what it was asked, and fails
//! when a test tells it to. Every error but those of faults has status 200 and `ok: false`, as at Slack.
//!
//! - Without rotation all people of the workspace get the same bot token, which never expires. With
//!   [`MockSlack::start_rotating`] each consent gets a pair of its own.
//! - A refresh token works once; the access token before it lives on. Bot and person have one each, where a consent
//!   asked for `user_scope`; [`MockSlack::revoke_person`] ends those of a person.
//! - `auth.revoke` ends one token; `apps.uninstall` ends all, unless [`MockSlack::refuse_uninstall`] was called.
//! - Scopes add up until the app is uninstalled.
//! - The bot is in `C0GEN`. It is not in the public `C0PUB`, where `chat:write.public` lets it post, nor in the private
//!   `G0SECRET`, which it does not even see. `C0OLD` is archived. `U0ADA` and `U0BOB` are people.
//!
//! It does not limit live tokens to two for each installation, and knows no second workspace.

mod api;
mod consent;
mod control;
mod oauth;
mod site;
mod state;

use std::{fmt, io, sync::Arc};

use url::Url;

use crate::mock_provider::{Endpoint, Hub, Server};
pub use consent::ConsentError;
use site::SlackSite;

const AUTHORIZE_PATH: &str = "/oauth/v2/authorize";

/// The app's client id.
pub const CLIENT_ID: &str = "11.22";
/// The secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "mock-slack-client-secret";
/// The workspace.
pub const TEAM_ID: &str = "T0DEMO";
/// The name of the workspace.
pub const TEAM_NAME: &str = "Vox Demo";
/// The app.
pub const APP_ID: &str = "A0DEMO";
/// The person who approves.
pub const USER_ID: &str = "U0ADA";
/// `chat.postMessage`.
pub const POST_MESSAGE: Endpoint = Endpoint::Api("chat.postMessage");

/// Slack on loopback: a workspace with an app, a memory, and faults.
///
/// It stops when it is dropped. Everything is in the [module's documentation](self).
pub struct MockSlack {
    hub: Arc<Hub<SlackSite>>,
    server: Server,
    url: Url,
}

impl MockSlack {
    /// Starts one whose tokens never expire, over plain HTTP.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn start() -> io::Result<Self> {
        Self::run(false).await
    }

    /// Starts one whose app has token rotation on.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn start_rotating() -> io::Result<Self> {
        Self::run(true).await
    }

    async fn run(rotation: bool) -> io::Result<Self> {
        let hub = Arc::new(Hub::new(SlackSite::new(rotation)));
        let server = Server::start(Arc::clone(&hub), 0, None).await?;
        let url = Url::parse(&format!("http://{}/", server.address)).map_err(io::Error::other)?;
        Ok(Self { hub, server, url })
    }

    /// Its root address.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }
}

/// Its address; no token.
impl fmt::Debug for MockSlack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockSlack").field("address", &self.server.address).finish_non_exhaustive()
    }
}
