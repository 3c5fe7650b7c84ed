//! The return from the provider and the page that finishes: the threats to a connect.

use bailee_core::{Actor, Owner};
use futures_util::future::join_all;
use http::StatusCode;
use http_tests::{Answer, Browser, Host, handed_over, organization, returning};
use serde_json::{Value, json};

const PAGE: &str = "/v1/integrations/mail/callback";

async fn rows(browser: &Browser, organization_id: &str) -> anyhow::Result<usize> {
    let list = browser.fetch("GET", &organization(organization_id), None).await?.member("integrations")?;
    Ok(list.as_array().map_or(0, Vec::len))
}

fn is_dead_link(answer: &Answer) -> bool {
    answer.status == StatusCode::BAD_REQUEST && answer.text().contains("This link is no longer valid")
}

/// Mallory, in the same organization, began a connect.
async fn attack(host: &Host) -> anyhow::Result<(Browser, String)> {
    host.sign_in.join("acme", "mallory");
    let mallory = host.browser("mallory");
    let begun = host.begin(&mallory, "mail").await?;
    Ok((mallory, begun.state))
}

#[tokio::test]
async fn a_victim_that_finishes_the_link_of_an_attacker_connects_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (mallory, state) = attack(&host).await?;
    let ada = host.browser("ada");
    host.begin(&ada, "mail").await?;
    let consent = host.mail.consent("account-of-ada");
    let arrived = ada.visit(&returning("mail", &state, &consent)).await?;
    let handed = handed_over(&arrived)?;
    for route in [PAGE.to_owned(), format!("{}/mail/callback", organization("acme"))] {
        assert!(is_dead_link(&ada.fetch("POST", &route, Some(handed.clone())).await?), "{route}");
    }
    assert_eq!(host.mail.exchanges(), 0, "no token request was sent");
    assert_eq!((rows(&ada, "acme").await?, rows(&mallory, "acme").await?), (0, 0));
    assert_eq!(host.store.flows(), 2, "and the flow is not used up");
    Ok(())
}

#[tokio::test]
async fn the_code_and_state_of_an_attacker_do_nothing_in_the_session_of_a_victim() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (mallory, state) = attack(&host).await?;
    let ada = host.browser("ada");
    host.begin(&ada, "mail").await?;
    let consent = host.mail.consent("account-of-mallory");
    let handed = handed_over(&ada.visit(&returning("mail", &state, &consent)).await?)?;
    assert!(is_dead_link(&ada.fetch("POST", PAGE, Some(handed.clone())).await?));
    assert_eq!((host.mail.exchanges(), rows(&ada, "acme").await?), (0, 0));
    let finished = mallory.fetch("POST", PAGE, Some(handed)).await?;
    assert_eq!(finished.status, StatusCode::OK, "nothing was used up: {finished:?}");
    assert_eq!(rows(&ada, "acme").await?, 0);
    Ok(())
}

#[tokio::test]
async fn another_browser_of_the_same_user_finishes_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (ada, elsewhere, wrong) = (host.browser("ada"), host.browser("ada"), host.browser("ada"));
    let begun = host.begin(&ada, "mail").await?;
    host.begin(&wrong, "other").await?;
    let arrived = elsewhere.visit(&returning("mail", &begun.state, &host.mail.consent("account-1"))).await?;
    let handed = handed_over(&arrived)?;
    assert!(is_dead_link(&elsewhere.fetch("POST", PAGE, Some(handed.clone())).await?), "no nonce");
    assert!(is_dead_link(&wrong.fetch("POST", PAGE, Some(handed.clone())).await?), "another nonce");
    let mut with_verifier = handed.clone();
    with_verifier["verifier"] = json!("v".repeat(43));
    assert!(is_dead_link(&elsewhere.fetch("POST", PAGE, Some(with_verifier)).await?), "a verifier of nobody");
    assert_eq!(host.mail.exchanges(), 0);
    assert_eq!(ada.fetch("POST", PAGE, Some(handed)).await?.status, StatusCode::OK, "nothing was used up");
    Ok(())
}

#[tokio::test]
async fn a_state_counts_once_at_the_callback() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    assert_eq!(ada.visit(&target).await?.status, StatusCode::SEE_OTHER);
    assert!(is_dead_link(&ada.visit(&target).await?));
    assert_eq!(host.mail.exchanges(), 1);
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_replays_are_one_exchange() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    let answers = join_all((0..50).map(|_| ada.visit(&target))).await;
    let answers = answers.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count(), 1);
    assert_eq!(answers.iter().filter(|answer| is_dead_link(answer)).count(), 49);
    assert_eq!((host.mail.exchanges(), rows(&ada, "acme").await?), (1, 1));
    Ok(())
}

#[tokio::test]
async fn fifty_parallel_posts_of_one_handle_are_one_exchange() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let stranger = host.browser("");
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    let handed = handed_over(&stranger.visit(&target).await?)?;
    let answers = join_all((0..50).map(|_| ada.fetch("POST", PAGE, Some(handed.clone())))).await;
    let answers = answers.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|answer| is_dead_link(answer)).count(), 49);
    assert_eq!(host.mail.exchanges(), 1);
    Ok(())
}

#[tokio::test]
async fn every_dead_link_has_the_same_page() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let used = host.begin(&ada, "mail").await?;
    ada.visit(&returning("mail", &used.state, &host.mail.consent("account-1"))).await?;
    let expired = host.begin(&ada, "mail").await?;
    host.clock.advance(std::time::Duration::from_mins(11));
    let live = host.begin(&ada, "mail").await?;
    let code = host.mail.consent("account-1");
    let targets = [
        returning("mail", &"0".repeat(64), &code),
        returning("mail", &expired.state, &code),
        returning("mail", &used.state, &code),
        returning("mail", "", &code),
        format!("/api/oauth/mail/callback?code={code}"),
        format!("/api/oauth/mail/callback?state={0}&state={0}&code={code}", live.state),
        format!("/api/oauth/mail/callback?state={}&code={code}&code={code}", live.state),
        format!("/api/oauth/mail/callback?state={}&code={code}&iss=a&iss=a", live.state),
        format!("/api/oauth/mail/callback?state={}&error=a&error=a", live.state),
        returning("nothing", &live.state, &code),
        returning("%FF", &live.state, &code),
        "/api/oauth/mail/callback".to_owned(),
    ];
    let first = ada.visit(&targets[0]).await?;
    assert!(is_dead_link(&first), "{}", first.text());
    for target in targets {
        let answer = ada.visit(&target).await?;
        assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{target}");
    }
    assert_eq!(host.mail.exchanges(), 1);
    let finished = ada.visit(&returning("mail", &live.state, &code)).await?;
    assert_eq!(finished.status, StatusCode::SEE_OTHER, "none of them used the live one up");
    Ok(())
}

#[tokio::test]
async fn every_wrong_post_has_the_same_body() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let arrived =
        host.browser("").visit(&returning("mail", &begun.state, &host.mail.consent("account-1"))).await?;
    let handed = handed_over(&arrived)?;
    let with = |name: &str, value: &str| {
        let mut body = handed.clone();
        body[name] = Value::from(value);
        body
    };
    let unknown = with("state", &"0".repeat(64));
    let first = ada.fetch("POST", PAGE, Some(unknown.clone())).await?;
    assert_eq!(first.problem()?, (400, "link_invalid".to_owned()));
    let routes = [PAGE.to_owned(), format!("{}/mail/callback", organization("acme"))];
    for route in &routes {
        for body in [unknown.clone(), with("state", ""), with("code", &"0".repeat(64)), with("code", "")] {
            let answer = ada.fetch("POST", route, Some(body.clone())).await?;
            assert_eq!((answer.status, &answer.body), (first.status, &first.body), "{route} {body}");
        }
    }
    assert_eq!(ada.fetch("POST", PAGE, Some(handed.clone())).await?.status, StatusCode::OK);
    for route in &routes {
        let replay = ada.fetch("POST", route, Some(handed.clone())).await?;
        assert_eq!((replay.status, &replay.body), (first.status, &first.body), "{route}: a replayed handle");
    }
    assert_eq!(host.mail.exchanges(), 1);
    Ok(())
}

#[tokio::test]
async fn a_session_of_another_organization_finishes_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    host.sign_in.admit("ada_at_second", Owner::member("second", "ada")?, Actor::Human);
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    ada.sign_in("ada_at_second");
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    let handed = handed_over(&ada.visit(&target).await?)?;
    for route in [PAGE.to_owned(), format!("{}/mail/callback", organization("second"))] {
        assert!(is_dead_link(&ada.fetch("POST", &route, Some(handed.clone())).await?), "{route}");
    }
    assert_eq!((host.mail.exchanges(), rows(&ada, "second").await?), (0, 0));
    ada.sign_in("ada");
    assert_eq!(ada.fetch("POST", PAGE, Some(handed)).await?.status, StatusCode::OK, "nothing was used up");
    Ok(())
}

#[tokio::test]
async fn a_member_that_was_removed_meanwhile_finishes_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    host.sign_in.leave("acme", "ada");
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    let handed = handed_over(&ada.visit(&target).await?)?;
    assert!(is_dead_link(&ada.fetch("POST", PAGE, Some(handed.clone())).await?));
    let route = format!("{}/mail/callback", organization("acme"));
    assert_eq!(ada.fetch("POST", &route, Some(handed)).await?.status, StatusCode::NOT_FOUND);
    assert_eq!(host.mail.exchanges(), 0);
    Ok(())
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_refused_without_its_words() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let code = host.mail.consent("account-1");
    for issuer in ["https://other.example", "https://mail.example/", "https://MAIL.example", ""] {
        let target = format!("{}&iss={issuer}", returning("mail", &begun.state, &code));
        let answer = ada.visit(&target).await?;
        assert!(is_dead_link(&answer), "{issuer}");
        let target = format!("/api/oauth/mail/callback?state={}&error=canary_word&iss={issuer}", begun.state);
        let answer = ada.visit(&target).await?;
        assert!(is_dead_link(&answer) && !answer.text().contains("canary"), "{issuer}");
    }
    assert_eq!(host.mail.exchanges(), 0);
    let target = format!("{}&iss=https://mail.example", returning("mail", &begun.state, &code));
    assert_eq!(ada.visit(&target).await?.status, StatusCode::SEE_OTHER);
    Ok(())
}

#[tokio::test]
async fn the_state_of_one_provider_means_nothing_at_the_callback_of_another() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let code = host.mail.consent("account-1");
    assert!(is_dead_link(&ada.visit(&returning("other", &begun.state, &code)).await?));
    let handed = handed_over(&host.browser("").visit(&returning("mail", &begun.state, &code)).await?)?;
    let crossed = ada.fetch("POST", "/v1/integrations/other/callback", Some(handed.clone())).await?;
    assert!(is_dead_link(&crossed));
    assert_eq!((host.mail.exchanges(), host.other.exchanges()), (0, 0));
    assert_eq!(ada.fetch("POST", PAGE, Some(handed)).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_refusal_on_the_consent_page_is_told_in_our_words_and_uses_the_flow_up() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let target = format!(
        "/api/oauth/mail/callback?state={}&error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E\
         &error_uri=https://evil.example",
        begun.state
    );
    let answer = ada.visit(&target).await?;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let page = answer.text();
    assert!(page.contains("access_denied") && page.contains("Back to integrations"), "{page}");
    assert!(!page.contains("<script") && !page.contains("alert(") && !page.contains("evil"), "{page}");
    assert_eq!(host.store.flows(), 0);
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_handed_over_too() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let target = format!("/api/oauth/mail/callback?state={}&error=%3Cscript%3E", begun.state);
    let arrived = host.browser("").visit(&target).await?;
    let error = http_tests::parameter(&arrived.location()?, "error");
    assert_eq!(error.as_deref(), Some("other"), "a word that is none of the known ones is not repeated");
    let answer = ada.fetch("POST", PAGE, Some(handed_over(&arrived)?)).await?;
    assert_eq!(answer.problem()?, (403, "consent_denied".to_owned()));
    assert_eq!(host.store.flows(), 0);
    Ok(())
}

#[tokio::test]
async fn a_monstrous_code_is_refused_and_uses_nothing_up() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    for code in
        ["c".repeat(60_000), "%00".to_owned(), "a%00b".to_owned(), "a%0D%0Ab".to_owned(), String::new()]
    {
        let answer = ada.visit(&returning("mail", &begun.state, &code)).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{} bytes", code.len());
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
    let both = format!("{}&error=access_denied", returning("mail", &begun.state, "c"));
    assert_eq!(ada.visit(&both).await?.status, StatusCode::BAD_REQUEST);
    assert_eq!(host.mail.exchanges(), 0);
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    assert_eq!(ada.visit(&target).await?.status, StatusCode::SEE_OTHER);
    Ok(())
}

#[tokio::test]
async fn an_unknown_parameter_of_a_provider_is_ignored() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let code = host.mail.consent("account-1");
    let target =
        format!("{}&scope=a&scope=b&authuser=0&prompt=consent", returning("mail", &begun.state, &code));
    assert_eq!(ada.visit(&target).await?.location()?.path(), "/integrations");
    Ok(())
}

#[tokio::test]
async fn the_code_of_the_provider_is_in_no_address_of_ours() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let code = host.mail.consent("account-1");
    let arrived = host.browser("").visit(&returning("mail", &begun.state, &code)).await?;
    assert!(!arrived.header("location").contains(&code));
    assert_eq!(
        (arrived.header("cache-control"), arrived.header("referrer-policy")),
        ("no-store", "no-referrer")
    );
    let second = host.browser("").visit(&returning("mail", &begun.state, &code)).await?;
    assert!(is_dead_link(&second), "an answer is handed over once");
    Ok(())
}

#[tokio::test]
async fn a_head_request_finishes_nothing() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    let target = returning("mail", &begun.state, &host.mail.consent("account-1"));
    let answer = ada.request(http::Request::head(&target), axum::body::Body::empty()).await?;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET");
    assert_eq!(ada.visit(&target).await?.location()?.path(), "/integrations");
    Ok(())
}

#[tokio::test]
async fn an_arrival_while_the_sign_in_is_down_is_handed_over_and_finishes_later() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let begun = host.begin(&ada, "mail").await?;
    host.sign_in.set_down(true);
    let arrived = ada.visit(&returning("mail", &begun.state, &host.mail.consent("account-1"))).await?;
    let handed = handed_over(&arrived)?;
    let down = ada.fetch("POST", PAGE, Some(handed.clone())).await?;
    assert_eq!(down.problem()?, (503, "sign_in_unavailable".to_owned()));
    assert_eq!(down.header("retry-after"), "5");
    host.sign_in.set_down(false);
    assert_eq!(ada.fetch("POST", PAGE, Some(handed)).await?.status, StatusCode::OK);
    Ok(())
}
