//! The page to which an agent leads its owner.

use std::time::Duration;

use bailee_core::{Actor, Owner};
use http::StatusCode;
use http_tests::{Answer, Host, hidden, leads_to, organization, parameter, returning};
use serde_json::{Value, json};

fn ada() -> anyhow::Result<Owner> {
    Ok(Owner::user("ada")?)
}

async fn rows(host: &Host) -> anyhow::Result<Value> {
    host.bearer("ada", "GET", "/v1/integrations", None).await?.member("integrations")
}

fn is_dead(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND && answer.text().contains("<h1>This link is no longer valid</h1>")
}

#[tokio::test]
async fn an_owner_connects_what_an_agent_asks_for_without_any_script() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("ada");
    let path = host.ask(ada()?, "mail", "Claude").await?;
    let page = browser.visit(&path).await?;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("<bdi>Claude</bdi> wants to use Mail for you</h1>"), "{}", page.text());
    assert!(page.text().contains("<bdi>ada_1</bdi>"), "{}", page.text());

    let proof = hidden(&page, "proof")?;
    let on = browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?;
    assert_eq!(on.status, StatusCode::OK, "a form never answers with a redirect");
    assert!(on.header("set-cookie").starts_with("__Host-bailee-nonce="), "{on:?}");
    let consent = leads_to(&on)?;
    assert_eq!(consent.host_str(), Some("mail.example"));

    let state = parameter(&consent, "state").unwrap_or_default();
    let back = browser.visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    let result = back.location()?;
    assert_eq!(result.as_str(), "https://backend.example.com/integrations/connected");
    let result = browser.visit(result.path()).await?;
    assert_eq!(result.status, StatusCode::OK);
    assert!(result.text().contains("Connected. You can return to your agent."), "{}", result.text());
    assert_eq!(rows(&host).await?[0]["oauth_user_id"], "account-1");
    Ok(())
}

#[tokio::test]
async fn not_now_connects_nothing_and_uses_the_request_up() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("ada");
    let path = host.ask(ada()?, "mail", "Claude").await?;
    let proof = hidden(&browser.visit(&path).await?, "proof")?;
    let done = browser.submit(&path, &[("proof", &proof), ("answer", "not_now")]).await?;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.text().contains("Nothing was connected"), "{}", done.text());
    assert_eq!(host.store.flows(), 0);
    assert!(is_dead(&browser.visit(&path).await?));
    for answer in ["continue", "not_now"] {
        assert!(is_dead(&browser.submit(&path, &[("proof", &proof), ("answer", answer)]).await?), "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn every_dead_request_has_the_same_page() -> anyhow::Result<()> {
    let host = Host::new()?;
    let (browser, other) = (host.browser("ada"), host.browser("bob"));
    let expired = host.ask(ada()?, "mail", "Claude").await?;
    let proof = hidden(&browser.visit(&expired).await?, "proof")?;
    host.clock.advance(Duration::from_mins(10));
    let used = host.ask(ada()?, "mail", "Claude").await?;
    browser.submit(&used, &[("proof", &proof), ("answer", "continue")]).await?;
    let live = host.ask(ada()?, "mail", "Claude").await?;
    let foreign = host.ask(Owner::user("bob")?, "mail", "Claude").await?;
    let upper = live.replace(live.rsplit('/').next().unwrap_or_default(), &"A".repeat(32));
    let first = browser.visit(&format!("/integrations/connect/{}", "0".repeat(32))).await?;
    assert!(is_dead(&first), "{first:?}");
    for path in [
        expired.as_str(),
        &used,
        &foreign,
        &upper,
        "/integrations/connect/x",
        "/integrations/connect/%00",
        "/integrations/connect/%FF",
    ] {
        let shown = browser.visit(path).await?;
        assert_eq!((shown.status, &shown.body), (first.status, &first.body), "{path}");
        let answered = browser.submit(path, &[("proof", &proof), ("answer", "continue")]).await?;
        assert_eq!((answered.status, &answered.body), (first.status, &first.body), "{path}");
    }
    assert_eq!(other.visit(&foreign).await?.status, StatusCode::OK, "nothing of another user's was used up");
    assert_eq!(browser.visit(&live).await?.status, StatusCode::OK);
    assert_eq!(host.store.flows(), 1);
    Ok(())
}

#[tokio::test]
async fn a_request_is_followed_once_however_often_it_is_posted() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("ada");
    let path = host.ask(ada()?, "mail", "Claude").await?;
    let proof = hidden(&browser.visit(&path).await?, "proof")?;
    let fields = [("proof", proof.as_str()), ("answer", "continue")];
    let posts = (0..20).map(|_| browser.submit(&path, &fields));
    let answers = futures_util::future::try_join_all(posts).await?;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|answer| is_dead(answer)).count(), 19);
    assert_eq!(host.store.flows(), 1);
    Ok(())
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_learns_whether_a_request_is_there() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("");
    let path = host.ask(ada()?, "mail", "Claude").await?;
    let first = browser.visit("/integrations/connect/x").await?;
    assert_eq!(first.status, StatusCode::UNAUTHORIZED);
    let shown = browser.visit(&path).await?;
    let answered = browser.submit(&path, &[("answer", "continue")]).await?;
    for answer in [shown, answered] {
        assert_eq!((answer.status, &answer.body), (first.status, &first.body));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    host.sign_in.set_down(true);
    let down = host.browser("ada").visit(&path).await?;
    assert_eq!((down.status, down.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    Ok(())
}

#[tokio::test]
async fn an_agent_and_a_service_cannot_answer_for_their_owner() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("ada");
    let path = host.ask(ada()?, "mail", "Claude").await?;
    let proof = hidden(&browser.visit(&path).await?, "proof")?;
    for (lines, name) in [(1, "agent_of_ada"), (2, "service_of_ada")] {
        browser.sign_in(name);
        let refused = browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
        assert!(refused.text().contains("Only a signed-in person may do this"), "{}", refused.text());
        assert_eq!(host.refusals().await?, lines, "each refusal is in the ledger");
    }
    assert_eq!(host.store.flows(), 0);
    browser.sign_in("ada");
    let on = browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?;
    assert_eq!(on.status, StatusCode::OK, "and nothing was used up");
    Ok(())
}

#[tokio::test]
async fn a_request_tells_its_owner_as_json_what_the_page_says() -> anyhow::Result<()> {
    let host = Host::new()?;
    let path = host.ask(ada()?, "mail", "Claude").await?;
    let id = path.rsplit('/').next().unwrap_or_default();
    let target = format!("/v1/connects/{id}");
    let request = host.bearer("ada", "GET", &target, None).await?.json()?;
    let expires_at = request["expires_at"].clone();
    let expected = json!({
        "id": id, "provider": "mail", "name": "Mail", "integration_id": null, "account_label": null, "scopes": [],
        "profile_id": "ada_1", "client": "Claude", "expires_at": expires_at,
    });
    assert_eq!(request, expected);
    let foreign = host.bearer("bob", "GET", &target, None).await?;
    let unknown = host.bearer("bob", "GET", "/v1/connects/x", None).await?;
    assert_eq!(foreign.problem()?, (404, "not_found".to_owned()));
    assert_eq!((foreign.status, foreign.body), (unknown.status, unknown.body));
    host.clock.advance(Duration::from_mins(10));
    assert_eq!(host.bearer("ada", "GET", &target, None).await?.problem()?, (404, "not_found".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_request_from_an_organization_is_followed_by_a_session_that_may_act_there() -> anyhow::Result<()> {
    let host = Host::new()?;
    let browser = host.browser("ada");
    let path = host.ask(Owner::member("acme", "ada")?, "mail", "Claude").await?;
    host.sign_in.admit("ada_at_second", Owner::member("second", "ada")?, Actor::Human);
    browser.sign_in("ada_at_second");
    assert!(is_dead(&browser.visit(&path).await?), "a session that is confined to another one");
    browser.sign_in("ada");
    let proof = hidden(&browser.visit(&path).await?, "proof")?;
    host.sign_in.leave("acme", "ada");
    assert!(is_dead(&browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?));
    host.sign_in.join("acme", "ada");
    let on = browser.submit(&path, &[("proof", &proof), ("answer", "continue")]).await?;
    let state = parameter(&leads_to(&on)?, "state").unwrap_or_default();
    let back = browser.visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    assert_eq!(back.location()?.path(), "/integrations/connected");
    let list = browser.fetch("GET", &organization("acme"), None).await?.member("integrations")?;
    assert_eq!(list[0]["oauth_user_id"], "account-1");
    Ok(())
}
