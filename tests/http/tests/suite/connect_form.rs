//! The connect page against other sites, hostile texts, and browsers that run no script.

use axum::body::Body;
use bailee_core::{Caller, Owner};
use http::{Request, StatusCode, header};
use http_tests::{Answer, Browser, Host, hidden, leads_to, parameter, returning};

const FORM: &str = "application/x-www-form-urlencoded";

/// A browser of ada's, the path of a page, and the proof that it shows there.
async fn shown(host: &Host) -> anyhow::Result<(Browser, String, String)> {
    let browser = host.browser("ada");
    let path = host.ask(Owner::user("ada")?, "mail", "Claude").await?;
    let proof = hidden(&browser.visit(&path).await?, "proof")?;
    Ok((browser, path, proof))
}

async fn post(
    browser: &Browser,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> anyhow::Result<StatusCode> {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = browser.request(request, Body::from(body.to_owned())).await?;
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{answer:?}");
    Ok(answer.status)
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (browser, path, proof) = shown(&host).await?;
    let kind = ("content-type", FORM);
    let body = format!("proof={proof}&answer=continue");
    let origins: [&[(&str, &str)]; 6] = [
        &[],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://backend.example.com"), ("sec-fetch-site", "same-site")],
    ];
    for origin in origins {
        let headers = [&[kind], origin].concat();
        assert_eq!(post(&browser, &path, &headers, &body).await?, StatusCode::FORBIDDEN, "{origin:?}");
    }
    let ours = [kind, ("origin", "https://backend.example.com")];
    assert_eq!(post(&browser, &path, &ours, &body).await?, StatusCode::OK, "and nothing was used up");
    Ok(())
}

#[tokio::test]
async fn a_form_shows_the_proof_of_its_own_browser() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (browser, path, proof) = shown(&host).await?;
    let elsewhere = host.browser("ada");
    let theirs = hidden(&elsewhere.visit(&path).await?, "proof")?;
    let bare = host.browser("ada");
    assert_ne!(proof, theirs);
    for (browser, proof) in
        [(&browser, theirs.as_str()), (&browser, ""), (&elsewhere, &proof), (&bare, &proof), (&bare, "")]
    {
        let refused = browser.submit(&path, &[("proof", proof), ("answer", "continue")]).await?;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{proof}");
    }
    let refused = browser.submit(&path, &[("answer", "continue")]).await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "no proof");
    assert_eq!(host.store.flows(), 0);
    let on = elsewhere.submit(&path, &[("proof", &theirs), ("answer", "continue")]).await?;
    assert_eq!(on.status, StatusCode::OK, "either browser of the owner may follow it");
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_not_ours_by_its_shape_is_refused() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (browser, path, proof) = shown(&host).await?;
    let ours = ("origin", "https://backend.example.com");
    let form = ("content-type", FORM);
    let proven = format!("proof={proof}");
    for (headers, body, status) in [
        (vec![ours, ("content-type", "text/plain")], format!("{proven}&answer=continue"), 415),
        (vec![ours], format!("{proven}&answer=continue"), 415),
        (vec![ours, form], proven.clone(), 400),
        (vec![ours, form], format!("{proven}&answer=yes"), 400),
        (vec![ours, form], format!("{proven}&answer=continue&answer=not_now"), 400),
        (vec![ours, form], format!("{proven}&{proven}&answer=continue"), 400),
        (vec![ours, form], format!("{proven}&answer=continue&more={}", "x".repeat(5_000)), 413),
    ] {
        assert_eq!(post(&browser, &path, &headers, &body).await?.as_u16(), status, "{headers:?} {body}");
    }
    assert_eq!(host.store.flows(), 0);
    Ok(())
}

fn is_plain(page: &Answer) {
    let text = page.text();
    for expected in ["<!doctype html>", "<html lang=\"en\">", "<title>", "<meta name=\"viewport\""] {
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!((text.matches("<main>").count(), text.matches("<h1>").count()), (1, 1), "{text}");
    for none in ["<script", "javascript:", "onclick", "<img", "style="] {
        assert!(!text.contains(none), "{none} in {text}");
    }
    let style = "<link rel=\"stylesheet\" href=\"/integrations/assets/page.css\">";
    assert_eq!((text.matches("<link").count(), text.matches(style).count()), (1, 1), "{text}");
    let policy = page.header("content-security-policy");
    for directive in
        ["default-src 'none'", "script-src 'none'", "form-action 'self'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(directive), "{policy}");
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), value, "{page:?}");
    }
}

#[tokio::test]
async fn every_page_is_whole_guarded_and_without_scripts() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (browser, path, proof) = shown(&host).await?;
    let question = browser.visit(&path).await?;
    assert!(question.text().contains("<form method=\"post\">"));
    for button in ["value=\"continue\">Continue</button>", "value=\"not_now\">Not now</button>"] {
        assert!(question.text().contains(button), "{}", question.text());
    }
    is_plain(&question);
    is_plain(&browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?);
    is_plain(&browser.visit(&path).await?);
    is_plain(&host.browser("").visit(&path).await?);
    is_plain(&host.browser("").visit("/integrations/connected").await?);
    let declined = host.ask(Owner::user("ada")?, "mail", "Claude").await?;
    is_plain(&browser.submit(&declined, &[("proof", &proof), ("answer", "not_now")]).await?);
    Ok(())
}

#[tokio::test]
async fn texts_of_clients_providers_and_accounts_stay_texts() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("ada");
    let client = "</title><script>alert(1)</script>\"'&";
    let path = host.ask(Owner::user("ada")?, "other", client).await?;
    let page = browser.visit(&path).await?;
    let text = page.text();
    assert!(!text.contains("<script") && !text.contains("<i>"), "{text}");
    assert!(
        text.contains("<bdi>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;</bdi>"),
        "{text}"
    );
    assert!(text.contains("<title>Connect &lt;i&gt;Other&lt;/i&gt;</title>"), "{text}");
    let proof = hidden(&page, "proof")?;
    let on = browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?;
    assert!(!on.text().contains("<i>"), "{}", on.text());
    assert_eq!(leads_to(&on)?.host_str(), Some("other.example"));
    Ok(())
}

#[tokio::test]
async fn a_reconnect_names_the_account_and_what_it_lacks() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("ada");
    let first = host.ask(Owner::user("ada")?, "mail", "Claude").await?;
    let proof = hidden(&browser.visit(&first).await?, "proof")?;
    let on = browser.submit(&first, &[("proof", &proof), ("answer", "continue")]).await?;
    let state = parameter(&leads_to(&on)?, "state").unwrap_or_default();
    browser.visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;

    let agent = Caller::own(Owner::user("ada")?, "ada_1")?;
    let asked = host.bailee.request_connect_for_tool(&agent, "send_mail", None).await?;
    let text = browser.visit(asked.url.path()).await?.text();
    assert!(text.contains("<h1>An agent wants to use Mail for you</h1>"), "{text}");
    assert!(text.contains("<bdi>&lt;b&gt;account-1&lt;/b&gt;</bdi>"), "{text}");
    let scope =
        "<li><bdi>&lt;b&gt;send all</bdi> (<code>https://mail.example/auth/&lt;b&gt;send_all</code>)</li>";
    assert!(text.contains(scope), "{text}");
    let target = format!("/v1/connects/{}", asked.request.id);
    let request = host.bearer("ada", "GET", &target, None).await?.json()?;
    assert_eq!(request["account_label"], "<b>account-1</b>", "JSON needs no escape");
    assert_eq!(request["scopes"][0], "https://mail.example/auth/<b>send_all");
    Ok(())
}

#[tokio::test]
async fn the_cookies_of_the_page_belong_to_this_very_host() -> anyhow::Result<()> {
    let host = Host::new()?;
    let path = host.ask(Owner::user("ada")?, "mail", "Claude").await?;
    let page = host.browser("ada").visit(&path).await?;
    let cookie =
        page.headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert!(cookie.starts_with("__Host-bailee-form="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    Ok(())
}
