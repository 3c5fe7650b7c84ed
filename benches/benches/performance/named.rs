//! The cheapest sign-in of a host: it believes a header.

use async_trait::async_trait;
use bailee_core::{Actor, Caller, OrganizationId, Owner, Session, Transport};
use bailee_engine::Bailee;
use bailee_http::{Authenticate, AuthenticateError};
use bailee_mcp::{Identify, IdentifyError, Identity};
use http::request::Parts;

/// The header that names a user.
pub(crate) const USER_HEADER: &str = "x-user";

/// The agent of every user.
pub(crate) const PROFILE: &str = "assistant";

/// The user that the header names, and an agent of theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named;

#[async_trait]
impl Authenticate for Named {
    async fn session(&self, parts: &Parts) -> Result<Session, AuthenticateError> {
        let owner = user(parts).ok_or(AuthenticateError::Unauthenticated)?;
        Ok(Session { owner, actor: Actor::Human, transport: Transport::Bearer })
    }

    async fn may_act_in(
        &self,
        _: &Parts,
        _: &Session,
        _: &OrganizationId,
    ) -> Result<bool, AuthenticateError> {
        Ok(false)
    }
}

#[async_trait]
impl Identify for Named {
    async fn identify(&self, _: &Bailee, parts: &Parts) -> Result<Identity, IdentifyError> {
        let owner = user(parts).ok_or(IdentifyError::Unauthenticated)?;
        Caller::own(owner, PROFILE).map(Identity::new).map_err(|_| IdentifyError::Unauthenticated)
    }
}

fn user(parts: &Parts) -> Option<Owner> {
    let user = parts.headers.get(USER_HEADER)?.to_str().ok()?;
    Owner::user(user).ok()
}
