use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{} is no JSON", self.text()))
    }

    /// A member of the JSON body.
    ///
    /// # Errors
    /// When it has none of that name.
    pub fn member(&self, name: &str) -> anyhow::Result<Value> {
        self.json()?.get(name).cloned().with_context(|| format!("{} has no {name}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The status and the `code` of a problem document.
    ///
    /// # Errors
    /// When it is none.
    pub fn problem(&self) -> anyhow::Result<(u16, String)> {
        anyhow::ensure!(
            self.header("content-type") == "application/problem+json",
            "{self:?} is no problem document"
        );
        let problem = self.json()?;
        anyhow::ensure!(
            problem.get("status").is_some_and(|status| *status == self.status.as_u16()),
            "{problem} tells another status"
        );
        Ok((self.status.as_u16(), problem.get("code").and_then(Value::as_str).context("a code")?.to_owned()))
    }

    /// The address of a redirect.
    ///
    /// # Errors
    /// When it is none.
    pub fn location(&self) -> anyhow::Result<url::Url> {
        anyhow::ensure!(self.status == StatusCode::SEE_OTHER, "{self:?} is no redirect");
        Ok(self.header("location").parse()?)
    }
}

/// Sends a request into the router, as a server would.
///
/// # Errors
/// When there is no whole answer.
pub async fn send(app: &Router, request: Request<Body>) -> anyhow::Result<Answer> {
    let response = app.clone().oneshot(request).await?;
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await?;
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}

/// One browser, with its cookies, and a page of ours open in it.
#[derive(Debug)]
pub struct Browser {
    app: Router,
    origin: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// A fresh one, signed in as `name` with a cookie; nobody when it is empty.
    #[must_use]
    pub fn new(app: &Router, origin: &str, name: &str) -> Self {
        let sid = (!name.is_empty()).then(|| ("sid".to_owned(), name.to_owned()));
        Self { app: app.clone(), origin: origin.to_owned(), cookies: Mutex::new(sid.into_iter().collect()) }
    }

    /// Another user signs in, in the same browser.
    pub fn sign_in(&self, name: &str) {
        self.cookies().insert("sid".to_owned(), name.to_owned());
    }

    /// Sets a cookie by hand.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies().insert(name.to_owned(), value.to_owned());
    }

    /// The address bar: a navigation, without the headers of a fetch.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn visit(&self, target: &str) -> anyhow::Result<Answer> {
        self.request(Request::get(target), Body::empty()).await
    }

    /// A fetch by a page of ours, as ours do it.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn fetch(&self, method: &str, target: &str, body: Option<Value>) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(target).header("x-bailee-request", "1");
        if method == "GET" {
            request = request.header("sec-fetch-site", "same-origin");
        } else {
            request = request.header(header::ORIGIN, &self.origin);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.request(request, body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).await
    }

    /// The person presses a button of a form of ours, whose page says the policy `no-referrer`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn submit(&self, target: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(target)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "null")
            .header("sec-fetch-site", "same-origin");
        self.request(request, Body::from(body)).await
    }

    /// Any request, with the cookies of this browser.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn request(&self, request: http::request::Builder, body: Body) -> anyhow::Result<Answer> {
        let jar: Vec<String> = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.body(body)?;
        if !jar.is_empty() {
            request.headers_mut().insert(header::COOKIE, jar.join("; ").parse()?);
        }
        let answer = send(&self.app, request).await?;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie has a name")?;
            self.cookies().insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }

    fn cookies(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
