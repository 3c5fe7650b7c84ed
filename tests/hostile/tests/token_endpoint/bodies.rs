//! Answers that arrive and are not what they should be.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bailee_core::ProviderError;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use hostile_tests::{Server, Then, answer, bomb};
use serde_json::{Value, json};

use crate::rig::{DOWN, Refused, Rig, malformed};

/// The sockets on both sides keep some of it, whatever the client reads.
const MOST_TAKEN: u64 = 4 * 1024 * 1024;

const GENEROUS: Duration = Duration::from_secs(20);

const NO_OBJECT: ProviderError = malformed("the body is not a JSON object");

/// A refresh and an exchange that meet this fault, on hosts of their own.
async fn both_fail(fault: Fault, refused: &Refused, exchange: &ProviderError) -> Result<()> {
    let about = format!("{fault:?}");
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.faulty(fault.clone()), refused).await.with_context(|| about.clone())?;
    let rig = Rig::new().await?;
    rig.exchange_fails(&rig.faulty(fault), exchange).await.with_context(|| about)
}

async fn both_fail_at(server: &Server, refused: &Refused, exchange: &ProviderError) -> Result<()> {
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.at(server)?, refused).await?;
    let rig = Rig::new().await?;
    rig.exchange_fails(&rig.at(server)?, exchange).await
}

/// T16.
#[tokio::test]
async fn a_body_of_ten_gibibytes_is_cut_at_sixty_four_kibibytes() -> Result<()> {
    let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for length in ["Content-Length: 10737418240\r\n", "Connection: close\r\n"] {
        let head = format!("{json}{length}\r\n{{\"access_token\":\"").into_bytes();
        let server = Server::start(Then::Flood { head, filling: b'a', most: 64 * 1024 * 1024 })?;
        both_fail_at(&server, &Refused::later(), &malformed("the body is too large")).await?;
        let (taken, connections) = (server.taken(GENEROUS).await?, server.connections() as u64);
        ensure!(connections == 4, "{connections} requests");
        ensure!(taken < connections * MOST_TAKEN, "{taken} bytes were taken by {connections} requests");
    }
    let mut one_byte_more = br#"{"access_token":"at","token_type":"Bearer"}"#.to_vec();
    one_byte_more.resize(64 * 1024 + 1, b' ');
    let server = Server::start(Then::Answer(answer("200 OK", "", &one_byte_more)))?;
    both_fail_at(&server, &Refused::later(), &malformed("the body is too large")).await
}

/// T17.
#[tokio::test]
async fn a_gzip_bomb_is_not_unpacked() -> Result<()> {
    let head = br#"{"access_token":"at","token_type":"Bearer","expires_in":3600,"filling":""#;
    let bomb = bomb(head, 9_000_000, b"\"}");
    ensure!(bomb.len() < 64 * 1024, "its {} bytes are within the limit until they are unpacked", bomb.len());
    for encoding in ["gzip", "GZIP", "x-gzip", "identity, gzip"] {
        let headers = format!("Content-Type: application/json\r\nContent-Encoding: {encoding}\r\n");
        let server = Server::start(Then::Answer(answer("200 OK", &headers, &bomb)))?;
        let compressed = malformed("the body is compressed");
        both_fail_at(&server, &Refused::later(), &compressed).await.context(encoding)?;
    }
    // Without saying so, it is what it looks like.
    let server = Server::start(Then::Answer(answer("200 OK", "", &bomb)))?;
    both_fail_at(&server, &Refused::later(), &NO_OBJECT).await?;
    both_fail(Fault::Gzip, &Refused::later(), &malformed("the body is compressed")).await
}

/// T20.
#[tokio::test]
async fn a_page_in_place_of_a_token_is_an_outage() -> Result<()> {
    both_fail(Fault::Html, &Refused::later(), &NO_OBJECT).await?;
    both_fail(Fault::WrongJson, &Refused::later(), &NO_OBJECT).await?;
    for status in [500, 502, 504] {
        both_fail(Fault::Status(status), &Refused::later(), &DOWN).await?;
    }
    // What a proxy in between says with a status of ours is not believed of a grant either.
    for status in [400, 401, 403] {
        both_fail(Fault::Status(status), &Refused::later(), &NO_OBJECT).await?;
    }
    Ok(())
}

/// T21.
#[tokio::test]
async fn an_error_in_a_success_is_that_error() -> Result<()> {
    let rejected = |code| ProviderError::Rejected { status: 200, code };
    for (word, refused, exchange) in [
        ("bad", Refused::config(), rejected("other")),
        ("invalid_scope", Refused::config(), rejected("invalid_scope")),
        ("invalid_client", Refused::config(), ProviderError::Client),
        ("temporarily_unavailable", Refused::later(), DOWN),
        ("slow_down", Refused::later(), ProviderError::RateLimited { retry_after: None }),
    ] {
        both_fail(Fault::ErrorIn200(word.to_owned()), &refused, &exchange).await?;
    }
    // A token beside the error is not taken for a success.
    let json = json!({ "ok": false, "error": "bad", "access_token": "at", "token_type": "Bearer" });
    both_fail(Fault::Answer { status: 200, json }, &Refused::config(), &rejected("other")).await
}

/// T24.
#[tokio::test]
async fn an_answer_without_an_access_token_leaves_the_old_one() -> Result<()> {
    let missing = malformed("there is no access token");
    both_fail(Fault::NoAccessToken, &Refused::later(), &missing).await?;
    for json in [json!({}), json!({ "access_token": null }), json!({ "refresh_token": "rt" })] {
        both_fail(Fault::Answer { status: 200, json }, &Refused::later(), &missing).await?;
    }
    Ok(())
}

/// T25.
#[tokio::test]
async fn a_token_of_another_type_is_refused() -> Result<()> {
    for kind in ["mac", "DPoP", "N_A", ""] {
        let unknown = malformed("the token is of an unknown type");
        both_fail(Fault::TokenType(kind.to_owned()), &Refused::later(), &unknown).await?;
    }
    Ok(())
}

/// T27.
#[tokio::test]
async fn broken_json_is_an_outage_and_no_panic() -> Result<()> {
    let tokens = r#""access_token":"at","token_type":"Bearer","expires_in":3600"#;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    let bodies: [Vec<u8>; 10] = [
        format!("{{{tokens},\"x\":{deep}}}").into(),
        format!("{{{tokens},\"x\":{objects}}}").into(),
        deep.into(),
        "[".repeat(60_000).into(),
        format!("\u{FEFF}{{{tokens}}}").into(),
        [br#"{"access_token":"a"#, &b"\xFF\xFE"[..], br#"t","token_type":"Bearer"}"#].concat(),
        format!("{{\"access_token\":\"other\",{tokens}}}").into(),
        format!("{{{tokens}}}{{{tokens}}}").into(),
        format!("{{{tokens}").into(),
        Vec::new(),
    ];
    for body in bodies {
        let body = Fault::Body(body.into());
        both_fail(body, &Refused::later(), &NO_OBJECT).await?;
    }
    both_fail(Fault::DuplicateKeys, &Refused::later(), &NO_OBJECT).await
}

/// T31.
#[tokio::test]
async fn a_token_with_control_characters_never_becomes_a_header() -> Result<()> {
    let unusable = malformed("a token is not visible ASCII");
    for token in ["at\r\nX-Evil: 1", "at\n", "\r", "a\0t", "a\u{7F}t", "a\tt", "a t", "ät", ""] {
        let rig = Rig::new().await?;
        let evil = rig.faulty(Fault::AccessToken(token.to_owned()));
        rig.refresh_fails(&evil, &Refused::later()).await.with_context(|| format!("{token:?}"))?;
        let rig = Rig::new().await?;
        let evil = rig.faulty(Fault::AccessToken(token.to_owned()));
        rig.exchange_fails(&evil, &unusable).await.with_context(|| format!("{token:?}"))?;
        ensure!(rig.mock.count_of(Endpoint::UserInfo) == 0, "nobody was asked with {token:?}");
    }
    for refresh_token in ["rt\r\nX-Evil: 1", "r\0t", "r t"] {
        let json: Value =
            json!({ "access_token": "at", "refresh_token": refresh_token, "token_type": "Bearer" });
        both_fail(Fault::Answer { status: 200, json }, &Refused::later(), &unusable).await?;
    }
    Ok(())
}
