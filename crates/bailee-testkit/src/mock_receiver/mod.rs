//! Somebody's server for outgoing webhooks: it takes every `POST`, over TLS, and keeps what came.
//!
//! It checks no signature: a test does that, with the library of its choice, over
//! [`RecordedRequest::headers`] and [`RecordedRequest::body`]. How it answers is said by faults: slow, huge, elsewhere,
//! [gone](MockReceiver::answer_with).

use std::{fmt, io, sync::Arc};

use http::{Method, StatusCode};
use serde_json::json;
use url::Url;

use crate::mock_provider::{
    Answer, Endpoint, Fault, Hub, PlantedFault, RecordedRequest, Server, Site, TestCertificate,
};

/// What every `POST` is for.
pub const RECEIVE: Endpoint = Endpoint::Api("receive");

/// The name besides `localhost` and `127.0.0.1` that its certificate is for; a resolver of the test has to know it.
pub const HOST: &str = "hooks.example.test";

/// A receiver of webhooks on loopback. It stops when it is dropped.
pub struct MockReceiver {
    hub: Arc<Hub<ReceiverSite>>,
    server: Server,
    certificate: TestCertificate,
}

impl MockReceiver {
    /// Starts one.
    ///
    /// # Errors
    /// When no loopback port is free, or no certificate can be made.
    pub async fn start() -> io::Result<Self> {
        let names = ["localhost", "127.0.0.1", HOST].map(str::to_owned);
        let certificate = TestCertificate::for_names(&names)?;
        let hub = Arc::new(Hub::new(ReceiverSite));
        let server = Server::start(Arc::clone(&hub), 0, Some(Arc::clone(&certificate.config))).await?;
        Ok(Self { hub, server, certificate })
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// An address of it by its IP address.
    ///
    /// # Errors
    /// When the path makes none.
    pub fn url(&self, path: &str) -> Result<Url, url::ParseError> {
        self.url_at("127.0.0.1", path)
    }

    /// An address of it by a name.
    ///
    /// # Errors
    /// When name and path make none.
    pub fn url_at(&self, host: &str, path: &str) -> Result<Url, url::ParseError> {
        Url::parse(&format!("https://{host}:{}{path}", self.port()))
    }

    /// The certificate of its authority, as DER.
    #[must_use]
    pub fn root_certificate_der(&self) -> &[u8] {
        &self.certificate.root_der
    }

    /// Every request since the start, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.hub.log.requests()
    }

    /// Plants a fault: a standing rule, unless the returned value narrows it.
    pub fn fault(&self, fault: Fault) -> PlantedFault<'_> {
        self.hub.faults.plant(RECEIVE, fault)
    }

    /// Answers with this status, and with a body that echoes what no receiver should be trusted with.
    #[expect(clippy::must_use_candidate, reason = "a standing fault needs no narrowing")]
    pub fn answer_with(&self, status: u16) -> PlantedFault<'_> {
        let json = json!({ "echo": "CANARY-in-the-answer" });
        self.hub.faults.plant(RECEIVE, Fault::Answer { status, json })
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.hub.faults.clear();
    }
}

/// Its address.
impl fmt::Debug for MockReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockReceiver").field("address", &self.server.address).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct ReceiverSite;

impl Site for ReceiverSite {
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        (request.method == Method::POST).then_some(RECEIVE)
    }

    fn answer(&self, _endpoint: Endpoint, _request: &RecordedRequest) -> Answer {
        Answer::empty(StatusCode::NO_CONTENT)
    }
}
