use std::{
    fmt::{self, Debug},
    marker::PhantomData,
    sync::Arc,
};

use async_trait::async_trait;
use bailee_core::Caller;
use bailee_engine::Bailee;
use chrono::{DateTime, Utc};
use http::{header, request::Parts};
use url::Url;

/// Who sends a request, as a credential proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// As whom the agent asks: owner, profile, thread, and which tools its credential covers.
    pub caller: Caller,
    /// How the host names the credential, for the ledger. Never the credential itself.
    pub auth_id: Option<String>,
    /// Until when the credential is good: a stream that is open then ends.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Identity {
    /// An identity without a name and an end.
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self { caller, auth_id: None, expires_at: None }
    }
}

/// Why nobody could be told to send a request.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentifyError {
    /// There is no credential, or it is not valid (any more).
    #[error("the request has no valid credential")]
    Unauthenticated,
    /// The host cannot tell now.
    #[error("credentials cannot be checked now")]
    Unavailable,
}

/// Tells from a verified credential who asks. Asked at every request, of both eras of the protocol.
#[async_trait]
pub trait Identify: Debug + Send + Sync {
    /// Who sends this request.
    ///
    /// Requires: nothing but the head of the request; the body is not read.
    ///
    /// # Behaviour
    /// - Without a credential: [`IdentifyError::Unauthenticated`], never a default caller.
    /// - Never from arguments, `_meta`, the name of the client, a query, or a header that anybody can set.
    /// - Whether profile and thread are the owner's is asked afterwards, at every list and call.
    ///
    /// # Errors
    /// - [`IdentifyError::Unauthenticated`]: answered 401.
    /// - [`IdentifyError::Unavailable`]: answered 503, never taken for a yes.
    async fn identify(&self, bailee: &Bailee, parts: &Parts) -> Result<Identity, IdentifyError>;

    /// The authorization servers that issue credentials for this server (RFC 9728 §2); none where the host hands them
    /// out by other means.
    fn authorization_servers(&self) -> &[Url] {
        &[]
    }
}

#[async_trait]
impl<T: Identify + ?Sized> Identify for Arc<T> {
    async fn identify(&self, bailee: &Bailee, parts: &Parts) -> Result<Identity, IdentifyError> {
        T::identify(self, bailee, parts).await
    }

    fn authorization_servers(&self) -> &[Url] {
        T::authorization_servers(self)
    }
}

/// The token of `Authorization: Bearer`, where there is exactly one. One in the query is never read (RFC 6750 §5.3).
pub(crate) fn bearer(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The host's own type for the agent of a request, as its middleware puts it into the request's extensions. For
/// [`FromExtension`].
pub trait AgentCaller: Clone + Send + Sync + 'static {
    /// Who asks. Rules as for [`Identify::identify`].
    fn identity(&self) -> Identity;
}

impl AgentCaller for Caller {
    fn identity(&self) -> Identity {
        Identity::new(self.clone())
    }
}

impl AgentCaller for Identity {
    fn identity(&self) -> Identity {
        self.clone()
    }
}

/// [`Identify`] for hosts whose own middleware puts the caller into the extensions of a request. A request without one
/// has no caller.
pub struct FromExtension<T>(PhantomData<fn() -> T>);

impl<T: AgentCaller> FromExtension<T> {
    /// Reads `T` from the extensions of each request.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: AgentCaller> Default for FromExtension<T> {
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
impl<T: AgentCaller> Identify for FromExtension<T> {
    async fn identify(&self, _: &Bailee, parts: &Parts) -> Result<Identity, IdentifyError> {
        parts.extensions.get::<T>().map(T::identity).ok_or(IdentifyError::Unauthenticated)
    }
}

/// [`Identify`] by the credentials of runs that [`Bailee::run_token`] minted.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunTokens;

#[async_trait]
impl Identify for RunTokens {
    async fn identify(&self, bailee: &Bailee, parts: &Parts) -> Result<Identity, IdentifyError> {
        let token = bearer(parts).ok_or(IdentifyError::Unauthenticated)?;
        match bailee.run(token).await {
            Ok(Some(run)) => Ok(Identity {
                caller: run.caller,
                auth_id: Some(run.id.to_string()),
                expires_at: Some(run.expires_at),
            }),
            Ok(None) => Err(IdentifyError::Unauthenticated),
            Err(_) => Err(IdentifyError::Unavailable),
        }
    }
}
