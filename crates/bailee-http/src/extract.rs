use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use bailee_core::{Session, ThreadId};
use bailee_engine::Error;
use http::{header, request::Parts};

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

/// The parameter `id` of a path: of an integration, a secret or a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id<T>(pub(crate) T);

/// The parameter `thread_id` of a path.
#[derive(Debug)]
pub(crate) struct Thread(pub(crate) ThreadId);

/// The version that a client has seen: `If-Match: "<version>"` (RFC 9110 §13.1.1). `*` and none mean any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IfMatch(pub(crate) Option<i64>);

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

impl<T: FromStr> FromRequestParts<Context> for Id<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _context: &Context) -> Result<Self, HttpError> {
        let id = parameter(parts, &["id"]).await.and_then(|id| id.parse().ok());
        // A text that can be no id is answered like the id of nothing.
        id.map(Self).ok_or(Error::NotFound.into())
    }
}

impl FromRequestParts<Context> for Thread {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _context: &Context) -> Result<Self, HttpError> {
        let id = parameter(parts, &["thread_id"]).await.and_then(|id| ThreadId::new(id).ok());
        id.map(Self).ok_or(Error::NotFound.into())
    }
}

impl FromRequestParts<Context> for IfMatch {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _context: &Context) -> Result<Self, HttpError> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(Self(None)),
            (Some(value), None) => value.to_str().unwrap_or_default().trim(),
            // A list of versions cannot have been seen at once.
            (Some(_), Some(_)) => return Err(Error::Stale.into()),
        };
        if value == "*" {
            return Ok(Self(None));
        }
        let version = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        // What is no version of ours is not the one that is there.
        version
            .and_then(|version| version.parse().ok())
            .map(|version| Self(Some(version)))
            .ok_or(Error::Stale.into())
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
