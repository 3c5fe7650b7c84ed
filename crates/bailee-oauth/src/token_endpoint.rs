use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use crate::{FailureHook, HttpClient, Request, Response, TokenAnswer, TokenRequest, response};
use bailee_core::{ClientCredentials, Exchange, ProviderError};

/// No honest answer of a token endpoint is larger: 64 KiB.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// How a client proves itself at the token endpoint (RFC 6749 §2.3). Without a secret its id goes into the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// By the `Authorization` header.
    #[default]
    Basic,
    /// By its id alone: a public client.
    None,
    /// By `client_id` and `client_secret` in the body.
    Post,
}

impl ClientAuthentication {
    /// Puts the client's proof into the header of `request`, or beside the parameters of its body.
    pub(crate) fn apply<'a>(
        self,
        client: ClientCredentials<'a>,
        request: Request,
        parameters: &mut Vec<(&str, &'a str)>,
    ) -> Result<Request, ProviderError> {
        let client_id = client.client_id.as_str();
        match (self, client.secret) {
            (Self::Basic, Some(secret)) => return Ok(request.basic(client_id, secret)?),
            (Self::Post, Some(secret)) => {
                parameters.push(("client_id", client_id));
                parameters.push(("client_secret", secret.expose_secret()));
            }
            (Self::None, _) | (_, None) => parameters.push(("client_id", client_id)),
        }
        Ok(request)
    }
}

/// How the parameters are written into the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenRequestFormat {
    /// As a form (RFC 6749).
    #[default]
    Form,
    /// As a JSON object, which some providers ask for.
    Json,
}

impl TokenRequestFormat {
    /// Writes the body of `request`.
    pub(crate) fn write(self, request: Request, parameters: Vec<(&str, &str)>) -> Request {
        match self {
            Self::Form => request.form(parameters),
            Self::Json => request.json(&Value::Object(
                parameters
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), Value::from(value)))
                    .collect::<Map<_, _>>(),
            )),
        }
    }
}

/// A provider's token endpoint and, where it has one, its revocation endpoint.
///
/// ```
/// use bailee_oauth::{ClientAuthentication, HttpClient, HttpOptions, TokenEndpoint};
///
/// let http = HttpClient::new(&HttpOptions::default())?;
/// let endpoint = TokenEndpoint::new(http, "https://as.example/token".parse()?)
///     .with_revocation("https://as.example/revoke".parse()?)
///     .with_authentication(ClientAuthentication::Post);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TokenEndpoint {
    http: HttpClient,
    url: Url,
    revocation: Option<Url>,
    authentication: ClientAuthentication,
    format: TokenRequestFormat,
    token_types: &'static [&'static str],
    hook: FailureHook,
}

/// Hosts only: an address may have a key in it.
impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint")
            .field("http", &self.http)
            .field("host", &self.url.host_str())
            .field("revocation", &self.revocation.as_ref().and_then(Url::host_str))
            .field("authentication", &self.authentication)
            .field("format", &self.format)
            .field("token_types", &self.token_types)
            .finish_non_exhaustive()
    }
}

impl TokenEndpoint {
    /// The token endpoint at `url`: Basic authentication, forms, bearer tokens, no revocation.
    #[must_use]
    pub fn new(http: HttpClient, url: Url) -> Self {
        Self {
            http,
            url,
            revocation: None,
            authentication: ClientAuthentication::default(),
            format: TokenRequestFormat::default(),
            token_types: &[],
            hook: |_| None,
        }
    }

    /// With a revocation endpoint (RFC 7009).
    #[must_use]
    pub fn with_revocation(mut self, url: Url) -> Self {
        self.revocation = Some(url);
        self
    }

    /// With another client authentication than Basic.
    #[must_use]
    pub const fn with_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// With another format than forms.
    #[must_use]
    pub const fn with_format(mut self, format: TokenRequestFormat) -> Self {
        self.format = format;
        self
    }

    /// Takes these `token_type`s for bearer tokens as well, in any case, for example Slack's `bot`.
    #[must_use]
    pub const fn with_token_types(mut self, token_types: &'static [&'static str]) -> Self {
        self.token_types = token_types;
        self
    }

    /// Asks `hook` first about every error answer, for example where a dead grant is called `invalid_request`.
    #[must_use]
    pub const fn with_failure_hook(mut self, hook: FailureHook) -> Self {
        self.hook = hook;
        self
    }

    /// Exchanges an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5). Sends it once.
    ///
    /// # Errors
    /// As [`Provider::exchange`](bailee_core::Provider::exchange).
    pub async fn exchange(&self, request: &Exchange<'_>) -> Result<TokenAnswer, ProviderError> {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", request.code.expose_secret()),
            ("redirect_uri", request.redirect_uri.as_str()),
            ("code_verifier", request.pkce_verifier.expose_secret()),
        ];
        let response = self.post(&self.url, &parameters, Some(request.client)).await?;
        TokenAnswer::read(TokenRequest::Exchange, &response, self.token_types, self.hook)
    }

    /// Obtains a new access token (RFC 6749 §6). Sends the refresh token once.
    ///
    /// # Errors
    /// As [`Provider::refresh`](bailee_core::Provider::refresh).
    pub async fn refresh(
        &self,
        client: ClientCredentials<'_>,
        refresh_token: &SecretString,
    ) -> Result<TokenAnswer, ProviderError> {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        let response = self.post(&self.url, &parameters, Some(client)).await?;
        TokenAnswer::read(TokenRequest::Refresh, &response, self.token_types, self.hook)
    }

    /// Ends a token (RFC 7009 §2.1). Without `client` it goes unauthenticated, for providers that want it so.
    ///
    /// # Behaviour
    /// - Any success counts, whatever its body, unless the body says that it is none.
    ///
    /// # Errors
    /// [`ProviderError::Unsupported`] without a revocation endpoint; else as
    /// [`Provider::revoke`](bailee_core::Provider::revoke).
    pub async fn revoke(
        &self,
        client: Option<ClientCredentials<'_>>,
        token: &SecretString,
        hint: Option<&str>,
    ) -> Result<(), ProviderError> {
        let url = self.revocation.as_ref().ok_or(ProviderError::Unsupported)?;
        let mut parameters = vec![("token", token.expose_secret())];
        parameters.extend(hint.map(|hint| ("token_type_hint", hint)));
        let response = self.post(url, &parameters, client).await?;
        response::check(TokenRequest::Revoke, &response, self.hook)
    }

    async fn post(
        &self,
        url: &Url,
        parameters: &[(&str, &str)],
        client: Option<ClientCredentials<'_>>,
    ) -> Result<Response, ProviderError> {
        let mut parameters = parameters.to_vec();
        let mut request = Request::post(url.clone());
        if let Some(client) = client {
            request = self.authentication.apply(client, request, &mut parameters)?;
        }
        let request = self.format.write(request, parameters);
        let request = request.deadline(self.http.timeouts().token).max_body(MAX_BODY);
        Ok(self.http.send(request).await?)
    }
}
