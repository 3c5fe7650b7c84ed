//! Whatever a token endpoint sends: the first byte chooses the status, the rest is the body.
#![no_main]

use std::{
    sync::{LazyLock, Mutex},
    time::Duration,
};

use bailee_core::{ClientCredentials, ClientId, ExposeSecret, ProviderError, SecretString};
use bailee_fuzz::RUNTIME;
use bailee_oauth::{HttpClient, HttpOptions, TokenEndpoint};
use libfuzzer_sys::fuzz_target;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const STATUSES: [&str; 8] = [
    "200 OK",
    "400 Bad Request",
    "401 Unauthorized",
    "302 Found",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "503 Service Unavailable",
    "204 No Content",
];

static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

static ENDPOINT: LazyLock<TokenEndpoint> = LazyLock::new(|| {
    let address = RUNTIME.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection));
            }
        });
        address
    });
    let http = HttpClient::allow_loopback_http(&HttpOptions::default()).expect("a client");
    TokenEndpoint::new(http, format!("http://{address}/token").parse().expect("an address"))
});

/// Requests of our client are small and arrive whole: each read is one.
async fn serve(mut connection: TcpStream) {
    let mut request = vec![0; 64 << 10];
    while connection.read(&mut request).await.is_ok_and(|read| read > 0) {
        let answer = ANSWER.lock().expect("a lock").clone();
        if connection.write_all(&answer).await.is_err() {
            return;
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let (status, body) = data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest));
    let status = STATUSES[status % STATUSES.len()];
    let mut answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        if status.starts_with("204") { 0 } else { body.len() }
    )
    .into_bytes();
    if !status.starts_with("204") {
        answer.extend_from_slice(body);
    }
    *ANSWER.lock().expect("a lock") = answer;

    let (client_id, secret) = (ClientId::new("client").expect("an id"), SecretString::from("secret"));
    let client = ClientCredentials { client_id: &client_id, secret: Some(&secret) };
    let refreshed = RUNTIME.block_on(ENDPOINT.refresh(client, &SecretString::from("old")));
    match refreshed {
        Ok(answer) => {
            assert_eq!(status, "200 OK");
            let token = answer.access_token.expose_secret();
            assert!(!token.is_empty() && token.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "no header value");
            assert!(answer.expires_in.is_none_or(|life| life <= Duration::from_hours(24 * 366)));
        }
        Err(ProviderError::GrantRevoked { .. }) => {
            assert!(body.windows(13).any(|word| word == b"invalid_grant"), "dead without a word");
        }
        Err(_) => {}
    }
});
