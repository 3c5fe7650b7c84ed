#![doc = include_str!("../../docs/mock-google.md")]

mod account;
mod api;
mod api_error;
mod authorize;
mod builder;
pub mod calendar;
mod client;
mod consent;
mod control;
pub mod docs;
pub mod drive;
mod endpoints;
mod fields;
pub mod gmail;
mod identity;
mod scope;
pub mod sheets;
mod site;
mod state;
mod time;
mod token;

use std::{fmt, io, sync::Arc};

pub use account::GoogleAccount;
pub use api_error::{api_error, status_error};
pub use builder::MockGoogleBuilder;
pub use client::GoogleClient;
pub use consent::{Consent, ConsentError};
pub use endpoints::GoogleEndpoints;
pub use state::Rotation;

use crate::mock_provider::{Hub, Server};
use site::GoogleSite;
use time::Time;

/// The issuer that the mock claims to be, as Google does.
pub const ISSUER: &str = "https://accounts.google.com";
/// The client that is registered unless the builder names others.
pub const CLIENT_ID: &str = "4821.apps.googleusercontent.test";
/// The secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "GOCSPX-mock-client-secret";
/// The account that is there unless the builder names others.
pub const ACCOUNT_SUB: &str = "110248495921238986420";
/// The address of [`ACCOUNT_SUB`].
pub const ACCOUNT_EMAIL: &str = "ada@example.test";

const AUTHORIZE_PATH: &str = "/o/oauth2/v2/auth";
const TOKEN_PATH: &str = "/token";
const REVOKE_PATH: &str = "/revoke";
const USERINFO_PATH: &str = "/v1/userinfo";

/// Google on loopback: consent page, token endpoint, revocation, userinfo and APIs, with a memory and with faults.
///
/// It stops when it is dropped. Everything is in the [module's documentation](self).
pub struct MockGoogle {
    hub: Arc<Hub<GoogleSite>>,
    server: Server,
    endpoints: GoogleEndpoints,
    root: Option<(Vec<u8>, String)>,
}

impl MockGoogle {
    /// Starts one over plain HTTP, with one client and one account.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Starts one over TLS, with a certificate for `localhost` and `127.0.0.1` of an authority that nobody trusts yet.
    ///
    /// # Errors
    /// When no loopback port is free, or no certificate can be made.
    pub async fn start_tls() -> io::Result<Self> {
        Self::builder().tls().start().await
    }

    /// Sets it up first.
    #[must_use]
    pub fn builder() -> MockGoogleBuilder {
        MockGoogleBuilder::default()
    }

    /// Its addresses.
    #[must_use]
    pub const fn endpoints(&self) -> &GoogleEndpoints {
        &self.endpoints
    }

    /// Its root address.
    #[must_use]
    pub const fn url(&self) -> &url::Url {
        &self.endpoints.base
    }

    /// The certificate of its authority as DER, where it speaks TLS.
    #[must_use]
    pub fn root_certificate_der(&self) -> Option<&[u8]> {
        self.root.as_ref().map(|(der, _)| der.as_slice())
    }

    /// The certificate of its authority as PEM, where it speaks TLS.
    #[must_use]
    pub fn root_certificate_pem(&self) -> Option<&str> {
        self.root.as_ref().map(|(_, pem)| pem.as_str())
    }
}

/// Its address; no token.
impl fmt::Debug for MockGoogle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockGoogle").field("address", &self.server.address).finish_non_exhaustive()
    }
}
