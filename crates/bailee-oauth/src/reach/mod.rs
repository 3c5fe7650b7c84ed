//! How far requests may go whose target a user chose: to the public internet, and not into the host's own network.

mod connect;
mod network;
mod resolve;

use std::{fmt, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use url::{Host, Url};

pub use self::connect::TlsClient;
pub(crate) use self::resolve::Guarded;
pub use self::resolve::{Resolver, SystemResolver};
use bailee_core::ProviderError;

/// Where a target may lie that somebody else chose: a webhook, a mail server.
///
/// A name is resolved for each connection anew; if *one* of its addresses is not of the public internet, all are refused.
/// The connection then goes to the addresses that were looked at, so that an answer that changes in between changes nothing.
///
/// ```
/// use bailee_oauth::{Reach, ReachError};
///
/// let reach = Reach::new([443]);
/// assert!(reach.check_url(&"https://hooks.example.com/a".parse()?).is_ok());
/// assert_eq!(reach.check_url(&"https://0x7f.1/".parse()?), Err(ReachError::Blocked));
/// assert_eq!(reach.check_url(&"https://hooks.example.com:22/".parse()?), Err(ReachError::Invalid));
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Reach {
    ports: Vec<u16>,
    networks: Vec<IpNet>,
    resolver: Arc<dyn Resolver>,
}

/// Why a target is not one.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReachError {
    /// It is not of the public internet, or does not look like it.
    #[error("the address is not of the public internet")]
    Blocked,
    /// It is no address of the kind that is asked for: scheme, port, or a login in it.
    #[error("the address is not of the allowed kind")]
    Invalid,
    /// Its certificate is not one that is trusted, or not one for its name.
    #[error("the certificate is not trusted")]
    Untrusted,
    /// No connection could be made.
    #[error("no connection can be made")]
    Unreachable,
    /// Its name could not be resolved.
    #[error("the name cannot be resolved")]
    Unresolved,
}

impl From<ReachError> for ProviderError {
    fn from(error: ReachError) -> Self {
        match error {
            ReachError::Blocked => Self::Rejected { status: 0, code: "blocked_address" },
            ReachError::Invalid => Self::Rejected { status: 0, code: "invalid_address" },
            ReachError::Untrusted => Self::Rejected { status: 0, code: "tls_failed" },
            ReachError::Unreachable | ReachError::Unresolved => Self::Unavailable { retry_after: None },
        }
    }
}

impl Reach {
    /// The public internet, on these ports.
    #[must_use]
    pub fn new(ports: impl IntoIterator<Item = u16>) -> Self {
        Self { ports: ports.into_iter().collect(), networks: Vec::new(), resolver: Arc::new(SystemResolver) }
    }

    /// With one port more.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.ports.push(port);
        self
    }

    /// With a network that is not public, such as `127.0.0.1/32`: for tests, or for a service next door.
    ///
    /// # Errors
    /// [`ReachError::Invalid`] when it is not written as a prefix (RFC 4632 §3.1).
    pub fn with_network(mut self, network: &str) -> Result<Self, ReachError> {
        self.networks.push(network.parse().map_err(|_| ReachError::Invalid)?);
        Ok(self)
    }

    /// With another way to resolve names than that of the system.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolver>) -> Self {
        self.resolver = resolver;
        self
    }

    /// Whether an address may be connected to.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        network::is_public(address) || self.networks.iter().any(|network| network.contains(&address))
    }

    /// Looks at an address of the web before its name is resolved.
    ///
    /// # Errors
    /// [`ReachError::Invalid`] unless it is `https`, without login, on an allowed port; [`ReachError::Blocked`] for an IP
    /// address that is not allowed, in whatever spelling, and for a name that is only known inside a network.
    pub fn check_url(&self, url: &Url) -> Result<(), ReachError> {
        let login = !url.username().is_empty() || url.password().is_some();
        if url.scheme() != "https" || login {
            return Err(ReachError::Invalid);
        }
        self.check_port(url.port_or_known_default().ok_or(ReachError::Invalid)?)?;
        self.check_host(&url.host().ok_or(ReachError::Invalid)?.to_owned())
    }

    /// Whether a port may be connected to.
    ///
    /// # Errors
    /// [`ReachError::Invalid`] when not.
    pub fn check_port(&self, port: u16) -> Result<(), ReachError> {
        if self.ports.contains(&port) { Ok(()) } else { Err(ReachError::Invalid) }
    }

    /// Looks at a host before it is resolved, and gives it as it is spelt in addresses.
    ///
    /// # Errors
    /// [`ReachError::Invalid`] when it is no host; else as [`Reach::check_url`].
    pub fn parse_host(&self, host: &str) -> Result<Host, ReachError> {
        let host = Host::parse(host).map_err(|_| ReachError::Invalid)?;
        self.check_host(&host)?;
        Ok(host)
    }

    fn check_host(&self, host: &Host) -> Result<(), ReachError> {
        let allowed = match host {
            Host::Domain(name) => is_public_name(name),
            Host::Ipv4(address) => self.allows(IpAddr::V4(*address)),
            Host::Ipv6(address) => self.allows(IpAddr::V6(*address)),
        };
        if allowed { Ok(()) } else { Err(ReachError::Blocked) }
    }

    /// The addresses of a host, each of which may be connected to; at least one.
    ///
    /// # Errors
    /// [`ReachError::Unresolved`]; [`ReachError::Blocked`] when one of them may not be connected to.
    pub async fn addresses(&self, host: &Host) -> Result<Vec<IpAddr>, ReachError> {
        self.check_host(host)?;
        let addresses = match host {
            Host::Domain(name) => self.resolver.resolve(name).await?,
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
        };
        if addresses.is_empty() {
            return Err(ReachError::Unresolved);
        }
        if !addresses.iter().all(|address| self.allows(*address)) {
            return Err(ReachError::Blocked);
        }
        Ok(addresses)
    }
}

/// Not one that only a network knows: of a single label, or under `localhost`, `local` or `internal`.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let Some((_, top)) = name.rsplit_once('.') else {
        return false;
    };
    !name.ends_with('.') && !["localhost", "local", "internal"].contains(&top)
}

/// The address behind a name, as it is spelt in an address of the web.
pub(crate) fn host_of(name: &str) -> Result<Host, ReachError> {
    Host::parse(name).map_err(|_| ReachError::Invalid)
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach")
            .field("ports", &self.ports)
            .field("networks", &self.networks)
            .finish_non_exhaustive()
    }
}
