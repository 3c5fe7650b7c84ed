//! A provider of a definition, and one account of it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use url::Url;

use bailee_core::{
    Account, AccountId, Begin, Begun, ClientCredentials, ClientId, ClientRegistration, Credential, Exchange,
    Grant, OAuthScopes, Provider as _, ProviderError, Refresh, Renewal, Revoke, SecretString, Validate,
    Validation,
};
use bailee_oauth::{HttpClient, HttpOptions, OAuthDefinition, OAuthProvider};
use bailee_testkit::MockClock;

pub(crate) const GOOGLE: &str = include_str!("../../../bailee-providers/src/google/google.toml");
pub(crate) const LINKEDIN: &str = include_str!("../../../bailee-providers/src/linkedin/linkedin.toml");
pub(crate) const NOTION: &str = include_str!("../../../bailee-providers/src/notion/notion.toml");
pub(crate) const SLACK: &str = include_str!("../../../bailee-providers/src/slack/slack.toml");
pub(crate) const X: &str = include_str!("../../../bailee-providers/src/x/x.toml");

pub(crate) const VERIFIER: &str = "verifier-0123456789-0123456789-0123456789-01";

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

pub(crate) fn credential(access_token: &str, refresh_token: &str) -> Credential {
    Credential::new(secret(access_token)).with_refresh_token(secret(refresh_token))
}

/// A provider whose server is on this machine.
pub(crate) fn provider_at(definition: &str, origin: &Url) -> Result<OAuthProvider> {
    let definition = OAuthDefinition::from_toml(definition)?.at(origin)?;
    let registration = ClientRegistration::new(ClientId::new("c1")?, secret("s1"));
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(OAuthProvider::new(definition, registration)?.with_http(http))
}

/// A provider that is asked nothing.
pub(crate) fn provider(definition: &str) -> Result<OAuthProvider> {
    let registration = ClientRegistration::new(ClientId::new("c1")?, secret("s1"));
    Ok(OAuthProvider::new(OAuthDefinition::from_toml(definition)?, registration)?)
}

pub(crate) async fn begin(provider: &OAuthProvider, already_granted: &str) -> Result<Begun> {
    let request = Begin {
        client_id: &ClientId::new("c1")?,
        redirect_uri: &"https://host.example/callback".parse()?,
        state: &secret("state-1"),
        pkce_verifier: &secret(VERIFIER),
        alias: None,
        already_granted: &OAuthScopes::parse(already_granted)?,
        account: None,
    };
    Ok(provider.begin(request).await?)
}

/// A parameter of a consent page.
pub(crate) fn parameter(begun: &Begun, name: &str) -> Option<String> {
    begun.url.query_pairs().find(|(mine, _)| mine == name).map(|(_, value)| value.into_owned())
}

fn client(provider: &OAuthProvider) -> Result<ClientCredentials<'_>> {
    let registration = provider.registrations().first().context("there is a registration")?;
    registration.credentials().next().context("there are credentials")
}

pub(crate) async fn exchange(
    provider: &OAuthProvider,
    requested: &str,
) -> Result<Result<Grant, ProviderError>> {
    let request = Exchange {
        client: client(provider)?,
        code: &secret("code-1"),
        pkce_verifier: &secret(VERIFIER),
        redirect_uri: &"https://host.example/callback".parse()?,
        requested: &OAuthScopes::parse(requested)?,
        clock: &MockClock::new(),
    };
    Ok(provider.exchange(request).await)
}

pub(crate) async fn refresh(
    provider: &OAuthProvider,
    credential: &Credential,
) -> Result<Result<Renewal, ProviderError>> {
    Ok(provider.refresh(Refresh { client: client(provider)?, credential }).await)
}

pub(crate) async fn revoke(
    provider: &OAuthProvider,
    credential: &Credential,
) -> Result<Result<(), ProviderError>> {
    Ok(provider.revoke(Revoke { client: Some(client(provider)?), credential }).await)
}

pub(crate) async fn validate(provider: &OAuthProvider) -> Result<Validation, ProviderError> {
    let unknown = |_| ProviderError::Unsupported;
    let account = Account { id: AccountId::new("1").map_err(unknown)?, label: None };
    let (access_token, config) = (&secret("at-1"), &serde_json::Map::new());
    provider.validate(Validate { access_token, further: &BTreeMap::new(), account: &account, config }).await
}
