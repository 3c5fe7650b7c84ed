use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::Rig;

/// A request by hand.
#[derive(Clone, Debug)]
pub struct Raw {
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Value>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// The first message of a session of version 2025-11-25.
pub const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
    "capabilities":{"elicitation":{"url":{}}},"clientInfo":{"name":"raw","version":"1"}}}"#;

impl Raw {
    /// A message in the manner of version 2026-07-28.
    #[must_use]
    pub fn modern(method: &str, params: Value) -> Self {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "raw", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {}, "url": {} } },
        });
        let name = params.get("name").and_then(Value::as_str).map(str::to_owned);
        let mut params = params;
        if let Some(members) = params.as_object_mut() {
            members.insert("_meta".to_owned(), meta);
        }
        let raw = Self::legacy(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }));
        let raw = raw.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
        name.into_iter().fold(raw, |raw, name| raw.header("mcp-name", &name))
    }

    /// A call of a tool in the manner of version 2026-07-28.
    #[must_use]
    pub fn call(tool: &str, arguments: &Value) -> Self {
        Self::modern("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// Any message.
    #[must_use]
    pub fn legacy(body: Value) -> Self {
        Self { method: Method::POST, target: "/mcp".to_owned(), headers: Vec::new(), body: Some(body) }
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
    }

    /// A request without a message.
    #[must_use]
    pub fn bare(method: Method) -> Self {
        Self { method, target: "/mcp".to_owned(), headers: Vec::new(), body: None }
            .header("accept", "text/event-stream")
    }

    /// To another path.
    #[must_use]
    pub fn to(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// With the credential of this name.
    #[must_use]
    pub fn of(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With a header, in place of one that is there.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(there, _)| there != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a member of the parameters.
    #[must_use]
    pub fn param(mut self, name: &str, value: Value) -> Self {
        let params =
            self.body.as_mut().and_then(|body| body.get_mut("params")).and_then(Value::as_object_mut);
        if let Some(params) = params {
            params.insert(name.to_owned(), value);
        }
        self
    }

    /// Sends it. The body of a stream that does not end by itself is not waited for.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(self, rig: &Rig) -> anyhow::Result<Answer> {
        let endless = self.method == Method::GET;
        self.sent(rig, !endless).await
    }

    /// Sends it, and waits for all of the answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send_whole(self, rig: &Rig) -> anyhow::Result<Answer> {
        self.sent(rig, true).await
    }

    async fn sent(self, rig: &Rig, whole: bool) -> anyhow::Result<Answer> {
        let host = rig.base.authority().to_owned();
        let has_host = self.headers.iter().any(|(name, _)| name == "host");
        let mut request = Request::builder().method(self.method.clone()).uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !has_host {
            request = request.header(header::HOST, host);
        }
        let body = self.body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = rig.app.clone().oneshot(request.body(body)?).await?;
        let (parts, body) = response.into_parts();
        let whole = whole || parts.status != StatusCode::OK;
        let body = if whole { to_bytes(body, 1 << 20).await? } else { bytes::Bytes::new() };
        let body = String::from_utf8(body.to_vec())?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

impl Answer {
    /// The last message, whether it came alone or in a stream of events.
    ///
    /// # Errors
    /// When there is none.
    pub fn message(&self) -> anyhow::Result<Value> {
        let mut events = self.body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        let last = events.rfind(|data| !data.is_empty()).unwrap_or(&self.body);
        Ok(serde_json::from_str(last)?)
    }

    /// A header, where it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
