//! The headers of every answer.

use axum::body::Body;
use http::{Request, StatusCode};
use http_tests::{Answer, Host, begun, organization, returning};

fn is_guarded(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{answer:?}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{answer:?}");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'; "), "{answer:?}");
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{answer:?}");
    assert!(!answer.header("x-request-id").is_empty(), "{answer:?}");
    assert_eq!(answer.header("server"), "");
}

#[tokio::test]
async fn every_answer_is_guarded_and_every_error_too() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let org = organization("acme");
    let link = ada.fetch("GET", &format!("{org}/mail/auth_link"), None).await?;
    is_guarded(&link);
    let state = begun(&link)?.state;
    is_guarded(&host.browser("").visit(&returning("mail", &state, "code")).await?);
    for (status, method, target) in [
        (200, "GET", org.clone()),
        (200, "GET", "/openapi.json".to_owned()),
        (400, "GET", format!("{org}?limit=0")),
        (400, "GET", "/api/oauth/mail/callback".to_owned()),
        (404, "POST", format!("{org}/mail")),
        (405, "PUT", org.clone()),
        (405, "PUT", "/openapi.json".to_owned()),
    ] {
        let answer = ada.fetch(method, &target, None).await?;
        assert_eq!(answer.status.as_u16(), status, "{method} {target}");
        is_guarded(&answer);
    }
    is_guarded(&host.browser("").visit(&org).await?);
    let large = Request::post(format!("{org}/mail")).header("content-length", "99999999");
    let large = ada.request(large, Body::empty()).await?;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    is_guarded(&large);
    Ok(())
}

#[tokio::test]
async fn a_page_of_ours_runs_nothing_and_is_never_framed() -> anyhow::Result<()> {
    let host = Host::new()?;
    let answer = host.browser("").visit("/api/oauth/mail/callback").await?;
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
    let policy = answer.header("content-security-policy");
    for directive in [
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
        "script-src 'none'",
        "trusted-types 'none'",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = answer.text();
    assert!(
        page.contains("<a href=\"https://backend.example.com/integrations\">Back to integrations</a>"),
        "{page}"
    );
    assert!(page.contains("lang=\"en\"") && page.contains("role=\"alert\""), "{page}");
    assert!(!page.contains("<script") && !page.contains("style="), "{page}");
    Ok(())
}

#[tokio::test]
async fn the_id_of_a_request_is_kept_when_it_is_harmless() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let ask = async |id: &str| {
        let request = Request::get(organization("acme")).header("x-request-id", id);
        anyhow::Ok(ada.request(request, Body::empty()).await?.header("x-request-id").to_owned())
    };
    assert_eq!(ask("Trace-1_a.b").await?, "Trace-1_a.b");
    let long = "x".repeat(65);
    let mut fresh = Vec::new();
    for wrong in ["", "a b", "<script>", "a,b", &long] {
        let id = ask(wrong).await?;
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{wrong:?} became {id}");
        assert!(!fresh.contains(&id), "each has its own");
        fresh.push(id);
    }
    Ok(())
}
