use std::{any::Any, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use bailee_core::ExposeSecret;
use bailee_engine::Bailee;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer};
use tracing::Instrument as _;

use crate::{
    error::{HttpError, PROBLEM_JSON},
    page,
};

/// The longest that a request may take. A flow that is being finished goes on without it.
const LONGEST_REQUEST: Duration = Duration::from_mins(1);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What holds of every route of ours and of none of the host's: `route_layer` leaves the fallback alone.
pub(crate) fn framed(router: Router, bailee: &Bailee) -> Router {
    framed_up_to(bailee.limits().body_bytes, router, bailee)
}

/// As [`framed`], for bodies of another size.
pub(crate) fn framed_up_to(largest: usize, router: Router, bailee: &Bailee) -> Router {
    // From the outside in, and as one: each call of `route_layer` boxes what is below it, and every box is cloned for
    // every request.
    router.route_layer((
        middleware::from_fn_with_state(bailee.clone(), frame),
        TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_REQUEST),
        CatchPanicLayer::custom(panicked),
        RequestBodyLimitLayer::new(largest),
        // Ours is the limit, whether it is lower or higher.
        DefaultBodyLimit::disable(),
    ))
}

/// Names the request, logs it without its query and cookies, and sees to the headers of the answer.
async fn frame(State(bailee): State<Bailee>, mut request: Request, next: Next) -> Response {
    let id = request_id(&bailee, &request);
    let path = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!(
        "bailee.http",
        http.request.method = %request.method(),
        http.route = path.as_ref().map_or("", MatchedPath::as_str),
        http.response.status_code = tracing::field::Empty,
        request.id = id.to_str().unwrap_or_default(),
    );
    request.headers_mut().insert(REQUEST_ID, id.clone());
    async move {
        let mut response = told(next.run(request).await);
        tracing::Span::current().record("http.response.status_code", response.status().as_u16());
        tracing::debug!("answered");
        response.headers_mut().insert(REQUEST_ID, id);
        guard(&mut response);
        response
    }
    .instrument(span)
    .await
}

/// The id that came with the request, when it is a harmless one, else a random one.
fn request_id(bailee: &Bailee, request: &Request) -> HeaderValue {
    let harmless = |id: &&HeaderValue| {
        let id = id.as_bytes();
        (1..=64).contains(&id.len())
            && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    if let Some(id) = request.headers().get(REQUEST_ID).filter(harmless) {
        return id.clone();
    }
    let random = bailee.nonce().ok();
    let random = random.as_ref().and_then(|random| random.expose_secret().get(..32));
    random
        .and_then(|random| HeaderValue::from_str(random).ok())
        .unwrap_or(HeaderValue::from_static("unknown"))
}

/// An error that a layer below answered with a bare status becomes a problem document like the others.
fn told(response: Response) -> Response {
    let status = response.status();
    let ours = [PROBLEM_JSON, "text/html; charset=utf-8"];
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !(status.is_client_error() || status.is_server_error())
        || kind.is_some_and(|kind| ours.iter().any(|ours| kind == ours))
    {
        return response;
    }
    let mut problem = HttpError::of_status(status).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allow.clone());
    }
    problem
}

fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    let page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if page { page::POLICY } else { "default-src 'none'; frame-ancestors 'none'" };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if page {
        let policy = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(policy, HeaderValue::from_static("same-origin"));
    }
}

/// What was thrown is not repeated: it may hold anything.
fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    HttpError::Failed.into_response()
}
