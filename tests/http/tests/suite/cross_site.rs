//! What foreign pages can make a browser send.

use axum::body::Body;
use http::{Request, StatusCode};
use http_tests::{BASE, Host, organization};
use serde_json::json;

/// The routes that change something, with a body where they take one.
fn mutations() -> Vec<(&'static str, String, bool)> {
    let org = organization("acme");
    let id = "0199aaaa-0000-7000-8000-000000000000";
    vec![
        ("POST", format!("{org}/mail"), false),
        ("DELETE", format!("{org}/mail"), false),
        ("GET", format!("{org}/mail/auth_link"), false),
        ("POST", format!("{org}/mail/callback"), true),
        ("DELETE", format!("/v1/integrations/{id}"), false),
        ("POST", format!("/v1/integrations/{id}/validate"), false),
        ("POST", "/v1/integrations/mail/callback".to_owned(), true),
    ]
}

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> http::request::Builder {
    headers.iter().fold(Request::builder().method(method).uri(target), |request, (name, value)| {
        request.header(*name, *value)
    })
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    host.connect(&ada, "account-1").await?;
    let mark = ("x-bailee-request", "1");
    let forged: [&[(&str, &str)]; 9] = [
        &[("origin", BASE)],
        &[("origin", "https://evil.example")],
        &[("origin", "null"), mark],
        &[("origin", "https://evil.example"), mark],
        &[("origin", "https://backend.example.com.evil.example"), mark],
        &[("origin", "http://backend.example.com"), mark],
        &[("sec-fetch-site", "cross-site"), mark],
        &[("content-type", "application/x-www-form-urlencoded"), ("origin", BASE)],
        &[("content-type", "text/plain"), ("sec-fetch-site", "same-site")],
    ];
    for (method, target, _) in mutations() {
        for headers in forged {
            let answer = ada.request(request(method, &target, headers), Body::from("{}")).await?;
            assert_eq!(answer.problem()?, (403, "cross_site".to_owned()), "{method} {target} {headers:?}");
        }
    }
    let bare = ada
        .request(request("DELETE", &format!("{}/mail", organization("acme")), &[mark]), Body::empty())
        .await?;
    assert_eq!(bare.problem()?, (403, "cross_site".to_owned()), "neither origin nor fetch metadata");
    assert_eq!((host.mail.revocations(), host.store.flows()), (0, 0));
    Ok(())
}

#[tokio::test]
async fn our_own_pages_pass() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for (method, target, has_body) in mutations() {
        for origin in [("origin", BASE), ("sec-fetch-site", "same-origin")] {
            let json = ("content-type", "application/json");
            let mut headers = vec![("x-bailee-request", "1"), origin];
            headers.extend(has_body.then_some(json));
            let body = if has_body { Body::from(json!({}).to_string()) } else { Body::empty() };
            let answer = ada.request(request(method, &target, &headers), body).await?;
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{method} {target} {origin:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_bearer_passes_from_anywhere() -> anyhow::Result<()> {
    let host = Host::new()?;
    let bearer = [("authorization", "Bearer ada"), ("origin", "https://elsewhere.example")];
    for (method, target, has_body) in mutations() {
        let mut headers = bearer.to_vec();
        headers.extend(has_body.then_some(("content-type", "application/json")));
        let body = if has_body { Body::from("{}") } else { Body::empty() };
        let answer = host.browser("").request(request(method, &target, &headers), body).await?;
        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{method} {target}");
    }
    Ok(())
}

#[tokio::test]
async fn reading_needs_no_mark() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for target in [organization("acme"), "/v1/integrations".to_owned()] {
        assert_eq!(ada.visit(&target).await?.status, StatusCode::OK, "{target}");
    }
    Ok(())
}

#[tokio::test]
async fn no_answer_opens_itself_to_other_origins() -> anyhow::Result<()> {
    let host = Host::new()?;
    let preflight = request("OPTIONS", &organization("acme"), &[("origin", "https://evil.example")])
        .header("access-control-request-method", "POST");
    let answer = host.browser("").request(preflight, Body::empty()).await?;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let read = request("GET", &organization("acme"), &[("origin", "https://evil.example")]);
    let read = host.browser("ada").request(read, Body::empty()).await?;
    for answer in [answer, read] {
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{answer:?}");
    }
    Ok(())
}
