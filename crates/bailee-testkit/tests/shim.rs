//! What the shim does to bytes.

use std::{io, sync::Arc, time::Duration};

use bailee_testkit::{MockClock, Shim, ShimMode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const SECOND: Duration = Duration::from_secs(1);

/// A server that answers every connection's four bytes with six, and a client before the shim.
async fn stand() -> anyhow::Result<(MockClock, Shim, TcpListener)> {
    let server = TcpListener::bind(("127.0.0.1", 0)).await?;
    let clock = MockClock::new();
    let shim = Shim::before(server.local_addr()?, Arc::new(clock.clone())).await?;
    Ok((clock, shim, server))
}

/// The client asks; the server has been asked when this ends, and has answered.
async fn asked(shim: &Shim, server: &TcpListener) -> anyhow::Result<(TcpStream, TcpStream)> {
    let mut client = TcpStream::connect(shim.address()).await?;
    client.write_all(b"ping").await?;
    let (mut there, _) = server.accept().await?;
    let mut heard = [0; 4];
    there.read_exact(&mut heard).await?;
    assert_eq!(&heard, b"ping");
    there.write_all(b"answer").await?;
    Ok((client, there))
}

async fn all(mut client: TcpStream) -> io::Result<String> {
    let mut text = String::new();
    client.read_to_string(&mut text).await?;
    Ok(text)
}

#[tokio::test]
async fn everything_passes_at_first() -> anyhow::Result<()> {
    let (_, shim, server) = stand().await?;
    let (client, there) = asked(&shim, &server).await?;
    drop(there);
    assert_eq!(all(client).await?, "answer");
    assert_eq!(shim.broken(), 0);
    Ok(())
}

#[tokio::test]
async fn an_answer_is_lost_after_the_request_went_through() -> anyhow::Result<()> {
    let (_, shim, server) = stand().await?;
    shim.set(ShimMode::LoseAnswers);
    let (client, _there) = asked(&shim, &server).await?;
    assert_eq!(all(client).await?, "");
    assert_eq!(shim.broken(), 1);
    Ok(())
}

#[tokio::test]
async fn an_answer_is_cut_after_so_many_bytes() -> anyhow::Result<()> {
    let (_, shim, server) = stand().await?;
    shim.set(ShimMode::TruncateAnswers(4));
    let (client, _there) = asked(&shim, &server).await?;
    assert_eq!(all(client).await?, "answ");
    Ok(())
}

#[tokio::test]
async fn connections_are_reset_those_that_are_open_and_those_that_come() -> anyhow::Result<()> {
    let (_, shim, server) = stand().await?;
    let (mut client, _there) = asked(&shim, &server).await?;
    client.read_exact(&mut [0; 6]).await?;
    shim.set(ShimMode::Reset);
    let reset = io::ErrorKind::ConnectionReset;
    assert_eq!(all(client).await.err().map(|error| error.kind()), Some(reset));
    let later = TcpStream::connect(shim.address()).await?;
    assert_eq!(all(later).await.err().map(|error| error.kind()), Some(reset));
    Ok(())
}

#[tokio::test]
async fn an_answer_waits_by_the_clock() -> anyhow::Result<()> {
    let (clock, shim, server) = stand().await?;
    shim.set(ShimMode::Delay { there: Duration::ZERO, back: SECOND });
    let (mut client, _there) = asked(&shim, &server).await?;
    clock.until_asleep(1).await;
    clock.advance(SECOND);
    client.read_exact(&mut [0; 6]).await?;
    Ok(())
}

#[tokio::test]
async fn an_answer_drips_byte_by_byte() -> anyhow::Result<()> {
    let (clock, shim, server) = stand().await?;
    shim.set(ShimMode::SlowBytes(SECOND));
    let (mut client, _there) = asked(&shim, &server).await?;
    for expected in b"answer" {
        clock.until_asleep(1).await;
        clock.advance(SECOND);
        assert_eq!(client.read_u8().await?, *expected);
    }
    Ok(())
}
