//! Requests as a plain browser sends them: no redirect is followed, and the answer is seen as it came.

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::Url;

/// An answer, as text.
#[derive(Clone, Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: String,
}

impl Page {
    /// The value of a header; its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(mine, _)| mine.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// Opens a page.
///
/// # Errors
/// When the connection fails, or what comes is no HTTP.
pub async fn get(url: &Url) -> Result<Page> {
    exchange(url, &format!("GET {} HTTP/1.1\r\n", target(url)), "").await
}

/// Sends a form.
///
/// # Errors
/// As [`get`].
pub async fn post(url: &Url, form: &[(&str, &str)]) -> Result<Page> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let head =
        format!("POST {} HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n", target(url));
    exchange(url, &head, &body).await
}

fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

async fn exchange(url: &Url, head: &str, body: &str) -> Result<Page> {
    let host = url.host_str().context("a host")?;
    let port = url.port_or_known_default().context("a port")?;
    let mut stream = TcpStream::connect((host, port)).await?;
    let length = body.len();
    let request =
        format!("{head}host: {host}:{port}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer with a head")?;
    let status = head.split(' ').nth(1).context("a status")?.parse()?;
    Ok(Page { status, head: head.to_owned(), body: body.to_owned() })
}
