//! Requests to routers in this process, as a server hands them over.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    response::Response,
};
use benches::{Comparison, Meter, Plan, compare, in_tasks};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// How many requests are under way at once.
pub(crate) const TASKS: u32 = 16;

/// More than any answer here.
const LARGEST: usize = 1 << 20;

/// One request, to be sent as often as it takes.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    router: Router,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Ask {
    pub(crate) fn get(router: &Router, path: &str) -> anyhow::Result<Self> {
        Ok(Self {
            router: router.clone(),
            method: Method::GET,
            uri: path.parse()?,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        })
    }

    pub(crate) fn post(router: &Router, path: &str, body: &Value) -> anyhow::Result<Self> {
        let ask = Self { method: Method::POST, body: body.to_string().into(), ..Self::get(router, path)? };
        Ok(ask.header("content-type", "application/json"))
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    /// The answer, whose body may be open.
    pub(crate) async fn response(&self) -> anyhow::Result<Response> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        Ok(self.router.clone().oneshot(request).await?)
    }

    /// All of the answer, which is a success.
    pub(crate) async fn send(&self) -> anyhow::Result<Bytes> {
        let response = self.response().await?;
        let status = response.status();
        let body = to_bytes(response.into_body(), LARGEST).await?;
        ensure!(status == StatusCode::OK, "{status}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }

    /// The answer as JSON, whether it came alone or as the last event of a stream.
    pub(crate) async fn json(&self) -> anyhow::Result<Value> {
        let body = self.send().await?;
        let text = std::str::from_utf8(&body)?;
        let mut events = text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        let last = events.rfind(|data| !data.is_empty()).unwrap_or(text);
        serde_json::from_str(last).context("the answer is no JSON")
    }
}

/// Sends it so many times, one after the other.
pub(crate) fn repeat(runtime: &Runtime, ask: &Ask, calls: u32) -> anyhow::Result<()> {
    runtime.block_on(async {
        for _ in 0..calls {
            std::hint::black_box(ask.send().await?);
        }
        Ok(())
    })
}

/// What the same request costs the handler by hand and ours, by [`TASKS`] tasks at once.
pub(crate) fn measure(runtime: &Runtime, meter: &Meter, asks: [Ask; 2]) -> anyhow::Result<Comparison> {
    let asks = Arc::new(asks);
    compare(meter, Plan::default(), |variant, calls| {
        let asks = Arc::clone(&asks);
        runtime.block_on(in_tasks(calls, TASKS, move |_| {
            let asks = Arc::clone(&asks);
            async move {
                let ask = asks.get(variant).context("no such variant")?;
                std::hint::black_box(ask.send().await?);
                Ok(())
            }
        }))
    })
}
