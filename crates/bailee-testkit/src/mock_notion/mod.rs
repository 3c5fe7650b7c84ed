//! Notion on loopback: consent, tokens, pages, databases with data sources, blocks and search, of version 2026-03-11.
//!
//! ```
//! # async fn demo() -> std::io::Result<()> {
//! use bailee_testkit::{MockNotion, mock_notion};
//!
//! let notion = MockNotion::start().await?;
//! let page = notion.add_page("Roadmap");
//! notion.unshare(&page);
//! notion.set_budget(Some(2)); // the third request is told to slow down
//! assert_eq!(notion.count_of(mock_notion::SEARCH), 0);
//! # Ok(())
//! # }
//! ```
//!
//! One connection, [`CLIENT_ID`], with one person, who shares every page. Refresh tokens rotate, and a second use of one
//! ends the grant. Access tokens expire when the test says so. Every request needs the version header. It refuses what
//! Notion is known to refuse: texts of more than 2,000 characters, lists of more than 100, blocks nested too deep, columns
//! that are not there. Of filters it knows `equals`, `contains` and `is_empty`, with `and` and `or`.
//!
//! What is not documented is as it would hurt most: a dead token cannot be revoked again (`invalid_grant`), and ends with
//! its refresh token.

mod answer;
mod api;
mod block;
mod consent;
mod control;
mod database;
mod filter;
mod page;
mod search;
mod site;
mod state;
mod token;
mod workspace;

use std::{fmt, io, sync::Arc};

use url::Url;

pub use answer::api_error;
pub use api::{
    BLOCKS_APPEND, BLOCKS_LIST, DATA_SOURCE_GET, DATA_SOURCE_QUERY, DATABASE_CREATE, DATABASE_GET,
    INTROSPECT, PAGE_CREATE, PAGE_GET, PAGE_MARKDOWN, PAGE_UPDATE, SEARCH,
};
pub use consent::NotionConsentError;

use crate::mock_provider::{Hub, Server};
use site::NotionSite;

/// The client that is registered.
pub const CLIENT_ID: &str = "463f5d20-0000-4000-8000-0000000000aa";
/// The secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "secret_mockNotionClientSecret";
/// The workspace.
pub const WORKSPACE_ID: &str = "a5cd917a-1111-4222-8333-444455556666";
/// The person who consents.
pub const USER_ID: &str = "d40e767c-1111-4222-8333-444455556666";
/// The bot of the connection in the workspace.
pub const BOT_ID: &str = "b0a7c3d2-1111-4222-8333-444455556666";
/// The version that every request must name.
pub const VERSION: &str = "2026-03-11";

/// Notion on loopback, with a memory and with faults.
///
/// It stops when it is dropped. Everything is in the [module's documentation](self).
pub struct MockNotion {
    hub: Arc<Hub<NotionSite>>,
    server: Server,
    url: Url,
}

impl MockNotion {
    /// Starts one over plain HTTP.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn start() -> io::Result<Self> {
        let hub = Arc::new(Hub::new(NotionSite::default()));
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
impl fmt::Debug for MockNotion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockNotion").field("address", &self.server.address).finish_non_exhaustive()
    }
}
