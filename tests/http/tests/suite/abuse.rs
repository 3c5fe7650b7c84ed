//! More of what can be tried with somebody else's connect, and that none of it uses up what is not the trier's.

use std::time::Duration;

use http::{Request, StatusCode};
use http_tests::{Answer, BASE, Browser, Host, begun, handed_over, organization, returning};
use serde_json::{Value, json};

const PAGE: &str = "/v1/integrations/mail/callback";

/// Both routes at which a page finishes.
fn routes() -> [String; 2] {
    [PAGE.to_owned(), format!("{}/mail/callback", organization("acme"))]
}

fn with(body: &Value, name: &str, value: &str) -> Value {
    let mut members = body.as_object().cloned().unwrap_or_default();
    members.insert(name.to_owned(), Value::from(value));
    members.into()
}

/// The body with which every dead link is answered.
async fn dead_link(browser: &Browser) -> anyhow::Result<Answer> {
    let unknown = json!({ "code": "0".repeat(64), "state": "0".repeat(64) });
    let answer = browser.fetch("POST", PAGE, Some(unknown)).await?;
    assert_eq!(answer.problem()?, (400, "link_invalid".to_owned()));
    Ok(answer)
}

/// Every one of these is answered like a dead link, at both routes.
async fn all_dead(browser: &Browser, bodies: &[Value]) -> anyhow::Result<()> {
    let dead = dead_link(browser).await?;
    for route in routes() {
        for body in bodies {
            let answer = browser.fetch("POST", &route, Some(body.clone())).await?;
            assert_eq!((answer.status, &answer.body), (dead.status, &dead.body), "{route} {body}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_victim_of_a_foreign_link_still_finishes_an_own_connect() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.sign_in.join("acme", "mallory");
    let (mallory, ada) = (host.browser("mallory"), host.browser("ada"));
    let lure = host.begin(&mallory, "mail").await?;
    let own = host.begin(&ada, "mail").await?;
    let stolen = host.mail.consent("account-of-ada");
    let handed = handed_over(&ada.visit(&returning("mail", &lure.state, &stolen)).await?)?;
    all_dead(&ada, std::slice::from_ref(&handed)).await?;
    // The attacker knows the state and not the handle, which only the victim's browser has seen.
    let guesses = ["0".repeat(64), stolen, String::new()].map(|guess| with(&handed, "code", &guess));
    all_dead(&mallory, &guesses).await?;
    assert_eq!(host.mail.exchanges(), 0);
    let target = returning("mail", &own.state, &host.mail.consent("account-of-ada"));
    assert_eq!(ada.visit(&target).await?.location()?.path(), "/integrations");
    let list = mallory.fetch("GET", &organization("acme"), None).await?.member("integrations")?;
    assert_eq!((list, host.mail.exchanges()), (json!([]), 1));
    Ok(())
}

#[tokio::test]
async fn a_handle_fits_its_own_state_and_no_other() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let mut handed = Vec::new();
    for _ in 0..2 {
        let begun = host.begin(&ada, "mail").await?;
        let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
        handed.push(handed_over(&host.browser("").visit(&target).await?)?);
    }
    let [first, second] = handed.as_slice() else { anyhow::bail!("two of them") };
    let crossed = |one: &Value, other: &Value| json!({ "code": one["code"], "state": other["state"] });
    let swapped = json!({ "code": first["state"], "state": first["code"] });
    all_dead(&ada, &[crossed(first, second), crossed(second, first), swapped]).await?;
    assert_eq!(host.mail.exchanges(), 0);
    for body in [first, second] {
        assert_eq!(ada.fetch("POST", PAGE, Some(body.clone())).await?.status, StatusCode::OK);
    }
    Ok(())
}

#[tokio::test]
async fn a_handle_that_outlived_its_state_is_a_dead_link() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    let handed = handed_over(&host.browser("").visit(&target).await?)?;
    host.clock.advance(Duration::from_mins(10));
    all_dead(&ada, &[handed]).await?;
    assert_eq!(host.mail.exchanges(), 0);
    Ok(())
}

#[tokio::test]
async fn a_state_that_is_there_twice_in_a_post_is_refused_and_uses_nothing_up() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    let handed = handed_over(&host.browser("").visit(&target).await?)?;
    for route in routes() {
        let body = format!(
            "{{\"code\":{code},\"state\":{state},\"state\":{state}}}",
            code = handed["code"],
            state = handed["state"]
        );
        let request = Request::post(&route)
            .header("x-bailee-request", "1")
            .header("origin", BASE)
            .header("content-type", "application/json");
        let answer = ada.request(request, body.into()).await?;
        assert_eq!((answer.problem()?.0, &answer.json()?["field"]), (400, &json!("state")), "{route}");
    }
    assert_eq!(host.mail.exchanges(), 0);
    assert_eq!(ada.fetch("POST", PAGE, Some(handed)).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_proof_of_the_other_kind_is_none() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (ada, elsewhere) = (host.browser("ada"), host.browser("ada"));
    let target = format!("{}/mail/auth_link", organization("acme"));
    let link = ada.fetch("GET", &target, None).await?;
    let cookie = link.header("set-cookie").split(';').next().unwrap_or_default();
    let nonce = cookie.split_once('=').unwrap_or_default().1.to_owned();
    let arrival = returning("mail", &begun(&link)?.state, &host.mail.consent("account-1"));
    let handed = handed_over(&host.browser("").visit(&arrival).await?)?;
    // The nonce, from where a script can send it; and the kept verifier of a page, as a cookie.
    all_dead(&elsewhere, &[with(&handed, "verifier", &nonce)]).await?;
    assert_eq!(ada.fetch("POST", PAGE, Some(handed)).await?.status, StatusCode::OK);

    let (verifier, challenge) = http_tests::verifier();
    let link = ada.fetch("GET", &format!("{target}?challenge={challenge}"), None).await?;
    let arrival = returning("mail", &begun(&link)?.state, &host.mail.consent("account-1"));
    let handed = handed_over(&host.browser("").visit(&arrival).await?)?;
    elsewhere.set_cookie("__Host-bailee-nonce", &verifier);
    all_dead(&elsewhere, &[handed.clone(), with(&handed, "verifier", &challenge)]).await?;
    all_dead(&ada, std::slice::from_ref(&handed)).await?;
    assert_eq!(host.mail.exchanges(), 1);
    let finished = ada.fetch("POST", PAGE, Some(with(&handed, "verifier", &verifier))).await?;
    assert_eq!(finished.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_not_even_handed_over() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (ada, stranger) = (host.browser("ada"), host.browser(""));
    let begun = host.begin(&ada, "mail").await?;
    let code = host.mail.consent("account-1");
    for iss in ["https://mail.example/", "https://MAIL.example", "https://evil.example", ""] {
        for answer in [format!("code={code}"), "error=access_denied&error_description=canary".to_owned()] {
            let target = format!("/api/oauth/mail/callback?state={}&{answer}&iss={iss}", begun.state);
            let refused = stranger.visit(&target).await?;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{iss} {answer}");
            assert!(!refused.text().contains("canary") && !refused.text().contains("access_denied"));
        }
    }
    let target = format!("{}&iss=https://mail.example", returning("mail", &begun.state, &code));
    let handed = handed_over(&stranger.visit(&target).await?)?;
    assert_eq!(ada.fetch("POST", PAGE, Some(handed)).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn forged_headers_and_parameters_at_the_callback_lead_nowhere_else() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    for (browser, place) in [(&host.browser(""), "/integrations/mail/callback"), (&ada, "/integrations")] {
        let begun = host.begin(&ada, "mail").await?;
        let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
        let request = Request::get(format!(
            "{target}&return_to=//evil.example&redirect_uri=https://evil.example&next=javascript:alert(1)"
        ))
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-prefix", "//evil.example")
        .header("forwarded", "host=evil.example;proto=http")
        .header("origin", "https://evil.example")
        .header("referer", "https://evil.example/");
        let location = browser.request(request, axum::body::Body::empty()).await?.location()?;
        assert_eq!(location.origin().ascii_serialization(), BASE);
        assert_eq!(location.path(), place);
        assert!(!location.as_str().contains("evil"), "{location}");
    }
    assert_eq!(host.mail.exchanges(), 1, "with the redirect URI that it was begun with");
    Ok(())
}
