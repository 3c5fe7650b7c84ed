//! A server on loopback that answers by a script, one connection for each answer.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// The server and what it was asked.
pub(crate) struct Script {
    pub(crate) url: Url,
    requests: JoinHandle<Result<Vec<Request>>>,
}

/// One request as it came over the wire.
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) body: String,
    head: String,
}

impl Script {
    /// Answers with each status and JSON body in turn, and then no more.
    pub(crate) async fn new(answers: &[(u16, &str)]) -> Result<Self> {
        Self::on(TcpListener::bind("127.0.0.1:0").await?, answers)
    }

    /// The same where it is known already.
    pub(crate) fn on(listener: TcpListener, answers: &[(u16, &str)]) -> Result<Self> {
        let url = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let answers: Vec<(u16, String)> =
            answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        Ok(Self { url, requests: tokio::spawn(serve(listener, answers)) })
    }

    /// What was asked, after all answers were given.
    pub(crate) async fn requests(self) -> Result<Vec<Request>> {
        self.requests.await?
    }
}

impl Request {
    /// A header in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(mine, _)| mine.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.body)?)
    }
}

async fn serve(listener: TcpListener, answers: Vec<(u16, String)>) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for (status, body) in answers {
        let (mut stream, _) = listener.accept().await?;
        requests.push(read(&mut stream).await?);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        // The client may have left in the middle of it.
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
    Ok(requests)
}

async fn read(stream: &mut TcpStream) -> Result<Request> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await?;
        bytes.extend_from_slice(buffer.get(..read).context("read more than there is")?);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let line = head.lines().next().unwrap_or_default().to_owned();
            let request = Request { line, body: body.to_owned(), head: head.to_owned() };
            let length = request.header("content-length").map_or(Ok(0), str::parse)?;
            if body.len() >= length {
                return Ok(request);
            }
        }
        ensure!(read > 0, "the client left in the middle of its request");
    }
}
