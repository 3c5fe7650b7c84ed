//! The one HTTP client: TLS only, no redirects, no ambient proxy, deadlines and caps on everything.

mod error;
mod identity;
mod options;
mod request;
mod response;

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderValue,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING},
};
use rustls::crypto::ring;
use url::{Host, Url};

pub use self::{
    error::{HttpClientError, HttpError},
    identity::Identity,
    options::{HttpOptions, Proxy, Timeouts},
    request::Request,
    response::Response,
};
use crate::reach::{Guarded, Reach, ReachError};
pub(crate) use request::is_token;

/// At most so many headers in an answer over HTTP/1.
const MAX_HEADERS: usize = 100;
/// At most so many bytes of headers in an answer over HTTP/2. Over HTTP/1 hyper stops at 8,192 + 100 × 4,096 bytes.
const MAX_HEADER_BYTES: u32 = 64 * 1024;

/// Sends requests over TLS, to where they are addressed and nowhere else. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
    timeouts: Timeouts,
    loopback_http: bool,
    reach: Option<Reach>,
}

impl HttpClient {
    /// A client for `https` addresses only.
    ///
    /// # Errors
    /// [`HttpClientError`] when a root certificate, the proxy or the user agent cannot be used.
    pub fn new(options: &HttpOptions) -> Result<Self, HttpClientError> {
        Self::build(options, false, None)
    }

    /// A client for `https` addresses that users chose, as far as `reach` allows. Each request has a connection of its
    /// own, to an address that was checked for it.
    ///
    /// # Errors
    /// As [`HttpClient::new`]; and with a proxy, which would resolve the names itself.
    pub fn within(options: &HttpOptions, reach: Reach) -> Result<Self, HttpClientError> {
        if options.proxy.is_some() {
            return Err(HttpClientError { problem: "what users chose cannot be checked behind a proxy" });
        }
        Self::build(options, false, Some(reach))
    }

    /// A client for `https` addresses, and for `http` ones on this machine: 127.0.0.0/8, `::1` and `localhost`.
    /// For tests and for a gateway on the same machine.
    ///
    /// # Errors
    /// As [`HttpClient::new`].
    pub fn allow_loopback_http(options: &HttpOptions) -> Result<Self, HttpClientError> {
        Self::build(options, true, None)
    }

    /// Everything that a reqwest feature of the host could turn on by default is turned off by name.
    fn build(
        options: &HttpOptions,
        loopback_http: bool,
        reach: Option<Reach>,
    ) -> Result<Self, HttpClientError> {
        let user_agent =
            options.user_agent.as_deref().unwrap_or(concat!("bailee/", env!("CARGO_PKG_VERSION")));
        let mut tls = tls(options)?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(!loopback_http)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_hickory_dns()
            .connect_timeout(options.timeouts.connect)
            .http1_max_headers(MAX_HEADERS)
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .user_agent(user_agent);
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(proxy.build()?);
        }
        if let Some(reach) = &reach {
            builder = builder.dns_resolver(Arc::new(Guarded(reach.clone()))).pool_max_idle_per_host(0);
        }
        let inner = builder.build().map_err(|_| HttpClientError { problem: "an option is not usable" })?;
        Ok(Self { inner, timeouts: options.timeouts, loopback_http, reach })
    }

    /// The deadlines of its options.
    #[must_use]
    pub const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The same client, with less time for a request to a token or revocation endpoint: for adapters that send several
    /// within the time of one.
    #[must_use]
    pub fn with_token_deadline(mut self, deadline: Duration) -> Self {
        self.timeouts.token = deadline.min(self.timeouts.token);
        self
    }

    /// Whether it would send anything to this address.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        self.check(url).is_ok()
    }

    fn check(&self, url: &Url) -> Result<(), HttpError> {
        let login = !url.username().is_empty() || url.password().is_some();
        let scheme = match url.scheme() {
            "https" => url.has_host(),
            "http" => self.loopback_http && is_loopback(url),
            _ => false,
        };
        if !scheme || login {
            return Err(HttpError::RefusedUrl);
        }
        self.reach.as_ref().map_or(Ok(()), |reach| reach.check_url(url).map_err(HttpError::from))
    }

    /// Sends a request once and reads its answer.
    ///
    /// # Behaviour
    /// - Any status but 3xx is an answer.
    /// - Nothing is repeated and nothing is followed.
    /// - Dropping the future closes the connection; the request may have been carried out.
    /// - Runs on a tokio runtime with time and I/O.
    ///
    /// # Errors
    /// See [`HttpError`]: `NotSent`, `RefusedUrl` and `RefusedToken` mean that nothing was carried out.
    pub async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        self.check(&request.url)?;
        request.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let mut answer = self
            .inner
            .request(request.method, request.url)
            .headers(request.headers)
            .timeout(request.deadline.unwrap_or(self.timeouts.api))
            .body(request.body)
            .send()
            .await
            .map_err(|error| unsent_or_unknown(&error))?;
        if answer.status().is_redirection() {
            return Err(HttpError::Redirected);
        }
        if request.ignore_body {
            return Ok(Response::new(answer.status(), answer.headers(), Bytes::new()));
        }
        let encoded = answer
            .headers()
            .get_all(CONTENT_ENCODING)
            .iter()
            .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
        if encoded {
            return Err(HttpError::Encoded);
        }
        let body = read(&mut answer, request.max_body).await?;
        let response = Response::new(answer.status(), answer.headers(), body.freeze());
        Ok(response.keeping(answer.headers(), &request.keep))
    }
}

async fn read(answer: &mut reqwest::Response, max: usize) -> Result<BytesMut, HttpError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| HttpError::OutcomeUnknown)? {
        if body.len().saturating_add(chunk.len()) > max {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unsent_or_unknown(error: &reqwest::Error) -> HttpError {
    if let Some(refused) = refused(error) {
        return refused.into();
    }
    if error.is_connect() || error.is_builder() { HttpError::NotSent } else { HttpError::OutcomeUnknown }
}

/// What the resolver of the connection said, which the client hands on as a cause.
fn refused(error: &reqwest::Error) -> Option<ReachError> {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<ReachError>() {
            return Some(*refused);
        }
        cause = inner.source();
    }
    None
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// ring is named here: a process-wide default belongs to the host.
pub(crate) fn tls(options: &HttpOptions) -> Result<rustls::ClientConfig, HttpClientError> {
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| HttpClientError { problem: "TLS is not usable" })?
        .with_root_certificates(options.root_store()?);
    match &options.identity {
        None => Ok(config.with_no_client_auth()),
        Some(identity) => identity.present(config),
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("timeouts", &self.timeouts)
            .field("loopback_http", &self.loopback_http)
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}
