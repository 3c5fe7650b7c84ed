//! The mocks of X and LinkedIn as a browser and a careless client meet them.

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Value, json};
use url::Url;

use bailee_core::ExposeSecret as _;
use bailee_oauth::{HttpClient, HttpOptions, Request, Response};
use bailee_testkit::{MockLinkedIn, MockX, suite::provider::Flow};
use provider_tests::{linkedin, parameter, wire, x};

fn at(root: &Url, path: &str) -> Url {
    let mut url = root.clone();
    url.set_path(path);
    url
}

#[tokio::test]
async fn a_consent_page_sends_the_browser_straight_back() -> Result<()> {
    let (x, linkedin) = (x().await?, linkedin().await?);
    let flow = Flow::default();
    let pages = [flow.begin(&x).await, flow.begin(&linkedin).await];
    for begun in pages {
        let page = wire::get(&begun.map_err(|error| anyhow!(error))?.url).await?;
        assert_eq!(page.status, 303);
        let callback: Url = page.header("location").context("a location")?.parse()?;
        assert_eq!(parameter(&callback, "state").as_deref(), Some(flow.state.expose_secret()));
        assert!(parameter(&callback, "code").is_some());
    }
    Ok(())
}

#[tokio::test]
async fn a_consent_page_that_asks_wrongly_leads_nowhere() -> Result<()> {
    let (x, linkedin) = (x().await?, linkedin().await?);
    let plain = |error| anyhow!("{error}");
    let of_x = Flow::default().begin(&x).await.map_err(plain)?.url;
    let of_linkedin = Flow::default().begin(&linkedin).await.map_err(plain)?.url;
    let changed = |url: &Url, from: &str, to: &str| Url::parse(&url.as_str().replace(from, to));
    for wrong in [
        changed(&of_x, "S256", "plain")?,
        changed(&of_x, "code_challenge", "challenge")?,
        changed(&of_x, "offline.access", "offline.excess")?,
        changed(&of_x, "client_id=", "client_id=1")?,
        changed(&of_x, "response_type=code", "response_type=token")?,
        changed(&of_linkedin, "client_id=", "client_id=1")?,
        changed(&of_linkedin, "scope=", "scopes=")?,
    ] {
        let page = wire::get(&wrong).await?;
        assert_eq!((page.status, page.header("location")), (400, None), "{wrong}");
    }
    Ok(())
}

#[tokio::test]
async fn unknown_paths_and_methods_and_missing_tokens_are_refused() -> Result<()> {
    let (x, linkedin) = (MockX::start().await?, MockLinkedIn::start().await?);
    for (root, path, status) in [
        (x.url(), "/2/nothing", 404),
        (x.url(), "/2/tweets", 405),
        (x.url(), "/2/users/me", 401),
        (linkedin.url(), "/rest/nothing", 404),
        (linkedin.url(), "/rest/posts", 405),
        (linkedin.url(), "/v2/userinfo", 401),
    ] {
        assert_eq!(wire::get(&at(root, path)).await?.status, status, "{path}");
    }
    let bare = wire::post(&at(x.url(), "/2/oauth2/token"), &[("grant_type", "refresh_token")]).await?;
    assert_eq!(bare.status, 401);
    assert!(bare.body.contains("Missing valid authorization header"));
    Ok(())
}

#[tokio::test]
async fn a_post_that_is_not_escaped_is_cut_in_silence() -> Result<()> {
    let stage = linkedin().await?;
    let token = stage.connect().await?.credential.access_token;
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    let hosts = ["127.0.0.1".to_owned()];
    let send = async |body: &Value| -> Result<Response> {
        let request = Request::post(at(stage.mock.url(), "/rest/posts"))
            .header("linkedin-version".parse()?, "202601".parse()?)
            .header("x-restli-protocol-version".parse()?, "2.0.0".parse()?)
            .json(body);
        Ok(http.send(request.bearer(&token, &hosts)?).await?)
    };
    let mut body = json!({
        "author": "urn:li:person:782bbtaQ",
        "commentary": "Out now (finally)",
        "visibility": "PUBLIC",
        "distribution": { "feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": [] },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    });
    assert_eq!(send(&body).await?.status(), 201);
    assert_eq!(stage.mock.posts().pop().context("a post")?.text, "Out now ");
    body["author"] = json!("urn:li:person:somebody");
    assert_eq!(send(&body).await?.status(), 403);
    body["author"] = json!("urn:li:person:782bbtaQ");
    body["surprise"] = json!(true);
    assert_eq!(send(&body).await?.status(), 422);
    Ok(())
}
