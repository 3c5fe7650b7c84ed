use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bailee_core::{Actor, OrganizationId, Owner, Session, Transport};
use bailee_http::{Authenticate, AuthenticateError};
use http::{header, request::Parts};

/// The sign-in of a host: `Authorization: Bearer <name>` or the cookie `sid=<name>`. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    people: Arc<Mutex<People>>,
}

#[derive(Debug, Default)]
struct People {
    sessions: BTreeMap<String, (Owner, Actor)>,
    members: BTreeSet<(String, String)>,
    down: bool,
}

impl SignIn {
    /// Lets `name` sign in.
    pub fn admit(&self, name: &str, owner: Owner, actor: Actor) {
        self.people().sessions.insert(name.to_owned(), (owner, actor));
    }

    /// Makes the user a member.
    pub fn join(&self, organization: &str, user: &str) {
        self.people().members.insert((organization.to_owned(), user.to_owned()));
    }

    /// Removes the user.
    pub fn leave(&self, organization: &str, user: &str) {
        self.people().members.remove(&(organization.to_owned(), user.to_owned()));
    }

    /// It cannot tell any more, or it can again.
    pub fn set_down(&self, down: bool) {
        self.people().down = down;
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Authenticate for SignIn {
    async fn session(&self, parts: &Parts) -> Result<Session, AuthenticateError> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let cookie = || text(header::COOKIE)?.split("; ").find_map(|cookie| cookie.strip_prefix("sid="));
        let people = self.people();
        if people.down {
            return Err(AuthenticateError::Unavailable);
        }
        let (name, transport) = bearer
            .map(|name| (name, Transport::Bearer))
            .or_else(|| cookie().map(|name| (name, Transport::Cookie)))
            .ok_or(AuthenticateError::Unauthenticated)?;
        let (owner, actor) = people.sessions.get(name).cloned().ok_or(AuthenticateError::Unauthenticated)?;
        Ok(Session { owner, actor, transport })
    }

    async fn may_act_in(
        &self,
        _parts: &Parts,
        session: &Session,
        organization: &OrganizationId,
    ) -> Result<bool, AuthenticateError> {
        let people = self.people();
        if people.down {
            return Err(AuthenticateError::Unavailable);
        }
        let membership = (organization.as_str().to_owned(), session.owner.user_id().as_str().to_owned());
        Ok(people.members.contains(&membership))
    }
}
