//! Users who ask for too much.

use std::time::Duration;

use bailee_core::{Action, Actor, Outcome, Owner, store::LedgerFilter};
use bailee_engine::Limits;
use http_tests::{Answer, Browser, Host, begun, organization, returning};
use serde_json::{Value, json};

fn auth_link() -> String {
    format!("{}/mail/auth_link", organization("acme"))
}

/// Whether it is the refusal of a limit, with a time to come back.
fn is_limited(answer: &Answer) -> anyhow::Result<bool> {
    if answer.status != 429 {
        return Ok(false);
    }
    assert_eq!(answer.problem()?, (429, "rate_limited".to_owned()));
    assert!(answer.header("retry-after").parse::<u64>()? >= 1, "{answer:?}");
    Ok(true)
}

#[tokio::test]
async fn a_thousand_links_of_one_user_leave_five_flows() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (ada, bob) = (host.browser("ada"), host.browser("bob"));
    let mut granted = 0;
    for _ in 0..1_000 {
        let answer = ada.fetch("GET", &auth_link(), None).await?;
        granted += u32::from(!is_limited(&answer)?);
    }
    assert_eq!(granted, Limits::default().connects_per_minute);
    assert_eq!(host.store.flows(), 5);
    assert!(!is_limited(&bob.fetch("GET", &auth_link(), None).await?)?, "others are not concerned");
    let owner = Owner::member("acme", "ada")?;
    let filter = LedgerFilter { action: Some(Action::Connect), ..LedgerFilter::default() };
    let lines = host.bailee.ledger(&owner, &filter, None, 100).await?;
    assert_eq!(lines.len(), 1, "a flood of requests is no flood of lines");
    assert!(lines.iter().all(|line| line.outcome == Outcome::RateLimited));
    host.clock.advance(Duration::from_secs(2));
    assert!(!is_limited(&ada.fetch("GET", &auth_link(), None).await?)?, "one fits again");
    Ok(())
}

#[tokio::test]
async fn a_flood_of_flows_from_many_users_ebbs_and_an_honest_connect_works() -> anyhow::Result<()> {
    let host = Host::with_limits(Limits { flows: 50, ..Limits::default() })?;
    for number in 0..200 {
        let user = format!("flood_{number}");
        host.sign_in.admit(&user, Owner::user(user.as_str())?, Actor::Human);
        host.sign_in.join("acme", &user);
        let answer = host.browser(&user).fetch("GET", &auth_link(), None).await?;
        assert_eq!(answer.status == 200, number < 50, "{answer:?}");
    }
    assert_eq!(host.store.flows(), 50);
    let ada = host.browser("ada");
    let refused = ada.fetch("GET", &auth_link(), None).await?;
    assert_eq!(refused.problem()?, (429, "too_many_flows".to_owned()));
    assert_eq!(refused.header("retry-after"), "60");
    host.clock.advance(Duration::from_mins(11));
    assert_eq!(host.bailee.tick().await?.reaped, 50);
    assert_eq!(host.store.flows(), 0);
    host.connect(&ada, "account-of-ada").await?;
    Ok(())
}

/// Asks until the limit refuses, which it does within a hundred times.
async fn until_limited(
    browser: &Browser,
    (method, target, body): &(&str, String, Option<Value>),
) -> anyhow::Result<Answer> {
    for _ in 0..100 {
        let answer = browser.fetch(method, target, body.clone()).await?;
        if is_limited(&answer)? {
            return Ok(answer);
        }
    }
    anyhow::bail!("{method} {target} has no limit")
}

#[tokio::test]
async fn every_limit_of_a_user_refuses_with_a_time_to_come_back_and_leaves_others_alone() -> anyhow::Result<()>
{
    let host = Host::new()?;
    let (ada, bob) = (host.browser("ada"), host.browser("bob"));
    let id = "0199aaaa-0000-7000-8000-000000000000";
    let form = json!({ "provider": "form", "fields": {}, "scope": "all" });
    let secret = json!({ "name": "key", "value": "value", "scope": "all" });
    let limited = [
        ("GET", auth_link(), None),
        ("GET", "/v1/integrations/mail/authorize".to_owned(), None),
        ("POST", "/v1/integrations".to_owned(), Some(form)),
        ("POST", format!("{}/mail", organization("acme")), None),
        ("POST", format!("/v1/integrations/{id}/validate"), None),
        ("POST", format!("/v1/integrations/{id}/test"), None),
        ("POST", "/v1/secrets".to_owned(), Some(secret.clone())),
        ("PATCH", format!("/v1/secrets/{id}"), Some(json!({ "value": "value" }))),
        ("DELETE", format!("/v1/secrets/{id}"), None),
    ];
    for request in &limited {
        let refused = until_limited(&ada, request).await?;
        let (method, target, body) = request;
        let other = bob.fetch(method, target, body.clone()).await?;
        assert_ne!(other.status, 429, "{method} {target}: others are not concerned");
        host.clock.advance(Duration::from_secs(refused.header("retry-after").parse()?));
        let again = ada.fetch(method, target, body.clone()).await?;
        assert_ne!(again.status, 429, "{method} {target}: it said when");
        host.clock.advance(Duration::from_mins(2));
    }
    Ok(())
}

#[tokio::test]
async fn what_was_begun_can_be_finished_by_a_user_who_is_refused_more() -> anyhow::Result<()> {
    let host = Host::new()?;
    let ada = host.browser("ada");
    let mut last = None;
    loop {
        let answer = ada.fetch("GET", &auth_link(), None).await?;
        if is_limited(&answer)? {
            break;
        }
        last = Some(begun(&answer)?);
    }
    let last = last.ok_or_else(|| anyhow::anyhow!("nothing was begun"))?;
    let target = returning("mail", &last.state, &host.mail.consent("account-of-ada"));
    assert_eq!(ada.visit(&target).await?.location()?.path(), "/integrations");
    Ok(())
}
