//! The mock of Notion by itself: what it answers is held to the official OpenAPI description.

use anyhow::{Context as _, Result, ensure};
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use bailee_core::SecretString;
use bailee_oauth::{HttpClient, HttpOptions, Request, Response};
use bailee_testkit::{
    MockNotion,
    mock_notion::{CLIENT_ID, CLIENT_SECRET, USER_ID, VERSION, WORKSPACE_ID},
};
use provider_tests::{openapi::answers_conform, parameter, wire};

const DESCRIPTION: &str = "notion-openapi-full-2026-03-11";
const CALLBACK: &str = "https://app.example.test/callback";

struct Client {
    mock: MockNotion,
    http: HttpClient,
    token: SecretString,
    answers: Vec<(Method, String, u16, Value)>,
}

impl Client {
    /// With an access token.
    async fn open() -> Result<Self> {
        let mock = MockNotion::start().await?;
        let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
        let mut client = Self { mock, http, token: SecretString::from("none"), answers: Vec::new() };
        let code = client.code()?;
        let tokens = client.tokens(&exchange(&code)).await?;
        let token = tokens["access_token"].as_str().context("a token")?;
        client.token = SecretString::from(token);
        Ok(client)
    }

    fn code(&self) -> Result<String> {
        let callback = self.mock.approve(&self.consent_page()?)?;
        parameter(&callback, "code").context("a code")
    }

    fn consent_page(&self) -> Result<url::Url> {
        let mut page = self.mock.url().join("/v1/oauth/authorize")?;
        page.query_pairs_mut().extend_pairs([
            ("client_id", CLIENT_ID),
            ("response_type", "code"),
            ("owner", "user"),
            ("redirect_uri", CALLBACK),
            ("state", "s1"),
        ]);
        Ok(page)
    }

    async fn tokens(&mut self, body: &Value) -> Result<Value> {
        self.client(Method::POST, "/v1/oauth/token", body).await.map(|(_, body)| body)
    }

    /// A request with the client in the header.
    async fn client(&mut self, method: Method, path: &str, body: &Value) -> Result<(u16, Value)> {
        let url = self.mock.url().join(path)?;
        let request = Request::new(method.clone(), url).json(body);
        let request = request.basic(CLIENT_ID, &SecretString::from(CLIENT_SECRET))?;
        self.send(method, path, versioned(request)).await
    }

    /// A request with the token in the header.
    async fn call(&mut self, method: Method, path: &str, body: Option<Value>) -> Result<(u16, Value)> {
        let request = Request::new(method.clone(), self.mock.url().join(path)?);
        let request = body.iter().fold(request, Request::json);
        let request = request.bearer(&self.token, &["127.0.0.1".to_owned()])?;
        self.send(method, path, versioned(request)).await
    }

    async fn send(&mut self, method: Method, path: &str, request: Request) -> Result<(u16, Value)> {
        let response: Response = self.http.send(request).await?;
        let body: Value = serde_json::from_slice(response.body())?;
        let status = response.status().as_u16();
        let path = path.split('?').next().unwrap_or_default();
        self.answers.push((method, path.to_owned(), status, body.clone()));
        Ok((status, body))
    }

    /// Every answer so far.
    fn conforms(&self) -> Result<()> {
        answers_conform(&self.answers, "notion", DESCRIPTION)
    }
}

fn versioned(request: Request) -> Request {
    request.header(HeaderName::from_static("notion-version"), HeaderValue::from_static(VERSION))
}

fn exchange(code: &str) -> Value {
    json!({ "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK })
}

fn code_of(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn tokens_rotate_and_a_second_use_ends_the_grant() -> Result<()> {
    let mut client = Client::open().await?;
    let code = client.code()?;
    let first = client.tokens(&exchange(&code)).await?;
    assert_eq!(
        (&first["workspace_id"], &first["owner"]["user"]["id"]),
        (&json!(WORKSPACE_ID), &json!(USER_ID))
    );
    assert_eq!((first.get("expires_in"), first.get("scope")), (None, None));
    let refresh = json!({ "grant_type": "refresh_token", "refresh_token": first["refresh_token"] });
    let second = client.tokens(&refresh).await?;
    ensure!(
        second["access_token"] != first["access_token"] && second["refresh_token"] != first["refresh_token"]
    );
    ensure!(client.mock.is_live(second["access_token"].as_str().unwrap_or_default()));
    ensure!(!client.mock.is_live(first["access_token"].as_str().unwrap_or_default()));
    let again = client.client(Method::POST, "/v1/oauth/token", &refresh).await?;
    assert_eq!(code_of(&again), (400, "invalid_grant"));
    ensure!(!client.mock.is_live(second["access_token"].as_str().unwrap_or_default()));
    client.conforms()
}

#[tokio::test]
async fn a_code_is_for_one_use_and_its_redirect_uri() -> Result<()> {
    let mut client = Client::open().await?;
    let code = client.code()?;
    let mut other = exchange(&code);
    other["redirect_uri"] = json!("https://app.example.test/other");
    for body in [other, exchange("none"), json!({ "grant_type": "password" }), json!({})] {
        let (status, _) = client.client(Method::POST, "/v1/oauth/token", &body).await?;
        assert_eq!(status, 400, "{body}");
    }
    let tokens = client.tokens(&exchange(&code)).await?;
    let again = client.client(Method::POST, "/v1/oauth/token", &exchange(&code)).await?;
    assert_eq!(code_of(&again), (400, "invalid_grant"));
    ensure!(
        !client.mock.is_live(tokens["access_token"].as_str().unwrap_or_default()),
        "the first use is undone"
    );
    Ok(())
}

#[tokio::test]
async fn a_revoked_token_is_inactive() -> Result<()> {
    let mut client = Client::open().await?;
    let code = client.code()?;
    let tokens = client.tokens(&exchange(&code)).await?;
    let token = json!({ "token": tokens["access_token"] });
    assert_eq!(client.client(Method::POST, "/v1/oauth/introspect", &token).await?.1["active"], true);
    assert_eq!(client.client(Method::POST, "/v1/oauth/revoke", &token).await?.0, 200);
    assert_eq!(client.client(Method::POST, "/v1/oauth/introspect", &token).await?.1["active"], false);
    let refresh = json!({ "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"] });
    assert_eq!(
        code_of(&client.client(Method::POST, "/v1/oauth/token", &refresh).await?),
        (400, "invalid_grant")
    );
    client.conforms()
}

#[tokio::test]
async fn a_person_may_cancel_and_a_wrong_address_shows_an_error() -> Result<()> {
    let client = Client::open().await?;
    let page = client.consent_page()?;
    let denied = client.mock.deny(&page)?;
    assert_eq!(parameter(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&denied, "state").as_deref(), Some("s1"));
    ensure!(wire::get(&page).await?.status == 200);
    let allowed = wire::post(&page, &[("decision", "allow")]).await?;
    ensure!(allowed.status == 303 && allowed.header("location").is_some_and(|to| to.contains("code=")));
    for (name, wrong) in
        [("client_id", "x"), ("owner", "workspace"), ("response_type", "token"), ("redirect_uri", "x")]
    {
        let pairs: Vec<(String, String)> = page
            .query_pairs()
            .map(|(mine, value)| {
                (mine.to_string(), if mine == name { wrong.to_owned() } else { value.to_string() })
            })
            .collect();
        let mut other = page.clone();
        other.query_pairs_mut().clear().extend_pairs(pairs);
        assert_eq!(client.mock.approve(&other).err().map(|error| error.parameter), Some(name));
    }
    Ok(())
}

#[tokio::test]
async fn nothing_goes_without_version_client_or_token() -> Result<()> {
    let mut client = Client::open().await?;
    let me = client.mock.url().join("/v1/users/me")?;
    let missing = client.send(Method::GET, "/v1/users/me", Request::get(me.clone())).await?;
    assert_eq!(code_of(&missing), (400, "missing_version"));
    let bare = client.send(Method::GET, "/v1/users/me", versioned(Request::get(me))).await?;
    assert_eq!(code_of(&bare), (401, "unauthorized"));
    let token = client.mock.url().join("/v1/oauth/token")?;
    let form = versioned(Request::post(token).form([("grant_type", "refresh_token")]));
    let form = form.basic(CLIENT_ID, &SecretString::from("wrong"))?;
    assert_eq!(code_of(&client.send(Method::POST, "/v1/oauth/token", form).await?), (401, "invalid_client"));
    for (method, path) in
        [(Method::DELETE, "/v1/search"), (Method::GET, "/v1/nothing"), (Method::PUT, "/v1/pages")]
    {
        assert_eq!(code_of(&client.call(method, path, None).await?), (400, "invalid_request_url"), "{path}");
    }
    client.mock.expire_access_tokens();
    assert_eq!(code_of(&client.call(Method::GET, "/v1/users/me", None).await?), (401, "unauthorized"));
    Ok(())
}

#[tokio::test]
async fn limits_are_those_of_the_documentation() -> Result<()> {
    let mut client = Client::open().await?;
    let page = client.mock.add_page("Roadmap");
    let children = format!("/v1/blocks/{page}/children");
    let paragraph = |text: &str| json!({ "type": "paragraph", "paragraph": { "rich_text": [{ "text": { "content": text } }] } });
    let nested =
        |inner: Value| json!({ "type": "paragraph", "paragraph": { "rich_text": [], "children": [inner] } });
    let deep = nested(nested(paragraph("a")));
    for (blocks, status) in [
        (vec![paragraph("a"); 100], 200),
        (vec![paragraph("a"); 101], 400),
        (vec![paragraph(&"a".repeat(2000))], 200),
        (vec![paragraph(&"a".repeat(2001))], 400),
        (vec![paragraph(&"\u{1F511}".repeat(1001))], 400),
        (vec![deep.clone()], 200),
        (vec![nested(deep)], 400),
    ] {
        let answer = client.call(Method::PATCH, &children, Some(json!({ "children": blocks }))).await?;
        assert_eq!(answer.0, status, "{}", answer.1);
    }
    for size in [json!(0), json!(101), json!("x")] {
        let answer = client.call(Method::POST, "/v1/search", Some(json!({ "page_size": size }))).await?;
        assert_eq!(code_of(&answer), (400, "validation_error"), "{size}");
    }
    let database = json!({ "filter": { "property": "object", "value": "database" } });
    assert_eq!(client.call(Method::POST, "/v1/search", Some(database)).await?.0, 400, "of an older version");
    client.conforms()
}

#[tokio::test]
async fn every_answer_has_the_official_shape() -> Result<()> {
    let mut client = Client::open().await?;
    let page = client.mock.add_page("Roadmap");
    let columns = json!({ "Name": { "title": {} }, "Done": { "checkbox": {} }, "Kind": { "select": { "options": [] } } });
    let body = json!({
        "parent": { "type": "page_id", "page_id": page },
        "title": [{ "text": { "content": "Tasks" } }],
        "initial_data_source": { "properties": { "Name": { "title": {} }, "Done": { "checkbox": {} } } },
    });
    let (_, database) = client.call(Method::POST, "/v1/databases", Some(body)).await?;
    let (old, source) = client.mock.add_database("Old", &columns);
    let made = database["data_sources"][0]["id"].as_str().context("a data source")?.to_owned();
    let row = json!({ "parent": { "data_source_id": made }, "properties": { "Name": { "title": [{ "text": { "content": "a" } }] } } });
    let (_, row) = client.call(Method::POST, "/v1/pages", Some(row)).await?;
    let row = row["id"].as_str().context("a row")?.to_owned();
    let child = json!({ "type": "to_do", "to_do": { "rich_text": [{ "text": { "content": "a" } }], "checked": true } });
    let by_database = json!({ "parent": { "database_id": old }, "properties": {}, "children": [child] });
    for (method, path, body) in [
        (Method::GET, "/v1/users/me".to_owned(), None),
        (Method::POST, "/v1/pages".to_owned(), Some(by_database)),
        (
            Method::PATCH,
            format!("/v1/pages/{row}"),
            Some(json!({ "properties": { "Done": { "checkbox": true } } })),
        ),
        (Method::PATCH, format!("/v1/blocks/{page}/children"), Some(json!({ "children": [child] }))),
        (Method::GET, format!("/v1/blocks/{page}/children?page_size=5"), None),
        (Method::GET, format!("/v1/pages/{row}"), None),
        (Method::GET, format!("/v1/pages/{page}/markdown"), None),
        (Method::GET, format!("/v1/databases/{old}"), None),
        (Method::GET, format!("/v1/data_sources/{source}"), None),
        (Method::POST, format!("/v1/data_sources/{made}/query"), Some(json!({ "page_size": 1 }))),
        (Method::POST, "/v1/search".to_owned(), Some(json!({}))),
    ] {
        let answer = client.call(method, &path, body).await?;
        assert_eq!(answer.0, 200, "{path}: {}", answer.1);
    }
    client.mock.unshare(&page);
    assert_eq!(
        code_of(&client.call(Method::GET, &format!("/v1/pages/{page}"), None).await?),
        (404, "object_not_found")
    );
    client.mock.set_capabilities(&[]);
    assert_eq!(
        code_of(&client.call(Method::GET, &format!("/v1/pages/{row}"), None).await?),
        (403, "restricted_resource")
    );
    client.mock.set_budget(Some(0));
    assert_eq!(
        code_of(&client.call(Method::POST, "/v1/search", Some(json!({}))).await?),
        (429, "rate_limited")
    );
    client.conforms()
}
