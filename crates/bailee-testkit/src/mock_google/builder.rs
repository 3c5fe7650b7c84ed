use std::{io, sync::Arc};

use url::Url;

use bailee_core::Clock;

use super::{
    ACCOUNT_EMAIL, ACCOUNT_SUB, CLIENT_ID, CLIENT_SECRET, GoogleAccount, GoogleClient, GoogleEndpoints,
    MockGoogle, Rotation, Time, site::GoogleSite, state::State,
};
use crate::mock_provider::{Hub, Server, TestCertificate};

/// Sets up a [`MockGoogle`].
#[derive(Debug, Default)]
pub struct MockGoogleBuilder {
    accounts: Vec<GoogleAccount>,
    clients: Vec<GoogleClient>,
    clock: Option<Arc<dyn Clock>>,
    names: Option<Vec<String>>,
    port: u16,
    rotation: Rotation,
}

impl MockGoogleBuilder {
    /// With this account: the first is the one that approves unless a test says otherwise.
    #[must_use]
    pub fn with_account(self, sub: &str, email: &str) -> Self {
        self.account(GoogleAccount::new(sub, email))
    }

    /// With this account.
    #[must_use]
    pub fn account(mut self, account: GoogleAccount) -> Self {
        self.accounts.push(account);
        self
    }

    /// With this OAuth client.
    #[must_use]
    pub fn client(mut self, client: GoogleClient) -> Self {
        self.clients.push(client);
        self
    }

    /// Lets access tokens and codes expire by this clock. Without one nothing expires by itself.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Listens on this port instead of any free one.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Treats used refresh tokens so; [`Rotation::Off`] unless it is set.
    #[must_use]
    pub const fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Speaks TLS, with a certificate for `localhost` and `127.0.0.1`.
    #[must_use]
    pub fn tls(self) -> Self {
        self.tls_for(&["localhost", "127.0.0.1"])
    }

    /// Speaks TLS, with a certificate for these names: a test of a wrong host names another one.
    #[must_use]
    pub fn tls_for(mut self, names: &[&str]) -> Self {
        self.names = Some(names.iter().map(|name| (*name).to_owned()).collect());
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the port cannot be bound, or no certificate can be made.
    pub async fn start(self) -> io::Result<MockGoogle> {
        let mut state = State::new();
        state.settings.rotation = self.rotation;
        state.accounts = self.accounts;
        if state.accounts.is_empty() {
            state.accounts.push(GoogleAccount::new(ACCOUNT_SUB, ACCOUNT_EMAIL));
        }
        state.clients = self.clients;
        if state.clients.is_empty() {
            state.clients.push(GoogleClient::new(CLIENT_ID, CLIENT_SECRET));
        }
        let certificate = self.names.map(|names| TestCertificate::for_names(&names)).transpose()?;
        let hub = Arc::new(Hub::new(GoogleSite::new(state, Time { clock: self.clock })));
        let tls = certificate.as_ref().map(|certificate| Arc::clone(&certificate.config));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = Server::start(Arc::clone(&hub), self.port, tls).await?;
        let base = Url::parse(&format!("{scheme}://{}/", server.address)).map_err(io::Error::other)?;
        Ok(MockGoogle {
            hub,
            server,
            endpoints: GoogleEndpoints::under(&base),
            root: certificate.map(|certificate| (certificate.root_der, certificate.root_pem)),
        })
    }
}
