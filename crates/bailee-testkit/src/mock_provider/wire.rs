use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use futures_util::future::{self, FutureExt as _};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
};
use tokio_rustls::{Accept, TlsAcceptor, server::TlsStream};

/// Closes one connection, whatever it is doing.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    cut: Arc<Notify>,
}

impl Line {
    pub(crate) fn cut(&self) {
        self.cut.notify_one();
    }
}

/// Accepts connections that can be cut one by one, and all together when the server stops.
pub(crate) struct WireListener {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Listener for WireListener {
    type Io = Wire;
    type Addr = Line;

    async fn accept(&mut self) -> (Wire, Line) {
        let (stream, _): (TcpStream, SocketAddr) = Listener::accept(&mut self.listener).await;
        let line = Line { cut: Arc::new(Notify::new()) };
        let wire = Wire::new(stream, self.tls.as_ref(), &line, self.stop.clone());
        (wire, line)
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line { cut: Arc::new(Notify::new()) })
    }
}

impl Connected<IncomingStream<'_, WireListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection that fails once it is cut. A TLS handshake happens in its first read, so that a client that stalls
/// there holds up nobody else.
pub(crate) struct Wire {
    stream: Stream,
    /// `None` once it was cut.
    cut: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

enum Stream {
    Handshake(Box<Accept<TcpStream>>),
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    fn new(
        stream: TcpStream,
        tls: Option<&Arc<ServerConfig>>,
        line: &Line,
        mut stop: watch::Receiver<bool>,
    ) -> Self {
        let stream = match tls {
            None => Stream::Plain(stream),
            Some(config) => Stream::Handshake(Box::new(TlsAcceptor::from(Arc::clone(config)).accept(stream))),
        };
        let cut = Arc::clone(&line.cut);
        let cut = async move {
            // A server that is gone has stopped.
            let stopped = stop.wait_for(|stop| *stop).map(drop);
            future::select(Box::pin(cut.notified()), Box::pin(stopped)).await;
        };
        Self { stream, cut: Some(Box::pin(cut)) }
    }

    /// The stream, when it is there and was not cut.
    fn poll_stream(&mut self, context: &mut Context<'_>) -> Poll<io::Result<&mut Stream>> {
        let cut = self.cut.as_mut().is_none_or(|cut| cut.as_mut().poll(context).is_ready());
        if cut {
            self.cut = None;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if let Stream::Handshake(accept) = &mut self.stream {
            let stream = ready!(Pin::new(accept.as_mut()).poll(context))?;
            self.stream = Stream::Tls(Box::new(stream));
        }
        Poll::Ready(Ok(&mut self.stream))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// A stream whose handshake is over; `poll_stream` hands out no other.
fn not_connected<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(self.get_mut().poll_stream(context))? {
            Stream::Handshake(_) => not_connected(),
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(self.get_mut().poll_stream(context))? {
            Stream::Handshake(_) => not_connected(),
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, buffer),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, buffer),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.get_mut().poll_stream(context))? {
            Stream::Handshake(_) => not_connected(),
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.get_mut().poll_stream(context))? {
            Stream::Handshake(_) => not_connected(),
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}
