//! Accounts that are joined without OAuth: by a form, a widget, or a one-time word.

use std::{fmt, sync::Arc, time::Duration};

use bailee_core::{
    Action, BrowserProof, Capabilities, ConnectKind, ExposeSecret, Grant, Integration, IntegrationId, Join,
    Joined, Lifecycle, OAuthScopes, Owner, PendingFlow, Previous, ProfileId, Provider, ProviderError,
    ProviderKey, Scope, SecretString, Session, Start, Started, StoreError,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use url::Url;

use crate::{
    Bailee, ConnectLink, Connected, Error,
    addresses::{self, SHARED_HOOK},
    builder::DEFAULT_RETURN_TARGET,
    engine::Inner,
    grant::Orphan,
    keep::{Fresh, Home},
};

/// What joins an account by a form.
#[derive(Clone)]
pub struct JoinOptions {
    provider: String,
    fields: SecretString,
    integration: Option<IntegrationId>,
    scope: Scope,
    bound_profile: Option<ProfileId>,
}

impl JoinOptions {
    /// With what the user entered: a JSON object that fits the provider's form.
    #[must_use]
    pub fn new(provider: impl Into<String>, fields: SecretString) -> Self {
        Self { provider: provider.into(), fields, integration: None, scope: Scope::All, bound_profile: None }
    }

    /// Joins this integration again, with the same account.
    #[must_use]
    pub const fn integration(mut self, id: IntegrationId) -> Self {
        self.integration = Some(id);
        self
    }

    /// Which profiles may use it; all of them otherwise. An integration that is joined again keeps its own.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The one profile that it speaks for. An integration that is joined again keeps its own.
    #[must_use]
    pub fn bound_profile(mut self, profile: ProfileId) -> Self {
        self.bound_profile = Some(profile);
        self
    }
}

/// Without what the user entered.
impl fmt::Debug for JoinOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinOptions").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// An account that was joined.
#[derive(Clone, Debug)]
pub struct JoinedAccount {
    /// The integration.
    pub integration: Integration,
    /// Whether it was there before.
    pub reconnected: bool,
    /// A secret that the user needs at the other end. Show it once: nobody can read it again.
    pub shown_once: Option<SecretString>,
    /// What the user still has to open, so that the account knows whose it is.
    pub link: Option<ConnectLink>,
}

impl Bailee {
    /// Joins an account with what the user entered into the provider's form; joins it again where it is there.
    ///
    /// # Behaviour
    /// - The provider confirms the account before anything is written.
    /// - From there on the caller may go away: it is carried to its end.
    ///
    /// # Errors
    /// - [`Error::HumanNeeded`] for a session that is not a person's.
    /// - [`Error::Invalid`] names `profile_ids` or `bound_profile_id`; [`Error::Provider`] with
    ///   [`ProviderError::InvalidArguments`] the field of the form that does not do, with
    ///   [`ProviderError::GrantRevoked`] a secret that the provider refused.
    /// - [`Error::UnknownProvider`], [`Error::NotFound`]; [`Error::AccountMismatch`] when it is another account than the
    ///   one that is connected; [`Error::Taken`] when another owner has joined it and only one can be told of its events.
    /// - [`Error::Limited`] when the owner asks too often.
    #[tracing::instrument(name = "bailee.join", skip_all, fields(provider = %options.provider), err(level = "debug"))]
    pub async fn join(&self, session: &Session, options: JoinOptions) -> Result<JoinedAccount, Error> {
        let inner = self.inner();
        inner.allow_connect(&session.owner).await?;
        self.require_human(session, Action::Connect).await?;
        let provider = Arc::clone(inner.named(&options.provider)?);
        inner.forms.check(&provider.descriptor().key, &options.fields)?;
        if provider.descriptor().connect == ConnectKind::Widget {
            return Err(ProviderError::Unsupported.into());
        }
        inner.known_scope(&session.owner, Some(&options.scope)).await?;
        inner.known_bound(&session.owner, options.bound_profile.as_ref()).await?;
        let existing = inner.to_reconnect(&session.owner, provider.as_ref(), options.integration).await?;
        let joining = Joining {
            owner: session.owner.clone(),
            provider,
            word: inner.word()?,
            fields: options.fields,
            existing,
            scope: options.scope,
            bound_profile: options.bound_profile,
        };
        self.carry(joining).await
    }

    /// Begins to join an account by a one-time word: the address that the user opens, for example the chat with a bot.
    /// Whoever sends the word first is joined.
    ///
    /// # Errors
    /// - [`Error::HumanNeeded`] for a session that is not a person's.
    /// - [`Error::UnknownProvider`]; [`Error::Provider`] with [`ProviderError::Unsupported`] when its accounts are joined
    ///   otherwise, or as the provider answered. [`Error::Limited`], [`Error::TooManyFlows`].
    pub async fn pair(&self, session: &Session, provider: &str) -> Result<ConnectLink, Error> {
        let inner = self.inner();
        inner.allow_connect(&session.owner).await?;
        self.require_human(session, Action::Connect).await?;
        let provider = inner.named(provider)?;
        if provider.descriptor().connect != ConnectKind::Pairing {
            return Err(ProviderError::Unsupported.into());
        }
        inner.begin_pairing(&session.owner, provider.as_ref()).await
    }

    /// From here on the caller may go away: no account is joined and forgotten.
    pub(crate) async fn carry(&self, joining: Joining) -> Result<JoinedAccount, Error> {
        let bailee = self.clone();
        let work = async move { bailee.inner().join(joining).await };
        self.inner().flights.spawn(work).await.unwrap_or(Err(Error::Provider(ProviderError::OutcomeUnknown)))
    }
}

/// What the provider said, and for which row it was asked.
struct Asked {
    id: IntegrationId,
    /// Monotonic time at which it was asked.
    sent: Duration,
    joined: Joined,
}

/// Whether the provider tells by itself what happens to its accounts.
fn hears(provider: &dyn Provider) -> bool {
    provider.descriptor().capabilities.contains(Capabilities::RECEIVE)
}

/// An account that is being joined.
pub(crate) struct Joining {
    pub(crate) owner: Owner,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) word: SecretString,
    pub(crate) fields: SecretString,
    pub(crate) existing: Option<Integration>,
    pub(crate) scope: Scope,
    pub(crate) bound_profile: Option<ProfileId>,
}

impl Inner {
    async fn join(self: &Arc<Self>, mut joining: Joining) -> Result<JoinedAccount, Error> {
        let mut asked = self.ask_to_join(&joining).await?;
        if joining.existing.is_none()
            && let Some(row) = self.heard_by(&joining, &asked.joined.grant).await?
        {
            joining.existing = Some(row);
            asked = self.ask_to_join(&joining).await?;
        }
        let Asked { id, sent, joined: Joined { grant, shown_once, link } } = asked;
        let Joining { owner, provider, word, existing, scope, bound_profile, .. } = joining;
        let key = &provider.descriptor().key;
        if hears(provider.as_ref()) && self.is_joined_by_another(key, &grant.account.id, &owner).await? {
            let Grant { credential, account, .. } = &grant;
            let provider = provider.as_ref();
            self.give_back(Orphan { owner: &owner, provider, client: None, account, credential }).await;
            return Err(Error::Taken);
        }
        let home = Home {
            owner: &owner,
            provider: &provider,
            client: None,
            requested: &OAuthScopes::default(),
            reconnect: existing.map(|row| row.id),
            fresh: Fresh { id, scope, bound_profile },
        };
        let Connected { integration, reconnected } = self.keep(&home, &grant, sent).await?;
        let link = match link {
            Some(url) => {
                let flow = self.word_flow(&owner, key, &word, Some(integration.id))?;
                Some(ConnectLink { url, widget: None, expires_at: self.put_flow(flow).await? })
            }
            None => None,
        };
        Ok(JoinedAccount { integration, reconnected, shown_once, link })
    }

    async fn ask_to_join(&self, joining: &Joining) -> Result<Asked, Error> {
        let Joining { provider, word, fields, existing, .. } = joining;
        let id = existing.as_ref().map_or_else(|| self.integration_id(), |row| Ok(row.id))?;
        let before = match existing {
            Some(row) => self.stores.credentials.read(row.id).await?,
            None => None,
        };
        // One whose key is lost is joined as if it were new.
        let credential = before.and_then(|row| self.open_credential(&row).ok());
        let random = self.word()?;
        let hook = self.hook(&provider.descriptor().key, &id.to_string());
        let sent = self.clock.monotonic();
        let previous = existing.as_ref().zip(credential.as_ref());
        let previous = previous.map(|(row, credential)| Previous { credential, config: &row.config });
        let now = self.clock.now();
        let join = provider.join(Join { fields, word, random: &random, hook: &hook, previous, now });
        Ok(Asked { id, sent, joined: self.within(self.timings.call * 2, join).await? })
    }

    /// The owner's integration of the account that was joined as if it were new, where its events must go to the hook of
    /// that one.
    async fn heard_by(&self, joining: &Joining, grant: &Grant) -> Result<Option<Integration>, StoreError> {
        let Joining { owner, provider, .. } = joining;
        if !hears(provider.as_ref()) {
            return Ok(None);
        }
        let rows = self.stores.integrations.of_provider(owner, &provider.descriptor().key).await?;
        let same = |row: &Integration| {
            row.account.id == grant.account.id && row.lifecycle != Lifecycle::Disconnecting
        };
        Ok(rows.into_iter().find(same))
    }

    pub(crate) async fn begin_pairing(
        &self,
        owner: &Owner,
        provider: &dyn Provider,
    ) -> Result<ConnectLink, Error> {
        let word = self.word()?;
        let Started::Link(url) = self.started(provider, &word, None).await? else {
            return Err(ProviderError::Unsupported.into());
        };
        let flow = self.word_flow(owner, &provider.descriptor().key, &word, None)?;
        Ok(ConnectLink { url, widget: None, expires_at: self.put_flow(flow).await? })
    }

    async fn is_joined_by_another(
        &self,
        provider: &ProviderKey,
        account: &bailee_core::AccountId,
        owner: &Owner,
    ) -> Result<bool, StoreError> {
        let rows = self.stores.credentials.of_account(provider, account, 2).await?;
        Ok(rows.iter().any(|row| row.owner != *owner))
    }

    /// A one-time word: 32 random bytes in base64url.
    pub(crate) fn word(&self) -> Result<SecretString, Error> {
        Ok(SecretString::from(URL_SAFE_NO_PAD.encode(self.random::<32>()?)))
    }

    /// Where a provider's inbound requests are received.
    pub(crate) fn hook(&self, provider: &ProviderKey, opaque: &str) -> Url {
        addresses::hook(&self.base_url, provider, opaque)
    }

    pub(crate) async fn started(
        &self,
        provider: &dyn Provider,
        word: &SecretString,
        existing: Option<&Integration>,
    ) -> Result<Started, Error> {
        let hook = self.hook(&provider.descriptor().key, SHARED_HOOK);
        let start = provider.start(Start { word, account: existing.map(|row| &row.account), hook: &hook });
        Ok(self.within(self.timings.request, start).await?)
    }

    /// A flow that whoever brings the word ends.
    pub(crate) fn word_flow(
        &self,
        owner: &Owner,
        provider: &ProviderKey,
        word: &SecretString,
        reconnect: Option<IntegrationId>,
    ) -> Result<PendingFlow, Error> {
        let word_hash = self.vault.digest(word.expose_secret().as_bytes());
        Ok(PendingFlow {
            id: self.flow_id()?,
            state_hash: word_hash,
            owner: owner.clone(),
            provider: provider.clone(),
            client: None,
            redirect_uri: String::new(),
            verifier: Vec::new(),
            issuer: None,
            requested: OAuthScopes::default(),
            return_to: DEFAULT_RETURN_TARGET.to_owned(),
            // The word itself is the proof.
            proof: BrowserProof::Challenge(word_hash),
            reconnect,
            parked: None,
            expires_at: self.clock.now(),
        })
    }
}
