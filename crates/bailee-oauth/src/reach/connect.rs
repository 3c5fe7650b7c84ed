use std::{
    fmt::{self, Debug},
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::Host;

use super::{Reach, ReachError};
use crate::http_client::{HttpClientError, HttpOptions, tls};

/// Of a name with more addresses, so many are tried.
const ADDRESSES: usize = 4;

impl Reach {
    /// Connects to a host by one of its addresses, all of which were checked. Without a deadline: that is the caller's.
    ///
    /// # Errors
    /// As [`Reach::check_port`] and [`Reach::addresses`]; [`ReachError::Unreachable`].
    pub async fn connect(&self, host: &Host, port: u16) -> Result<TcpStream, ReachError> {
        self.check_port(port)?;
        for address in self.addresses(host).await?.into_iter().take(ADDRESSES) {
            if let Ok(stream) = TcpStream::connect(SocketAddr::new(address, port)).await {
                return Ok(stream);
            }
        }
        Err(ReachError::Unreachable)
    }
}

/// TLS for connections that are not of the web.
#[derive(Clone)]
pub struct TlsClient(TlsConnector);

impl TlsClient {
    /// With the certificate authorities and the identity of these options; the rest of them is of no use here.
    ///
    /// # Errors
    /// [`HttpClientError`] when a certificate cannot be used.
    pub fn new(options: &HttpOptions) -> Result<Self, HttpClientError> {
        Ok(Self(TlsConnector::from(Arc::new(tls(options)?))))
    }

    /// Secures a connection; the certificate must be for this host.
    ///
    /// # Errors
    /// [`ReachError::Untrusted`] for the certificate, [`ReachError::Unreachable`] when the connection breaks off.
    pub async fn secure(
        &self,
        host: &Host,
        stream: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin + use<>, ReachError> {
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| ReachError::Invalid)?,
            Host::Ipv4(address) => ServerName::from(IpAddr::V4(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::V6(*address)),
        };
        self.0.connect(name, stream).await.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => ReachError::Untrusted,
            _ => ReachError::Unreachable,
        })
    }
}

impl Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").finish_non_exhaustive()
    }
}
