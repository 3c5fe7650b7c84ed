//! A server of one connection on loopback: it reads one request whole and then does what the test says.

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// What happens after the request was read.
pub(crate) enum Then {
    /// These bytes are sent and the connection is closed.
    Answer(String),
    /// These bytes are sent, then the connection stays open until the client leaves.
    AnswerAndHold(String),
    /// The head is sent, and then a body without end.
    AnswerForEver(String),
    /// The connection is closed without a word.
    Close,
}

/// Starts the server; the handle gives the request that it read.
pub(crate) async fn serve(then: Then) -> Result<(Url, JoinHandle<Result<String>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = Url::parse(&format!("http://{}/path", listener.local_addr()?))?;
    Ok((url, tokio::spawn(one_connection(listener, then))))
}

/// Serves a 200 with this JSON body.
pub(crate) async fn serve_json(status: &str, body: &str) -> Result<(Url, JoinHandle<Result<String>>)> {
    serve(Then::Answer(answer(status, "Content-Type: application/json\r\n", body))).await
}

/// The bytes of an answer with its length.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

async fn one_connection(listener: TcpListener, then: Then) -> Result<String> {
    let (mut stream, _) = listener.accept().await?;
    // Nobody else can connect: a second request would fail.
    drop(listener);
    let request = read_request(&mut stream).await?;
    match then {
        Then::Answer(bytes) => {
            // The client may have left in the middle of it.
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Then::AnswerAndHold(bytes) => {
            stream.write_all(bytes.as_bytes()).await?;
            let _ = stream.read(&mut [0; 1]).await;
        }
        Then::AnswerForEver(head) => {
            stream.write_all(head.as_bytes()).await?;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
        Then::Close => {}
    }
    Ok(request)
}

async fn read_request(stream: &mut TcpStream) -> Result<String> {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await?;
        request.extend_from_slice(buffer.get(..read).context("read more than there is")?);
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            return Ok(text.into_owned());
        }
        anyhow::ensure!(read > 0, "the client left in the middle of its request");
    }
}

fn content_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}
