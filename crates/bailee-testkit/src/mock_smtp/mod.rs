//! Somebody's mail server: submission over TLS or STARTTLS with a login, a memory of what it took, and what goes wrong.

mod conversation;
mod fault;
mod server;

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpListener, sync::watch};

use self::server::serve;
use crate::mock_provider::TestCertificate;

pub use fault::SmtpFault;

/// The name to sign in with.
pub const USERNAME: &str = "alerts@example.test";
/// Its password.
pub const PASSWORD: &str = "abcd-efgh-ijkl-mnop";
/// The name besides `localhost` and `127.0.0.1` that the certificate is for; a resolver of the test has to know it.
pub const HOST: &str = "smtp.example.test";

/// How the mock secures its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// From the first byte.
    ImplicitTls,
    /// After STARTTLS; a login before that is refused.
    StartTls,
}

/// A mail as it came over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SmtpMessage {
    /// The address of `MAIL FROM`.
    pub from: String,
    /// The addresses of `RCPT TO`.
    pub recipients: Vec<String>,
    /// What followed `DATA`, dots still stuffed, up to the line with one dot.
    pub data: String,
}

/// A mail server on loopback. It stops when it is dropped.
pub struct MockSmtp {
    shared: Arc<Shared>,
    port: u16,
    certificate: TestCertificate,
    stop: watch::Sender<bool>,
}

impl MockSmtp {
    /// Starts one, with a certificate for `localhost`, `127.0.0.1` and [`HOST`].
    ///
    /// # Errors
    /// When no loopback port is free, or no certificate can be made.
    pub async fn start(security: SmtpSecurity) -> io::Result<Self> {
        Self::start_for(security, &["localhost", "127.0.0.1", HOST]).await
    }

    /// Starts one with a certificate for other names.
    ///
    /// # Errors
    /// As [`MockSmtp::start`].
    pub async fn start_for(security: SmtpSecurity, names: &[&str]) -> io::Result<Self> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = TestCertificate::for_names(&names)?;
        let shared = Arc::new(Shared { security, state: Mutex::new(State::new()) });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let stop = watch::Sender::new(false);
        let serving = serve(listener, Arc::clone(&shared), Arc::clone(&certificate.config), stop.subscribe());
        tokio::spawn(serving);
        Ok(Self { shared, port, certificate, stop })
    }

    /// The port that it listens on, at 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of its authority, as DER.
    #[must_use]
    pub fn root_certificate_der(&self) -> &[u8] {
        &self.certificate.root_der
    }

    /// How many connections came.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Every line that clients said besides the content of mails, passwords included.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.shared.state().commands.clone()
    }

    /// The mails that it took.
    #[must_use]
    pub fn messages(&self) -> Vec<SmtpMessage> {
        self.shared.state().messages.clone()
    }

    /// Goes wrong so, until it is healed.
    pub fn fault(&self, fault: SmtpFault) {
        self.shared.state().fault = Some(fault);
    }

    /// Ends the fault.
    pub fn heal(&self) {
        self.shared.state().fault = None;
    }

    /// Takes another password from now on.
    pub fn set_password(&self, password: &str) {
        password.clone_into(&mut self.shared.state().password);
    }
}

impl Drop for MockSmtp {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Its port.
impl fmt::Debug for MockSmtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockSmtp").field("port", &self.port).finish_non_exhaustive()
    }
}

/// What all connections have in common.
struct Shared {
    security: SmtpSecurity,
    state: Mutex<State>,
}

struct State {
    password: String,
    fault: Option<SmtpFault>,
    connections: usize,
    commands: Vec<String>,
    messages: Vec<SmtpMessage>,
}

impl State {
    fn new() -> Self {
        let password = PASSWORD.to_owned();
        Self { password, fault: None, connections: 0, commands: Vec::new(), messages: Vec::new() }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self) -> Option<SmtpFault> {
        self.state().fault.clone()
    }
}
