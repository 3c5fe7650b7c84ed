//! What goes over the wire to a token endpoint, and what its answers mean.

use anyhow::Result;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::JoinHandle;
use url::Url;

use crate::support::{Then, answer, serve, serve_json};
use bailee_core::{ClientCredentials, ClientId, Exchange, OAuthScopes, ProviderError};
use bailee_oauth::{
    ClientAuthentication, HttpClient, HttpOptions, TokenAnswer, TokenEndpoint, TokenFailure,
    TokenRequestFormat,
};
use bailee_testkit::MockClock;

const TOKENS: &str = r#"{"access_token":"at","token_type":"Bearer","refresh_token":"rt"}"#;

fn endpoint(url: Url) -> Result<TokenEndpoint> {
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(TokenEndpoint::new(http, url.clone()).with_revocation(url))
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

async fn exchange(endpoint: &TokenEndpoint) -> Result<Result<TokenAnswer, ProviderError>> {
    Ok(endpoint
        .exchange(&Exchange {
            client: ClientCredentials { client_id: &ClientId::new("id:1")?, secret: Some(&secret("s %")) },
            code: &secret("4/0Ab"),
            pkce_verifier: &secret("verifier"),
            redirect_uri: &Url::parse("https://host.example/callback?a=1")?,
            requested: &OAuthScopes::default(),
            clock: &MockClock::new(),
        })
        .await)
}

async fn refresh(endpoint: &TokenEndpoint) -> Result<Result<TokenAnswer, ProviderError>> {
    let id = ClientId::new("c1")?;
    let client_secret = secret("s1");
    let client = ClientCredentials { client_id: &id, secret: Some(&client_secret) };
    Ok(endpoint.refresh(client, &secret("rt-0")).await)
}

async fn body_of(request: JoinHandle<Result<String>>) -> Result<(String, String)> {
    let request = request.await??;
    let (head, body) = request.split_once("\r\n\r\n").unwrap_or_default();
    Ok((head.to_owned(), body.to_owned()))
}

#[tokio::test]
async fn an_exchange_sends_code_verifier_and_redirect_uri_with_form_encoded_basic_authentication()
-> Result<()> {
    let (url, request) = serve_json("200 OK", TOKENS).await?;
    let answer = exchange(&endpoint(url)?).await??;
    assert_eq!(answer.access_token.expose_secret(), "at");
    let (head, body) = body_of(request).await?;
    assert!(head.starts_with("POST /path HTTP/1.1\r\n"), "{head}");
    // base64("id%3A1:s+%25")
    assert!(head.contains("authorization: Basic aWQlM0ExOnMrJTI1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded\r\n"), "{head}");
    assert_eq!(
        body,
        "grant_type=authorization_code&code=4%2F0Ab\
         &redirect_uri=https%3A%2F%2Fhost.example%2Fcallback%3Fa%3D1&code_verifier=verifier"
    );
    Ok(())
}

#[tokio::test]
async fn client_authentication_can_be_in_the_body_or_absent() -> Result<()> {
    let (url, request) = serve_json("200 OK", TOKENS).await?;
    let post = endpoint(url)?.with_authentication(ClientAuthentication::Post);
    refresh(&post).await??;
    let (head, body) = body_of(request).await?;
    assert!(!head.contains("authorization"), "{head}");
    assert_eq!(body, "grant_type=refresh_token&refresh_token=rt-0&client_id=c1&client_secret=s1");

    let (url, request) = serve_json("200 OK", TOKENS).await?;
    let public = endpoint(url)?.with_authentication(ClientAuthentication::None);
    refresh(&public).await??;
    let (head, body) = body_of(request).await?;
    assert!(!head.contains("authorization"), "{head}");
    assert_eq!(body, "grant_type=refresh_token&refresh_token=rt-0&client_id=c1");
    Ok(())
}

#[tokio::test]
async fn a_json_endpoint_gets_an_object_beside_basic_authentication() -> Result<()> {
    let (url, request) = serve_json("200 OK", TOKENS).await?;
    refresh(&endpoint(url)?.with_format(TokenRequestFormat::Json)).await??;
    let (head, body) = body_of(request).await?;
    assert!(head.contains("authorization: Basic YzE6czE=\r\n"), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    assert_eq!(body, r#"{"grant_type":"refresh_token","refresh_token":"rt-0"}"#);
    Ok(())
}

#[tokio::test]
async fn a_giant_answer_is_cut_at_64_kib() -> Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_owned();
    let (url, _server) = serve(Then::AnswerForEver(head)).await?;
    let error = refresh(&endpoint(url)?).await?.err();
    assert_eq!(error, Some(ProviderError::Malformed { problem: "the body is too large" }));
    let padding = " ".repeat(64 * 1024 - TOKENS.len());
    let (url, _server) = serve_json("200 OK", &format!("{TOKENS}{padding}")).await?;
    assert!(refresh(&endpoint(url)?).await?.is_ok(), "exactly 64 KiB");
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_leaves_the_outcome_unknown() -> Result<()> {
    let (url, _server) = serve(Then::Close).await?;
    assert_eq!(exchange(&endpoint(url)?).await?.err(), Some(ProviderError::OutcomeUnknown));
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_an_outage() -> Result<()> {
    let (url, _server) =
        serve(Then::Answer(answer("302 Found", "Location: http://127.0.0.1:9/\r\n", ""))).await?;
    assert_eq!(refresh(&endpoint(url)?).await?.err(), Some(ProviderError::Unavailable { retry_after: None }));
    Ok(())
}

#[tokio::test]
async fn a_hook_goes_before_the_rules() -> Result<()> {
    fn dead(failure: &TokenFailure<'_>) -> Option<ProviderError> {
        (failure.error == Some("invalid_request") && failure.member("error_description") == Some("dead"))
            .then_some(ProviderError::GrantRevoked { reason: "dead" })
    }
    for (description, expected) in [
        ("dead", ProviderError::GrantRevoked { reason: "dead" }),
        ("other", ProviderError::Rejected { status: 400, code: "invalid_request" }),
    ] {
        let body = format!(r#"{{"error":"invalid_request","error_description":"{description}"}}"#);
        let (url, _server) = serve_json("400 Bad Request", &body).await?;
        let endpoint = endpoint(url)?.with_failure_hook(dead);
        assert_eq!(refresh(&endpoint).await?.err(), Some(expected));
    }
    Ok(())
}

#[tokio::test]
async fn a_revocation_without_client_carries_the_token_alone() -> Result<()> {
    let (url, request) = serve(Then::Answer(answer("200 OK", "", ""))).await?;
    endpoint(url)?.revoke(None, &secret("rt"), Some("refresh_token")).await?;
    let (head, body) = body_of(request).await?;
    assert!(!head.contains("authorization"), "{head}");
    assert_eq!(body, "token=rt&token_type_hint=refresh_token");
    Ok(())
}

#[tokio::test]
async fn the_answers_to_a_revocation_say_what_became_of_it() -> Result<()> {
    let rejected = |status, code| Err(ProviderError::Rejected { status, code });
    for (status, body, expected) in [
        ("200 OK", "", Ok(())),
        ("200 OK", "<html>", Ok(())),
        ("204 No Content", "", Ok(())),
        ("200 OK", r#"{"ok":true}"#, Ok(())),
        ("200 OK", r#"{"ok":false,"error":"x"}"#, rejected(200, "other")),
        ("400 Bad", r#"{"error":"invalid_token"}"#, Err(ProviderError::AlreadyDone)),
        ("400 Bad", r#"{"error":"invalid_grant"}"#, Err(ProviderError::AlreadyDone)),
        ("400 Bad", r#"{"error":"invalid_request"}"#, rejected(400, "invalid_request")),
        ("400 Bad", r#"{"error":"unsupported_token_type"}"#, Err(ProviderError::Unsupported)),
        ("404 Not Found", "<html>", rejected(404, "other")),
        ("503 Down", "", Err(ProviderError::Unavailable { retry_after: None })),
    ] {
        let (url, _server) = serve(Then::Answer(answer(status, "", body))).await?;
        let result = endpoint(url)?.revoke(None, &secret("rt"), None).await;
        assert_eq!(result, expected, "{status} {body}");
    }
    let http = HttpClient::new(&HttpOptions::default())?;
    let without = TokenEndpoint::new(http, Url::parse("https://as.example/token")?);
    let result = without.revoke(None, &secret("rt"), None).await;
    assert_eq!(result, Err(ProviderError::Unsupported));
    Ok(())
}
