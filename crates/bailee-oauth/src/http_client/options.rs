use std::{fmt, sync::Arc, time::Duration};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{HttpClientError, Identity};

/// How long one request may take, body included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection, TLS included.
    pub connect: Duration,
    /// A request to a token or revocation endpoint.
    pub token: Duration,
    /// Any other request that names no deadline of its own.
    pub api: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), token: Duration::from_secs(15), api: Duration::from_secs(30) }
    }
}

/// An egress proxy.
#[derive(Clone)]
pub struct Proxy {
    pub(super) url: Url,
    pub(super) login: Option<(String, SecretString)>,
}

impl Proxy {
    /// The proxy at this `http` or `https` address, which holds no login.
    #[must_use]
    pub const fn new(url: Url) -> Self {
        Self { url, login: None }
    }

    /// With a login.
    #[must_use]
    pub fn with_login(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.login = Some((user.into(), password));
        self
    }

    pub(super) fn build(&self) -> Result<reqwest::Proxy, HttpClientError> {
        if !self.url.username().is_empty() || self.url.password().is_some() {
            return Err(HttpClientError {
                problem: "the address of the proxy holds a login: hand it over apart",
            });
        }
        let proxy = reqwest::Proxy::all(self.url.as_str())
            .map_err(|_| HttpClientError { problem: "the address of the proxy is not one" })?;
        Ok(match &self.login {
            Some((user, password)) => proxy.basic_auth(user, password.expose_secret()),
            None => proxy,
        })
    }
}

/// Host only.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.url.host_str())
            .field("login", &self.login.is_some())
            .finish_non_exhaustive()
    }
}

/// The settings of an [`HttpClient`](super::HttpClient). The default is right for the public internet.
///
/// ```
/// use bailee_oauth::{HttpClient, HttpOptions, Timeouts};
/// use std::time::Duration;
///
/// let options = HttpOptions::default()
///     .with_user_agent("example-host/1.0")
///     .with_timeouts(Timeouts { api: Duration::from_secs(10), ..Timeouts::default() });
/// let client = HttpClient::new(&options)?;
/// # Ok::<(), bailee_oauth::HttpClientError>(())
/// ```
#[derive(Clone, Default)]
pub struct HttpOptions {
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) proxy: Option<Proxy>,
    pub(super) timeouts: Timeouts,
    pub(super) user_agent: Option<String>,
    pub(super) identity: Option<Arc<Identity>>,
}

impl HttpOptions {
    /// Trusts the certificate authorities of a PEM text as well: a private one, or that of a test kit.
    ///
    /// # Errors
    /// [`HttpClientError`] when it holds no certificate, or one that is damaged.
    pub fn with_root_certificates_pem(mut self, pem: &[u8]) -> Result<Self, HttpClientError> {
        let problem = HttpClientError { problem: "the root certificates are not a PEM text of certificates" };
        let before = self.roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            self.roots.push(certificate.map_err(|_| problem)?);
        }
        if self.roots.len() == before {
            return Err(problem);
        }
        Ok(self)
    }

    /// Trusts one more certificate authority, given as DER.
    #[must_use]
    pub fn with_root_certificate_der(mut self, der: Vec<u8>) -> Self {
        self.roots.push(CertificateDer::from(der));
        self
    }

    /// Shows this certificate to servers that ask for one (RFC 8446 §4.3.2).
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(Arc::new(identity));
        self
    }

    /// Sends everything through a proxy. Without this none is used, whatever the environment says.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// With other deadlines than 5 s, 15 s and 30 s.
    #[must_use]
    pub const fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// With another `User-Agent` than `bailee/<version>`.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// The deadlines.
    #[must_use]
    pub const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The certificate authorities that are trusted besides the public ones, as DER.
    pub fn root_certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.roots.iter().map(AsRef::as_ref)
    }

    pub(super) fn root_store(&self) -> Result<RootCertStore, HttpClientError> {
        let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in &self.roots {
            store
                .add(certificate.clone())
                .map_err(|_| HttpClientError { problem: "a root certificate cannot be read" })?;
        }
        Ok(store)
    }
}

/// Counts, not contents.
impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("roots", &self.roots.len())
            .field("proxy", &self.proxy)
            .field("timeouts", &self.timeouts)
            .field("user_agent", &self.user_agent)
            .field("identity", &self.identity.is_some())
            .finish()
    }
}
