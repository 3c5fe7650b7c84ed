//! Stands in for the sign-in that a host has.

use async_trait::async_trait;
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bailee::{
    Actor, InvalidId, OrganizationId, Owner, Session, Transport,
    http::{AuthenticateError, SignedIn},
};

use crate::directory::{ORGANIZATION, USER};

/// The demo sign-in of an API client. A host has its own sign-in; this one lets everybody in as `ada`.
pub(crate) const DEMO_TOKEN: &str = "demo";

const DEMO_COOKIE: &str = "demo_session=ada";

/// The user that the demo sign-in found.
#[derive(Clone)]
pub(crate) struct DemoUser(Session);

impl DemoUser {
    pub(crate) fn owner(&self) -> Owner {
        self.0.owner.clone()
    }
}

#[async_trait]
impl SignedIn for DemoUser {
    fn session(&self) -> Session {
        self.0.clone()
    }

    async fn may_act_in(&self, organization: &OrganizationId) -> Result<bool, AuthenticateError> {
        Ok(organization.as_str() == ORGANIZATION)
    }
}

/// A cookie that every browser gets with the first page, and one bearer token.
pub(crate) async fn sign_in(mut request: Request, next: Next) -> Response {
    if let Some(transport) = transport(request.headers())
        && let Ok(session) = session(transport)
    {
        request.extensions_mut().insert(DemoUser(session));
    }
    let mut response = next.run(request).await.into_response();
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        let cookie = HeaderValue::from_static("demo_session=ada; Path=/; HttpOnly; SameSite=Lax");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// As whom the demo signs everybody in.
pub(crate) fn session(transport: Transport) -> Result<Session, InvalidId> {
    Ok(Session { owner: Owner::member(ORGANIZATION, USER)?, actor: Actor::Human, transport })
}

fn transport(headers: &HeaderMap) -> Option<Transport> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text(header::AUTHORIZATION).strip_prefix("Bearer ") == Some(DEMO_TOKEN) {
        return Some(Transport::Bearer);
    }
    text(header::COOKIE).split("; ").any(|cookie| cookie == DEMO_COOKIE).then_some(Transport::Cookie)
}
