//! Sizes, types, methods, faults and time.

use std::time::Duration;

use axum::body::Body;
use bailee_engine::Limits;
use http::{Request, StatusCode};
use http_tests::{Answer, Fault, Host, organization, send};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn post(host: &Host, kind: Option<&str>, body: impl Into<Body>) -> anyhow::Result<Answer> {
    let request = Request::post("/v1/integrations/mail/callback").header("authorization", "Bearer ada");
    let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
    send(&host.app, request.body(body.into())?).await
}

#[tokio::test]
async fn a_body_is_at_most_sixty_four_kibibytes() -> anyhow::Result<()> {
    let host = Host::new()?;
    let json = |size: usize| format!("{{\"code\":\"{}\"}}", "c".repeat(size - 11));
    let fits = post(&host, Some("application/json"), json(64 * 1024)).await?;
    assert_eq!(fits.json()?["field"], "state", "read to its end");
    let large = post(&host, Some("application/json"), json(64 * 1024 + 1)).await?;
    assert_eq!(large.problem()?, (413, "too_large".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_length_that_is_too_large_is_refused_unread_on_every_route() -> anyhow::Result<()> {
    let host = Host::new()?;
    for target in
        ["/v1/integrations/mail/callback", "/v1/integrations/0199aaaa-0000-7000-8000-000000000000/validate"]
    {
        let request = Request::post(target).header("content-length", "104857600").body(Body::empty())?;
        assert_eq!(send(&host.app, request).await?.problem()?, (413, "too_large".to_owned()), "{target}");
    }
    Ok(())
}

#[tokio::test]
async fn a_host_says_how_large_and_how_deep_a_body_may_be() -> anyhow::Result<()> {
    let limits = Limits { body_bytes: 100, json_depth: 2, ..Limits::default() };
    let host = Host::with_limits(limits)?;
    let json = Some("application/json");
    assert_eq!(post(&host, json, "{\"code\":[]}").await?.json()?["field"], "code", "read to its end");
    assert_eq!(post(&host, json, "{\"code\":[[]]}").await?.json()?["field"], "body");
    assert_eq!(post(&host, json, " ".repeat(101)).await?.problem()?, (413, "too_large".to_owned()));
    let wide = Host::with_limits(Limits { body_bytes: 4 << 20, ..Limits::default() })?;
    let large = post(&wide, json, format!("{{\"code\":\"{}\"}}", "c".repeat(3 << 20))).await?;
    assert_eq!(large.json()?["field"], "state", "read to its end");
    Ok(())
}

#[tokio::test]
async fn json_of_ten_thousand_levels_is_refused_where_one_of_a_few_is_read() -> anyhow::Result<()> {
    let host = Host::new()?;
    for (levels, field) in [(31, "code"), (32, "body"), (200, "body"), (10_000, "body")] {
        let body = format!("{{\"code\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        let answer = post(&host, Some("application/json"), body).await?;
        assert_eq!(answer.problem()?.0, 400, "{levels}");
        assert_eq!(answer.json()?["field"], field, "{levels}");
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_not_json_by_its_type_is_refused() -> anyhow::Result<()> {
    let host = Host::new()?;
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
        Some(""),
    ] {
        let answer = post(&host, kind, "{}").await?;
        assert_eq!(answer.problem()?, (415, "media_type".to_owned()), "{kind:?}");
    }
    let charset = post(&host, Some("Application/JSON; charset=utf-8"), "{}").await?;
    assert_eq!(charset.problem()?.0, 400);
    let request = Request::delete(format!("{}/mail", organization("acme")))
        .header("authorization", "Bearer ada")
        .header("content-type", "text/plain");
    let answer = send(&host.app, request.body(Body::from("x"))?).await?;
    assert_eq!(answer.problem()?, (415, "media_type".to_owned()), "where no body is read, too");
    Ok(())
}

#[tokio::test]
async fn a_wrong_body_is_told_by_field_and_never_repeated() -> anyhow::Result<()> {
    let host = Host::new()?;
    for (body, field) in [
        ("", "body"),
        ("{", "body"),
        ("[]", "body"),
        ("\"canary\"", "body"),
        ("\u{FEFF}{}", "body"),
        ("{}", "code"),
        (r#"{"code":{"canary":1},"state":"s"}"#, "code"),
        (r#"{"code":"canary","state":["canary"]}"#, "state"),
        (r#"{"code":"canary","code":"canary","state":"s"}"#, "code"),
        (r#"{"code":"canary","state":"s","verifier":7}"#, "verifier"),
        (r#"{"code":"canary","state":"s","canary":1}"#, "body"),
    ] {
        let answer = post(&host, Some("application/json"), body).await?;
        assert_eq!(answer.problem()?, (400, "invalid".to_owned()), "{body}");
        assert_eq!(answer.json()?["field"], field, "{body}");
        assert!(!answer.text().contains("canary"), "{}", answer.text());
    }
    let invalid_utf8 = post(&host, Some("application/json"), &b"{\"code\":\"\xFF\"}"[..]).await?;
    assert_eq!(invalid_utf8.json()?["field"], "body");
    let deep = format!("{{\"code\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(post(&host, Some("application/json"), deep).await?.json()?["field"], "body");
    Ok(())
}

#[tokio::test]
async fn a_parameter_that_is_there_twice_is_refused_by_name() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let org = organization("acme");
    for (target, field) in [
        (format!("{org}/mail/auth_link?return_to=a&return_to=b"), "return_to"),
        (format!("{org}/mail/auth_link?challenge=a&challenge=b"), "challenge"),
        (format!("{org}/mail/auth_link?integration_id=a"), "integration_id"),
    ] {
        let answer = ada.fetch("GET", &target, None).await?;
        assert_eq!(answer.problem()?, (400, "invalid".to_owned()), "{target}");
        assert_eq!(answer.json()?["field"], field);
    }
    Ok(())
}

#[tokio::test]
async fn a_method_that_a_route_lacks_is_told_with_those_that_it_has() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for (method, target, allow) in [
        ("PUT", organization("acme"), "GET,HEAD"),
        ("GET", format!("{}/mail", organization("acme")), "POST,DELETE"),
        ("POST", "/api/oauth/mail/callback".to_owned(), "GET,HEAD"),
        ("PATCH", "/openapi.json".to_owned(), "GET,HEAD"),
    ] {
        let answer = ada.fetch(method, &target, None).await?;
        assert_eq!(answer.problem()?, (405, "method_not_allowed".to_owned()), "{method} {target}");
        assert_eq!(answer.header("allow"), allow);
    }
    Ok(())
}

#[tokio::test]
async fn a_panic_is_an_answer_and_not_repeated() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    host.mail.fail(Fault::Panics);
    let answer = ada.fetch("GET", &format!("{}/mail/auth_link", organization("acme")), None).await?;
    assert_eq!(answer.problem()?, (500, "failed".to_owned()));
    assert!(!answer.text().contains("canary"), "{}", answer.text());
    host.mail.fail(Fault::None);
    host.connect(&ada, "account-1").await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_is_ended_after_a_minute() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.mail.fail(Fault::Hangs);
    let begun = tokio::time::Instant::now();
    let answer =
        host.browser("ada").fetch("GET", &format!("{}/mail/auth_link", organization("acme")), None).await?;
    assert_eq!(answer.problem()?, (503, "timeout".to_owned()));
    assert!(begun.elapsed() >= Duration::from_mins(1));
    Ok(())
}

/// Sends bytes to a real server and reads the status line.
async fn wire(host: &Host, bytes: &[u8]) -> anyhow::Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(axum::serve(listener, host.app.clone()).into_future());
    let (mut reader, mut writer) = tokio::net::TcpStream::connect(address).await?.into_split();
    let mut answer = Vec::new();
    // A server that has read enough answers and hangs up.
    let (_, _) = tokio::join!(writer.write_all(bytes), reader.read_to_end(&mut answer));
    server.abort();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_on_the_wire() -> anyhow::Result<()> {
    let host = Host::new()?;
    let mut request =
        b"POST /v1/integrations/mail/callback HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ada\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            .to_vec();
    request.extend_from_slice(format!("{:x}\r\n{}\r\n0\r\n\r\n", 70_000, " ".repeat(70_000)).as_bytes());
    assert_eq!(wire(&host, &request).await?, "HTTP/1.1 413 Payload Too Large");
    Ok(())
}

#[tokio::test]
async fn a_million_bytes_of_headers_are_refused_on_the_wire() -> anyhow::Result<()> {
    let host = Host::new()?;
    let many = "x-padding: 0123456789\r\n".repeat(50_000);
    let long = format!("x-padding: {}\r\n", "x".repeat(1_000_000));
    for padding in [many, long] {
        let request = format!("GET /openapi.json HTTP/1.1\r\nhost: x\r\n{padding}connection: close\r\n\r\n");
        let status = wire(&host, request.as_bytes()).await?;
        assert_eq!(status, "HTTP/1.1 431 Request Header Fields Too Large");
    }
    assert_eq!(host.browser("").visit("/openapi.json").await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_code_of_sixty_four_kibibytes_does_no_harm_on_the_wire() -> anyhow::Result<()> {
    let host = Host::new()?;
    for size in [10_000, 70_000] {
        let code = "c".repeat(size);
        let request = format!(
            "GET /api/oauth/mail/callback?state=s&code={code} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        );
        let status = wire(&host, request.as_bytes()).await?;
        assert!(status.starts_with("HTTP/1.1 4"), "{size}: {status}");
    }
    assert_eq!(host.browser("").visit("/openapi.json").await?.status, StatusCode::OK);
    Ok(())
}
