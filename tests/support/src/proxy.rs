//! The network between a store and its database server, which a test can break.

use std::{io, net::SocketAddr};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Mutex, watch},
    task::{JoinHandle, JoinSet},
};
use url::Url;

use crate::TestDatabase;

/// What happens to bytes between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Deaf,
    Open,
    Stalled,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    mode: Mode,
    /// Connections of an earlier age are forgotten: nothing is forwarded on them ever again.
    age: u32,
}

/// A TCP proxy on loopback in front of a database server.
///
/// It is open at first. Whatever else a test makes of it holds for the connections there are and for new ones, until
/// [`Proxy::mend`].
#[derive(Debug)]
pub struct Proxy {
    url: Url,
    target: String,
    line: watch::Sender<Line>,
    /// Never listens. Holds the port while nothing else does, so that connections to it are refused.
    placeholder: TcpSocket,
    /// Owns the listener and every connection.
    running: Mutex<Option<JoinHandle<()>>>,
}

impl Proxy {
    /// In front of the server of this database.
    ///
    /// # Errors
    /// When the database has no server, or no port is free.
    pub async fn before(database: &TestDatabase) -> anyhow::Result<Self> {
        let mut url: Url = database.url().parse()?;
        let port = url.port().or(match url.scheme() {
            "mysql" | "mariadb" => Some(3306),
            "postgres" | "postgresql" => Some(5432),
            _ => None,
        });
        let target = format!(
            "{}:{}",
            url.host_str().context("no host: SQLite has no server")?,
            port.context("no port")?
        );
        let placeholder = bound(([127, 0, 0, 1], 0).into())?;
        let address = placeholder.local_addr()?;
        url.set_host(Some("127.0.0.1"))?;
        url.set_port(Some(address.port())).map_err(|()| anyhow::anyhow!("the URL takes no port"))?;
        let (line, _) = watch::channel(Line { mode: Mode::Open, age: 0 });
        let proxy = Self { url, target, line, placeholder, running: Mutex::new(None) };
        proxy.mend().await?;
        Ok(proxy)
    }

    /// The address of the database by way of the proxy.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Ends every connection, and refuses new ones.
    pub async fn cut(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.abort();
            // Once it has ended, nobody listens.
            let _ = running.await;
        }
    }

    /// Keeps connections open, takes new ones, and forwards nothing: a database that hangs.
    pub fn stall(&self) {
        self.set(Mode::Stalled);
    }

    /// Keeps the connections that there are open and forwards nothing on them ever again; new ones are forwarded.
    pub fn forget(&self) {
        self.line.send_modify(|line| *line = Line { mode: Mode::Open, age: line.age + 1 });
    }

    /// Forwards to the database and loses all that it answers.
    pub fn lose_replies(&self) {
        self.set(Mode::Deaf);
    }

    /// Forwards again, and takes connections. What was kept back meanwhile arrives; what was lost does not.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn mend(&self) -> io::Result<()> {
        self.set(Mode::Open);
        let mut running = self.running.lock().await;
        if running.is_none() {
            let listener = bound(self.placeholder.local_addr()?)?.listen(128)?;
            *running = Some(tokio::spawn(accept(listener, self.target.clone(), self.line.subscribe())));
        }
        Ok(())
    }

    fn set(&self, mode: Mode) {
        self.line.send_modify(|line| line.mode = mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(running) = self.running.get_mut().take() {
            running.abort();
        }
    }
}

/// Several sockets may be bound to one address as long as one alone listens.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn accept(listener: TcpListener, target: String, line: watch::Receiver<Line>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(forward(client, target.clone(), line.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// One connection, until either side ends it.
async fn forward(mut client: TcpStream, target: String, line: watch::Receiver<Line>) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut asks, mut hears) = client.split();
    let (mut answers, mut is_asked) = server.split();
    let (there, back) = (line.clone(), line);
    tokio::select! {
        end = pump(&mut asks, &mut is_asked, there, false) => end,
        end = pump(&mut answers, &mut hears, back, true) => end,
    }
}

async fn pump(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut line: watch::Receiver<Line>,
    replies: bool,
) -> io::Result<()> {
    let age = line.borrow().age;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        let mode =
            line.wait_for(|line| line.mode != Mode::Stalled && line.age == age).await.map(|line| line.mode);
        match buffer.get(..read) {
            None | Some([]) => return Ok(()),
            Some(_) if replies && mode.as_ref().is_ok_and(|mode| *mode == Mode::Deaf) => {}
            Some(bytes) => to.write_all(bytes).await?,
        }
    }
}
