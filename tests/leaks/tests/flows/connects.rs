//! Connects: finished, handed over, denied, forged, repeated, and with exchanges that fail in every way.

use anyhow::{Context as _, ensure};
use axum::{
    body::Body,
    http::{Request, header},
};
use bailee_testkit::mock_provider::{Endpoint, Fault};
use http_tests::{BASE, Browser, parameter};
use serde_json::json;

use crate::rig::{ARRIVAL, CALLBACK, ORGANIZATION, OTHER, Rig, plain};

pub(crate) async fn all(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    by_the_cookie(rig).await?;
    by_the_page(rig).await?;
    forged(rig).await?;
    spoilt(rig).await?;
    said(rig).await
}

/// By the nonce cookie, finished where the provider returns to.
async fn by_the_cookie(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    rig.connect("ada").await?;
    rig.connect("cyd").await?;
    let ada = rig.browser("ada");
    // Once more: a reconnect; then the same answer again.
    let link = rig.link(&ada, "").await?;
    let back = rig.approved(&link, "ada")?;
    rig.visit(&ada, &back).await?;
    rig.visit(&ada, &back).await?;
    // Denied.
    let link = rig.link(&ada, "").await?;
    let denied = rig.mock.consent(&link).deny()?;
    rig.visit(&ada, &plain(&denied)).await?;
    // With another account, whose grant cannot be given back at once.
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503)).once();
    let link = rig.link(&ada, "").await?;
    let other = rig.approved(&link, OTHER)?;
    rig.visit(&ada, &other).await?;
    Ok(())
}

/// By the page that kept a verifier: handed over, and posted wrong, right, and again.
async fn by_the_page(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let (verifier, challenge) = rig.page_verifier();
    let bob = rig.browser("bob");
    let link = rig.link(&bob, &format!("?challenge={challenge}")).await?;
    let back = rig.approved(&link, "bob")?;
    let arrived = rig.visit(&bob, &back).await?;
    let right = http_tests::handed_over(&arrived)?;
    let with = |name: &str, value: &str| {
        let mut body = right.clone();
        body.as_object_mut().map(|body| body.insert("verifier".to_owned(), json!(verifier)));
        body.as_object_mut().map(|body| body.insert(name.to_owned(), json!(value)));
        body
    };
    let wrong = "0123456789abcdef".repeat(4);
    for (name, value) in [
        ("verifier", "wrong"),
        ("state", &wrong),
        ("code", &wrong),
        ("verifier", &verifier),
        ("verifier", &verifier),
    ] {
        rig.fetch(&bob, "POST", CALLBACK, Some(with(name, value))).await?;
    }
    rig.unused(&wrong);
    rig.live("bob").await.context("bob is not connected")?;
    Ok(())
}

/// What an attacker may send along.
async fn forged(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let ada = rig.browser("ada");
    rig.visit(&ada, &format!("{ARRIVAL}?state=unknown&code=an-unknown-code-of-nobody")).await?;
    rig.unused("an-unknown-code-of-nobody");
    for more in ["&iss=https://elsewhere.example", "&state=again-and-again", "&error=as-well-as-a-code"] {
        let link = rig.link(&ada, "").await?;
        let back = rig.approved(&link, "ada")?;
        rig.visit(&ada, &format!("{back}{more}")).await?;
    }
    rig.unused("as-well-as-a-code");
    let long = "a-code-that-is-too-long".repeat(200);
    for code in ["a-code-with-a-zero-in-it%00", &long] {
        let link = rig.link(&ada, "").await?;
        let state = parameter(&link, "state").context("a state")?;
        rig.visit(&ada, &format!("{ARRIVAL}?state={state}&code={code}")).await?;
    }
    rig.unused("a-code-with-a-zero-in-it");
    rig.unused("a-code-that-is-too-long");
    // In a browser that did not begin it: the code is sealed into the flow, and stays there.
    let link = rig.link(&ada, "").await?;
    let back = rig.approved(&link, "ada")?;
    let stranger = rig.browser("bob");
    let arrived = rig.visit(&stranger, &back).await?;
    ensure!(http_tests::handed_over(&arrived).is_ok(), "it was not handed over");
    Ok(())
}

/// Exchanges that fail in every way.
async fn spoilt(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let ada = rig.browser("ada");
    let mut faults = faults(&rig.newest_in_requests())?;
    faults.push(dead(&rig.newest_in_requests()));
    for fault in faults {
        rig.mock.fault(Endpoint::Token, fault).once();
        let link = rig.link(&ada, "").await?;
        let back = rig.approved(&link, "ada")?;
        rig.visit(&ada, &back).await?;
        rig.clock.skip();
    }
    Ok(())
}

/// What a request says is not said back.
async fn said(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    const SAID: &str = "said-and-not-said-back";
    rig.unused(SAID);
    let ada = rig.browser("ada");
    for body in [
        json!({ "state": SAID }),
        json!({ SAID: 1 }),
        json!({ "code": [SAID], "state": SAID }),
        json!({ "code": SAID, "state": SAID, "verifier": { SAID: SAID } }),
        json!({ "code": SAID, "state": SAID, "verifier": SAID }),
    ] {
        rig.fetch(&ada, "POST", CALLBACK, Some(body)).await?;
    }
    for (kind, body) in [
        ("application/json", format!("{{\"code\": \"{SAID}")),
        ("application/json", format!("{{\"code\": \"{SAID}\", \"code\": \"{SAID}\"}}")),
        ("application/json", SAID.repeat(4000)),
        ("text/plain", SAID.to_owned()),
    ] {
        post(rig, &ada, kind, body).await?;
    }
    rig.fetch(&ada, "GET", &format!("{ORGANIZATION}/google/auth_link?challenge={SAID}"), None).await?;
    rig.fetch(&ada, "GET", &format!("{ORGANIZATION}/google/auth_link?return_to={SAID}"), None).await?;
    for target in [ORGANIZATION, "/v1/integrations", "/openapi.json"] {
        rig.fetch(&ada, "GET", target, None).await?;
    }
    Ok(())
}

async fn post(rig: &mut Rig<'_>, browser: &Browser, kind: &str, body: String) -> anyhow::Result<()> {
    let request = Request::post(CALLBACK)
        .header("x-bailee-request", "1")
        .header(header::ORIGIN, BASE)
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_LENGTH, body.len());
    let answer = browser.request(request, Body::from(body)).await?;
    rig.answers.keep(answer);
    Ok(())
}

/// What a token endpoint may answer, with a secret in it where there is room.
pub(crate) fn faults(echo: &str) -> anyhow::Result<Vec<Fault>> {
    let answer = |status, json| Fault::Answer { status, json };
    let body = |text: String| Fault::Body(text.into_bytes().into());
    Ok(vec![
        answer(400, json!({ "error": "invalid_request", "error_description": echo })),
        answer(400, json!({ "error": echo })),
        answer(401, json!({ "error": "unauthorized", "error_uri": echo })),
        answer(500, json!({ "echo": echo })),
        answer(200, json!({ "access_token": [echo] })),
        answer(
            200,
            json!({ "access_token": "a", "token_type": "Bearer", "expires_in": echo, "scope": { echo: 1 } }),
        ),
        body(format!("{{\"access_token\": \"{echo}")),
        body(format!("{{\"access_token\": \"{echo}\", \"access_token\": {{}}}}")),
        body(format!("<!doctype html><p>{echo}</p>")),
        Fault::Redirect(format!("https://elsewhere.example/?token={echo}").parse()?),
        Fault::ErrorIn200(echo.to_owned()),
        Fault::Error("invalid_client".to_owned()),
        Fault::TokenType(echo.to_owned()),
        Fault::NarrowScope(vec![format!("\"{echo}\"")]),
        Fault::AccessToken(format!("{echo}\r\nx: y")),
        Fault::DuplicateKeys,
        Fault::NoAccessToken,
        Fault::Html,
        Fault::Gzip,
        Fault::HugeBody(128 * 1024),
        Fault::DropBeforeProcessing,
        Fault::DropAfterProcessing,
        Fault::Truncate(20),
        Fault::TooManyRequests { retry_after: Some(1) },
    ])
}

/// The grant is gone, says an answer that repeats what it was sent.
pub(crate) fn dead(echo: &str) -> Fault {
    Fault::Answer { status: 400, json: json!({ "error": "invalid_grant", "error_description": echo }) }
}
