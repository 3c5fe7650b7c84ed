//! Pages on another site than the API, and hosts without any cookie.

use axum::body::Body;
use http::{Request, StatusCode};
use http_tests::{
    Answer, Browser, Host, begun, handed_over, hidden, leads_to, organization, returning, send, verifier,
};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";
const APP: &str = "https://app.example.org";
const PAGE: &str = "/v1/integrations/mail/callback";

/// A fetch by a page on the other site: the browser says where it comes from and sends no cookie.
async fn from_the_app(
    host: &Host,
    bearer: &str,
    method: &str,
    target: &str,
    body: Option<&Value>,
) -> anyhow::Result<Answer> {
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header("origin", APP)
        .header("sec-fetch-site", "cross-site")
        .header("x-bailee-request", "1");
    if !bearer.is_empty() {
        request = request.header("authorization", format!("Bearer {bearer}"));
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    send(&host.app, request.body(body)?).await
}

#[tokio::test]
async fn a_page_on_another_site_connects_with_a_bearer_and_its_challenge() -> anyhow::Result<()> {
    let host = Host::on_two_sites(API, APP)?;
    let (verifier, challenge) = verifier();
    let link = format!("{}/mail/auth_link?challenge={challenge}", organization("acme"));
    let link = from_the_app(&host, "ada", "GET", &link, None).await?;
    let begun = begun(&link)?;
    let redirect = http_tests::parameter(&begun.url, "redirect_uri");
    assert_eq!(redirect.as_deref(), Some("https://api.example.com/api/oauth/mail/callback"));
    let arrived =
        host.browser("").visit(&returning("mail", &begun.state, &host.mail.consent("account-1"))).await?;
    let location = arrived.location()?;
    assert_eq!(location.origin().ascii_serialization(), APP);
    assert_eq!(location.path(), "/integrations/mail/callback");
    let mut body = handed_over(&arrived)?;
    let refused = from_the_app(&host, "ada", "POST", PAGE, Some(&body)).await?;
    assert_eq!(refused.problem()?, (400, "link_invalid".to_owned()), "a bearer alone is no browser");
    body["verifier"] = json!(verifier);
    for (stranger, status) in [("bob", 400), ("", 401)] {
        let refused = from_the_app(&host, stranger, "POST", PAGE, Some(&body)).await?;
        assert_eq!(refused.problem()?.0, status, "{stranger}");
    }
    assert_eq!(host.mail.exchanges(), 0);
    let finished = from_the_app(&host, "ada", "POST", PAGE, Some(&body)).await?;
    assert_eq!(finished.status, StatusCode::OK, "nothing was used up");
    for answer in [link, arrived, finished] {
        assert_eq!(answer.header("set-cookie"), "", "no cookie would come back from the other site");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_on_another_site_whose_cookie_is_not_sent_is_told_to_sign_in() -> anyhow::Result<()> {
    let host = Host::on_two_sites(API, APP)?;
    let (_, challenge) = verifier();
    for query in ["", &format!("?challenge={challenge}")] {
        let link = format!("{}/mail/auth_link{query}", organization("acme"));
        let answer = from_the_app(&host, "", "GET", &link, None).await?;
        assert_eq!(answer.problem()?, (401, "unauthenticated".to_owned()));
    }
    assert_eq!(host.store.flows(), 0);
    Ok(())
}

#[tokio::test]
async fn a_browser_with_a_session_at_the_api_comes_back_to_the_page_on_the_other_site() -> anyhow::Result<()>
{
    let host = Host::on_two_sites(API, APP)?;
    // The browser sends its cookies to a sibling of the same site, and says which origin asks.
    for origin in [API, APP] {
        let ada = Browser::new(&host.app, origin, "ada");
        let begun = host.begin(&ada, "mail").await?;
        let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
        let location = ada.visit(&target).await?.location()?;
        assert_eq!(location.as_str(), "https://app.example.org/integrations", "{origin}");
        let gone = ada.fetch("DELETE", &format!("{}/mail", organization("acme")), None).await?;
        assert_eq!(gone.json()?, json!({ "revocation": "revoked" }), "{origin}");
    }
    let evil = Browser::new(&host.app, "https://evil.example", "ada");
    let refused = evil.fetch("DELETE", &format!("{}/mail", organization("acme")), None).await?;
    assert_eq!(refused.problem()?, (403, "cross_site".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_host_of_bearers_alone_connects_by_the_page_challenge_and_sets_no_cookie() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (verifier, challenge) = verifier();
    let target = format!("{}/mail/auth_link", organization("acme"));
    let without = host.bearer("ada", "GET", &target, None).await?;
    assert_eq!(without.problem()?.0, 400, "a cookie would prove nothing here: the challenge is asked for");
    let link = host.bearer("ada", "GET", &format!("{target}?challenge={challenge}"), None).await?;
    let state = begun(&link)?.state;
    let arrived = host.browser("").visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    let mut body = handed_over(&arrived)?;
    body["verifier"] = json!(verifier);
    let route = format!("{}/mail/callback", organization("acme"));
    let finished = host.bearer("ada", "POST", &route, Some(body)).await?;
    assert_eq!(finished.status, StatusCode::OK);
    for answer in [without, link, arrived, finished] {
        assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_page_of_an_agents_connect_and_its_end_are_where_the_api_is() -> anyhow::Result<()> {
    let host = Host::on_two_sites(API, APP)?;
    let browser = Browser::new(&host.app, API, "ada");
    let path = host.ask(bailee_core::Owner::user("ada")?, "mail", "Claude").await?;
    let proof = hidden(&browser.visit(&path).await?, "proof")?;
    let on = browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?;
    let state = http_tests::parameter(&leads_to(&on)?, "state").unwrap_or_default();
    let back = browser.visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    assert_eq!(back.location()?.as_str(), "https://api.example.com/integrations/connected");
    Ok(())
}
