//! An owner who connects in the middle of a call.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use async_trait::async_trait;
use bailee_core::Owner;
use bailee_testkit::{
    mock_google::ACCOUNT_SUB,
    mock_provider::{Endpoint, Fault},
};
use mcp_tests::{Agent, Era, Mind, Names, Raw, Rig, tea};
use rmcp::{
    model::{CallToolResult, ElicitationAction, ErrorCode},
    service::ServiceError,
};
use serde_json::{Value, json};

/// Goes through with it.
struct Willing(Arc<Rig>);

#[async_trait]
impl Mind for Willing {
    async fn page(&self, url: &str) -> ElicitationAction {
        match self.0.follow("ada", url).await {
            Ok(()) => ElicitationAction::Accept,
            Err(_) => ElicitationAction::Cancel,
        }
    }
}

/// Answers without a look.
struct Firm(ElicitationAction);

#[async_trait]
impl Mind for Firm {
    async fn page(&self, _: &str) -> ElicitationAction {
        self.0.clone()
    }
}

fn text(result: &CallToolResult) -> String {
    let content = serde_json::to_value(&result.content).unwrap_or_default();
    content.pointer("/0/text").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The first round of a call that needs an account: the state, and the page.
async fn first_round(rig: &Rig) -> anyhow::Result<(String, String)> {
    let answer = Raw::call("create_event", &tea()).of("ada_1").send(rig).await?.message()?;
    asked(&answer)
}

fn asked(answer: &Value) -> anyhow::Result<(String, String)> {
    let part = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let page = answer.pointer("/result/inputRequests").and_then(Value::as_object);
    let page = page.and_then(|requests| requests.values().next()?.pointer("/params/url")?.as_str());
    Ok((part("/result/requestState").context("a state")?, page.context("a page")?.to_owned()))
}

fn retry(state: &str) -> Raw {
    let responses = json!({ "connect_google_calendar": { "action": "accept" } });
    Raw::call("create_event", &tea())
        .param("inputResponses", responses)
        .param("requestState", json!(state))
        .of("ada_1")
}

#[tokio::test]
async fn a_client_that_opens_pages_gets_its_result_in_one_call() -> anyhow::Result<()> {
    let rig = Arc::new(Rig::new().await?);
    let agent = Agent::with_pages(&rig, Era::Modern, "ada_1", Willing(Arc::clone(&rig))).await?;
    let result = agent.call("create_event", &tea()).await?;
    assert_ne!(result.is_error, Some(true), "{result:?}");
    assert_eq!(rig.mock.events(ACCOUNT_SUB).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_client_that_opens_no_pages_gets_the_address_as_text() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let agents = [
        Agent::plain(&rig, Era::Modern, "ada_1").await?,
        Agent::with_forms(&rig, Era::Modern, "ada_1").await?,
        Agent::plain(&rig, Era::Legacy, "ada_1").await?,
    ];
    for agent in agents {
        let result = agent.call("create_event", &tea()).await?;
        assert_eq!(result.is_error, Some(true));
        let details = result.structured_content.clone().unwrap_or_default();
        assert_eq!(details.get("code"), Some(&json!("not_connected")));
        let url = details.get("connect_url").and_then(Value::as_str).context("an address")?.to_owned();
        assert!(url.starts_with(rig.base.join("/integrations/connect/")?.as_str()), "{url}");
        assert!(text(&result).contains(&url) && text(&result).contains("Google"), "{}", text(&result));
    }
    Ok(())
}

#[tokio::test]
async fn an_owner_who_declines_or_walks_away_is_believed() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    for (action, words) in [
        (ElicitationAction::Decline, "The user declined to connect Google."),
        (ElicitationAction::Cancel, "Connecting Google was not completed."),
    ] {
        let agent = Agent::with_pages(&rig, Era::Modern, "ada_1", Firm(action)).await?;
        let result = agent.call("create_event", &tea()).await?;
        assert_eq!((result.is_error, text(&result).as_str()), (Some(true), words));
    }
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_session_of_the_version_before_gets_its_error_and_then_its_result() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let agent = Agent::with_pages(&rig, Era::Legacy, "ada_1", Firm(ElicitationAction::Cancel)).await?;
    let Err(ServiceError::McpError(error)) = agent.call("create_event", &tea()).await else {
        anyhow::bail!("no error of the protocol");
    };
    assert_eq!(error.code, ErrorCode(-32_042));
    let data = error.data.unwrap_or_default();
    assert_eq!(data.pointer("/elicitations/0/mode"), Some(&json!("url")));
    let url = data.pointer("/elicitations/0/url").and_then(Value::as_str).context("an address")?;
    rig.follow("ada", url).await?;
    let result = agent.call("create_event", &tea()).await?;
    assert_ne!(result.is_error, Some(true), "{result:?}");
    Ok(())
}

#[tokio::test]
async fn while_the_owner_is_in_the_browser_the_call_waits_and_then_asks_again_for_the_same()
-> anyhow::Result<()> {
    let rig = Arc::new(Rig::new().await?);
    let (state, page) = first_round(&rig).await?;
    let waiting = tokio::spawn({
        let (rig, retry) = (Arc::clone(&rig), retry(&state));
        async move { retry.send(&rig).await }
    });
    // One asks the store for changes, the other is the call.
    rig.clock.until_asleep(2).await;
    rig.clock.advance(Duration::from_secs(25));
    let (_, again) = asked(&waiting.await??.message()?)?;
    assert_eq!(again, page);
    Ok(())
}

#[tokio::test]
async fn a_call_that_waits_goes_on_when_the_account_is_there() -> anyhow::Result<()> {
    let rig = Arc::new(Rig::new().await?);
    let (state, page) = first_round(&rig).await?;
    let waiting = tokio::spawn({
        let (rig, retry) = (Arc::clone(&rig), retry(&state));
        async move { retry.send(&rig).await }
    });
    rig.clock.until_asleep(2).await;
    rig.follow("ada", &page).await?;
    let answer = waiting.await??.message()?;
    assert!(answer.pointer("/result/structuredContent/event").is_some(), "{answer}");
    Ok(())
}

#[tokio::test]
async fn the_page_of_one_owner_is_of_no_use_to_another_and_works_once() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let (_, page) = first_round(&rig).await?;
    assert!(rig.follow("bob", &page).await.is_err());
    rig.follow("ada", &page).await?;
    assert!(rig.follow("ada", &page).await.is_err());
    Ok(())
}

fn detail<'a>(result: &'a CallToolResult, name: &str) -> Option<&'a Value> {
    result.structured_content.as_ref()?.get(name)
}

#[tokio::test]
async fn a_grant_that_is_too_narrow_leads_to_the_page_and_names_what_is_missing() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let narrow = ["openid", "https://www.googleapis.com/auth/calendar.events.readonly"];
    let narrow = narrow.iter().map(ToString::to_string).collect();
    rig.mock.fault(Endpoint::Token, Fault::NarrowScope(narrow)).once();
    rig.connect("ada").await?;
    let result = Agent::plain(&rig, Era::Modern, "ada_1").await?.call("create_event", &tea()).await?;
    assert_eq!(detail(&result, "code"), Some(&json!("missing_grant")));
    assert!(detail(&result, "connect_url").is_some());
    let missing = detail(&result, "missing_scopes").and_then(Value::as_array).context("scopes")?;
    assert!(
        missing.iter().any(|scope| scope.as_str().is_some_and(|scope| scope.contains("calendar"))),
        "{missing:?}"
    );
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_grant_that_is_gone_leads_to_the_page_whether_that_was_known_or_not() -> anyhow::Result<()> {
    let rig = Rig::in_real_time(|_| Names).await?;
    let row = rig.connect("ada").await?;
    let agent = Agent::plain(&rig, Era::Modern, "ada_1").await?;
    rig.mock.revoke_by_user(row.account.id.as_str());
    for known in [false, true] {
        let result = agent.call("create_event", &tea()).await?;
        assert_eq!(result.is_error, Some(true));
        assert!(detail(&result, "connect_url").is_some(), "known: {known}, {result:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_that_was_used_and_led_nowhere_is_not_shown_again() -> anyhow::Result<()> {
    let rig = Arc::new(Rig::new().await?);
    let (state, page) = first_round(&rig).await?;
    let id = page.rsplit('/').next().unwrap_or_default();
    rig.bailee.decline_connect_request(&Owner::user("ada")?, id).await?;
    let waiting = tokio::spawn({
        let (rig, retry) = (Arc::clone(&rig), retry(&state));
        async move { retry.send(&rig).await }
    });
    rig.clock.until_asleep(2).await;
    rig.clock.advance(Duration::from_secs(25));
    let (_, again) = asked(&waiting.await??.message()?)?;
    assert_ne!(again, page, "it leads nowhere any more");
    Ok(())
}
