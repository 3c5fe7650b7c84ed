use axum::extract::{FromRequestParts, RawPathParams};
use bailee_core::{IntegrationId, Session};
use bailee_engine::Error;
use http::request::Parts;

use crate::{body, context::Context, error::HttpError, origin};

/// The session of a request on the routes that act on the session's own owner. The first argument of every handler,
/// so that nothing is told to somebody who is not signed in.
#[derive(Debug)]
pub(crate) struct Signed(pub(crate) Session);

/// The session of a request that acts in the organization of its path.
#[derive(Debug)]
pub(crate) struct Member(pub(crate) Session);

/// The parameter `service` or `provider` of a path, unchecked.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) String);

/// The parameter `id` of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) IntegrationId);

impl FromRequestParts<Context> for Signed {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, HttpError> {
        let session = context.session(parts).await?;
        check_mutation(context, &session, parts)?;
        Ok(Self(session))
    }
}

impl FromRequestParts<Context> for Member {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, HttpError> {
        let organization = parameter(parts, &["organization_id"]).await;
        let session = context.session_in(parts, &organization.unwrap_or_default()).await?;
        check_mutation(context, &session, parts)?;
        Ok(Self(session))
    }
}

impl FromRequestParts<Context> for Service {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _context: &Context) -> Result<Self, HttpError> {
        parameter(parts, &["service", "provider"]).await.map(Self).ok_or(Error::UnknownProvider.into())
    }
}

impl FromRequestParts<Context> for Id {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _context: &Context) -> Result<Self, HttpError> {
        let id = parameter(parts, &["id"]).await.and_then(|id| id.parse().ok());
        // A text that can be no id is answered like the id of nothing.
        id.map(Self).ok_or(Error::NotFound.into())
    }
}

fn check_mutation(context: &Context, session: &Session, parts: &Parts) -> Result<(), HttpError> {
    if origin::is_safe(&parts.method) {
        return Ok(());
    }
    context.origins.check(session, parts)?;
    body::check_type(&parts.headers)
}

/// A parameter by name, ours being the last: the host may have mounted us under a path with parameters of its own.
async fn parameter(parts: &mut Parts, names: &[&str]) -> Option<String> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    parameters.iter().filter(|(name, _)| names.contains(name)).last().map(|(_, value)| value.to_owned())
}
