//! Pages that agents lead their owners to.

use bailee_core::{
    Caller, ConnectKind, ConnectRequest, ConnectRequestId, Integration, Lifecycle, OAuthScopes, Owner,
    ProviderKey, SecretString, UserId,
};
use chrono::DateTime;
use url::Url;

use crate::{
    Bailee, ConnectLink, ConnectOptions, Error,
    addresses::extend,
    builder::{CONNECTED_RETURN_TARGET, DEFAULT_RETURN_TARGET},
    catalogue::Entry,
    engine::Inner,
};

/// How many requests to one owner for one provider wait at once; the oldest gives way.
const MOST: u32 = 5;

/// A request to connect an account, and the page where its owner follows it.
#[derive(Clone, Debug)]
pub struct ConnectPage {
    /// The request.
    pub request: ConnectRequest,
    /// The page. It demands the owner's session: its address is of no use to others.
    pub url: Url,
}

impl Bailee {
    /// Asks the owner to connect an account, for the owner's own agent. Can be followed once, for as long as a connect
    /// ([`Timings::with_flow`](crate::Timings::with_flow)).
    ///
    /// `provider` is the key of a provider or one of its aliases. `client` is what the agent's client calls itself: it is
    /// cut, and told to the owner as such.
    ///
    /// # Errors
    /// - [`Error::NotFound`] for a counterpart: what an outsider writes must not make the owner connect anything.
    /// - [`Error::UnknownProvider`], [`Error::Store`], [`Error::Vault`].
    pub async fn request_connect(
        &self,
        caller: &Caller,
        provider: &str,
        client: Option<&str>,
    ) -> Result<ConnectPage, Error> {
        self.inner().request_connect(caller, provider, &[], client).await
    }

    /// As [`Bailee::request_connect`], for what a tool lacks.
    ///
    /// # Errors
    /// As [`Bailee::request_connect`]; [`Error::NotFound`] too where no such tool needs an account.
    pub async fn request_connect_for_tool(
        &self,
        caller: &Caller,
        tool: &str,
        client: Option<&str>,
    ) -> Result<ConnectPage, Error> {
        let inner = self.inner();
        let entry = inner.catalogue.get(tool).ok_or(Error::NotFound)?;
        let provider = entry.provider().ok_or(Error::NotFound)?;
        let sets: Vec<&OAuthScopes> = entry.tool.scopes.preferred().into_iter().collect();
        let key = self.definition_of(entry, provider.descriptor().key.clone());
        inner.request_connect(caller, key.as_str(), &sets, client).await
    }

    /// A request to this owner, without following it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that is unknown, used, expired, or somebody else's. [`Error::Store`].
    pub async fn connect_request(&self, owner: &Owner, id: &str) -> Result<ConnectRequest, Error> {
        let id: ConnectRequestId = id.parse().map_err(|_| Error::NotFound)?;
        self.inner().stores.pending.request(owner, id).await?.ok_or(Error::NotFound)
    }

    /// To whom a request is, for a user who may act for several owners: ask the host whether they may act for this one.
    /// Told to that user alone.
    ///
    /// # Errors
    /// As [`Bailee::connect_request`].
    pub async fn connect_request_owner(&self, user: &UserId, id: &str) -> Result<Owner, Error> {
        let id: ConnectRequestId = id.parse().map_err(|_| Error::NotFound)?;
        let request = self.inner().stores.pending.request_to_user(user, id).await?;
        request.map(|request| request.owner).ok_or(Error::NotFound)
    }

    /// Follows a request, once: begins the connect for the browser that keeps `nonce` ([`Bailee::nonce`]). It returns to
    /// the page `/integrations/connected` below the base URL.
    ///
    /// # Errors
    /// As [`Bailee::connect_request`] and [`Bailee::connect`].
    pub async fn accept_connect_request(
        &self,
        owner: &Owner,
        id: &str,
        nonce: SecretString,
    ) -> Result<ConnectLink, Error> {
        let request = self.connect_request(owner, id).await?;
        self.decline_connect_request(owner, id).await?;
        let provider = self.inner().named(request.provider.as_str())?;
        match provider.descriptor().connect {
            ConnectKind::OAuth => {}
            ConnectKind::Pairing => {
                self.inner().allow_connect(owner).await?;
                return self.inner().begin_pairing(owner, provider.as_ref()).await;
            }
            // What has to be entered, or shown, is on the page of all integrations.
            ConnectKind::Form | ConnectKind::Widget => return self.inner().page_of_all(),
        }
        let options = ConnectOptions::with_nonce(request.provider.as_str(), nonce);
        let options = options.return_to(CONNECTED_RETURN_TARGET);
        match request.integration {
            Some(id) => self.reconnect(owner, id, options).await,
            None => self.connect(owner, options).await,
        }
    }

    /// Uses a request up without following it.
    ///
    /// # Errors
    /// As [`Bailee::connect_request`].
    pub async fn decline_connect_request(&self, owner: &Owner, id: &str) -> Result<(), Error> {
        let id: ConnectRequestId = id.parse().map_err(|_| Error::NotFound)?;
        let taken = self.inner().stores.pending.take_request(owner, id).await?;
        if taken { Ok(()) } else { Err(Error::NotFound) }
    }

    /// The name of a provider for people, by its key or an alias.
    #[must_use]
    pub fn provider_name(&self, key: &ProviderKey) -> Option<&'static str> {
        self.inner().provider(key.as_str()).map(|provider| provider.descriptor().name)
    }

    /// With which key a connect for a tool begins: that of its definition, so that the consent asks for no more.
    fn definition_of(&self, entry: &Entry, provider: ProviderKey) -> ProviderKey {
        let of_tool = |definition: &crate::McpDefinition| definition.tools.contains(&entry.tool.name);
        let mut definitions = self.inner().definitions.iter();
        definitions.find(|definition| of_tool(definition)).map_or(provider, |found| found.key.clone())
    }
}

impl Inner {
    fn page_of_all(&self) -> Result<ConnectLink, Error> {
        let url = self.return_url(DEFAULT_RETURN_TARGET).ok_or(Error::NotFound)?;
        Ok(ConnectLink { url, widget: None, expires_at: self.clock.now() + self.timings.flow })
    }

    async fn request_connect(
        &self,
        caller: &Caller,
        provider: &str,
        needed: &[&OAuthScopes],
        client: Option<&str>,
    ) -> Result<ConnectPage, Error> {
        if caller.is_counterpart() {
            return Err(Error::NotFound);
        }
        let key = ProviderKey::new(provider).map_err(|_| Error::UnknownProvider)?;
        let known = self.named(provider)?;
        let rows = self.stores.integrations.of_provider(caller.owner(), &known.descriptor().key).await?;
        let live: Vec<&Integration> =
            rows.iter().filter(|row| row.lifecycle != Lifecycle::Disconnecting).collect();
        // One that exists is connected again; of several, it is for the owner to say.
        let existing = if let [row] = live.as_slice() { Some(*row) } else { None };
        let granted = existing.and_then(|row| row.granted.as_ref());
        let mut scopes = existing.map(Integration::missing).unwrap_or_default();
        for set in needed {
            scopes = scopes.union(&granted.map(|granted| set.without(granted)).unwrap_or_default());
        }
        let mut request = ConnectRequest {
            id: ConnectRequestId::new(self.random()?),
            owner: caller.owner().clone(),
            provider: key,
            integration: existing.map(|row| row.id),
            scopes,
            profile: caller.profile().clone(),
            client: client.and_then(readable),
            expires_at: DateTime::UNIX_EPOCH,
        };
        let lifetime = self.timings.flow;
        request.expires_at = self.stores.pending.put_request(request.clone(), lifetime, MOST).await?;
        let url = extend(&self.base_url, &["integrations", "connect", &request.id.to_string()]);
        Ok(ConnectPage { request, url })
    }
}

/// What a client calls itself, as a person can read it; `None` where nothing is left.
fn readable(client: &str) -> Option<String> {
    let cleaned = crate::output::clean(client);
    let text: String =
        cleaned.replace(['\n', '\t'], " ").trim().chars().take(ConnectRequest::MAX_CLIENT).collect();
    (!text.is_empty()).then_some(text)
}
