//! A definition from what an authorization server says of itself.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{DefinitionError, OAuthDefinition};
use crate::{HttpClient, HttpError, Request};
use bailee_core::{ProviderError, ProviderKey};

/// No honest metadata is larger: 256 KiB.
const MAX_BODY: usize = 256 * 1024;

/// A definition could not be discovered.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The issuer is not an `https` address without query and fragment.
    #[error("the issuer is not an https address without query and fragment")]
    Issuer,
    /// The document names another issuer than the one that was asked.
    #[error("the metadata is of another issuer")]
    OtherIssuer,
    /// The document could not be had.
    #[error("the metadata could not be read")]
    Provider(#[source] ProviderError),
    /// The document does not make a definition.
    #[error("the metadata makes no definition")]
    Unusable(#[source] DefinitionError),
}

/// The members that are used (RFC 8414 §2, OpenID Connect Discovery §3).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    introspection_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    scopes_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl OAuthDefinition {
    /// Makes a definition from the metadata of an OpenID provider or authorization server (OpenID Connect Discovery §4,
    /// RFC 8414 §3): the account is that of its userinfo, by `sub`.
    ///
    /// # Behaviour
    /// - The issuer of the document is compared to the byte.
    /// - The hosts of its endpoints become those that may receive tokens.
    /// - What metadata does not say is assumed carefully: refresh tokens that rotate at once, a revocation that reaches the
    ///   whole account.
    ///
    /// # Errors
    /// See [`DiscoveryError`].
    pub async fn discover(
        http: &HttpClient,
        key: &ProviderKey,
        name: &str,
        issuer: &str,
    ) -> Result<Self, DiscoveryError> {
        let [openid, oauth] = addresses(issuer).ok_or(DiscoveryError::Issuer)?;
        let document = match fetch(http, openid).await? {
            Some(document) => document,
            None => fetch(http, oauth).await?.ok_or(DiscoveryError::Provider(ProviderError::Unsupported))?,
        };
        if document.issuer != issuer {
            return Err(DiscoveryError::OtherIssuer);
        }
        let fields = fields(&document, key, name).map_err(DiscoveryError::Unusable)?;
        Self::from_json(&fields.to_string()).map_err(DiscoveryError::Unusable)
    }
}

/// Both places where metadata may be. One appends to the issuer's path, the other goes before it.
fn addresses(issuer: &str) -> Option<[Url; 2]> {
    let url = Url::parse(issuer).ok()?;
    if !matches!(url.scheme(), "https" | "http") || url.query().is_some() || url.fragment().is_some() {
        return None;
    }
    let path = url.path().trim_end_matches('/');
    let at = |path: String| {
        let mut url = url.clone();
        url.set_path(&path);
        url
    };
    Some([
        at(format!("{path}/.well-known/openid-configuration")),
        at(format!("/.well-known/oauth-authorization-server{path}")),
    ])
}

async fn fetch(http: &HttpClient, url: Url) -> Result<Option<Metadata>, DiscoveryError> {
    let response = http.send(Request::get(url).max_body(MAX_BODY)).await.map_err(|error| match error {
        HttpError::RefusedUrl => DiscoveryError::Issuer,
        HttpError::OutcomeUnknown => {
            DiscoveryError::Provider(ProviderError::Unavailable { retry_after: None })
        }
        other => DiscoveryError::Provider(other.into()),
    })?;
    match response.status().as_u16() {
        200 => serde_json::from_slice(response.body()).map(Some).map_err(|_| {
            DiscoveryError::Provider(ProviderError::Malformed { problem: "the body is not metadata" })
        }),
        404 => Ok(None),
        _ => {
            let retry_after = response.retry_after();
            Err(DiscoveryError::Provider(ProviderError::Unavailable { retry_after }))
        }
    }
}

/// The definition as JSON, so that it passes through the same door as any other.
fn fields(document: &Metadata, key: &ProviderKey, name: &str) -> Result<Value, DefinitionError> {
    let endpoint = |url: &Option<String>| url.as_ref().map(|url| json!({ "request": { "url": url } }));
    let scopes: Vec<Value> = ["openid", "email", "offline_access"]
        .into_iter()
        .filter(|scope| document.scopes_supported.iter().any(|supported| supported == scope))
        .map(|scope| json!({ "name": scope, "access": "read" }))
        .collect();
    let mut fields = json!({
        "key": key.as_str(),
        "name": name,
        "token_hosts": token_hosts(document),
        "issuer": {
            "identifier": document.issuer,
            "required": document.authorization_response_iss_parameter_supported,
        },
        "client": { "authentication": authentication(document)? },
        "scopes": { "list": scopes },
        "account": { "id": ["/sub"], "label": ["/email", "/name"] },
    });
    let mut set = |name: &str, value: Option<Value>| {
        if let (Some(fields), Some(value)) = (fields.as_object_mut(), value) {
            fields.insert(name.to_owned(), value);
        }
    };
    set(
        "authorize",
        endpoint(&document.authorization_endpoint).map(|consent| with(consent, "pkce", pkce(document))),
    );
    set("token", endpoint(&document.token_endpoint));
    set("userinfo", endpoint(&document.userinfo_endpoint));
    set("introspection", endpoint(&document.introspection_endpoint));
    set("revoke", endpoint(&document.revocation_endpoint).map(|revoke| with(revoke, "reach", "account")));
    Ok(fields)
}

fn with(mut fields: Value, name: &str, value: &str) -> Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(name.to_owned(), Value::from(value));
    }
    fields
}

/// Every host that is asked with a secret, each once.
fn token_hosts(document: &Metadata) -> BTreeSet<String> {
    [
        &document.token_endpoint,
        &document.userinfo_endpoint,
        &document.revocation_endpoint,
        &document.introspection_endpoint,
    ]
    .into_iter()
    .flatten()
    .filter_map(|url| Url::parse(url).ok()?.host_str().map(str::to_owned))
    .collect()
}

/// Basic, which is also what silence means (RFC 8414 §2), before what else is there.
fn authentication(document: &Metadata) -> Result<&'static str, DefinitionError> {
    let Some(methods) = &document.token_endpoint_auth_methods_supported else { return Ok("basic") };
    [("client_secret_basic", "basic"), ("client_secret_post", "post"), ("none", "none")]
        .into_iter()
        .find(|(method, _)| methods.iter().any(|supported| supported == method))
        .map(|(_, ours)| ours)
        .ok_or_else(|| {
            DefinitionError::new("client.authentication", "none that the server takes is known here")
        })
}

/// A server that does not say that it knows PKCE may know it, and otherwise ignores it.
fn pkce(document: &Metadata) -> &'static str {
    let methods = document.code_challenge_methods_supported.as_ref();
    if methods.is_none_or(|methods| methods.iter().any(|method| method == "S256")) { "s256" } else { "none" }
}
