use std::{fmt, time::Duration};

use async_trait::async_trait;
use url::Url;

use bailee_core::{
    AccountId, Begin, Begun, Capabilities, ClientCredentials, Clock, Credential, DateTime, Exchange, Grant,
    OAuthScope, OAuthScopes, Provider, ProviderError, Refresh, Renewal, Revoke, SecretString, Utc, Validate,
    Validation,
};

use crate::{
    MockClock,
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::SuiteError,
};

/// A provider before a mock of its service.
#[async_trait]
pub trait Kit: Send + Sync {
    /// The provider, built for the mock.
    fn provider(&self) -> &dyn Provider;

    /// A redirect URI that the mock takes.
    fn redirect_uri(&self) -> Url;

    /// A scope that a connect does not ask for by itself; `None` where the provider has one fixed set.
    fn further_scope(&self) -> Option<OAuthScope>;

    /// Whether the provider takes a challenge (RFC 7636); `false` for one that refuses it.
    fn takes_challenge(&self) -> bool {
        true
    }

    /// The immutable id of the person who approves.
    fn account(&self) -> AccountId;

    /// That person allows everything on this consent page. Gives the authorization code.
    async fn approve(&self, consent_page: &Url) -> Result<SecretString, SuiteError>;

    /// Every request that the mock got, in order.
    fn requests(&self) -> Vec<RecordedRequest>;

    /// Plants a standing fault.
    fn plant(&self, endpoint: Endpoint, fault: Fault);

    /// Removes all faults.
    fn heal(&self);

    /// Lets every access token expire that was issued so far.
    fn expire_access_tokens(&self);

    /// The person takes back all access at the provider.
    fn revoke_by_user(&self);

    /// Every secret that the mock issued or that the client has.
    fn secrets(&self) -> Vec<String>;

    /// An address of the mock that nothing asks, as the target of redirects.
    fn elsewhere(&self) -> Url;
}

/// One connect: what its two halves have in common.
pub struct Flow {
    /// The `state` that binds the answer.
    pub state: SecretString,
    /// The PKCE verifier.
    pub verifier: SecretString,
    /// What was granted before.
    pub already_granted: OAuthScopes,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            state: SecretString::from("suite-state-0123456789-0123456789-0123456789"),
            verifier: SecretString::from("suite-verifier-0123456789-0123456789-01234567"),
            already_granted: OAuthScopes::default(),
        }
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").finish_non_exhaustive()
    }
}

impl Flow {
    /// Begins it at the provider.
    pub async fn begin(&self, kit: &dyn Kit) -> Result<Begun, SuiteError> {
        let client = credentials(kit)?;
        let redirect_uri = kit.redirect_uri();
        let begin = Begin {
            client_id: client.client_id,
            redirect_uri: &redirect_uri,
            state: &self.state,
            pkce_verifier: &self.verifier,
            alias: None,
            already_granted: &self.already_granted,
            account: None,
        };
        Ok(kit.provider().begin(begin).await?)
    }

    /// Begins it and has it approved. Gives what was asked for, and the code.
    pub async fn approved(&self, kit: &dyn Kit) -> Result<(OAuthScopes, SecretString), SuiteError> {
        let begun = self.begin(kit).await?;
        let code = kit.approve(&begun.url).await?;
        Ok((begun.requested, code))
    }

    /// Exchanges a code.
    pub async fn exchange(
        &self,
        kit: &dyn Kit,
        requested: &OAuthScopes,
        code: &SecretString,
    ) -> Result<Result<Grant, ProviderError>, SuiteError> {
        let redirect_uri = kit.redirect_uri();
        let exchange = Exchange {
            client: credentials(kit)?,
            code,
            pkce_verifier: &self.verifier,
            redirect_uri: &redirect_uri,
            requested,
            clock: &Impatient(MockClock::new()),
        };
        Ok(kit.provider().exchange(exchange).await)
    }
}

/// A clock on which waits are over at once, and count.
#[derive(Debug)]
struct Impatient(MockClock);

#[async_trait]
impl Clock for Impatient {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
    }
}

/// An account that was joined, and the mock behind it.
pub struct Connected<'a> {
    kit: &'a dyn Kit,
    /// What the exchange brought home.
    pub grant: Grant,
    /// What was asked for.
    pub requested: OAuthScopes,
}

impl fmt::Debug for Connected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").finish_non_exhaustive()
    }
}

impl<'a> Connected<'a> {
    /// Joins an account.
    pub async fn new(kit: &'a dyn Kit) -> Result<Self, SuiteError> {
        let flow = Flow::default();
        let (requested, code) = flow.approved(kit).await?;
        let grant = flow.exchange(kit, &requested, &code).await??;
        Ok(Self { kit, grant, requested })
    }

    /// Refreshes its credential.
    pub async fn refresh(&self) -> Result<Result<Renewal, ProviderError>, SuiteError> {
        self.refresh_with(&self.grant.credential).await
    }

    /// Refreshes another credential.
    pub async fn refresh_with(
        &self,
        credential: &Credential,
    ) -> Result<Result<Renewal, ProviderError>, SuiteError> {
        let client = credentials(self.kit)?;
        Ok(self.kit.provider().refresh(Refresh { client, credential }).await)
    }

    /// Probes its access token.
    pub async fn validate(&self) -> Result<Validation, ProviderError> {
        let Grant { credential, account, config, .. } = &self.grant;
        let validate =
            Validate { access_token: &credential.access_token, further: &credential.extra, account, config };
        self.kit.provider().validate(validate).await
    }

    /// Revokes its credential.
    pub async fn revoke(&self) -> Result<Result<(), ProviderError>, SuiteError> {
        let revoke = Revoke { client: Some(credentials(self.kit)?), credential: &self.grant.credential };
        Ok(self.kit.provider().revoke(revoke).await)
    }
}

/// The newest secret of the registration for new connects.
pub(super) fn credentials(kit: &dyn Kit) -> Result<ClientCredentials<'_>, SuiteError> {
    kit.provider()
        .registrations()
        .first()
        .and_then(|registration| registration.credentials().next())
        .ok_or_else(|| "the provider has no registration".into())
}

/// Whether the descriptor declares it.
pub(super) fn declares(kit: &dyn Kit, capability: Capabilities) -> bool {
    kit.provider().descriptor().capabilities.contains(capability)
}

/// How many requests the token endpoint got with that grant type.
pub(super) fn token_requests(kit: &dyn Kit, grant_type: &str) -> usize {
    kit.requests()
        .iter()
        .filter(|request| request.endpoint == Some(Endpoint::Token))
        .filter(|request| asked_grant_type(request) == Some(grant_type))
        .count()
}

/// In the form, or in JSON where the provider wants that.
fn asked_grant_type(request: &RecordedRequest) -> Option<&str> {
    request.form("grant_type").or_else(|| request.json.as_ref()?.get("grant_type")?.as_str())
}
