use std::{
    fmt::{self, Debug},
    marker::PhantomData,
    sync::Arc,
};

use async_trait::async_trait;
use bailee_core::{OrganizationId, Session};
use http::request::Parts;

/// Why nobody could be told to be signed in.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthenticateError {
    /// Nobody is signed in, or the credential of the request is not valid any more.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// The host cannot tell now.
    #[error("the sign-in of the host is not available")]
    Unavailable,
}

/// The sign-in of the host: who sends a request, and where that user may act.
///
/// Every route but the open ones asks it at every request: an answer takes effect at once.
#[async_trait]
pub trait Authenticate: Debug + Send + Sync {
    /// Who sends this request.
    ///
    /// Requires: nothing but the head of the request; the body is not read.
    ///
    /// # Behaviour
    /// - A request without a credential is [`AuthenticateError::Unauthenticated`], never a default user.
    /// - The transport is [`Transport::Cookie`](bailee_core::Transport::Cookie) wherever a browser adds the credential
    ///   by itself: mutations then prove where they come from. Saying `Bearer` of a cookie turns that protection off.
    /// - The actor is [`Actor::Human`](bailee_core::Actor::Human) only when the person signed in: an agent's or a
    ///   service's credential must not say so, because finishing a connect needs a person.
    /// - The owner inside the session is the one that `/v1` acts on.
    ///
    /// # Errors
    /// - [`AuthenticateError::Unauthenticated`]: answered 401.
    /// - [`AuthenticateError::Unavailable`] when the host cannot tell: answered 503, never taken for a yes.
    async fn session(&self, parts: &Parts) -> Result<Session, AuthenticateError>;

    /// Whether the user of `session` may act in `organization` now.
    ///
    /// Asked for the organization in the path, for the one of a session's owner, and for the one in which a connect
    /// was begun when it is finished elsewhere.
    ///
    /// # Behaviour
    /// - Of an unknown organization, one of others, and one that the user has left, each is `false`: they are answered
    ///   alike.
    /// - A session that is confined to one organization is `false` for every other.
    ///
    /// # Errors
    /// [`AuthenticateError::Unavailable`] when the host cannot tell: answered 503, never taken for a yes.
    async fn may_act_in(
        &self,
        parts: &Parts,
        session: &Session,
        organization: &OrganizationId,
    ) -> Result<bool, AuthenticateError>;
}

#[async_trait]
impl<T: Authenticate + ?Sized> Authenticate for Arc<T> {
    async fn session(&self, parts: &Parts) -> Result<Session, AuthenticateError> {
        T::session(self, parts).await
    }

    async fn may_act_in(
        &self,
        parts: &Parts,
        session: &Session,
        organization: &OrganizationId,
    ) -> Result<bool, AuthenticateError> {
        T::may_act_in(self, parts, session, organization).await
    }
}

/// The host's own type for the user of a request, as its middleware puts it into the request's extensions. For
/// [`FromExtension`].
#[async_trait]
pub trait SignedIn: Clone + Send + Sync + 'static {
    /// Whose session it is, what kind of party signed in, and how the credential travelled. Rules as for
    /// [`Authenticate::session`].
    fn session(&self) -> Session;

    /// Whether this user may act in `organization` now. Rules as for [`Authenticate::may_act_in`].
    ///
    /// # Behaviour
    /// - Without an implementation of the host: nowhere.
    ///
    /// # Errors
    /// [`AuthenticateError::Unavailable`] when the host cannot tell.
    async fn may_act_in(&self, organization: &OrganizationId) -> Result<bool, AuthenticateError> {
        let _ = organization;
        Ok(false)
    }
}

/// [`Authenticate`] for hosts whose own middleware puts its user into the extensions of a request. A request without
/// one is not signed in.
///
/// ```
/// use bailee_core::{Actor, Owner, Session, Transport};
/// use bailee_http::{Authenticate, AuthenticateError, FromExtension, SignedIn};
///
/// #[derive(Clone)]
/// struct CurrentUser {
///     owner: Owner,
/// }
///
/// impl SignedIn for CurrentUser {
///     fn session(&self) -> Session {
///         Session { owner: self.owner.clone(), actor: Actor::Human, transport: Transport::Cookie }
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let authenticate = FromExtension::<CurrentUser>::new();
/// let (mut parts, ()) = http::Request::new(()).into_parts();
/// assert_eq!(authenticate.session(&parts).await, Err(AuthenticateError::Unauthenticated));
/// let owner = Owner::user("u1")?;
/// parts.extensions.insert(CurrentUser { owner: owner.clone() });
/// assert_eq!(authenticate.session(&parts).await?.owner, owner);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FromExtension<T>(PhantomData<fn() -> T>);

impl<T: SignedIn> FromExtension<T> {
    /// Reads `T` from the extensions of each request.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Clone for FromExtension<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for FromExtension<T> {}

impl<T: SignedIn> Default for FromExtension<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Debug for FromExtension<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromExtension")
    }
}

#[async_trait]
impl<T: SignedIn> Authenticate for FromExtension<T> {
    async fn session(&self, parts: &Parts) -> Result<Session, AuthenticateError> {
        parts.extensions.get::<T>().map(T::session).ok_or(AuthenticateError::Unauthenticated)
    }

    async fn may_act_in(
        &self,
        parts: &Parts,
        _session: &Session,
        organization: &OrganizationId,
    ) -> Result<bool, AuthenticateError> {
        let user = parts.extensions.get::<T>().ok_or(AuthenticateError::Unauthenticated)?;
        user.may_act_in(organization).await
    }
}
