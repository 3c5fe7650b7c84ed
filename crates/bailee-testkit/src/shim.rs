use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bailee_core::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
};

/// More connections at once wait for an end of others.
const CONNECTIONS: usize = 256;

/// How much of one direction is held at once, in bytes.
const BUFFER: usize = 16 * 1024;

/// What a [`Shim`] does to what goes through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShimMode {
    /// Each piece waits so long, in either direction.
    Delay {
        /// On the way to the server.
        there: Duration,
        /// On the way back.
        back: Duration,
    },
    /// What is asked arrives. When the answer comes, the connection ends without it.
    LoseAnswers,
    /// Everything goes through.
    Pass,
    /// Connections are reset, also those that come.
    Reset,
    /// Answers come byte by byte, with so long a wait before each.
    SlowBytes(Duration),
    /// Of what comes back on a connection so many bytes arrive; then it ends.
    TruncateAnswers(usize),
}

/// A TCP proxy on loopback, in front of a provider or a database, that breaks the network between the two.
///
/// It passes everything on at first. A mode holds for the connections that there are and for new ones, until the next. All
/// of it ends with this value. Waits are those of the clock.
///
/// ```
/// use std::sync::Arc;
///
/// use bailee_testkit::{MockClock, MockGoogle, Shim, ShimMode};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockGoogle::start().await?;
/// let server = mock.url().socket_addrs(|| None)?.remove(0);
/// let shim = Shim::before(server, Arc::new(MockClock::new())).await?;
/// assert!(shim.address().ip().is_loopback());
/// shim.set(ShimMode::LoseAnswers);
/// # Ok(())
/// # }
/// ```
pub struct Shim {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    lost: Arc<AtomicUsize>,
    running: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug)]
struct Wire {
    mode: ShimMode,
    /// Grows with every change of the mode.
    age: u64,
}

impl Shim {
    /// In front of this server.
    ///
    /// # Errors
    /// When no loopback port is free.
    pub async fn before(server: SocketAddr, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (wire, changes) = watch::channel(Wire { mode: ShimMode::Pass, age: 0 });
        let lost = Arc::new(AtomicUsize::new(0));
        let line = Line { server, clock, wire: changes, lost: Arc::clone(&lost) };
        Ok(Self { address, wire, lost, running: tokio::spawn(accept(listener, line)) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it does this.
    pub fn set(&self, mode: ShimMode) {
        self.wire.send_modify(|wire| *wire = Wire { mode, age: wire.age + 1 });
    }

    /// How many connections it has ended in the middle so far.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Shim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shim")
            .field("address", &self.address)
            .field("wire", &*self.wire.borrow())
            .finish_non_exhaustive()
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What every connection needs.
#[derive(Clone)]
struct Line {
    server: SocketAddr,
    clock: Arc<dyn Clock>,
    wire: watch::Receiver<Wire>,
    lost: Arc<AtomicUsize>,
}

/// How one connection ended.
enum End {
    /// One of the two ended it.
    Closed,
    /// The shim did.
    Broken,
}

async fn accept(listener: TcpListener, line: Line) {
    let mut connections = JoinSet::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    // It is never closed.
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        let Ok((client, _)) = listener.accept().await else { return };
        let line = line.clone();
        connections.spawn(async move {
            let _place = place;
            connection(client, line).await
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(mut client: TcpStream, line: Line) -> io::Result<()> {
    let mut server = TcpStream::connect(line.server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let end = {
        let (mut asks, mut hears) = client.split();
        let (mut answers, mut is_asked) = server.split();
        tokio::select! {
            end = carry(&mut asks, &mut is_asked, line.clone(), Way::There) => end?,
            end = carry(&mut answers, &mut hears, line.clone(), Way::Back) => end?,
        }
    };
    if matches!(end, End::Broken) {
        line.lost.fetch_add(1, Ordering::SeqCst);
        if line.wire.borrow().mode == ShimMode::Reset {
            client.set_zero_linger()?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

/// Carries bytes one way, as the mode of the moment says.
async fn carry(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut line: Line,
    way: Way,
) -> io::Result<End> {
    let mut buffer = vec![0; BUFFER];
    // How much came back under a mode.
    let (mut age, mut back) = (0, 0);
    loop {
        let read = tokio::select! {
            biased;
            _ = line.wire.wait_for(|wire| wire.mode == ShimMode::Reset) => return Ok(End::Broken),
            read = from.read(&mut buffer) => read?,
        };
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok(End::Closed);
        };
        let wire = *line.wire.borrow();
        if age != wire.age {
            (age, back) = (wire.age, 0);
        }
        match (wire.mode, way) {
            (ShimMode::Reset, _) | (ShimMode::LoseAnswers, Way::Back) => return Ok(End::Broken),
            (ShimMode::Delay { there, .. }, Way::There) => line.clock.sleep(there).await,
            (ShimMode::Delay { back, .. }, Way::Back) => line.clock.sleep(back).await,
            (ShimMode::SlowBytes(wait), Way::Back) => {
                for byte in bytes.chunks(1) {
                    // Not even a clock that rounds up holds up what need not wait.
                    if !wait.is_zero() {
                        line.clock.sleep(wait).await;
                    }
                    to.write_all(byte).await?;
                }
                continue;
            }
            (ShimMode::TruncateAnswers(most), Way::Back) => {
                back += read;
                if back > most {
                    let over = back - most;
                    to.write_all(bytes.get(..read.saturating_sub(over)).unwrap_or_default()).await?;
                    return Ok(End::Broken);
                }
            }
            _ => {}
        }
        to.write_all(bytes).await?;
    }
}
