//! LinkedIn on loopback: consent, tokens of 60 days, userinfo, posts, and the two APIs of partners.
//!
//! It answers as LinkedIn is documented to: the client proves itself in the form, scopes come back with commas, a denied
//! consent has LinkedIn's own words, a consent to another set of scopes ends the tokens of the earlier one, there is no
//! revocation, and no refresh token but for a partner. The name of a post is only in a header, and **a reserved character
//! of "little text" that is not escaped ends the post, silently**. The person of the mock allows everything: `GET` of the
//! consent page sends the browser straight back, unless [`MockLinkedIn::show_consent_page`] was called.
//!
//! ```
//! use bailee_testkit::MockLinkedIn;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let linkedin = MockLinkedIn::start().await?;
//! assert!(linkedin.posts().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod api_error;
mod control;
mod messages;
mod oauth;
mod posts;
mod site;
mod state;

use std::{fmt, io, sync::Arc};

use url::Url;

pub use api_error::api_error;
pub use state::{LinkedInAccount, LinkedInMessage, LinkedInPost};

use crate::mock_provider::{Endpoint, Hub, Server};
use site::LinkedInSite;

/// The client that is registered.
pub const CLIENT_ID: &str = "86mockclient";
/// The secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "WPL_AP1.mock+secret=";
/// The id of the account that approves.
pub const ACCOUNT_ID: &str = "782bbtaQ";
/// The name of [`ACCOUNT_ID`].
pub const ACCOUNT_NAME: &str = "Ada Demo";

/// `POST /rest/posts`.
pub const CREATE_POST: Endpoint = Endpoint::Api("posts.create");
/// `POST /v2/messages`, of partners.
pub const SEND_MESSAGE: Endpoint = Endpoint::Api("messages.create");
/// `GET /rest/memberSnapshotData`, of partners.
pub const SNAPSHOT: Endpoint = Endpoint::Api("memberSnapshotData.criteria");

/// LinkedIn on loopback. It stops when it is dropped. Everything is in the [module's documentation](self).
pub struct MockLinkedIn {
    hub: Arc<Hub<LinkedInSite>>,
    server: Server,
    url: Url,
}

impl MockLinkedIn {
    /// Starts one over plain HTTP, with one ordinary client and one account.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn start() -> io::Result<Self> {
        Self::with(LinkedInSite::default()).await
    }

    /// As [`MockLinkedIn::start`], with a client that LinkedIn approved as a partner: it gets refresh tokens, any scope,
    /// and the APIs of partners.
    ///
    /// # Errors
    /// As [`MockLinkedIn::start`].
    pub async fn start_for_partner() -> io::Result<Self> {
        let site = LinkedInSite::default();
        site.state().partner = true;
        Self::with(site).await
    }

    async fn with(site: LinkedInSite) -> io::Result<Self> {
        let hub = Arc::new(Hub::new(site));
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
impl fmt::Debug for MockLinkedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockLinkedIn").field("address", &self.server.address).finish_non_exhaustive()
    }
}
