use std::{collections::BTreeMap, time::Duration};

use anyhow::Result;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use url::Url;

use bailee_core::{
    ClientCredentials, ClientId, Credential, Exchange, ExposeSecret, Grant, OAuthScopes, Provider as _,
    ProviderError, Refresh, Renewal, Revoke, SecretString, Validate,
};
use bailee_providers::Google;
use bailee_testkit::MockClock;

use crate::support::{
    ALL, CLIENT, Kit, REDIRECT, SUBJECT, VERIFIER, ada, credential, google_that_hangs_up, secret, texts,
};

fn id_token(audience: &str, issuer: &str) -> String {
    let claims = format!(
        r#"{{"iss":"{issuer}","aud":"{audience}","sub":"{SUBJECT}","email":"ada@example.test","exp":1}}"#
    );
    format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
}

fn tokens(id_token: &str) -> String {
    format!(
        r#"{{"access_token":"ya29.first","expires_in":3599,"refresh_token":"1//0new",
        "scope":"https://www.googleapis.com/auth/calendar https://www.googleapis.com/auth/userinfo.email openid",
        "token_type":"Bearer","id_token":"{id_token}"}}"#
    )
}

async fn exchange(google: &Google) -> Result<Result<Grant, ProviderError>> {
    let request = Exchange {
        client: ClientCredentials {
            client_id: &ClientId::new(CLIENT)?,
            secret: Some(&secret("GOCSPX-secret")),
        },
        code: &secret("4/0AbCd"),
        pkce_verifier: &secret(VERIFIER),
        redirect_uri: &Url::parse(REDIRECT)?,
        requested: &OAuthScopes::parse(ALL)?,
        clock: &MockClock::new(),
    };
    Ok(google.exchange(request).await)
}

#[tokio::test]
async fn an_exchange_brings_home_tokens_scopes_and_the_account_of_the_id_token() -> Result<()> {
    let kit = Kit::answering([(200, &tokens(&id_token(CLIENT, "https://accounts.google.com")))]).await?;
    let grant = exchange(&kit.google).await??;
    assert_eq!(grant.credential.access_token.expose_secret(), "ya29.first");
    let refresh_token = grant.credential.refresh_token.as_ref().map(ExposeSecret::expose_secret);
    assert_eq!(refresh_token, Some("1//0new"));
    assert_eq!(grant.account, ada()?);
    assert_eq!(grant.expires_in, Some(Duration::from_secs(3599)));
    assert_eq!(grant.granted.as_ref().map(OAuthScopes::as_str), Some(ALL), "in our spelling");
    let seen = kit.only()?;
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/token"));
    assert_eq!(seen.authorization, None);
    assert_eq!(
        seen.form(),
        texts([
            ("client_id", CLIENT),
            ("client_secret", "GOCSPX-secret"),
            ("code", "4/0AbCd"),
            ("code_verifier", VERIFIER),
            ("grant_type", "authorization_code"),
            ("redirect_uri", REDIRECT),
        ])
    );
    Ok(())
}

#[tokio::test]
async fn the_old_issuer_spelling_is_taken_and_another_client_or_issuer_is_not() -> Result<()> {
    let kit = Kit::answering([(200, &tokens(&id_token(CLIENT, "accounts.google.com")))]).await?;
    assert!(exchange(&kit.google).await?.is_ok());
    for (audience, issuer) in [("other", "https://accounts.google.com"), (CLIENT, "https://evil.example")] {
        let kit = Kit::answering([(200, &tokens(&id_token(audience, issuer)))]).await?;
        let error = exchange(&kit.google).await?.err();
        assert!(matches!(error, Some(ProviderError::Malformed { .. })), "{error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn without_an_id_token_userinfo_tells_the_account_and_without_scope_all_was_granted() -> Result<()> {
    let userinfo = format!(r#"{{"sub":"{SUBJECT}","email":"ada@example.test","hd":"example.test"}}"#);
    let kit =
        Kit::answering([(200, r#"{"access_token":"ya29.first","token_type":"Bearer"}"#), (200, &userinfo)])
            .await?;
    let grant = exchange(&kit.google).await??;
    assert_eq!(grant.account, ada()?);
    assert_eq!(grant.granted.as_ref().map(OAuthScopes::as_str), Some(ALL));
    assert!(grant.credential.refresh_token.is_none() && grant.expires_in.is_none());
    let seen = kit.seen();
    let [_, second] = seen.as_slice() else { anyhow::bail!("{seen:?}") };
    assert_eq!((second.method.as_str(), second.path.as_str()), ("GET", "/v1/userinfo"));
    assert_eq!(second.authorization.as_deref(), Some("Bearer ya29.first"));
    Ok(())
}

#[tokio::test]
async fn an_exchange_without_an_account_brings_nothing_home() -> Result<()> {
    for userinfo in [(401, "{}"), (200, r#"{"email":"ada@example.test"}"#), (200, r#"{"sub":""}"#)] {
        let kit = Kit::answering([(200, r#"{"access_token":"ya29.first"}"#), userinfo]).await?;
        let error = exchange(&kit.google).await?.err();
        assert!(matches!(error, Some(ProviderError::Malformed { .. })), "{error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_exchange_is_sent_once_whatever_happens() -> Result<()> {
    for (status, body) in [(400, r#"{"error":"invalid_grant"}"#), (500, ""), (200, "<html>")] {
        let kit = Kit::answering([(status, body)]).await?;
        assert!(exchange(&kit.google).await?.is_err());
        assert_eq!(kit.seen().len(), 1, "{status}");
    }
    let error = exchange(&google_that_hangs_up().await?).await?.err();
    assert_eq!(error, Some(ProviderError::OutcomeUnknown));
    Ok(())
}

async fn refresh(google: &Google, credential: &Credential) -> Result<Result<Renewal, ProviderError>> {
    let request = Refresh {
        client: ClientCredentials {
            client_id: &ClientId::new(CLIENT)?,
            secret: Some(&secret("GOCSPX-secret")),
        },
        credential,
    };
    Ok(google.refresh(request).await)
}

#[tokio::test]
async fn a_refresh_leaves_the_refresh_token_as_it_is() -> Result<()> {
    let answer = r#"{"access_token":"ya29.second","expires_in":3599,"token_type":"Bearer",
        "scope":"openid https://www.googleapis.com/auth/userinfo.email"}"#;
    let kit = Kit::answering([(200, answer)]).await?;
    let renewal = refresh(&kit.google, &credential()).await??;
    assert_eq!(renewal.access_token.expose_secret(), "ya29.second");
    assert!(renewal.refresh_token.is_none());
    assert_eq!(renewal.granted.as_ref().map(OAuthScopes::as_str), Some("email openid"));
    assert_eq!(
        kit.only()?.form(),
        texts([
            ("client_id", CLIENT),
            ("client_secret", "GOCSPX-secret"),
            ("grant_type", "refresh_token"),
            ("refresh_token", "1//0refresh"),
        ])
    );
    Ok(())
}

#[tokio::test]
async fn the_errors_of_a_refresh_tell_dead_grants_from_everything_else() -> Result<()> {
    let dead = |reason| ProviderError::GrantRevoked { reason };
    for (status, body, expected) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
            dead("invalid_grant"),
        ),
        (400, r#"{"error":"invalid_grant","error_description":"Bad Request"}"#, dead("invalid_grant")),
        (400, r#"{"error":"invalid_grant","error_subtype":"invalid_rapt"}"#, dead("invalid_rapt")),
        (400, r#"{"error":"admin_policy_enforced"}"#, dead("admin_policy_enforced")),
        (401, r#"{"error":"invalid_client"}"#, ProviderError::Client),
        (401, r#"{"error":"deleted_client"}"#, ProviderError::Client),
        (503, r#"{"error":"admin_policy_enforced"}"#, ProviderError::Unavailable { retry_after: None }),
        (429, "", ProviderError::RateLimited { retry_after: None }),
    ] {
        let kit = Kit::answering([(status, body)]).await?;
        assert_eq!(refresh(&kit.google, &credential()).await?.err(), Some(expected), "{body}");
    }
    let error = refresh(&google_that_hangs_up().await?, &credential()).await?.err();
    assert_eq!(error, Some(ProviderError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn without_a_refresh_token_nothing_is_asked() -> Result<()> {
    let kit = Kit::answering([]).await?;
    let error = refresh(&kit.google, &Credential::new(secret("ya29.access"))).await?.err();
    assert_eq!(error, Some(ProviderError::Unsupported));
    assert!(kit.seen().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_probe_tells_the_account_or_that_the_token_is_refused() -> Result<()> {
    let rate_limited = r#"{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}"#;
    let access_token = secret("ya29.access");
    let validate = Validate {
        access_token: &access_token,
        further: &BTreeMap::new(),
        account: &ada()?,
        config: &serde_json::Map::new(),
    };
    let kit = Kit::answering([
        (200, r#"{"sub":"110248495921238986420","email":"ada@example.test"}"#),
        (401, r#"{"error":"invalid_request","error_description":"Invalid Credentials"}"#),
        (403, rate_limited),
        (502, "<html>"),
    ])
    .await?;
    assert_eq!(kit.google.validate(validate).await?.account, Some(ada()?));
    for expected in [
        ProviderError::TokenRejected,
        ProviderError::RateLimited { retry_after: None },
        ProviderError::Unavailable { retry_after: None },
    ] {
        assert_eq!(kit.google.validate(validate).await.err(), Some(expected));
    }
    let error = google_that_hangs_up().await?.validate(validate).await.err();
    assert_eq!(error, Some(ProviderError::Unavailable { retry_after: None }), "a read may be repeated");
    Ok(())
}

#[tokio::test]
async fn a_revocation_sends_one_token_and_no_authorization() -> Result<()> {
    let id = ClientId::new(CLIENT)?;
    let client_secret: SecretString = secret("GOCSPX-secret");
    let client = Some(ClientCredentials { client_id: &id, secret: Some(&client_secret) });
    for (credential, token) in
        [(credential(), "1//0refresh"), (Credential::new(secret("ya29.access")), "ya29.access")]
    {
        let kit = Kit::answering([(200, "{}")]).await?;
        let request = Revoke { client, credential: &credential };
        kit.google.revoke(request).await?;
        let seen = kit.only()?;
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/revoke"));
        assert_eq!(seen.authorization, None);
        assert_eq!(seen.form(), texts([("token", token)]));
    }
    Ok(())
}

#[tokio::test]
async fn the_answers_to_a_revocation_tell_done_from_again_from_never() -> Result<()> {
    for (status, body, expected) in [
        (400, r#"{"error":"invalid_token"}"#, ProviderError::AlreadyDone),
        (
            400,
            r#"{"error":"invalid_request"}"#,
            ProviderError::Rejected { status: 400, code: "invalid_request" },
        ),
        (404, "<html>", ProviderError::Rejected { status: 404, code: "other" }),
        (503, "", ProviderError::Unavailable { retry_after: None }),
    ] {
        let kit = Kit::answering([(status, body)]).await?;
        let request = Revoke { client: None, credential: &credential() };
        assert_eq!(kit.google.revoke(request).await, Err(expected), "{body}");
    }
    Ok(())
}
