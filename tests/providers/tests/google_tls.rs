//! Whose certificate is taken.

use anyhow::{Context as _, Result};

use bailee_core::{Credential, ProviderError, SecretString};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_testkit::MockGoogle;
use provider_tests::GoogleKit;

fn trusting(mock: &MockGoogle) -> Result<HttpClient> {
    let root = mock.root_certificate_der().context("a root")?.to_vec();
    Ok(HttpClient::new(&HttpOptions::default().with_root_certificate_der(root))?)
}

/// A refresh that must not get through.
async fn refused(kit: &GoogleKit) -> Result<()> {
    let credential =
        Credential::new(SecretString::from("access")).with_refresh_token(SecretString::from("refresh"));
    let answer = kit.refresh(&credential).await.map(drop);
    assert_eq!(answer, Err(ProviderError::Unavailable { retry_after: None }));
    assert_eq!(kit.mock.requests().len(), 0, "requests");
    Ok(())
}

#[tokio::test]
async fn an_authority_that_is_trusted_is_taken() -> Result<()> {
    let mock = MockGoogle::start_tls().await?;
    let pem = mock.root_certificate_pem().context("a root")?;
    let options = HttpOptions::default().with_root_certificates_pem(pem.as_bytes())?;
    let kit = GoogleKit::with(mock, HttpClient::new(&options)?)?;
    let grant = kit.connect().await?;
    assert!(kit.refresh(&grant.credential).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn an_authority_that_nobody_trusts_gets_nothing() -> Result<()> {
    let mock = MockGoogle::start_tls().await?;
    refused(&GoogleKit::with(mock, HttpClient::new(&HttpOptions::default())?)?).await
}

#[tokio::test]
async fn a_certificate_for_another_host_gets_nothing() -> Result<()> {
    let mock = MockGoogle::builder().tls_for(&["other.example"]).start().await?;
    let http = trusting(&mock)?;
    refused(&GoogleKit::with(mock, http)?).await
}

#[tokio::test]
async fn a_client_for_the_internet_sends_nothing_without_tls() -> Result<()> {
    let mock = MockGoogle::start().await?;
    let kit = GoogleKit::with(mock, HttpClient::new(&HttpOptions::default())?)?;
    let credential =
        Credential::new(SecretString::from("access")).with_refresh_token(SecretString::from("refresh"));
    assert!(kit.refresh(&credential).await.is_err());
    assert_eq!(kit.mock.requests().len(), 0);
    Ok(())
}
