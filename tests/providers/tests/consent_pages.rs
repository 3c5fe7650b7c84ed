//! The consent pages of the mocks, as a browser without scripts meets them.

use anyhow::{Context as _, Result, anyhow, ensure};
use url::Url;

use bailee_core::{ExposeSecret as _, Grant, SecretString};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_testkit::{
    MockGoogle,
    mock_google::{ACCOUNT_EMAIL, ACCOUNT_SUB},
    mock_linkedin::LinkedInAccount,
    mock_notion::USER_ID,
    mock_x::XAccount,
    suite::provider::{Flow, Kit},
};
use provider_tests::{GoogleKit, NotionKit, linkedin, parameter, slack, wire, x};

/// Somebody's second account at a provider: what stands in the form, and the id that it has here.
struct Second {
    kit: Box<dyn Kit>,
    chosen: &'static str,
    id: String,
    denied: &'static str,
}

async fn google() -> Result<GoogleKit> {
    let mock = MockGoogle::builder()
        .with_account(ACCOUNT_SUB, ACCOUNT_EMAIL)
        .with_account("77", "work@example.test")
        .start()
        .await?;
    GoogleKit::with(mock, HttpClient::allow_loopback_http(&HttpOptions::default())?)
}

/// All mocks with a consent page, each waiting for a person who has two accounts.
async fn all() -> Result<[Second; 5]> {
    let (x, linkedin, notion, slack) =
        (x().await?, linkedin().await?, NotionKit::open().await?, slack().await?);
    x.mock.add_account(XAccount::new("77", "work"));
    x.mock.show_consent_page();
    linkedin.mock.add_account(LinkedInAccount::new("77", "Work", "work@example.test"));
    linkedin.mock.show_consent_page();
    notion.mock.add_workspace("77", "Work");
    slack.mock.show_consent_page();
    let workspace = slack.account().to_string();
    let second =
        |kit: Box<dyn Kit>, chosen, id: &str, denied| Second { kit, chosen, id: id.to_owned(), denied };
    Ok([
        second(Box::new(google().await?), "77", "77", "access_denied"),
        second(Box::new(x), "77", "77", "access_denied"),
        second(Box::new(linkedin), "77", "77", "user_cancelled_authorize"),
        second(Box::new(notion), "77", &format!("77:{USER_ID}"), "access_denied"),
        // Another person of the same workspace.
        second(Box::new(slack), "U0BOB", &workspace, "access_denied"),
    ])
}

/// Where the browser is sent by a form.
async fn sent(page: &Url, form: &[(&str, &str)]) -> Result<Url> {
    let answer = wire::post(page, form).await?;
    ensure!(answer.status == 303, "{} {}", answer.status, answer.body);
    Ok(answer.header("location").context("a location")?.parse()?)
}

/// Sends a form to the page of a connect, and exchanges the code.
async fn allowed(kit: &dyn Kit, form: &[(&str, &str)]) -> Result<Grant> {
    let (flow, plain) = (Flow::default(), |error| anyhow!("{error}"));
    let begun = flow.begin(kit).await.map_err(plain)?;
    let callback = sent(&begun.url, form).await?;
    let state = parameter(&callback, "state");
    ensure!(state.as_deref() == Some(flow.state.expose_secret()), "the state comes back");
    let code = SecretString::from(parameter(&callback, "code").context("a code")?);
    Ok(flow.exchange(kit, &begun.requested, &code).await.map_err(|error| anyhow!("{error}"))??)
}

async fn page_of(kit: &dyn Kit) -> Result<Url> {
    Ok(Flow::default().begin(kit).await.map_err(|error| anyhow!("{error}"))?.url)
}

#[tokio::test]
async fn the_account_that_was_chosen_is_connected() -> Result<()> {
    for Second { kit, chosen, id, .. } in Box::pin(all()).await? {
        let mut form = vec![("decision", "allow"), ("account", chosen)];
        let page = page_of(kit.as_ref()).await?;
        let shown = wire::get(&page).await?;
        ensure!(shown.status == 200 && shown.body.contains(&format!("value=\"{chosen}\"")), "{}", shown.body);
        let asked = parameter(&page, "scope").unwrap_or_default();
        form.extend(asked.split(' ').map(|scope| ("scope", scope)));
        let grant = allowed(kit.as_ref(), &form).await?;
        assert_eq!(grant.account.id.as_str(), id);
    }
    Ok(())
}

#[tokio::test]
async fn whoever_denies_is_sent_back_without_a_code() -> Result<()> {
    for Second { kit, denied, .. } in Box::pin(all()).await? {
        let back = sent(&page_of(kit.as_ref()).await?, &[("decision", "deny")]).await?;
        assert_eq!(parameter(&back, "error").as_deref(), Some(denied));
        assert!(parameter(&back, "code").is_none() && parameter(&back, "state").is_some());
    }
    Ok(())
}

#[tokio::test]
async fn a_scope_that_was_left_out_is_not_granted() -> Result<()> {
    let google = google().await?;
    let form = [("decision", "allow"), ("account", ACCOUNT_SUB), ("scope", "openid"), ("scope", "email")];
    let granted = allowed(&google, &form).await?.granted.context("scopes")?;
    assert_eq!(granted.as_str(), "email openid");
    Ok(())
}

#[tokio::test]
async fn where_it_is_all_or_nothing_no_scope_can_be_left_out() -> Result<()> {
    let [_, x, ..] = Box::pin(all()).await?;
    let shown = wire::get(&page_of(x.kit.as_ref()).await?).await?;
    assert!(!shown.body.contains("checkbox") && shown.body.contains("tweet.write"), "{}", shown.body);
    let grant = allowed(x.kit.as_ref(), &[("decision", "allow"), ("scope", "tweet.read")]).await?;
    assert!(grant.granted.context("scopes")?.as_str().contains("tweet.write"));
    Ok(())
}

#[tokio::test]
async fn what_is_not_on_the_page_leads_nowhere() -> Result<()> {
    for Second { kit, .. } in Box::pin(all()).await? {
        let page = page_of(kit.as_ref()).await?;
        for form in [
            &[("decision", "allow"), ("account", "nobody")][..],
            &[("decision", "perhaps")],
            &[("account", "77")],
        ] {
            let answer = wire::post(&page, form).await?;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{form:?}");
        }
    }
    let google = google().await?;
    let page = page_of(&google).await?;
    let more = [
        ("decision", "allow"),
        ("scope", "openid"),
        ("scope", "https://www.googleapis.com/auth/drive.readonly"),
    ];
    let asked = parameter(&page, "scope").unwrap_or_default();
    ensure!(!asked.split(' ').any(|scope| scope == more[2].1), "it is no scope of the page");
    assert_eq!(wire::post(&page, &more).await?.status, 400, "a scope that was not asked for");
    google.mock.delete_account("77");
    let gone = wire::post(&page, &[("decision", "allow"), ("account", "77"), ("scope", "openid")]).await?;
    assert_eq!(gone.status, 400, "an account that was deleted while the page was open");
    Ok(())
}

#[tokio::test]
async fn a_request_that_was_changed_under_the_page_leads_nowhere() -> Result<()> {
    for Second { kit, .. } in Box::pin(all()).await? {
        let page = page_of(kit.as_ref()).await?;
        let changed: Url = page.as_str().replace("client_id=", "client_id=1").parse()?;
        let answer = wire::post(&changed, &[("decision", "allow")]).await?;
        assert_eq!((answer.status, answer.header("location")), (400, None));
    }
    Ok(())
}

#[tokio::test]
async fn names_are_shown_as_text() -> Result<()> {
    let hostile = "<script>alert(1)</script>\"'&";
    let stage = x().await?;
    stage.mock.show_consent_page();
    stage.mock.add_account(XAccount::new("\"><script>", hostile));
    let mut page = page_of(&stage).await?;
    page.query_pairs_mut().append_pair("extra", hostile);
    let shown = wire::get(&page).await?;
    assert_eq!(shown.status, 200);
    assert!(!shown.body.contains("<script"), "{}", shown.body);
    assert!(shown.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"), "{}", shown.body);
    Ok(())
}

#[tokio::test]
async fn the_policy_lets_the_form_go_to_the_app_and_nothing_else_happen() -> Result<()> {
    for Second { kit, .. } in Box::pin(all()).await? {
        let shown = wire::get(&page_of(kit.as_ref()).await?).await?;
        let policy = shown.header("content-security-policy").context("a policy")?;
        let app = kit.redirect_uri().origin().ascii_serialization();
        for directive in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            &format!("form-action 'self' {app}"),
        ] {
            ensure!(policy.split("; ").any(|part| part == directive), "{directive} is not in {policy}");
        }
        ensure!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        for part in ["<h1>", "<legend>Choose an account</legend>", "<label for=\"account-1\">", "lang=\"en\""]
        {
            ensure!(shown.body.contains(part), "{part} is not in {}", shown.body);
        }
    }
    Ok(())
}
