use std::{collections::BTreeMap, fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use bitflags::bitflags;
use secrecy::SecretString;
use url::Url;

use crate::{
    Account, ClientId, ClientRegistration, Clock, Credential, Delivered, Delivery, Grant, Issuer, Join,
    Joined, Notify, OAuthScopes, ProviderError, ProviderKey, Received, Renewal, Start, Started, Tool,
    ToolCall, ToolName, ToolOutput, WidgetSources,
};

/// Everything that is particular to one provider. Holds no state of any user.
///
/// A declared capability works and an undeclared one answers [`ProviderError::Unsupported`]: the provider suite tests
/// both. Adapters bound each request by a deadline and a body cap of their own, follow no redirect, and send a token
/// only to the hosts of their descriptor. None of them retries by itself.
///
/// A method that an adapter leaves out answers [`ProviderError::Unsupported`].
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Provider: Debug + Send + Sync {
    /// What it is and what it can do. The same at every call.
    fn descriptor(&self) -> &ProviderDescriptor;

    /// The OAuth clients it was built with, the one for new connects first; others still refresh and revoke. By default
    /// there are none.
    fn registrations(&self) -> &[ClientRegistration] {
        &[]
    }

    /// The enabled tools, in the order of the catalogue.
    fn tools(&self) -> &[Tool];

    /// Which further secrets of a credential are tokens that a host may use, by name: those of a person beside that of a
    /// bot, for example, and never what obtains others. By default there are none.
    fn further_tokens(&self) -> &'static [&'static str] {
        &[]
    }

    /// Makes the address of the consent page.
    ///
    /// # Behaviour
    /// - Asks for what the enabled tools need, or for what the alias needs, and always for all of
    ///   [`Begin::already_granted`], so that a connect never loses access.
    /// - Sends PKCE S256 (RFC 7636), also where the provider does not heed it, unless it refuses what it does not know.
    /// - Makes no request.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] when accounts are not joined by OAuth, or the alias is unknown.
    async fn begin<'a>(&self, request: Begin<'a>) -> Result<Begun, ProviderError> {
        let Begin { .. } = request;
        Err(ProviderError::Unsupported)
    }

    /// Exchanges an authorization code for a grant and looks up whose it is.
    ///
    /// # Behaviour
    /// - The code is sent once; whatever happens then, it is never sent again.
    /// - The account id is immutable at the provider, never an e-mail address.
    /// - The granted scopes are what the answer says, in the spelling of the request.
    ///
    /// # Errors
    /// [`ProviderError::GrantRevoked`] when the code is unknown, used or expired; [`ProviderError::Client`] when the
    /// registration is refused; [`ProviderError::Malformed`] when the answer lacks a token or an account.
    async fn exchange<'a>(&self, request: Exchange<'a>) -> Result<Grant, ProviderError> {
        let Exchange { .. } = request;
        Err(ProviderError::Unsupported)
    }

    /// Obtains a new access token.
    ///
    /// # Behaviour
    /// - An answer without a refresh token leaves [`Renewal::refresh_token`] empty: the old one stays.
    /// - A success that carries an error in its body is that error.
    /// - Of several tokens, what was obtained before another failed is a success: nothing of it may be lost.
    ///
    /// # Errors
    /// - [`ProviderError::GrantRevoked`] only when the provider says that the grant is gone.
    /// - [`ProviderError::OutcomeUnknown`] when the request may have been carried out and its answer did not arrive.
    /// - [`ProviderError::Client`] when the registration, and not the grant, is refused.
    /// - [`ProviderError::RateLimited`], [`ProviderError::Unavailable`] and [`ProviderError::Malformed`] say nothing of
    ///   the grant.
    /// - [`ProviderError::Unsupported`] without a refresh token.
    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        let Refresh { .. } = request;
        Err(ProviderError::Unsupported)
    }

    /// Asks the provider, as cheaply as it allows, whether the tokens work, and whose they are.
    ///
    /// # Behaviour
    /// - Changes nothing at the provider.
    ///
    /// # Errors
    /// [`ProviderError::TokenRejected`] when the token is refused; [`ProviderError::GrantRevoked`] when the provider says
    /// that only a new consent helps; any temporary error says nothing of the token.
    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        let Validate { .. } = request;
        Err(ProviderError::Unsupported)
    }

    /// Takes the grant back at the provider.
    ///
    /// # Behaviour
    /// - Uses the token that ends the whole grant where there are two.
    ///
    /// # Errors
    /// - [`ProviderError::AlreadyDone`] when the provider no longer knows the token: as good as success.
    /// - [`ProviderError::Unsupported`] when the provider has no revocation, or none for this account.
    /// - Temporary errors are worth repeating.
    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        let Revoke { .. } = request;
        Err(ProviderError::Unsupported)
    }

    /// Carries out one call of one tool. Whether it is allowed was decided before.
    ///
    /// # Behaviour
    /// - Arguments that do not fit the schema are refused before any request.
    /// - The output is an object, capped, and holds no token.
    /// - Of several accounts, those that are refused are named by [`ToolOutput::with_rejected`] beside the answers of the
    ///   others; an error that speaks of the token or the grant speaks of all of them.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] for a tool that is not enabled; [`ProviderError::InvalidArguments`] for arguments
    /// that do not fit; [`ProviderError::TokenRejected`] on 401; [`ProviderError::GrantRevoked`] when only a new consent
    /// helps; [`ProviderError::OutcomeUnknown`] when a write may have happened.
    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError>;

    /// Begins to join an account by a widget or a one-time word.
    ///
    /// # Behaviour
    /// - The word binds what comes back to who began it; it may stand in the result, and nowhere else.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] when accounts are joined otherwise; [`ProviderError::Client`] when what the host
    /// configured is refused; temporary errors are worth repeating.
    async fn start<'a>(&self, start: Start<'a>) -> Result<Started, ProviderError> {
        let Start { .. } = start;
        Err(ProviderError::Unsupported)
    }

    /// Joins an account with what the user entered or the widget handed over.
    ///
    /// # Behaviour
    /// - Believes nothing of the fields before the provider confirmed it: it signs in, or checks a signature over the word.
    /// - With [`Join::previous`] it is a reconnect; whether the account is the same is for the caller to compare.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] when accounts are joined otherwise; [`ProviderError::InvalidArguments`] with the
    /// field that does not do; [`ProviderError::GrantRevoked`] when the provider refuses the secret.
    async fn join<'a>(&self, join: Join<'a>) -> Result<Joined, ProviderError> {
        let Join { .. } = join;
        Err(ProviderError::Unsupported)
    }

    /// Sends a notification to the account's owner.
    ///
    /// # Behaviour
    /// - Goes to where the integration says, and nowhere else.
    /// - Text is data: nothing in it is taken as markup or as a header.
    ///
    /// # Errors
    /// As [`Provider::call`]; [`ProviderError::Unsupported`] without [`Capabilities::NOTIFY`].
    async fn notify<'a>(&self, notify: Notify<'a>) -> Result<Delivered, ProviderError> {
        let Notify { .. } = notify;
        Err(ProviderError::Unsupported)
    }

    /// Reads what came to a hook.
    ///
    /// # Behaviour
    /// - Makes no request, and believes nothing before the signature or the secret was checked, in constant time.
    /// - What it does not know, it leaves out.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] without [`Capabilities::RECEIVE`]; [`ProviderError::TokenRejected`] when it is not
    /// from the provider, or too old; [`ProviderError::Malformed`] when it cannot be read.
    async fn receive<'a>(&self, delivery: Delivery<'a>) -> Result<Vec<Received>, ProviderError> {
        let Delivery { .. } = delivery;
        Err(ProviderError::Unsupported)
    }
}

/// A provider, or one that may not be configured: what a host offers.
///
/// Implemented for every [`Provider`], and for an `Option` of one, of which `None` offers nothing.
pub trait Offered {
    /// What is offered.
    fn offered(self) -> Option<Arc<dyn Provider>>;
}

impl<P: Provider + 'static> Offered for P {
    fn offered(self) -> Option<Arc<dyn Provider>> {
        Some(Arc::new(self))
    }
}

impl<P: Provider + 'static> Offered for Option<P> {
    fn offered(self) -> Option<Arc<dyn Provider>> {
        self.and_then(Offered::offered)
    }
}

/// What a provider is and can do.
#[derive(Clone, Debug)]
pub struct ProviderDescriptor {
    /// Its key in URLs and rows.
    pub key: ProviderKey,
    /// Its name for people.
    pub name: &'static str,
    /// What it is connected for, for people: one clause without a full stop and without how far that goes, for example
    /// `Connect Gmail, Calendar, and Drive`.
    pub description: &'static str,
    /// Where people manage at the provider which apps have access to their account; `None` where no such page is known.
    pub account_url: Option<Url>,
    /// Other keys that start a connect of it.
    pub aliases: Vec<Alias>,
    /// Its tools as servers of the Model Context Protocol; empty where it is one server with all of them.
    pub definitions: Vec<Definition>,
    /// How an account is joined.
    pub connect: ConnectKind,
    /// JSON Schema 2020-12 of the fields that [`Provider::join`] takes, an object; secrets are `writeOnly`. `None` where
    /// it takes none.
    pub form: Option<serde_json::Value>,
    /// Where its widget lives; `None` without one.
    pub widget: Option<WidgetSources>,
    /// JSON Schema 2020-12 of the settings that an owner may change, an object; `None` where there are none. A property
    /// with `writeOnly` is never shown whole.
    pub settings: Option<serde_json::Value>,
    /// How many accounts an owner may join.
    pub cardinality: Cardinality,
    /// What works.
    pub capabilities: Capabilities,
    /// What a connect asks for that begins just now and finds no earlier grant; empty where consent is not by OAuth scopes.
    pub requested: OAuthScopes,
    /// The OAuth scopes that let nothing be changed, of all that it may ask for: see [`Access::of`](crate::Access::of).
    pub reading: OAuthScopes,
    /// When its tokens are refreshed.
    pub refresh: RefreshMode,
    /// What happens to a refresh token when it is used.
    pub rotation: Rotation,
    /// How far a revocation reaches.
    pub revocation: RevocationReach,
    /// Which issuer answers the consent.
    pub issuer: Option<Issuer>,
    /// The hosts that may receive a token, without port.
    pub token_hosts: Vec<String>,
}

impl ProviderDescriptor {
    /// Whether `key` is its key or one of its aliases.
    #[must_use]
    pub fn answers_to(&self, key: &ProviderKey) -> bool {
        self.key == *key || self.alias(key).is_some()
    }

    /// The alias of that key.
    #[must_use]
    pub fn alias(&self, key: &ProviderKey) -> Option<&Alias> {
        self.aliases.iter().find(|alias| alias.key == *key)
    }
}

/// Another key that only starts a connect: consent then asks for less.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The key.
    pub key: ProviderKey,
    /// What its consent asks for, besides what identifies the account.
    pub scopes: OAuthScopes,
}

/// Tools that are offered together as one server of the Model Context Protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its key in URLs: that of the provider, or one of its aliases, which is what a connect then begins with.
    pub key: ProviderKey,
    /// Its name for people.
    pub name: &'static str,
    /// Its tools.
    pub tools: Vec<ToolName>,
}

/// How an account is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectKind {
    /// The user fills in a form.
    Form,
    /// The user consents on a page of the provider (RFC 6749 §4.1).
    OAuth,
    /// The user sends a one-time word to a bot.
    Pairing,
    /// The user goes through a widget of the provider.
    Widget,
}

/// How many accounts an owner may join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// Several.
    Many,
    /// One; a second connect is a reconnect.
    One,
}

bitflags! {
    /// What works with a provider.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Capabilities: u8 {
        /// [`Provider::refresh`].
        const REFRESH = 1;
        /// [`Provider::revoke`].
        const REVOKE = 1 << 1;
        /// [`Provider::validate`].
        const VALIDATE = 1 << 2;
        /// [`Provider::notify`].
        const NOTIFY = 1 << 3;
        /// [`Provider::receive`].
        const RECEIVE = 1 << 4;
    }
}

/// When tokens are refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefreshMode {
    /// In the background, before they expire.
    Ahead,
    /// Only when they are needed.
    Lazy,
}

/// What happens to a refresh token when it is used, and so what a replay of a lost refresh does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// It is replaced, and the old one is taken for so long.
    Grace(Duration),
    /// It stays.
    Static,
    /// It is replaced at once; a second use may end the whole grant.
    Strict,
}

/// How far a revocation reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationReach {
    /// Every grant of the account to this client ends, those of other owners too.
    Account,
    /// Only the grant that is revoked ends.
    Grant,
}

/// The client id and one secret, to authenticate a request.
#[derive(Clone, Copy, Debug)]
pub struct ClientCredentials<'a> {
    /// The id.
    pub client_id: &'a ClientId,
    /// The secret; `None` for a public client.
    pub secret: Option<&'a SecretString>,
}

/// What [`Provider::begin`] needs.
#[derive(Clone, Copy, Debug)]
pub struct Begin<'a> {
    /// The client's public id.
    pub client_id: &'a ClientId,
    /// Where the provider returns to.
    pub redirect_uri: &'a Url,
    /// Binds the answer to the flow.
    pub state: &'a SecretString,
    /// 43 to 128 unreserved characters (RFC 7636 §4.1); only its SHA-256 is sent.
    pub pkce_verifier: &'a SecretString,
    /// The alias by which the connect was started.
    pub alias: Option<&'a ProviderKey>,
    /// What the integration was granted before; all of it is asked for again.
    pub already_granted: &'a OAuthScopes,
    /// The account to reconnect, so that the provider can preselect it.
    pub account: Option<&'a Account>,
}

/// What [`Provider::begin`] made.
#[derive(Clone)]
pub struct Begun {
    /// The consent page. Holds `state`: not for logs.
    pub url: Url,
    /// What it asks for.
    pub requested: OAuthScopes,
}

/// Without the query, which holds `state`.
impl Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun")
            .field("host", &self.url.host_str())
            .field("requested", &self.requested)
            .finish_non_exhaustive()
    }
}

/// What [`Provider::exchange`] needs.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// Authenticates the request.
    pub client: ClientCredentials<'a>,
    /// The authorization code.
    pub code: &'a SecretString,
    /// The verifier whose SHA-256 began the flow.
    pub pkce_verifier: &'a SecretString,
    /// The redirect URI that began the flow, to the letter.
    pub redirect_uri: &'a Url,
    /// What was asked for: the grant where the answer names none (RFC 6749 §5.1).
    pub requested: &'a OAuthScopes,
    /// For a provider whose new tokens need a moment.
    pub clock: &'a dyn Clock,
}

/// What [`Provider::refresh`] needs.
#[derive(Clone, Copy, Debug)]
pub struct Refresh<'a> {
    /// Authenticates the request.
    pub client: ClientCredentials<'a>,
    /// The newest credential.
    pub credential: &'a Credential,
}

/// What [`Provider::validate`] needs.
#[derive(Clone, Copy, Debug)]
pub struct Validate<'a> {
    /// A live access token.
    pub access_token: &'a SecretString,
    /// Further tokens, by the names of [`Provider::further_tokens`].
    pub further: &'a BTreeMap<String, SecretString>,
    /// Which account the integration is of.
    pub account: &'a Account,
    /// The settings of the integration.
    pub config: &'a serde_json::Map<String, serde_json::Value>,
}

/// What [`Provider::validate`] learnt.
#[derive(Clone, Debug)]
pub struct Validation {
    /// Whose the token is; `None` where the probe does not tell.
    pub account: Option<Account>,
}

/// What [`Provider::revoke`] needs.
#[derive(Clone, Copy, Debug)]
pub struct Revoke<'a> {
    /// Authenticates the request; `None` when the registration is gone and the provider may not ask for one.
    pub client: Option<ClientCredentials<'a>>,
    /// The newest credential.
    pub credential: &'a Credential,
}
