//! One conversation with a mail server. The library bounds neither its time nor what it reads: that is done here.

use std::{net::Ipv4Addr, time::Duration};

use lettre::{
    Message,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters, TlsParametersBuilder},
        extension::ClientId,
    },
};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Host;

use super::{
    Email,
    error::{Phase, classify},
    login::{Login, Security},
    stream::Bounded,
};
use bailee_core::ProviderError;
use bailee_oauth::ReachError;

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// A server that took the login.
pub(super) struct Connection(AsyncSmtpConnection);

impl Connection {
    /// Connects to a checked address, secures the connection and signs in.
    ///
    /// # Errors
    /// [`ProviderError::GrantRevoked`] when the login is refused, [`ProviderError::Rejected`] with a word of ours for what
    /// the server lacks.
    pub(super) async fn open(email: &Email, login: &Login) -> Result<Self, ProviderError> {
        let opened = timeout(email.deadline, Self::sign_in(email, login)).await;
        opened.unwrap_or(Err(ProviderError::Unavailable { retry_after: None }))
    }

    async fn sign_in(email: &Email, login: &Login) -> Result<Self, ProviderError> {
        let host = email.reach.parse_host(&login.host)?;
        let stream = email.reach.connect(&host, login.port).await?;
        let peer = stream.peer_addr().map_err(|_| ReachError::Unreachable)?;
        // Says nothing of this machine (RFC 5321 §4.1.3).
        let name = ClientId::Ipv4(Ipv4Addr::LOCALHOST);
        let hello = |error| classify(&error, Phase::Hello);
        let mut connection = match login.security {
            Security::ImplicitTls => {
                let stream = Box::new(Bounded::secured(email.tls.secure(&host, stream).await?, peer));
                AsyncSmtpConnection::connect_with_transport(stream, &name).await.map_err(hello)?
            }
            Security::StartTls => {
                let stream = Box::new(Bounded::plain(stream, peer));
                let mut plain =
                    AsyncSmtpConnection::connect_with_transport(stream, &name).await.map_err(hello)?;
                plain.starttls(parameters(email, &host)?, &name).await.map_err(hello)?;
                plain
            }
        };
        // Whatever happened above, a password is not sent in the clear.
        if login.security == Security::StartTls && !connection.is_encrypted() {
            return Err(ProviderError::Rejected { status: 0, code: "no_starttls" });
        }
        let credentials = Credentials::new(login.username.clone(), login.password.expose_secret().to_owned());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        let signed_in = connection.auth(&mechanisms, &credentials).await;
        signed_in.map_err(|error| classify(&error, Phase::Login))?;
        Ok(Self(connection))
    }

    /// Whether the server still listens after the login, and farewell.
    pub(super) async fn check(mut self, deadline: Duration) -> Result<(), ProviderError> {
        let listens = timeout(deadline, self.0.test_connected()).await.unwrap_or(false);
        self.leave().await;
        if listens { Ok(()) } else { Err(ProviderError::Unavailable { retry_after: None }) }
    }

    /// Hands one mail over.
    ///
    /// # Errors
    /// [`ProviderError::OutcomeUnknown`] when the reply did not come.
    pub(super) async fn send(mut self, message: &Message, deadline: Duration) -> Result<(), ProviderError> {
        let bytes = message.formatted();
        let sent = timeout(deadline, self.0.send(message.envelope(), &bytes)).await;
        match sent {
            Err(_) => return Err(ProviderError::OutcomeUnknown),
            Ok(Err(error)) => return Err(classify(&error, Phase::Mail)),
            Ok(Ok(_)) => {}
        }
        self.leave().await;
        Ok(())
    }

    /// Its outcome changes nothing.
    async fn leave(mut self) {
        let _ = timeout(FAREWELL, self.0.quit()).await;
    }
}

fn parameters(email: &Email, host: &Host) -> Result<TlsParameters, ProviderError> {
    let name = match host {
        Host::Domain(name) => name.clone(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    let builder = email
        .roots
        .iter()
        .cloned()
        .fold(TlsParameters::builder(name), TlsParametersBuilder::add_root_certificate);
    builder.build().map_err(|_| ProviderError::Rejected { status: 0, code: "tls_failed" })
}
