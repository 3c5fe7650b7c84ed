//! Teller in small: enrollments with accounts, balances and transactions, the signatures of Teller Connect and of its
//! webhooks, and what breaks.
//!
//! `/connect/connect.js` stands in for Teller Connect, with its window in a frame: a person chooses a bank, or repairs an
//! enrollment, and the mock signs what `onSuccess` gets.
//!
//! It is made from Teller's documentation (<https://teller.io/docs>), and not from what our adapter sends. Where that leaves
//! something open, the mock takes what the adapter's README names as unverified: Ed25519 over SHA-256, in base64.

mod api;
mod connect;
mod control;
mod state;

use std::{fmt, io, sync::Arc};

use url::Url;

use self::{api::TellerSite, state::State};
use crate::mock_provider::{ClientIdentity, Hub, Server, TestCertificate};

pub use api::{ACCOUNTS_DELETE, ACCOUNTS_GET, ACCOUNTS_LIST, BALANCES_GET, TRANSACTIONS_LIST};

/// The application.
pub const APPLICATION_ID: &str = "app_mock";
/// The signing secret of its webhook.
pub const WEBHOOK_SECRET: &str = "whsec-mock-teller-5d0c";
/// An enrollment that is there from the start: two accounts, of which the second has no balances.
pub const PNC: &str = "enr_pnc1";
/// Another one, with a credit card.
pub const CHASE: &str = "enr_chase1";

/// Teller on loopback. It stops when it is dropped.
pub struct MockTeller {
    hub: Arc<Hub<TellerSite>>,
    server: Server,
    base: Url,
    tls: Option<(TestCertificate, ClientIdentity)>,
}

impl MockTeller {
    /// Starts one over plain HTTP, as the sandbox, which wants no certificate.
    ///
    /// # Errors
    /// When no loopback port is free, or no key can be made.
    pub async fn start() -> io::Result<Self> {
        Self::serve(None).await
    }

    /// Starts one that wants the certificate of the application in each handshake.
    ///
    /// # Errors
    /// As [`MockTeller::start`].
    pub async fn start_mtls() -> io::Result<Self> {
        let identity = ClientIdentity::new()?;
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let certificate = TestCertificate::for_clients(&names, &identity)?;
        Self::serve(Some((certificate, identity))).await
    }

    async fn serve(tls: Option<(TestCertificate, ClientIdentity)>) -> io::Result<Self> {
        let hub = Arc::new(Hub::new(TellerSite::new(State::new()?)));
        let config = tls.as_ref().map(|(certificate, _)| Arc::clone(&certificate.config));
        let scheme = if config.is_some() { "https" } else { "http" };
        let server = Server::start(Arc::clone(&hub), 0, config).await?;
        let base = Url::parse(&format!("{scheme}://{}/", server.address)).map_err(io::Error::other)?;
        Ok(Self { hub, server, base, tls })
    }

    /// Its root address.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.base
    }

    /// The certificate of its authority as DER, where it speaks TLS.
    #[must_use]
    pub fn root_certificate_der(&self) -> Option<&[u8]> {
        self.tls.as_ref().map(|(certificate, _)| certificate.root_der.as_slice())
    }

    /// The certificate of the application and its private key as PEM, where it wants one.
    #[must_use]
    pub fn client_identity_pem(&self) -> Option<(&str, &str)> {
        self.tls.as_ref().map(|(_, identity)| (identity.certificate_pem.as_str(), identity.key_pem.as_str()))
    }
}

/// Its address; no token.
impl fmt::Debug for MockTeller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockTeller").field("address", &self.server.address).finish_non_exhaustive()
    }
}
