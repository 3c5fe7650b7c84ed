//! T95: what a provider repeats of a request is in no error.

use std::{error::Error, fmt::Write as _};

use anyhow::{Result, ensure};
use bailee_engine::TokenError;
use bailee_testkit::returned;
use hostile_tests::{Server, Then, answer};
use serde_json::json;
use test_support::person;
use url::form_urlencoded;

use crate::rig::{LIFETIME, Rig};

/// The secrets of a request: whatever its parameters hold.
fn parameter<'a>(body: &'a str, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    form_urlencoded::parse(body.as_bytes()).find_map(|(mine, value)| (mine == name).then_some(value))
}

const SECRETS: [&str; 4] = ["client_secret", "code", "code_verifier", "refresh_token"];

fn described(body: &str) -> Vec<u8> {
    let json = json!({ "error": "invalid_request", "error_description": body, "error_uri": body });
    answer("400 Bad", "Content-Type: application/json\r\n", json.to_string().as_bytes())
}

fn named(body: &str) -> Vec<u8> {
    let word = parameter(body, "refresh_token").or_else(|| parameter(body, "code"));
    let json = json!({ "error": word, "error_subtype": word });
    answer("400 Bad", "Content-Type: application/json\r\n", json.to_string().as_bytes())
}

fn succeeded(body: &str) -> Vec<u8> {
    let json = json!({ "ok": false, "error": body, "access_token": body, "token_type": body });
    answer("200 OK", "Content-Type: application/json\r\n", json.to_string().as_bytes())
}

fn as_a_page(body: &str) -> Vec<u8> {
    let page = format!("<!doctype html><p>Cannot handle {body}</p>");
    answer("500 Failed", "Content-Type: text/html\r\n", page.as_bytes())
}

fn in_headers(body: &str) -> Vec<u8> {
    let headers =
        format!("WWW-Authenticate: Bearer error=\"{body}\"\r\nRetry-After: {body}\r\nX-{body}: 1\r\n");
    answer("401 No", &headers, body.as_bytes())
}

fn in_a_broken_answer(body: &str) -> Vec<u8> {
    answer("200 OK", "Content-Type: application/json\r\n", format!("{{\"{body}\":}}").as_bytes())
}

fn in_the_status(body: &str) -> Vec<u8> {
    answer(&format!("400 {body}"), "Content-Type: application/json\r\n", b"{}")
}

/// Everything that an error shows of itself and of its causes.
fn shown(error: &impl Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(shown, " {cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    shown
}

#[tokio::test]
async fn an_error_repeats_nothing_of_what_a_provider_repeats() -> Result<()> {
    for echo in [described, named, succeeded, as_a_page, in_headers, in_a_broken_answer, in_the_status] {
        let server = Server::start(Then::Echo(echo))?;
        let rig = Rig::new().await?;
        let evil = rig.at(&server)?;
        let before = rig.kept().await?;
        let (callback, nonce) = rig.approved(&evil.bailee, &rig.owner).await?;
        let (back, session) = (returned("google", &callback), person(rig.owner.clone()));
        let Err(exchange) = evil.bailee.arrived(back, Some(&session), Some(&nonce)).await else {
            anyhow::bail!("an echo is no grant");
        };
        rig.clock.advance(LIFETIME);
        let Err(refresh) = rig.token(&evil.bailee).await else { anyhow::bail!("an echo is no token") };
        ensure!(!matches!(refresh, TokenError::NeedsReconnect { .. }), "{refresh:?}");
        let shown = [shown(&exchange), shown(&refresh)].concat();
        let requests = server.requests();
        ensure!(requests.len() >= 2, "{} requests", requests.len());
        let mut looked_for = 0;
        for secret in requests.iter().flat_map(|body| SECRETS.map(|name| parameter(body, name))).flatten() {
            ensure!(secret.len() >= 16, "too short to be looked for");
            ensure!(!shown.contains(&*secret), "{shown}");
            looked_for += 1;
        }
        ensure!(looked_for >= 5, "only {looked_for} secrets were sent");
        ensure!(rig.kept().await? == before, "the row changed");
        rig.heals(&before).await?;
    }
    Ok(())
}
