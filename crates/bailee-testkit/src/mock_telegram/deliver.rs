use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::Url;

use super::Update;
use crate::mock_provider::is_loopback;

/// Delivers an update to a plain address of this machine, once. One that cannot be delivered is lost: Telegram would try it
/// again, which nobody who looks at a page waits for.
pub(super) fn in_background(update: Update) {
    if let Ok(url) = Url::parse(&update.url)
        && is_loopback(&url)
    {
        tokio::spawn(async move { deliver(&url, &update).await });
    }
}

async fn deliver(url: &Url, update: &Update) -> io::Result<()> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let body = update.body();
    let mut head = format!(
        "POST {} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n",
        url.path(),
        body.len(),
    )
    .into_bytes();
    for (name, value) in &update.headers {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend_from_slice(b"\r\n");
    stream.write_all(&head).await?;
    stream.write_all(&body).await?;
    // A request is carried out when its answer is there.
    stream.read_to_end(&mut Vec::new()).await.map(drop)
}
