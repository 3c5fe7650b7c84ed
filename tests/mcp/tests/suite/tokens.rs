//! Signed access tokens of an authorization server.

use std::time::Duration;

use anyhow::Context as _;
use bailee_core::{Caller, Clock as _, Owner};
use bailee_mcp::{JwtKeys, JwtKeysError, JwtResourceServer};
use http::{Method, StatusCode};
use mcp_tests::{Issuer, Raw, Rig, header};
use serde_json::{Value, json};

const ISSUER: &str = "https://login.example";

async fn rig(issuer: &Issuer) -> anyhow::Result<Rig> {
    rig_of(&issuer.jwks()).await
}

async fn rig_of(jwks: &str) -> anyhow::Result<Rig> {
    let keys = JwtKeys::from_jwks(jwks)?;
    let login = ISSUER.parse()?;
    let rig = Rig::with(|base| {
        let audience = format!("{}mcp", base.as_str());
        JwtResourceServer::new(login, audience, keys, |claims| {
            let owner = Owner::user(claims.get("sub")?.as_str()?).ok()?;
            Caller::own(owner, claims.get("profile")?.as_str()?).ok()
        })
    });
    let rig = rig.await?;
    rig.connect("ada").await?;
    Ok(rig)
}

fn claims(rig: &Rig) -> Value {
    let now = rig.clock.now().timestamp();
    json!({
        "iss": ISSUER, "aud": format!("{}mcp", rig.base), "sub": "ada", "profile": "ada_1",
        "iat": now, "nbf": now, "exp": now + 300, "scope": "tools:read tools:write", "jti": "token-1",
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    if let Some(members) = claims.as_object_mut() {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.to_owned(), value),
        };
    }
    claims
}

fn list() -> Raw {
    Raw::modern("tools/list", json!({}))
}

#[tokio::test]
async fn a_token_of_the_issuer_for_us_is_good_until_it_expires() -> anyhow::Result<()> {
    let issuer = Issuer::new("k1")?;
    let rig = rig(&issuer).await?;
    let token = issuer.token(&claims(&rig));
    assert!(list().of(&token).send(&rig).await?.body.contains("create_event"));
    rig.clock.advance(Duration::from_secs(331));
    assert_eq!(list().of(&token).send(&rig).await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn a_token_may_name_fractions_of_a_second_and_several_audiences() -> anyhow::Result<()> {
    let issuer = Issuer::new("k1")?;
    let rig = rig(&issuer).await?;
    let ours = format!("{}mcp", rig.base);
    let claims = with(claims(&rig), "aud", json!(["https://other.example", ours]));
    #[expect(clippy::cast_precision_loss, reason = "a moment of this century")]
    let end = rig.clock.now().timestamp() as f64 + 0.5;
    let token = issuer.token(&with(claims, "exp", json!(end)));
    assert_eq!(list().of(&token).send(&rig).await?.status, StatusCode::OK);
    rig.clock.advance(Duration::from_secs(31));
    assert_eq!(list().of(&token).send(&rig).await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn every_other_token_is_refused() -> anyhow::Result<()> {
    let (issuer, stranger) = (Issuer::new("k1")?, Issuer::new("k1")?);
    let rig = rig(&issuer).await?;
    let good = claims(&rig);
    let now = rig.clock.now().timestamp();
    let changed = |name: &str, value: Value| issuer.token(&with(good.clone(), name, value));
    let tokens = [
        ("another audience", changed("aud", json!("https://other.example/mcp"))),
        ("no audience", changed("aud", Value::Null)),
        ("another issuer", changed("iss", json!("https://evil.example"))),
        ("no issuer", changed("iss", Value::Null)),
        ("expired", changed("exp", json!(now - 31))),
        ("no end", changed("exp", Value::Null)),
        ("an end that is no number", changed("exp", json!("never"))),
        ("not yet valid", changed("nbf", json!(now + 120))),
        ("an end beyond all time", changed("exp", json!(1e300))),
        ("a beginning that is no number", changed("nbf", json!("soon"))),
        ("a profile that is no text", changed("profile", json!(7))),
        ("no signature", issuer.naked(&good)),
        ("signed with the public key as a secret", issuer.confused(&good)),
        ("another algorithm in the header", issuer.signed(&header("RS256", "k1"), &good)),
        ("an unknown key", issuer.signed(&header("EdDSA", "k2"), &good)),
        ("no key", issuer.signed(&json!({ "alg": "EdDSA" }), &good)),
        ("somebody else's key of the same name", stranger.token(&good)),
    ];
    for (what, token) in tokens {
        let answer = list().of(&token).send(&rig).await?;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("resource_metadata="), "{what}: {challenge}");
        assert!(!challenge.contains(&token) && answer.body.is_empty(), "{what}");
    }
    Ok(())
}

#[tokio::test]
async fn each_key_verifies_by_its_own_algorithm_alone() -> anyhow::Result<()> {
    let (first, second) = (Issuer::new("k1")?, Issuer::p256("k2")?);
    let rig = rig_of(&json!({ "keys": [first.jwk(), second.jwk()] }).to_string()).await?;
    let claims = claims(&rig);
    for good in [first.token(&claims), second.token(&claims)] {
        assert_eq!(list().of(&good).send(&rig).await?.status, StatusCode::OK);
    }
    for wrong in [
        second.signed(&header("ES256", "k1"), &claims),
        second.signed(&header("EdDSA", "k2"), &claims),
        first.signed(&header("EdDSA", "k2"), &claims),
        first.signed(&header("ES256", "k1"), &claims),
        second.confused(&claims),
    ] {
        assert_eq!(list().of(&wrong).send(&rig).await?.status, StatusCode::UNAUTHORIZED);
    }
    Ok(())
}

#[tokio::test]
async fn a_token_covers_the_tools_of_its_scopes() -> anyhow::Result<()> {
    let issuer = Issuer::new("k1")?;
    let rig = rig(&issuer).await?;
    let token = |scope: &str| issuer.token(&with(claims(&rig), "scope", json!(scope)));
    let reads = list().of(&token("tools:read profile")).send(&rig).await?.body;
    assert!(reads.contains("list_events") && !reads.contains("create_event"));
    for none in ["", "tools:readwrite", "TOOLS:READ"] {
        let nothing = list().of(&token(none)).send(&rig).await?.message()?;
        assert_eq!(nothing.pointer("/result/tools"), Some(&json!([])), "{none}");
    }
    Ok(())
}

#[tokio::test]
async fn the_metadata_says_who_issues_tokens_and_for_what() -> anyhow::Result<()> {
    let rig = rig(&Issuer::new("k1")?).await?;
    let challenge = list().send(&rig).await?;
    let challenge = challenge.header("www-authenticate").context("a challenge")?.to_owned();
    let path = "/.well-known/oauth-protected-resource/mcp";
    assert!(challenge.contains(&format!("resource_metadata=\"{}\"", rig.base.join(path)?)), "{challenge}");
    let document = Raw::bare(Method::GET).to(path).send_whole(&rig).await?.message()?;
    assert_eq!(document.get("resource"), Some(&json!(rig.base.join("/mcp")?.as_str())));
    assert_eq!(document.get("scopes_supported"), Some(&json!(["tools:read", "tools:write"])));
    assert_eq!(document.pointer("/bearer_methods_supported"), Some(&json!(["header"])));
    let server = document.pointer("/authorization_servers/0").and_then(Value::as_str);
    assert_eq!(server.map(|url| url.trim_end_matches('/')), Some(ISSUER));
    Ok(())
}

#[tokio::test]
async fn without_an_authorization_server_there_is_no_metadata() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let path = "/.well-known/oauth-protected-resource/mcp";
    assert_eq!(Raw::bare(Method::GET).to(path).send_whole(&rig).await?.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[test]
fn keys_that_both_sign_and_verify_are_not_taken() {
    let secret = json!({ "keys": [{ "kty": "oct", "kid": "k1", "alg": "HS256", "k": "c2VjcmV0" }] });
    let refused = JwtKeys::from_jwks(&secret.to_string()).err();
    assert_eq!(refused, Some(JwtKeysError::Unsupported { position: 1 }));
    for nothing in ["", "{}", r#"{"keys":[]}"#] {
        assert_eq!(JwtKeys::from_jwks(nothing).err(), Some(JwtKeysError::NotAKeySet), "{nothing}");
    }
}
