//! Google's consent page and its callback, as a person, a browser and the adapter see them.

use anyhow::{Context as _, Result};
use url::Url;

use bailee_core::Provider as _;
use bailee_testkit::{
    MockGoogle,
    mock_google::{ACCOUNT_SUB, CLIENT_ID, ConsentError, GoogleAccount, GoogleClient},
};
use provider_tests::{GoogleKit, parameter, wire};

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";

/// The address with another value of one parameter.
fn changed(url: &Url, name: &str, value: &str) -> Url {
    let mut other = url.clone();
    let pairs = url.query_pairs().filter(|(mine, _)| mine != name);
    other.query_pairs_mut().clear().extend_pairs(pairs).append_pair(name, value);
    other
}

fn page_error(error: &'static str) -> Result<Url, ConsentError> {
    Err(ConsentError::Page { error })
}

#[tokio::test]
async fn a_person_may_untick_a_scope() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let granted = kit.connect_without(&[CALENDAR]).await?.granted.context("scopes")?;
    assert!(granted.contains("openid") && granted.contains("email"));
    assert!(!granted.contains(CALENDAR));
    Ok(())
}

#[tokio::test]
async fn a_callback_carries_what_google_sends() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let (page, _) = kit.consent_page("state-1").await?;
    let callback = kit.mock.approve(&page)?;
    let names: Vec<String> = callback.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["state", "iss", "code", "scope", "authuser", "prompt"]);
    assert_eq!(parameter(&callback, "state").as_deref(), Some("state-1"));
    let code = parameter(&callback, "code").context("a code")?;
    assert!(code.starts_with("4/0A") && callback.as_str().contains("code=4%2F0A"));
    Ok(())
}

#[tokio::test]
async fn a_denial_comes_back_with_its_state() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let (page, requested) = kit.consent_page("state-1").await?;
    let callback = kit.mock.consent(&page).deny()?;
    assert_eq!(parameter(&callback, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&callback, "state").as_deref(), Some("state-1"));
    assert_eq!(parameter(&callback, "code"), None);
    let nothing_ticked =
        requested.iter().fold(kit.mock.consent(&page), bailee_testkit::mock_google::Consent::without);
    assert_eq!(parameter(&nothing_ticked.allow()?, "error").as_deref(), Some("access_denied"));
    Ok(())
}

#[tokio::test]
async fn only_google_s_own_issuer_is_taken() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let issuer = kit.google.descriptor().issuer.clone().context("an issuer")?;
    let (page, _) = kit.consent_page("state-1").await?;
    let answered = |callback: &Url| issuer.check(parameter(callback, "iss").as_deref()).is_ok();
    assert!(answered(&kit.mock.approve(&page)?));
    assert!(answered(&kit.mock.consent(&page).deny()?));
    kit.mock.set_callback_issuer(None);
    assert!(answered(&kit.mock.approve(&page)?));
    for other in ["https://accounts.google.com/", "https://evil.example", ""] {
        kit.mock.set_callback_issuer(Some(other));
        assert!(!answered(&kit.mock.approve(&page)?), "{other:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_browser_without_scripts_can_approve() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let (page, requested) = kit.consent_page("state-1").await?;
    let shown = wire::get(&page).await?;
    assert_eq!(shown.status, 200);
    assert!(shown.body.contains("<button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>"));
    assert!(shown.body.contains("See, edit, share and delete all your calendars"));
    assert!(!shown.body.contains("<script"));
    let form = [("account", ACCOUNT_SUB), ("scope", "openid"), ("scope", "email"), ("decision", "allow")];
    let sent = wire::post(&page, &form).await?;
    assert_eq!(sent.status, 303);
    let callback: Url = sent.header("location").context("a location")?.parse()?;
    let grant = kit.exchange(&callback, &requested).await?;
    assert_eq!(grant.account.id.as_str(), ACCOUNT_SUB);
    assert_eq!(grant.granted.context("scopes")?.as_str(), "email openid");
    Ok(())
}

#[tokio::test]
async fn the_page_shows_hostile_names_as_text() -> Result<()> {
    let hostile = "<script>alert('x')</script>\"&";
    let mut account = GoogleAccount::new("1", "eve@example.test");
    account.name = hostile.to_owned();
    let mock =
        MockGoogle::builder().account(account).client(GoogleClient::new(hostile, "secret")).start().await?;
    let mut page = mock.endpoints().authorize.clone();
    page.query_pairs_mut()
        .append_pair("client_id", hostile)
        .append_pair("redirect_uri", "https://app.example.test/callback")
        .append_pair("response_type", "code")
        .append_pair("scope", "openid")
        .append_pair("state", hostile);
    let shown = wire::get(&page).await?;
    assert_eq!(shown.status, 200);
    assert!(!shown.body.contains("<script"), "{}", shown.body);
    assert!(shown.body.contains("&lt;script&gt;"));
    Ok(())
}

#[tokio::test]
async fn a_wrong_request_shows_a_page_and_goes_nowhere() -> Result<()> {
    let registered =
        GoogleClient::new(CLIENT_ID, "secret").with_redirect_uri("https://app.example.test/callback");
    let mock = MockGoogle::builder().client(registered).start().await?;
    let mut page = mock.endpoints().authorize.clone();
    page.query_pairs_mut()
        .append_pair("client_id", CLIENT_ID)
        .append_pair("redirect_uri", "https://app.example.test/callback")
        .append_pair("response_type", "code")
        .append_pair("scope", "openid");
    assert!(mock.approve(&page).is_ok());
    let twice: Url = format!("{page}&scope=email").parse()?;
    let plain = changed(&changed(&page, "code_challenge", &"c".repeat(43)), "code_challenge_method", "plain");
    for (wrong, error) in [
        (changed(&page, "client_id", "somebody"), "invalid_client"),
        (changed(&page, "redirect_uri", "https://app.example.test/callback/"), "redirect_uri_mismatch"),
        (changed(&page, "redirect_uri", "https://APP.example.test/callback"), "redirect_uri_mismatch"),
        (changed(&page, "response_type", "token"), "unsupported_response_type"),
        (changed(&page, "scope", "openid everything"), "invalid_scope"),
        (changed(&page, "scope", ""), "invalid_request"),
        (changed(&page, "code_challenge", &"c".repeat(43)), "invalid_request"),
        (plain, "invalid_request"),
        (twice, "invalid_request"),
    ] {
        assert_eq!(mock.approve(&wrong), page_error(error), "{wrong}");
        let shown = wire::get(&wrong).await?;
        assert_eq!((shown.status, shown.header("location")), (400, None), "{wrong}");
        assert!(shown.body.contains(error), "{wrong}");
    }
    mock.delete_client(CLIENT_ID);
    assert_eq!(mock.approve(&page), page_error("deleted_client"));
    Ok(())
}

#[tokio::test]
async fn another_account_can_be_chosen() -> Result<()> {
    let kit = GoogleKit::open().await?;
    kit.mock.add_account(GoogleAccount::new("2", "bob@example.test"));
    let (page, requested) = kit.consent_page("state-1").await?;
    let callback = kit.mock.consent(&page).account("bob@example.test").allow()?;
    assert_eq!(parameter(&callback, "authuser").as_deref(), Some("1"));
    let chosen = kit.exchange(&callback, &requested).await?;
    assert_eq!(chosen.account.id.as_str(), "2");
    let hinted = kit.mock.approve(&changed(&page, "login_hint", "BOB@example.test"))?;
    assert_eq!(kit.exchange(&hinted, &requested).await?.account.id.as_str(), "2");
    let nobody = kit.mock.consent(&page).account("nobody").allow();
    assert_eq!(nobody, Err(ConsentError::UnknownAccount));
    Ok(())
}

#[tokio::test]
async fn a_second_connect_without_a_prompt_brings_no_refresh_token() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let (page, requested) = kit.consent_page("state-1").await?;
    let quiet = changed(&page, "prompt", "select_account");
    let mut refreshable = Vec::new();
    for page in [&quiet, &quiet, &page] {
        let grant = kit.exchange(&kit.mock.approve(page)?, &requested).await?;
        refreshable.push(grant.credential.refresh_token.is_some());
    }
    assert_eq!(refreshable, [true, false, true]);
    Ok(())
}
