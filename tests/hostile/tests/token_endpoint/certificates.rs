//! T29: whom a token endpoint must be to get anything.

use anyhow::{Result, ensure};
use bailee_oauth::HttpOptions;
use bailee_testkit::MockGoogle;
use hostile_tests::{Certificate, Server, Then, answer};

use crate::rig::{DOWN, Refused, Rig, timings};

const REFUSED: &[u8] = br#"{"error":"temporarily_unavailable"}"#;

/// A refresh and an exchange before a server of which nothing may learn anything.
async fn gets_nothing(certificate: &Certificate, options: &HttpOptions) -> Result<()> {
    let server = Server::start_tls(certificate, Then::Answer(answer("400 Bad", "", REFUSED)))?;
    let nothing = Refused { sent: 0, ..Refused::later() };
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.at_with(&server, options, timings())?, &nothing).await?;
    let rig = Rig::new().await?;
    let evil = rig.at_with(&server, options, timings())?;
    let before = rig.kept().await?;
    let (callback, nonce) = rig.approved(&evil.bailee, &rig.owner).await?;
    let (back, session) =
        (bailee_testkit::returned("google", &callback), test_support::person(rig.owner.clone()));
    let refused = evil.bailee.arrived(back, Some(&session), Some(&nonce)).await.err();
    ensure!(refused == Some(DOWN.into()), "{refused:?}");
    ensure!(rig.kept().await? == before, "the row changed");
    ensure!(server.connections() == 3, "{} connections: two refreshes, one exchange", server.connections());
    ensure!(server.requests().is_empty(), "something was sent");
    Ok(())
}

#[tokio::test]
async fn a_self_signed_certificate_gets_nothing() -> Result<()> {
    gets_nothing(&Certificate::self_signed("127.0.0.1")?, &HttpOptions::default()).await
}

#[tokio::test]
async fn a_certificate_for_another_host_gets_nothing() -> Result<()> {
    for name in ["other.example", "127.0.0.2", "localhost"] {
        let certificate = Certificate::self_signed(name)?;
        let trusting = HttpOptions::default().with_root_certificate_der(certificate.der());
        gets_nothing(&certificate, &trusting).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_ran_out_gets_nothing() -> Result<()> {
    let certificate = Certificate::expired("127.0.0.1")?;
    let trusting = HttpOptions::default().with_root_certificate_der(certificate.der());
    gets_nothing(&certificate, &trusting).await
}

#[tokio::test]
async fn a_certificate_that_is_trusted_and_fits_gets_the_request() -> Result<()> {
    let certificate = Certificate::self_signed("127.0.0.1")?;
    let trusting = HttpOptions::default().with_root_certificate_der(certificate.der());
    let server = Server::start_tls(&certificate, Then::Answer(answer("400 Bad", "", REFUSED)))?;
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.at_with(&server, &trusting, timings())?, &Refused::later()).await?;
    let rig = Rig::new().await?;
    rig.exchange_fails(&rig.at_with(&server, &trusting, timings())?, &DOWN).await
}

/// A stranger in the place of the whole provider: the host that knows the right one is not taken in.
#[tokio::test]
async fn a_mock_with_a_certificate_of_nobody_gets_nothing() -> Result<()> {
    let stranger = MockGoogle::start_tls().await?;
    let rig = Rig::new().await?;
    let before = rig.kept().await?;
    let provider = test_support::google(&stranger)?;
    let host = rig.process(timings(), provider)?;
    rig.clock.advance(crate::rig::LIFETIME);
    let error = rig.token(&host).await.err();
    ensure!(error.is_some_and(|error| error.is_temporary()));
    ensure!(stranger.requests().is_empty(), "something was sent");
    ensure!(rig.kept().await? == before, "the row changed");
    rig.heals(&before).await
}
