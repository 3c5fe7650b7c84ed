//! The HTTP client against real sockets that misbehave.

use std::{process::Command, time::Duration};

use anyhow::Result;
use tokio::net::{TcpListener, TcpSocket};
use url::Url;

use crate::support::{Then, answer, serve, serve_json};
use bailee_oauth::{HttpClient, HttpError, HttpOptions, Proxy, Request, Timeouts};

fn client() -> Result<HttpClient> {
    Ok(HttpClient::allow_loopback_http(&HttpOptions::default())?)
}

/// Deadlines that a server on this machine misses only by never answering.
fn impatient() -> Result<HttpClient> {
    let timeouts = Timeouts { api: Duration::from_millis(150), ..Timeouts::default() };
    Ok(HttpClient::allow_loopback_http(&HttpOptions::default().with_timeouts(timeouts))?)
}

async fn failure(client: &HttpClient, url: Url) -> Option<HttpError> {
    client.send(Request::get(url)).await.err()
}

#[tokio::test]
async fn an_answer_arrives_with_status_body_and_the_headers_that_matter() -> Result<()> {
    let headers = "Content-Type: application/json\r\nSet-Cookie: a=b\r\nRetry-After: 7\r\n";
    let (url, request) = serve(Then::Answer(answer("418 Teapot", headers, "{}"))).await?;
    let response = client()?.send(Request::get(url)).await?;
    assert_eq!(response.status().as_u16(), 418);
    assert_eq!(response.body(), b"{}");
    assert_eq!(response.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(response.header(&http::header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(response.header(&http::header::SET_COOKIE), None);
    let request = request.await??;
    assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
    assert!(request.contains("accept: application/json\r\n"), "{request}");
    assert!(request.contains("user-agent: bailee/"), "{request}");
    Ok(())
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not() -> Result<()> {
    let (url, _server) = serve_json("200 OK", "12345678").await?;
    let response = client()?.send(Request::get(url).max_body(8)).await?;
    assert_eq!(response.body(), b"12345678");
    let (url, _server) = serve_json("200 OK", "123456789").await?;
    let error = client()?.send(Request::get(url).max_body(8)).await.err();
    assert_eq!(error, Some(HttpError::TooLarge));
    Ok(())
}

#[tokio::test]
async fn a_body_without_end_is_cut_at_the_limit() -> Result<()> {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned();
    let (url, _server) = serve(Then::AnswerForEver(head)).await?;
    assert_eq!(failure(&client()?, url).await, Some(HttpError::TooLarge));
    Ok(())
}

#[tokio::test]
async fn a_server_that_never_answers_hits_the_deadline() -> Result<()> {
    let (url, _server) = serve(Then::AnswerAndHold(String::new())).await?;
    assert_eq!(failure(&impatient()?, url).await, Some(HttpError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn a_body_that_never_ends_in_time_hits_the_deadline() -> Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_owned();
    let (url, _server) = serve(Then::AnswerAndHold(head)).await?;
    assert_eq!(failure(&impatient()?, url).await, Some(HttpError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn the_deadline_of_a_request_goes_before_that_of_the_client() -> Result<()> {
    let (url, _server) = serve(Then::AnswerAndHold(String::new())).await?;
    let request = Request::get(url).deadline(Duration::from_millis(50));
    assert_eq!(client()?.send(request).await.err(), Some(HttpError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_ignored_is_not_waited_for() -> Result<()> {
    let head = "HTTP/1.1 202 Accepted\r\nRetry-After: 3\r\nContent-Length: 100\r\n\r\n{".to_owned();
    let (url, _server) = serve(Then::AnswerAndHold(head)).await?;
    let response = client()?.send(Request::post(url).ignore_body()).await?;
    assert_eq!((response.status().as_u16(), response.body()), (202, &b""[..]));
    assert_eq!(response.retry_after(), Some(Duration::from_secs(3)));
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_not_followed() -> Result<()> {
    let target = TcpListener::bind("127.0.0.1:0").await?;
    let location = format!("Location: http://{}/\r\n", target.local_addr()?);
    for status in ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"] {
        let (url, _server) = serve(Then::Answer(answer(status, &location, ""))).await?;
        assert_eq!(failure(&client()?, url).await, Some(HttpError::Redirected), "{status}");
    }
    let target = target.into_std()?;
    target.set_nonblocking(true)?;
    assert!(target.accept().is_err(), "nobody may have come");
    Ok(())
}

#[tokio::test]
async fn a_closed_connection_after_the_request_leaves_the_outcome_unknown() -> Result<()> {
    let (url, _server) = serve(Then::Close).await?;
    assert_eq!(failure(&client()?, url).await, Some(HttpError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn a_truncated_body_leaves_the_outcome_unknown() -> Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"".to_owned();
    let (url, _server) = serve(Then::Answer(head)).await?;
    assert_eq!(failure(&client()?, url).await, Some(HttpError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn a_refused_connection_was_not_sent() -> Result<()> {
    // Bound and not listening: the port is ours and refuses.
    let socket = TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse()?)?;
    let url = Url::parse(&format!("http://{}/", socket.local_addr()?))?;
    assert_eq!(failure(&client()?, url).await, Some(HttpError::NotSent));
    Ok(())
}

#[tokio::test]
async fn a_flood_of_headers_is_bounded() -> Result<()> {
    let one_large = format!("X-Large: {}\r\n", "x".repeat(1024 * 1024));
    let many_small = "X-Small: x\r\n".repeat(101);
    for headers in [one_large, many_small] {
        let (url, _server) = serve(Then::Answer(answer("200 OK", &headers, "{}"))).await?;
        assert_eq!(failure(&client()?, url).await, Some(HttpError::OutcomeUnknown));
    }
    Ok(())
}

#[tokio::test]
async fn a_compressed_answer_is_refused_unread() -> Result<()> {
    for encoding in ["gzip", "br", "deflate", "identity, gzip"] {
        let headers = format!("Content-Encoding: {encoding}\r\n");
        let (url, _server) = serve(Then::Answer(answer("200 OK", &headers, "{}"))).await?;
        assert_eq!(failure(&client()?, url).await, Some(HttpError::Encoded), "{encoding}");
    }
    let headers = "Content-Encoding: Identity\r\n";
    let (url, _server) = serve(Then::Answer(answer("200 OK", headers, "{}"))).await?;
    assert!(client()?.send(Request::get(url)).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn only_https_and_http_to_this_machine_where_it_was_allowed_is_asked() -> Result<()> {
    let strict = HttpClient::new(&HttpOptions::default())?;
    let lenient = client()?;
    for (url, strict_allows, lenient_allows) in [
        ("https://as.example/token", true, true),
        ("http://127.0.0.1:1/", false, true),
        ("http://127.9.9.9/", false, true),
        ("http://[::1]/", false, true),
        ("http://localhost:1/", false, true),
        ("http://2130706433/", false, true),
        ("http://as.example/", false, false),
        ("http://169.254.169.254/", false, false),
        ("http://127.0.0.1.example/", false, false),
        ("http://[::ffff:127.0.0.1]/", false, false),
        ("http://0.0.0.0/", false, false),
        ("https://user:secret@as.example/", false, false),
        ("https://user@as.example/", false, false),
        ("ftp://127.0.0.1/", false, false),
        ("file:///etc/passwd", false, false),
        ("data:,x", false, false),
    ] {
        let parsed = Url::parse(url)?;
        assert_eq!(strict.allows(&parsed), strict_allows, "{url}");
        assert_eq!(lenient.allows(&parsed), lenient_allows, "{url}");
        if !lenient_allows {
            assert_eq!(failure(&lenient, parsed).await, Some(HttpError::RefusedUrl), "{url}");
        }
    }
    let (url, _server) = serve_json("200 OK", "{}").await?;
    assert_eq!(failure(&strict, url).await, Some(HttpError::RefusedUrl));
    Ok(())
}

#[test]
fn the_proxy_of_the_environment_is_ignored() -> Result<()> {
    // Another process, as only that can have another environment. Port 9 discards, if it listens at all.
    let child = Command::new(std::env::current_exe()?)
        .args(["--exact", "http_client::an_answer_arrives_with_status_body_and_the_headers_that_matter"])
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()?;
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && output.contains("1 passed"), "{output}");
    Ok(())
}

#[tokio::test]
async fn a_token_with_control_characters_never_becomes_a_header() -> Result<()> {
    let url = Url::parse("https://api.example/")?;
    let hosts = ["api.example".to_owned()];
    for token in ["", "a\r\nX-Evil: 1", "a b", "a\0", "a\u{7F}", "ä"] {
        let error = Request::get(url.clone()).bearer(&token.to_owned().into(), &hosts).err();
        assert_eq!(error, Some(HttpError::RefusedToken), "{token:?}");
        let error = Request::get(url.clone()).basic_token(&token.to_owned().into(), &hosts).err();
        assert_eq!(error, Some(HttpError::RefusedToken), "{token:?}");
    }
    let divided = Request::get(url).basic_token(&"user:password".to_owned().into(), &hosts).err();
    assert_eq!(divided, Some(HttpError::RefusedToken));
    Ok(())
}

#[tokio::test]
async fn a_token_goes_only_to_the_hosts_of_the_list() -> Result<()> {
    let token = "at".to_owned().into();
    let hosts = ["api.example".to_owned()];
    for url in [
        "https://evil.example/",
        "https://api.example.evil/",
        "https://sub.api.example/",
        "https://api.example@evil.example/",
    ] {
        let error = Request::get(Url::parse(url)?).bearer(&token, &hosts).err();
        assert_eq!(error, Some(HttpError::RefusedUrl), "{url}");
        let error = Request::get(Url::parse(url)?).basic_token(&token, &hosts).err();
        assert_eq!(error, Some(HttpError::RefusedUrl), "{url}");
    }
    let (url, request) = serve_json("200 OK", "{}").await?;
    let as_user_name = Request::get(url).basic_token(&token, &["127.0.0.1".to_owned()])?;
    client()?.send(as_user_name).await?;
    assert!(request.await??.contains("authorization: Basic YXQ6\r\n"), "at and an empty password");
    let (url, request) = serve_json("200 OK", "{}").await?;
    let request_with_token = Request::get(url).bearer(&token, &["127.0.0.1".to_owned()])?;
    client()?.send(request_with_token).await?;
    assert!(request.await??.contains("authorization: Bearer at\r\n"));
    Ok(())
}

#[test]
fn nothing_secret_is_in_any_debug() -> Result<()> {
    let url = Url::parse("https://as.example/CANARY?t=CANARY")?;
    let request = Request::post(url)
        .bearer(&"CANARY".to_owned().into(), &["as.example".to_owned()])?
        .form([("token", "CANARY")]);
    let proxy =
        Proxy::new(Url::parse("http://proxy.example:3128")?).with_login("CANARY", "CANARY".to_owned().into());
    let options = HttpOptions::default().with_proxy(proxy);
    let body = &b"CANARY"[..];
    let response = bailee_oauth::Response::new(http::StatusCode::OK, &http::HeaderMap::new(), body);
    let client = HttpClient::new(&options)?;
    let debug = format!("{request:?} {options:?} {response:?} {client:?} {client:#?}");
    assert!(!debug.contains("CANARY"), "{debug}");
    Ok(())
}

#[tokio::test]
async fn a_proxy_is_used_only_where_it_was_asked_for() -> Result<()> {
    let (proxy, request) = serve_json("200 OK", "{}").await?;
    let login = "s".to_owned().into();
    let options = HttpOptions::default().with_proxy(Proxy::new(proxy).with_login("u", login));
    let client = HttpClient::allow_loopback_http(&options)?;
    // Nobody listens there: only a proxy can answer.
    client.send(Request::get(Url::parse("http://127.0.0.1:9/behind")?)).await?;
    let request = request.await??;
    assert!(request.starts_with("GET http://127.0.0.1:9/behind HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("proxy-authorization: Basic dTpz\r\n"), "{request}");
    let with_login = Proxy::new(Url::parse("http://u:CANARY@proxy.example:3128")?);
    let error = HttpClient::new(&HttpOptions::default().with_proxy(with_login)).err();
    assert!(error.is_some_and(|error| !error.to_string().contains("CANARY")));
    Ok(())
}
