//! What anybody can send a browser to: the input is the query of the address that providers return to.
#![no_main]

use axum::body::Body;
use bailee_fuzz::HOST;
use http::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let query: String = data.iter().map(|byte| char::from(*byte)).filter(|c| ('!'..='~').contains(c) && *c != '#').collect();
    let Ok(request) = Request::get(format!("/api/oauth/google/callback?{query}")).body(Body::empty()) else {
        return;
    };
    HOST.mock.clear_requests();
    let (status, _) = HOST.http(request);
    assert!(status.is_client_error(), "nobody began a connect, and it is answered {status}");
    assert!(HOST.mock.requests().is_empty(), "a code without a flow reached the provider");
});
