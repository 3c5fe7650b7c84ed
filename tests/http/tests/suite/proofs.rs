//! The two browser proofs, and hosts whose pages sign in with a header.

use http::StatusCode;
use http_tests::{Host, begun, handed_over, organization, returning, verifier};
use serde_json::json;

const PAGE: &str = "/v1/integrations/mail/callback";

#[tokio::test]
async fn the_nonce_cookie_is_of_this_host_alone_and_out_of_reach_of_scripts() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let target = format!("{}/mail/auth_link", organization("acme"));
    let first = ada.fetch("GET", &target, None).await?;
    let cookie = first.header("set-cookie");
    let (pair, attributes) = cookie.split_once("; ").unwrap_or_default();
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Lax");
    let nonce = pair.strip_prefix("__Host-bailee-nonce=").unwrap_or_default();
    assert!(nonce.len() == 64 && nonce.bytes().all(|byte| byte.is_ascii_hexdigit()), "{pair}");
    assert_eq!(ada.fetch("GET", &target, None).await?.header("set-cookie"), "", "one nonce for each browser");
    Ok(())
}

#[tokio::test]
async fn a_nonce_that_is_not_ours_is_replaced() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    ada.set_cookie("__Host-bailee-nonce", "planted");
    let answer = ada.fetch("GET", &format!("{}/mail/auth_link", organization("acme")), None).await?;
    assert!(answer.header("set-cookie").starts_with("__Host-bailee-nonce="));
    host.connect(&ada, "account-1").await?;
    Ok(())
}

#[tokio::test]
async fn on_the_machine_of_a_developer_the_cookie_works_over_plain_http() -> anyhow::Result<()> {
    let host = Host::at("http://localhost:8080")?;
    let ada = http_tests::Browser::new(&host.app, "http://localhost:8080", "ada");
    let target = format!("{}/mail/auth_link", organization("acme"));
    let answer = ada.fetch("GET", &target, None).await?;
    assert!(answer.header("set-cookie").starts_with("bailee-nonce="));
    assert!(answer.header("set-cookie").ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    let state = begun(&answer)?.state;
    let finished = ada.visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    assert_eq!(finished.location()?.as_str(), "http://localhost:8080/integrations");
    Ok(())
}

#[tokio::test]
async fn a_page_with_a_verifier_finishes_on_the_page_alone() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let (verifier, challenge) = verifier();
    let target = format!("{}/mail/auth_link?challenge={challenge}", organization("acme"));
    let answer = ada.fetch("GET", &target, None).await?;
    assert_eq!(answer.header("set-cookie"), "", "a page that proves itself needs no cookie");
    let state = begun(&answer)?.state;
    let arrived = ada.visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    let mut body = handed_over(&arrived)?;
    for wrong in [json!(null), json!("x".repeat(43)), json!(challenge)] {
        body["verifier"] = wrong;
        let refused = ada.fetch("POST", PAGE, Some(body.clone())).await?;
        assert_eq!(refused.problem()?, (400, "link_invalid".to_owned()));
    }
    assert_eq!(host.mail.exchanges(), 0);
    body["verifier"] = json!(verifier);
    assert_eq!(ada.fetch("POST", PAGE, Some(body)).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_bearer_from_another_origin_connects_without_any_cookie() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (verifier, challenge) = verifier();
    let target = format!("{}/mail/auth_link?challenge={challenge}", organization("acme"));
    let state = begun(&host.bearer("ada", "GET", &target, None).await?)?.state;
    // The browser that returns carries nothing of ours.
    let arrived = host.browser("").visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    let mut body = handed_over(&arrived)?;
    body["verifier"] = json!(verifier);
    assert_eq!(host.bearer("bob", "POST", PAGE, Some(body.clone())).await?.problem()?.0, 400);
    let finished = host.bearer("ada", "POST", PAGE, Some(body)).await?;
    assert_eq!(finished.status, StatusCode::OK);
    assert_eq!(finished.json()?["integration"]["oauth_user_id"], "account-1");
    Ok(())
}

#[tokio::test]
async fn a_bearer_without_a_challenge_is_told_what_is_missing() -> anyhow::Result<()> {
    let host = Host::new()?;
    let target = format!("{}/mail/auth_link", organization("acme"));
    let answer = host.bearer("ada", "GET", &target, None).await?;
    assert_eq!(answer.problem()?, (400, "invalid".to_owned()));
    assert_eq!(answer.json()?["field"], "challenge");
    assert_eq!(answer.json()?["detail"], "The field challenge is missing.");
    Ok(())
}

#[tokio::test]
async fn a_challenge_is_sixty_four_lower_case_digits() -> anyhow::Result<()> {
    let host = Host::new()?;
    for wrong in ["", "0", &"0".repeat(63), &"0".repeat(65), &"A".repeat(64), &"g".repeat(64)] {
        let target = format!("{}/mail/auth_link?challenge={wrong}", organization("acme"));
        let answer = host.bearer("ada", "GET", &target, None).await?;
        assert_eq!(answer.json()?["field"], "challenge", "{wrong}");
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(host.store.flows(), 0);
    Ok(())
}

#[tokio::test]
async fn either_browser_proof_suffices_alone_and_neither_is_refused() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let (verifier, challenge) = verifier();
    for (query, proof) in [(String::new(), None), (format!("?challenge={challenge}"), Some(verifier))] {
        let target = format!("{}/mail/auth_link{query}", organization("acme"));
        let state = begun(&ada.fetch("GET", &target, None).await?)?.state;
        let arrived =
            host.browser("").visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
        let mut body = handed_over(&arrived)?;
        // Signed in, and not the browser that began.
        let refused = host.bearer("ada", "POST", PAGE, Some(body.clone())).await?;
        assert_eq!(refused.problem()?, (400, "link_invalid".to_owned()), "neither");
        let exchanges = host.mail.exchanges();
        let finished = match proof {
            None => ada.fetch("POST", PAGE, Some(body)).await?,
            Some(verifier) => {
                body["verifier"] = json!(verifier);
                host.bearer("ada", "POST", PAGE, Some(body)).await?
            }
        };
        assert_eq!(finished.status, StatusCode::OK, "{query}");
        assert_eq!(host.mail.exchanges(), exchanges + 1);
    }
    Ok(())
}
