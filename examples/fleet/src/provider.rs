//! The provider as data: single-use refresh tokens, renewed ahead of expiry.

use anyhow::Result;
use bailee::{
    SecretString,
    core::{ClientId, ClientRegistration},
    oauth::{HttpClient, HttpOptions, OAuthDefinition, OAuthProvider},
};
use bailee_testkit::mock_google::{CLIENT_ID, CLIENT_SECRET};
use url::Url;

/// Its key in rows.
pub(crate) const KEY: &str = "example";

/// Refresh tokens are used once and renewed ahead, unless a definition says otherwise.
const DEFINITION: &str = r#"
key = "example"
name = "Example"
token_hosts = ["as.example"]
client.authentication = "post"
authorize.request.url = "https://as.example/o/oauth2/v2/auth"
authorize.request.parameters = { access_type = "offline", prompt = "consent" }
token.request.url = "https://as.example/token"
userinfo.request.url = "https://as.example/v1/userinfo"
account.id = ["/sub"]
scopes.list = [{ name = "openid", access = "read" }]
"#;

/// The provider, at a mock of this address.
pub(crate) fn at(mock: &Url) -> Result<OAuthProvider> {
    let secret = SecretString::from(CLIENT_SECRET.to_owned());
    let registration = ClientRegistration::new(client()?, secret);
    let provider = OAuthProvider::new(OAuthDefinition::from_toml(DEFINITION)?, registration)?;
    Ok(provider.at(mock)?.with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?))
}

/// The client that obtained the grants.
pub(crate) fn client() -> Result<ClientId> {
    Ok(ClientId::new(CLIENT_ID)?)
}
