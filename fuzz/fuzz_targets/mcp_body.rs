//! What an agent's program posts to the agents' door.
#![no_main]

use axum::body::Body;
use bailee_fuzz::HOST;
use http::{Request, header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let request = Request::post("/mcp")
        .header(header::HOST, "host.example")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .body(Body::from(data.to_vec()))
        .expect("a request");
    let (_, body) = HOST.mcp(request);
    assert!(!String::from_utf8_lossy(&body).contains("ya29."), "a token of the provider was answered");
});
