//! Definitions from what servers say of themselves.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::server::Script;
use bailee_core::{
    ClientId, ClientRegistration, Provider as _, ProviderError, ProviderKey, Rotation, SecretString,
};
use bailee_oauth::{DiscoveryError, HttpClient, HttpOptions, OAuthDefinition, OAuthProvider};

fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": "https://login.example/authorize",
        "token_endpoint": "https://as.example/token",
        "userinfo_endpoint": "https://api.example/userinfo",
        "revocation_endpoint": "https://as.example/revoke",
        "jwks_uri": "https://as.example/keys",
        "scopes_supported": ["openid", "email", "phone"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

async fn discover(issuer: &str) -> Result<Result<OAuthDefinition, DiscoveryError>> {
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(OAuthDefinition::discover(&http, &ProviderKey::new("example")?, "Example", issuer).await)
}

/// A server whose metadata is altered so, and what comes of it.
async fn altered(alter: impl FnOnce(&mut Value)) -> Result<Result<OAuthDefinition, DiscoveryError>> {
    // The document holds the address, so the listener is there first.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let mut document = metadata(&issuer);
    alter(&mut document);
    let script = Script::on(listener, &[(200, &document.to_string())])?;
    let answer = discover(&issuer).await?;
    let requests = script.requests().await?;
    assert_eq!(requests.first().context("a request")?.line, "GET /.well-known/openid-configuration HTTP/1.1");
    Ok(answer)
}

#[tokio::test]
async fn a_definition_is_made_of_what_the_server_says() -> Result<()> {
    let definition = altered(|_| ()).await??;
    assert_eq!(definition.token_hosts(), ["api.example", "as.example"]);
    let registration = ClientRegistration::new(ClientId::new("c1")?, SecretString::from("s1"));
    let provider = OAuthProvider::new(definition, registration)?;
    let descriptor = provider.descriptor();
    assert_eq!((descriptor.key.as_str(), descriptor.name), ("example", "Example"));
    assert!(descriptor.issuer.as_ref().context("an issuer")?.required);
    assert_eq!(descriptor.rotation, Rotation::Strict, "nothing is known, so the worst is assumed");
    let begun = crate::support::begin(&provider, "").await?;
    assert_eq!(begun.requested.as_str(), "email openid", "no scope that nobody needs");
    assert_eq!(begun.url.host_str(), Some("login.example"));
    Ok(())
}

#[tokio::test]
async fn metadata_of_another_issuer_is_refused_to_the_byte() -> Result<()> {
    let slash = altered(|document| {
        let issuer = format!("{}/", document["issuer"].as_str().unwrap_or_default());
        document["issuer"] = Value::from(issuer);
    });
    assert_eq!(slash.await?.map(drop), Err(DiscoveryError::OtherIssuer));
    Ok(())
}

#[tokio::test]
async fn metadata_that_makes_no_definition_says_which_field_is_wrong() -> Result<()> {
    for (member, value, field) in [
        ("token_endpoint", json!("http://as.example/token"), "token.request.url"),
        ("userinfo_endpoint", Value::Null, "account.source"),
        ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]), "client.authentication"),
        ("authorization_endpoint", Value::Null, "definition"),
    ] {
        let answer = altered(|document| document[member] = value).await?;
        let Some(DiscoveryError::Unusable(error)) = answer.err() else { anyhow::bail!("{member} is taken") };
        assert_eq!(error.field, field, "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_of_oauth_alone_is_asked_at_its_own_place() -> Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}/tenant", listener.local_addr()?);
    let document = metadata(&issuer).to_string();
    let script = Script::on(listener, &[(404, "{}"), (200, &document)])?;
    assert!(discover(&issuer).await?.is_ok());
    let lines: Vec<String> = script.requests().await?.into_iter().map(|request| request.line).collect();
    assert_eq!(
        lines,
        [
            "GET /tenant/.well-known/openid-configuration HTTP/1.1",
            "GET /.well-known/oauth-authorization-server/tenant HTTP/1.1",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn an_issuer_is_asked_over_tls_only() -> Result<()> {
    let http = HttpClient::new(&HttpOptions::default())?;
    let key = ProviderKey::new("example")?;
    for issuer in ["http://127.0.0.1:9", "https://as.example/?a=1", "https://as.example/#a", "as.example"] {
        let answer = OAuthDefinition::discover(&http, &key, "Example", issuer).await;
        assert_eq!(answer.map(drop), Err(DiscoveryError::Issuer), "{issuer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_large_or_broken_document_is_not_believed() -> Result<()> {
    let large = format!("{{\"issuer\":\"{}\"}}", "a".repeat(256 * 1024));
    for body in [large.as_str(), "<html>", "{}"] {
        let script = Script::new(&[(200, body)]).await?;
        let answer = discover(script.url.as_str().trim_end_matches('/')).await?.map(drop);
        let malformed = matches!(answer, Err(DiscoveryError::Provider(ProviderError::Malformed { .. })));
        assert!(malformed, "{answer:?}");
    }
    Ok(())
}
