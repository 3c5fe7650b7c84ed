use std::{ops::Deref, sync::Arc};

use bailee_core::{ExposeSecret as _, OrganizationId, Owner, SecretString, Session};
use bailee_engine::Bailee;
use http::{HeaderMap, HeaderValue, request::Parts};

use crate::{
    Authenticate, AuthenticateError, cookie::BrowserCookie, error::HttpError, origin::Origins,
    page::Stylesheet,
};

/// A random value of a browser, and the header that gives it to one that has none.
type Kept = (SecretString, Option<HeaderValue>);

/// What every handler works with. Shared: each request clones it several times on its way through the router.
#[derive(Clone, Debug)]
pub(crate) struct Context(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) bailee: Bailee,
    authenticate: Arc<dyn Authenticate>,
    pub(crate) origins: Origins,
    pub(crate) cookie: BrowserCookie,
    form_cookie: BrowserCookie,
    /// What its pages look better with.
    pub(crate) style: Stylesheet,
}

impl Deref for Context {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Context {
    pub(crate) fn new(bailee: &Bailee, authenticate: Arc<dyn Authenticate>) -> Self {
        Self(Arc::new(Shared {
            bailee: bailee.clone(),
            authenticate,
            origins: Origins::new([bailee.base_url(), bailee.app_url()]),
            cookie: BrowserCookie::nonce(bailee.base_url()),
            form_cookie: BrowserCookie::form(bailee.base_url()),
            style: Stylesheet::of(bailee.base_url()),
        }))
    }

    /// The nonce of the browser, and the cookie that gives it one where it has none.
    pub(crate) fn nonce(&self, headers: &HeaderMap) -> Result<Kept, HttpError> {
        self.kept(self.cookie, headers)
    }

    /// The proof that a form of ours shows, and the cookie that gives the browser one where it has none.
    pub(crate) fn form_proof(&self, headers: &HeaderMap) -> Result<Kept, HttpError> {
        self.kept(self.form_cookie, headers)
    }

    /// Whether a form shows the proof that its browser keeps.
    pub(crate) fn has_proof(&self, headers: &HeaderMap, shown: &str) -> bool {
        self.form_cookie.read(headers).is_some_and(|kept| kept.expose_secret() == shown)
    }

    fn kept(&self, cookie: BrowserCookie, headers: &HeaderMap) -> Result<Kept, HttpError> {
        if let Some(value) = cookie.read(headers) {
            return Ok((value, None));
        }
        let value = self.bailee.nonce()?;
        let header = cookie.set(&value)?;
        Ok((value, Some(header)))
    }

    /// The session of a request. One whose owner is in an organization that its user may no longer act in is none of
    /// bailee's.
    pub(crate) async fn session(&self, parts: &Parts) -> Result<Session, HttpError> {
        let session = self.authenticate.session(parts).await?;
        if let Some(organization) = session.owner.organization() {
            self.check_access(parts, &session, organization).await?;
        }
        Ok(session)
    }

    /// The session of a request, acting as a member of the organization that its path names.
    pub(crate) async fn session_in(&self, parts: &Parts, organization: &str) -> Result<Session, HttpError> {
        let session = self.authenticate.session(parts).await?;
        // A text that can be no organization's id is not the id of an organization either.
        let organization = OrganizationId::new(organization).map_err(|_| HttpError::NoSuchOrganization)?;
        self.check_access(parts, &session, &organization).await?;
        let owner =
            Owner::member(organization, session.owner.user_id()).map_err(bailee_engine::Error::from)?;
        Ok(Session { owner, ..session })
    }

    /// Who is signed in, where that may be nobody: on the open routes. A host that cannot tell says nobody.
    pub(crate) async fn visitor(&self, parts: &Parts) -> Option<Session> {
        match self.session(parts).await {
            Ok(session) => Some(session),
            Err(HttpError::Authenticate(AuthenticateError::Unavailable)) => {
                tracing::warn!("the sign-in is not available: the answer is handed over to the page");
                None
            }
            Err(_) => None,
        }
    }

    /// The session as the one that may finish a flow of `owner`: the same owner, or the same user in an organization
    /// that the session is not confined away from. `None` for anybody else.
    pub(crate) async fn finishing(
        &self,
        parts: &Parts,
        session: &Session,
        owner: Owner,
    ) -> Result<Option<Session>, HttpError> {
        if owner == session.owner {
            return Ok(Some(session.clone()));
        }
        let (None, Some(organization)) = (session.owner.organization(), owner.organization()) else {
            return Ok(None);
        };
        let may = self.authenticate.may_act_in(parts, session, organization).await?;
        Ok(may.then(|| Session { owner, ..session.clone() }))
    }

    async fn check_access(
        &self,
        parts: &Parts,
        session: &Session,
        organization: &OrganizationId,
    ) -> Result<(), HttpError> {
        if self.authenticate.may_act_in(parts, session, organization).await? {
            Ok(())
        } else {
            Err(HttpError::NoSuchOrganization)
        }
    }
}
