//! X on loopback: consent, tokens that rotate, revocation, posts and direct messages, with a memory and with faults.
//!
//! It answers as X is documented to: one live grant for each account and app, refresh tokens of which a second use ends
//! the grant, codes and tokens that are refused with `invalid_request`, HTTP Basic or nothing at the token endpoint,
//! problem documents, and `x-rate-limit-reset` on every answer of the API. The person of the mock allows everything:
//! `GET` of the consent page sends the browser straight back, unless [`MockX::show_consent_page`] was called.
//!
//! ```
//! use bailee_testkit::{MockX, mock_provider::{Endpoint, Fault}};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let x = MockX::start().await?;
//! x.add_post("12", "hi");
//! x.fault(Endpoint::Token, Fault::Status(503)).times(2);
//! assert_eq!(x.posts().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod control;
mod messages;
mod oauth;
mod posts;
mod site;
mod state;

use std::{fmt, io, sync::Arc};

use url::Url;

pub use state::{XAccount, XMessage, XPost};

use crate::mock_provider::{Endpoint, Hub, Server};
use site::XSite;

/// The client that is registered.
pub const CLIENT_ID: &str = "bW9jay1jbGllbnQ6MTpjaQ";
/// The secret of [`CLIENT_ID`]. What is not a letter has to be encoded in a Basic header (RFC 6749 §2.3.1).
pub const CLIENT_SECRET: &str = "mock-x:client/secret+1";
/// The id of the account that approves.
pub const ACCOUNT_ID: &str = "2244994945";
/// The name of [`ACCOUNT_ID`].
pub const ACCOUNT_USERNAME: &str = "ada_demo";

/// `POST /2/tweets`.
pub const CREATE_POST: Endpoint = Endpoint::Api("posts.create");
/// `GET /2/users/{id}/timelines/reverse_chronological`.
pub const HOME_TIMELINE: Endpoint = Endpoint::Api("timelines.home");
/// `POST /2/dm_conversations/with/{participant_id}/messages`.
pub const SEND_MESSAGE: Endpoint = Endpoint::Api("messages.send");
/// `GET /2/dm_events`.
pub const ALL_MESSAGES: Endpoint = Endpoint::Api("messages.all");
/// `GET /2/dm_conversations/{id}/dm_events`.
pub const CONVERSATION: Endpoint = Endpoint::Api("messages.conversation");

/// X on loopback. It stops when it is dropped. Everything is in the [module's documentation](self).
pub struct MockX {
    hub: Arc<Hub<XSite>>,
    server: Server,
    url: Url,
}

impl MockX {
    /// Starts one over plain HTTP, with one client and one account.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn start() -> io::Result<Self> {
        let hub = Arc::new(Hub::new(XSite::default()));
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
impl fmt::Debug for MockX {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockX").field("address", &self.server.address).finish_non_exhaustive()
    }
}
