//! Connections that do not do what they should.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bailee_core::ProviderError;
use bailee_oauth::{HttpOptions, Timeouts};
use bailee_testkit::mock_provider::Fault;
use hostile_tests::{Server, Then, answer};

use crate::rig::{DOWN, Refused, Rig, timings};

/// The deadline of a request in the tests of slow servers.
const DEADLINE: Duration = Duration::from_millis(400);

const A_SECOND: Duration = Duration::from_secs(1);

const TOKENS: &[u8] = br#"{"access_token":"at","token_type":"Bearer","expires_in":3600}"#;

/// T18. The whole answer would take minutes.
#[tokio::test]
async fn one_byte_each_second_ends_at_the_deadline_of_the_request() -> Result<()> {
    let body = answer("200 OK", "Content-Type: application/json\r\n", TOKENS);
    let server = Server::start(Then::Drip { bytes: body, pause: A_SECOND })?;
    let impatient = HttpOptions::default().with_timeouts(Timeouts { token: DEADLINE, ..Timeouts::default() });
    let patient = HttpOptions::default()
        .with_timeouts(Timeouts { token: Duration::from_mins(10), ..Timeouts::default() });
    let short = timings().with_request(DEADLINE);
    // The client's own deadline, and the engine's where a provider has none.
    for (options, timings) in [(&impatient, timings()), (&patient, short)] {
        let begun = tokio::time::Instant::now();
        let rig = Rig::new().await?;
        rig.refresh_fails(&rig.at_with(&server, options, timings)?, &Refused::lost()).await?;
        let rig = Rig::new().await?;
        let evil = rig.at_with(&server, options, timings)?;
        rig.exchange_fails(&evil, &ProviderError::OutcomeUnknown).await?;
        ensure!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    }
    Ok(())
}

/// T18, where only the body is slow.
#[tokio::test]
async fn a_body_of_one_byte_each_second_ends_at_the_deadline_too() -> Result<()> {
    let body = [b"HTTP/1.1 200 OK\r\nContent-Length: 61\r\n\r\n", TOKENS].concat();
    let (head, rest) = body.split_at(body.len() - TOKENS.len());
    let flood = Then::Flood { head: [head, &rest[..1]].concat(), filling: b' ', most: 0 };
    let server = Server::start(flood)?;
    let impatient = HttpOptions::default().with_timeouts(Timeouts { token: DEADLINE, ..Timeouts::default() });
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.at_with(&server, &impatient, timings())?, &Refused::lost()).await?;
    let rig = Rig::new().await?;
    rig.exchange_fails(&rig.at_with(&server, &impatient, timings())?, &ProviderError::OutcomeUnknown).await
}

/// T19.
#[tokio::test]
async fn a_redirect_is_followed_nowhere() -> Result<()> {
    let trap = Server::start(Then::Answer(answer("200 OK", "Content-Type: application/json\r\n", TOKENS)))?;
    for status in ["301 Moved", "302 Found", "303 Other", "307 Temporary", "308 Permanent"] {
        for target in [trap.url().as_str(), "http://169.254.169.254/latest/meta-data/"] {
            let location = format!("Location: {target}\r\n");
            let server = Server::start(Then::Answer(answer(status, &location, b"")))?;
            let rig = Rig::new().await?;
            rig.refresh_fails(&rig.at(&server)?, &Refused::later()).await.context(status)?;
            let rig = Rig::new().await?;
            rig.exchange_fails(&rig.at(&server)?, &DOWN).await.context(status)?;
        }
    }
    ensure!(trap.connections() == 0, "{} came", trap.connections());
    Ok(())
}

/// T28.
#[tokio::test]
async fn headers_of_a_mebibyte_are_not_taken() -> Result<()> {
    let one = format!("X-Flood: {}\r\n", "x".repeat(1024 * 1024));
    let many = "X-Flood: x\r\n".repeat(90_000);
    for headers in [one, many] {
        let server = Server::start(Then::Answer(answer("200 OK", &headers, TOKENS)))?;
        refused_headers(&server).await?;
    }
    let endless = b"HTTP/1.1 200 OK\r\nX-Flood: ".to_vec();
    let server = Server::start(Then::Flood { head: endless, filling: b'x', most: 64 * 1024 * 1024 })?;
    refused_headers(&server).await?;
    let (taken, connections) = (server.taken(Duration::from_secs(20)).await?, server.connections() as u64);
    ensure!(taken < connections * 4 * 1024 * 1024, "{taken} bytes were taken by {connections} requests");
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.faulty(Fault::HeaderFlood(1024 * 1024)), &Refused::lost()).await
}

async fn refused_headers(server: &Server) -> Result<()> {
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.at(server)?, &Refused::lost()).await?;
    let rig = Rig::new().await?;
    rig.exchange_fails(&rig.at(server)?, &ProviderError::OutcomeUnknown).await
}
