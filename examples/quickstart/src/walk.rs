#![expect(clippy::indexing_slicing, reason = "a JSON value answers null where it has no such member")]

use anyhow::{Context as _, ensure};
use bailee::{
    Caller, Disconnected, ExposeSecret as _, Integration, IntegrationChange, LedgerFilter, Live, Outcome,
    PermissionFlag, ProfileIds, Scope, TaskStatus, ThreadId, ThreadPermissions, Transport,
};
use bailee_testkit::mock_google::MockGoogle;
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::{
    browser::Browser,
    directory::{ORGANIZATION, THREAD},
    host::Host,
    sign_in::session,
    steps::Steps,
    tour,
    upstreams::Upstreams,
};

/// How many callers ask for the same expired token at once.
const CALLERS: usize = 50;

/// Walks the whole life of an integration, and checks each step.
pub(crate) async fn journey(host: Host, mocks: &Upstreams) -> anyhow::Result<Host> {
    let mut steps = Steps::default();
    let mock = &mocks.google;
    println!("A host with bailee in it runs at {}, its database is one SQLite file.", host.base_url);
    println!(
        "No credentials are set, so mocks of all providers run on this machine; Google's is at {}.",
        mock.url()
    );

    let browser = Browser::open(&host.base_url)?;
    browser.visit("/").await?;
    connect(&host, mock, &browser, &mut steps, "Connect: the page asks for a link to Google's consent page")
        .await?;
    let integration = status(&host, &mut steps).await?;
    use_tools(&host, &mut steps).await?;
    scope(&host, &integration, &mut steps).await?;
    thread(&host, &mut steps).await?;
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
    println!("That was the whole life of an integration. Now one of each other provider.");

    tour::tour(&host, mocks, &browser, &mut steps).await?;
    Ok(host)
}

/// Leaves an account connected, for whoever comes after the walk.
pub(crate) async fn connect_again(host: &Host, mock: &MockGoogle) -> anyhow::Result<()> {
    let browser = Browser::open(&host.base_url)?;
    browser.visit("/").await?;
    let returned = mock.approve(&consent(&browser).await?)?;
    browser.follow(returned).await?;
    println!("\nFor you, the Google account is connected once more.");
    Ok(())
}

/// The address of the consent page.
async fn consent(browser: &Browser) -> anyhow::Result<Url> {
    let link = browser.fetch(Method::GET, &auth_link()).await?;
    Ok(link["url"].as_str().context("no url in the answer")?.parse()?)
}

fn auth_link() -> String {
    format!("/api/organizations/{ORGANIZATION}/integrations/google/auth_link")
}

async fn connect(
    host: &Host,
    mock: &MockGoogle,
    browser: &Browser,
    steps: &mut Steps,
    title: &str,
) -> anyhow::Result<()> {
    steps.step(title);
    let url = consent(browser).await?;
    steps.say(format!("GET {}", auth_link()));
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

async fn use_tools(host: &Host, steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("Use: the owner's own agent creates and lists an event");
    let assistant = Caller::own(host.owner.clone(), "assistant")?;
    let tea = json!({
        "summary": "Tea with Bob",
        "start": "2027-03-04T15:00:00+01:00",
        "end": "2027-03-04T15:30:00+01:00",
    });
    let event = call(host, &assistant, "create_event", tea).await?;
    steps.say(format!("create_event -> {}", event["event"]["id"]));
    let window = json!({ "time_min": "2027-03-04T00:00:00+01:00", "time_max": "2027-03-05T00:00:00+01:00" });
    let events = call(host, &assistant, "list_events", window).await?;
    let items = events["items"].as_array().context("no items")?;
    ensure!(items.len() == 1, "the event is in the calendar");
    steps.say(format!("list_events  -> {} at {}", items[0]["summary"], items[0]["start"]));
    Ok(())
}

pub(crate) async fn call(
    host: &Host,
    caller: &Caller,
    tool: &str,
    arguments: Value,
) -> anyhow::Result<Value> {
    Ok(host.bailee.authorize(caller, tool).await?.call(arguments).await?.content)
}

pub(crate) async fn tools(host: &Host, caller: &Caller) -> anyhow::Result<String> {
    let tools = host.bailee.tools(caller).await?;
    let names: Vec<&str> = tools.iter().map(|tool| tool.tool().name.as_str()).collect();
    Ok(if names.is_empty() { "nothing".to_owned() } else { names.join(", ") })
}

async fn scope(host: &Host, integration: &Integration, steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("Scope: the calendar is for the assistant alone");
    let (assistant, coding) =
        (Caller::own(host.owner.clone(), "assistant")?, Caller::own(host.owner.clone(), "coding")?);
    let human = session(Transport::Cookie)?;
    let only = Scope::Agents(ProfileIds::new([assistant.profile().clone()])?);
    let change = |scope| IntegrationChange { scope: Some(scope), ..IntegrationChange::default() };
    host.bailee.update(&human, integration.id, None, change(only)).await?;
    steps.say(format!("assistant: {}", tools(host, &assistant).await?));
    steps.say(format!("coding:    {}", tools(host, &coding).await?));
    let refused = host.bailee.authorize(&coding, "create_event").await.err().context("it was granted")?;
    steps.say(format!("coding asks for create_event all the same: {refused}."));
    host.bailee.update(&human, integration.id, None, change(Scope::All)).await?;
    Ok(())
}

async fn thread(host: &Host, steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("Thread: somebody else's agent asks");
    let bob = Caller::counterpart(host.owner.clone(), "assistant", THREAD)?;
    let (human, thread) = (session(Transport::Cookie)?, ThreadId::new(THREAD)?);
    steps.say(format!("At first it may use {}.", tools(host, &bob).await?));
    let meetings: ThreadPermissions = [PermissionFlag::CanRequestMeetings].into_iter().collect();
    host.bailee.set_thread_permissions(&human, &thread, meetings, None).await?;
    steps.say(format!("With can_request_meetings: {}.", tools(host, &bob).await?));
    let proposal =
        json!({ "title": "Chess", "slots": ["2099-03-05T18:00:00+01:00"], "duration_minutes": 60 });
    call(host, &bob, "propose_meeting", proposal).await?;
    let tasks = host.bailee.tasks(&host.owner, Some(TaskStatus::Pending), None, 1).await?;
    let task = tasks.first().context("there is no task")?;
    steps.say(format!("It proposes {:?}; nothing is booked before the owner accepts.", task.proposal.title));
    let accepted = host.bailee.accept_task(&human, task.id, None).await?;
    let booked = accepted.booked.context("nothing was booked")?.content;
    steps.say(format!("Accepted: {} is in the calendar.", booked["event"]["summary"]));
    host.bailee.set_thread_permissions(&human, &thread, ThreadPermissions::NONE, None).await?;
    let lines = host.bailee.ledger(&host.owner, &LedgerFilter::default(), None, 100).await?;
    let refused = lines.iter().filter(|line| line.outcome == Outcome::Denied).count();
    steps.say(format!("The ledger has {} lines, {refused} of them refusals.", lines.len()));
    Ok(())
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
