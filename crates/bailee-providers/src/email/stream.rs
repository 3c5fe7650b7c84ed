use std::{
    fmt::Debug,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a mail server may say in one connection, in bytes. The library reads a line without end for as long as it comes.
const LIMIT: usize = 64 * 1024;

/// The first byte of a TLS handshake (RFC 8446 §5.1), with which no command of SMTP begins.
const HANDSHAKE: u8 = 0x16;

/// A connection of which so much is read and no more.
#[derive(Debug)]
pub(super) struct Bounded<S> {
    stream: S,
    peer: SocketAddr,
    left: usize,
    /// Before STARTTLS the library would read ahead, and take for encrypted what somebody on the way inserted behind the
    /// reply. Byte by byte there is nothing ahead: what was inserted breaks the handshake instead.
    by_byte: bool,
}

impl<S> Bounded<S> {
    /// Over TLS already.
    pub(super) const fn secured(stream: S, peer: SocketAddr) -> Self {
        Self { stream, peer, left: LIMIT, by_byte: false }
    }

    /// To be secured by STARTTLS.
    pub(super) const fn plain(stream: S, peer: SocketAddr) -> Self {
        Self { stream, peer, left: LIMIT, by_byte: true }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = if self.by_byte {
            let mut byte = [0; 1];
            let mut one = ReadBuf::new(&mut byte);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut one);
            buffer.put_slice(one.filled());
            read
        } else {
            Pin::new(&mut self.stream).poll_read(context, buffer)
        };
        let more = buffer.filled().len().saturating_sub(before);
        match self.left.checked_sub(more) {
            Some(left) => {
                self.left = left;
                read
            }
            None => Poll::Ready(Err(io::Error::other("the server says too much"))),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.first() == Some(&HANDSHAKE) {
            self.by_byte = false;
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin> AsyncTokioStream for Bounded<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
