use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use url::{Url, form_urlencoded};

/// What the kernel keeps for a client that does not read, so that what it took can be counted.
const SEND_BUFFER: u32 = 64 * 1024;

/// The largest request that is read.
const LONGEST_REQUEST: usize = 64 * 1024;

/// What happens after a request was read whole.
#[derive(Clone, Debug)]
pub enum Then {
    /// These bytes, then an orderly end.
    Answer(Vec<u8>),
    /// These bytes, one at a time, and then nothing until the client leaves.
    Drip {
        /// The bytes.
        bytes: Vec<u8>,
        /// The pause before each.
        pause: Duration,
    },
    /// What the client said, as an answer made of it, then an orderly end.
    Echo(fn(&str) -> Vec<u8>),
    /// These bytes, then `filling` over and over until so many were sent, then nothing until the client leaves.
    Flood {
        /// The beginning of the answer.
        head: Vec<u8>,
        /// What comes again and again.
        filling: u8,
        /// The end of a flood that nobody stops: a client without a limit must not take the machine with it.
        most: u64,
    },
    /// A reset of the connection (RST), without a byte.
    Reset,
}

/// An answer with its length.
#[must_use]
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A certificate of its own authority, for TLS that somebody may or may not trust.
#[derive(Debug)]
pub struct Certificate {
    der: CertificateDer<'static>,
    config: Arc<ServerConfig>,
}

impl Certificate {
    /// Self-signed, for this name or address.
    ///
    /// # Errors
    /// When the name is none, or the primitive fails.
    pub fn self_signed(name: &str) -> anyhow::Result<Self> {
        Self::of(&CertificateParams::new([name.to_owned()])?)
    }

    /// The same, and it ran out long ago.
    ///
    /// # Errors
    /// As [`Certificate::self_signed`].
    pub fn expired(name: &str) -> anyhow::Result<Self> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        Self::of(&params)
    }

    /// The certificate, for those who trust it.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.der.to_vec()
    }

    fn of(params: &CertificateParams) -> anyhow::Result<Self> {
        let key = KeyPair::generate()?;
        let der = params.self_signed(&key)?.der().clone();
        let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![der.clone()], private)?;
        Ok(Self { der, config: Arc::new(config) })
    }
}

/// What a server has seen.
#[derive(Clone, Debug, Default)]
struct Seen {
    connections: usize,
    open: usize,
    /// Bytes that the clients took, or their sockets for them.
    taken: u64,
    /// Bodies of requests that arrived whole.
    requests: Vec<String>,
}

/// A server on loopback that does one thing to everybody. It ends with all its connections when it is dropped.
#[derive(Debug)]
pub struct Server {
    url: Url,
    seen: watch::Sender<Seen>,
    running: JoinHandle<()>,
}

impl Server {
    /// One without TLS.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(then: Then) -> anyhow::Result<Self> {
        Self::listen("http", None, then)
    }

    /// One with TLS.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start_tls(certificate: &Certificate, then: Then) -> anyhow::Result<Self> {
        Self::listen("https", Some(TlsAcceptor::from(Arc::clone(&certificate.config))), then)
    }

    fn listen(scheme: &str, tls: Option<TlsAcceptor>, then: Then) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let url = format!("{scheme}://{}/token", socket.local_addr()?).parse()?;
        let listener = socket.listen(128)?;
        let seen = watch::Sender::new(Seen::default());
        let running = tokio::spawn(accept(listener, tls, then, seen.clone()));
        Ok(Self { url, seen, running })
    }

    /// Where it is.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// How many connections it took.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.seen.borrow().connections
    }

    /// The bodies of the requests that it got, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.seen.borrow().requests.clone()
    }

    /// Forgets the requests.
    pub fn clear_requests(&self) {
        self.seen.send_modify(|seen| seen.requests.clear());
    }

    /// How many requests of this `grant_type` it got.
    #[must_use]
    pub fn count(&self, grant_type: &str) -> usize {
        let of_type = |body: &&String| {
            form_urlencoded::parse(body.as_bytes())
                .any(|(name, value)| name == "grant_type" && value == grant_type)
        };
        self.seen.borrow().requests.iter().filter(of_type).count()
    }

    /// How many bytes of its answers were taken, once all connections have ended. Waits at most for `patience`.
    ///
    /// # Errors
    /// When a client holds on for longer.
    pub async fn taken(&self, patience: Duration) -> anyhow::Result<u64> {
        let mut seen = self.seen.subscribe();
        let ended = seen.wait_for(|seen| seen.open == 0);
        let seen = timeout(patience, ended).await.context("a client does not leave")?;
        Ok(seen.context("the server is gone")?.taken)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, then: Then, seen: watch::Sender<Seen>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        seen.send_modify(|seen| {
            seen.connections += 1;
            seen.open += 1;
        });
        let (tls, then, seen) = (tls.clone(), then.clone(), seen.clone());
        connections.spawn(async move {
            // However a connection ends, that is the client's business.
            let _ = serve(stream, tls, &then, &seen).await;
            seen.send_modify(|seen| seen.open -= 1);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    then: &Then,
    seen: &watch::Sender<Seen>,
) -> io::Result<()> {
    if matches!(then, Then::Reset) {
        stream.set_zero_linger()?;
    }
    match tls {
        Some(tls) => talk(tls.accept(stream).await?, then, seen).await,
        None => talk(stream, then, seen).await,
    }
}

async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    then: &Then,
    seen: &watch::Sender<Seen>,
) -> io::Result<()> {
    let body = read_request(&mut stream).await?;
    seen.send_modify(|seen| seen.requests.push(body.clone()));
    match then {
        Then::Answer(bytes) => {
            write(&mut stream, bytes, seen).await?;
            stream.shutdown().await
        }
        Then::Drip { bytes, pause } => {
            for byte in bytes {
                // A client that leaves is heard from during the pause.
                if timeout(*pause, stream.read_u8()).await.is_ok() {
                    return Ok(());
                }
                write(&mut stream, &[*byte], seen).await?;
            }
            until_left(&mut stream).await
        }
        Then::Echo(made_of) => {
            write(&mut stream, &made_of(&body), seen).await?;
            stream.shutdown().await
        }
        Then::Flood { head, filling, most } => {
            write(&mut stream, head, seen).await?;
            let piece = vec![*filling; 16 * 1024];
            let mut sent = 0;
            while sent < *most {
                write(&mut stream, &piece, seen).await?;
                sent += piece.len() as u64;
            }
            until_left(&mut stream).await
        }
        Then::Reset => Ok(()),
    }
}

async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    mut bytes: &[u8],
    seen: &watch::Sender<Seen>,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let taken = stream.write(bytes).await?;
        seen.send_modify(|seen| seen.taken += taken as u64);
        bytes = bytes.get(taken..).unwrap_or_default();
    }
    stream.flush().await
}

async fn until_left(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

/// The body of one request.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut request = Vec::new();
    while request.len() < LONGEST_REQUEST {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await?;
        request.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            return Ok(body.to_owned());
        }
        if read == 0 {
            break;
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn content_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}
