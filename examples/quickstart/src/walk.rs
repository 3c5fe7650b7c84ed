#![expect(clippy::indexing_slicing, reason = "a JSON value answers null where it has no such member")]

use anyhow::{Context as _, ensure};
use bailee::{
    Disconnected, ExposeSecret as _, Integration, Live, Provider as _,
    core::{ToolAccount, ToolCall, ToolName},
};
use bailee_testkit::mock_google::MockGoogle;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::{
    browser::Browser,
    host::{Host, ORGANIZATION},
    steps::Steps,
};

/// How many callers ask for the same expired token at once.
const CALLERS: usize = 50;

/// Walks the whole life of an integration, and checks each step.
pub(crate) async fn journey(host: Host, mock: &MockGoogle) -> anyhow::Result<Host> {
    let mut steps = Steps::default();
    println!("A host with bailee in it runs at {}, its database is one SQLite file.", host.base_url);
    println!("No credentials are set, so a mock Google runs at {} in its place.", mock.url());

    let browser = Browser::open(&host.base_url)?;
    browser.visit("/").await?;
    connect(&host, mock, &browser, &mut steps, "Connect: the page asks for a link to Google's consent page")
        .await?;
    let integration = status(&host, &mut steps).await?;
    use_token(&host, &mut steps).await?;
    storm(&host, mock, &mut steps).await?;
    validate(&browser, &integration, &mut steps).await?;

    steps.step("Restart: the host stops and starts again from the same file");
    let host = host.restart().await?;
    let live = host.bailee.token(&host.owner, "google").await?;
    steps.say(format!("The sealed credential opened again; token {} is live.", shown(&live)));

    connect(&host, mock, &browser, &mut steps, "Reconnect: the same account, a new consent").await?;
    let again = only(&host).await?;
    ensure!(again.id == integration.id, "a reconnect keeps the record");
    steps.say("The record is the same one, with a new credential.");

    disconnect(&host, mock, &browser, &integration, &mut steps).await?;
    println!();
    println!("That was the whole life of an integration.");
    Ok(host)
}

async fn connect(
    host: &Host,
    mock: &MockGoogle,
    browser: &Browser,
    steps: &mut Steps,
    title: &str,
) -> anyhow::Result<()> {
    steps.step(title);
    let path = format!("/api/organizations/{ORGANIZATION}/integrations/google/auth_link");
    let link = browser.fetch(Method::GET, &path).await?;
    let url: Url = link["url"].as_str().context("no url in the answer")?.parse()?;
    steps.say(format!("GET {path}"));
    steps.say(format!("-> {}{}?...", url.authority(), url.path()));
    let asked = |(name, value): (_, std::borrow::Cow<'_, str>)| (name == "scope").then(|| value.into_owned());
    steps.say(format!("It asks for: {}", url.query_pairs().find_map(asked).unwrap_or_default()));

    steps.step("Consent: the user allows it");
    let returned = mock.approve(&url)?;
    steps.say(format!("Google sends the browser back to {} with a code.", returned.path()));

    steps.step("Callback: same user, same browser, once");
    let page = browser.follow(returned.clone()).await?;
    steps.say(format!("The code was exchanged and sealed; the browser goes on to {}.", page.path()));
    ensure!(browser.follow(returned).await.is_err(), "a callback works once");
    steps.say("The same callback address again: this link is no longer valid.");
    ensure!(host.bailee.integrations(&host.owner, None, 10).await?.items.len() == 1, "one row");
    Ok(())
}

async fn only(host: &Host) -> anyhow::Result<Integration> {
    let page = host.bailee.integrations(&host.owner, None, 10).await?;
    page.items.into_iter().next().context("there is no integration")
}

async fn status(host: &Host, steps: &mut Steps) -> anyhow::Result<Integration> {
    steps.step("Status: what the owner sees");
    let integration = only(host).await?;
    steps.say(format!(
        "{}: {} ({}), {}, expires {}",
        integration.provider,
        integration.account.label.as_deref().unwrap_or("no label"),
        integration.account.id,
        integration.status,
        integration.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339()),
    ));
    Ok(integration)
}

async fn use_token(host: &Host, steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("Use: create and list an event with the live token");
    let live = host.bailee.token(&host.owner, "google").await?;
    let event = call(
        host,
        &live,
        "create_event",
        json!({
            "summary": "Tea with Bob",
            "start": "2027-03-04T15:00:00+01:00",
            "end": "2027-03-04T15:30:00+01:00",
        }),
    )
    .await?;
    steps.say(format!("create_event -> {}", event["event"]["id"]));
    let window = json!({ "time_min": "2027-03-04T00:00:00+01:00", "time_max": "2027-03-05T00:00:00+01:00" });
    let events = call(host, &live, "list_events", window).await?;
    let items = events["items"].as_array().context("no items")?;
    ensure!(items.len() == 1, "the event is in the calendar");
    steps.say(format!("list_events  -> {} at {}", items[0]["summary"], items[0]["start"]));
    Ok(())
}

async fn call(host: &Host, live: &Live, tool: &str, arguments: Value) -> anyhow::Result<Value> {
    let account =
        ToolAccount { integration: live.integration(), account: live.account(), access_token: live.token() };
    let call = ToolCall {
        tool: &ToolName::new(tool)?,
        arguments: &arguments,
        accounts: &[account],
        idempotency_key: None,
    };
    Ok(host.google.call(call).await?.content)
}

async fn storm(host: &Host, mock: &MockGoogle, steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("Expiry: the token expires, and many ask at once");
    mock.expire_access_tokens();
    mock.set_expires_in(1);
    let refused = host.bailee.token(&host.owner, "google").await?;
    let short = host.bailee.rejected(&refused).await?;
    mock.set_expires_in(3599);
    steps.say(format!(
        "Google refused token {}; the next one, {}, lives a second. Waiting for its end.",
        shown(&refused),
        shown(&short)
    ));
    until_expired(&short).await;

    let before = mock.count("/token", Some("refresh_token"));
    let callers = (0..CALLERS).map(|_| {
        let (bailee, owner) = (host.bailee.clone(), host.owner.clone());
        tokio::spawn(async move { bailee.token(&owner, "google").await })
    });
    let live: Vec<Live> = try_join_all(callers).await?.into_iter().collect::<Result<_, _>>()?;
    let refreshes = mock.count("/token", Some("refresh_token")) - before;
    let first = live.first().context("no caller")?;
    let same = |live: &Live| live.token().expose_secret() == first.token().expose_secret();
    ensure!(refreshes == 1, "{refreshes} refreshes");
    ensure!(live.iter().all(same), "one token for all");
    steps.say(format!(
        "{CALLERS} callers, {refreshes} refresh request, and every caller has the new token {}.",
        shown(first)
    ));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the demo waits for a real expiry")]
async fn until_expired(live: &Live) {
    if let Some(left) =
        live.expires_at().and_then(|at| at.signed_duration_since(chrono::Utc::now()).to_std().ok())
    {
        tokio::time::sleep(left).await;
    }
}

async fn validate(browser: &Browser, integration: &Integration, steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("Validate: Google is asked whether the credential works");
    let path = format!("/v1/integrations/{}/validate", integration.id);
    let answer = browser.fetch(Method::POST, &path).await?;
    ensure!(answer["is_valid"] == true, "the credential is valid");
    steps.say(format!(
        "POST /v1/integrations/{{id}}/validate -> is_valid {}, {}",
        answer["is_valid"], answer["integration"]["status"]
    ));
    Ok(())
}

async fn disconnect(
    host: &Host,
    mock: &MockGoogle,
    browser: &Browser,
    integration: &Integration,
    steps: &mut Steps,
) -> anyhow::Result<()> {
    steps.step("Disconnect: revoked at Google, gone here");
    let path = format!("/v1/integrations/{}", integration.id);
    let answer = browser.fetch(Method::DELETE, &path).await?;
    ensure!(answer["revocation"] == Disconnected::Revoked.as_str(), "revoked");
    ensure!(mock.live_refresh_tokens() == 0, "no refresh token is alive at Google");
    ensure!(host.bailee.integrations(&host.owner, None, 10).await?.items.is_empty(), "the row is gone");
    steps.say(format!("DELETE /v1/integrations/{{id}} -> {}", answer["revocation"]));
    steps.say(format!("Live grants at Google: {}. Rows here: 0.", mock.live_grants()));
    Ok(())
}

/// Enough of a token to tell two apart, and too little to use.
fn shown(live: &Live) -> String {
    let token = live.token().expose_secret();
    format!("...{}", token.get(token.len().saturating_sub(4)..).unwrap_or_default())
}
