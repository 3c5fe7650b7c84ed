//! The search sees: whatever is planted in one of its places is found there. Alone in its process, as it listens to all of it.

use std::fmt;

use anyhow::ensure;
use axum::{Router, http::Request, response::Redirect, routing::get};
use bailee_core::Entropy as _;
use http_tests::send;
use leak_tests::{Answers, Capture, Drawn, Labels, Secrets, Told, dump, hex};
use test_support::{Engine, Raw, each_of};

const PLANTED: &str = "ya29.planted/and+to-be_found\n==";

/// What a careless crate would have.
#[derive(Clone, Debug)]
struct Careless {
    #[expect(dead_code, reason = "Debug prints it")]
    token: String,
}

impl fmt::Display for Careless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("careless")
    }
}

impl std::error::Error for Careless {}

/// An error that says nothing itself, and has a telling one below.
struct Wrapping(Telling);

impl fmt::Debug for Wrapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wrapping")
    }
}

impl fmt::Display for Wrapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something is wrong below")
    }
}

impl std::error::Error for Wrapping {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// As `serde_json` and others do: it repeats what it could not read.
struct Telling;

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telling")
    }
}

impl fmt::Display for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {PLANTED}")
    }
}

impl std::error::Error for Telling {}

fn planted() -> anyhow::Result<Secrets> {
    let mut secrets = Secrets::default();
    secrets.add("planted secret", PLANTED.as_bytes())?;
    Ok(secrets)
}

fn is_found(bytes: &[u8]) -> anyhow::Result<bool> {
    let found = planted()?.found_in("here", bytes)?;
    ensure!(!found.concat().contains(PLANTED), "a find repeats the secret");
    Ok(!found.is_empty())
}

#[test]
fn a_planted_secret_is_found_in_logs_of_both_kinds_and_in_labels() -> anyhow::Result<()> {
    let (log, labels) = (Capture::begin()?, Labels::begin()?);
    let span = tracing::trace_span!("planting", token = PLANTED);
    span.in_scope(|| tracing::trace!("nothing by itself"));
    ensure!(is_found(&log.bytes())?, "a field of a span was not found");
    let before = log.bytes().len();
    tracing::trace!(target: "another_crate", token = ?PLANTED.as_bytes());
    ensure!(is_found(&log.bytes().split_off(before))?, "a field of an event was not found");
    let before = log.bytes().len();
    log::trace!("{PLANTED:?}");
    ensure!(is_found(&log.bytes().split_off(before))?, "a record of the other kind was not found");
    metrics::counter!("planted", "token" => PLANTED).increment(1);
    ensure!(is_found(&labels.bytes())?, "a label was not found");
    Ok(())
}

#[test]
fn a_planted_secret_is_found_in_what_an_error_prints() -> anyhow::Result<()> {
    let careless = Careless { token: PLANTED.to_owned() };
    ensure!(!is_found(careless.to_string().as_bytes())?, "it is not displayed");
    for result in [Ok(careless.clone()), Err(careless)] {
        let mut told = Told::default();
        told.tell(&result);
        ensure!(is_found(told.text().as_bytes())?, "what Debug prints was not found");
    }
    let mut told = Told::default();
    told.tell(&Err::<(), _>(Wrapping(Telling)));
    ensure!(is_found(told.text().as_bytes())?, "what a source says was not found");
    Ok(())
}

#[tokio::test]
async fn a_planted_secret_is_found_in_answers_unless_it_was_to_be_shown() -> anyhow::Result<()> {
    let shown = "a-handle-of-ours-in-an-address";
    let router = Router::new()
        .route("/body", get(|| async { PLANTED }))
        .route("/page", get(move || async move { Redirect::to(&format!("https://a.example/?code={shown}")) }))
        .route(
            "/header",
            get(|| async {
                let planted: String = url::form_urlencoded::byte_serialize(PLANTED.as_bytes()).collect();
                Redirect::to(&format!("https://a.example/?token={planted}"))
            }),
        );
    for path in ["/body", "/header"] {
        let mut answers = Answers::default();
        answers.keep(send(&router, Request::get(path).body(axum::body::Body::empty())?).await?);
        ensure!(is_found(answers.bytes())?, "{path}");
    }
    let mut answers = Answers::default();
    answers.keep(send(&router, Request::get("/page").body(axum::body::Body::empty())?).await?);
    ensure!(answers.has_shown(shown) && !answers.has_shown(PLANTED), "a handle is shown to its page");
    Ok(())
}

#[test]
fn a_planted_secret_is_found_however_it_is_spelt() -> anyhow::Result<()> {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
    };

    let bytes = PLANTED.as_bytes();
    let percent: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let spelt = [
        format!("token={PLANTED}&"),
        format!("{bytes:?}"),
        format!("{bytes:#?}"),
        format!("\"{}\"", bytes.escape_ascii()),
        hex(bytes),
        hex(bytes).to_uppercase(),
        STANDARD.encode(bytes),
        URL_SAFE.encode(bytes),
        STANDARD.encode(format!("id:{PLANTED}")),
        URL_SAFE_NO_PAD.encode(format!("i:{PLANTED}")),
        serde_json::to_string(PLANTED)?,
        serde_json::to_string(bytes)?,
        percent.to_lowercase(),
        percent,
    ];
    for text in spelt {
        ensure!(is_found(format!("before {text} after").as_bytes())?, "{text} was not found");
    }
    let long = "0123456789".repeat(6);
    let mut secrets = Secrets::default();
    secrets.add("long secret", long.as_bytes())?;
    for cut in [long.get(..25), long.get(35..)] {
        let cut = cut.unwrap_or_default();
        ensure!(!secrets.found_in("here", cut.as_bytes())?.is_empty(), "a cut-off secret was not found");
    }
    ensure!(!is_found(b"nothing of the kind")?);
    Ok(())
}

#[test]
fn what_cannot_be_searched_for_is_refused() {
    assert!(Secrets::default().add("short", b"too short").is_err());
    assert!(Secrets::default().found_in("here", b"nothing to search for").is_err());
}

#[test]
fn what_the_engine_draws_is_known() -> anyhow::Result<()> {
    let drawn = Drawn::default();
    let mut secret = [0; 32];
    drawn.fill(&mut secret)?;
    drawn.fill(&mut [0; 16])?;
    ensure!(drawn.secrets() == [secret.to_vec()], "one secret was drawn, and an id");
    Ok(())
}

#[tokio::test]
async fn a_planted_secret_is_found_in_every_database() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        database.store().await?;
        let raw = Raw::open(database).await?;
        ensure!(!is_found(&dump(database).await?)?, "it is not there yet");
        let postgres = database.engine() == Engine::Postgres;
        let blob = if postgres { "BYTEA" } else { "BLOB" };
        raw.run(&format!("CREATE TABLE careless (id INTEGER NOT NULL, secret {blob}, text VARCHAR(255))"))
            .await?;
        for (column, value) in [("secret", PLANTED.as_bytes()), ("text", percent().as_bytes())] {
            let hex = hex(value);
            let value = match (postgres, column) {
                (true, "secret") => format!("'\\x{hex}'::bytea"),
                (_, "text") => format!("'{}'", percent()),
                _ => format!("x'{hex}'"),
            };
            raw.run(&format!("INSERT INTO careless (id, {column}) VALUES (1, {value})")).await?;
            ensure!(is_found(&dump(database).await?)?, "it was not found in {column}");
            raw.run(&format!("UPDATE careless SET {column} = NULL")).await?;
        }
        Ok(())
    })
    .await
}

fn percent() -> String {
    url::form_urlencoded::byte_serialize(PLANTED.as_bytes()).collect()
}
