//! The search sees: whatever is planted in one of its places is found there. Alone in its process, as it listens to all of it.

use std::fmt;

use anyhow::ensure;
use leak_tests::{Capture, Labels, Secrets, dump, hex};
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

fn planted() -> anyhow::Result<Secrets> {
    let mut secrets = Secrets::default();
    secrets.add("planted secret", PLANTED.as_bytes())?;
    Ok(secrets)
}

fn is_found(bytes: &[u8]) -> anyhow::Result<bool> {
    Ok(!planted()?.found_in("here", bytes)?.is_empty())
}

#[test]
fn a_planted_secret_is_found_in_logs_of_both_kinds_and_in_labels() -> anyhow::Result<()> {
    let (log, labels) = (Capture::begin()?, Labels::begin()?);
    let span = tracing::trace_span!("planting", token = PLANTED);
    span.in_scope(|| tracing::trace!("nothing by itself"));
    ensure!(is_found(&log.bytes())?, "a field of a span was not found");
    let before = log.bytes().len();
    log::trace!("{PLANTED:?}");
    ensure!(
        is_found(log.bytes().get(before..).unwrap_or_default())?,
        "a record of the other kind was not found"
    );
    metrics::counter!("planted", "token" => PLANTED).increment(1);
    ensure!(is_found(&labels.bytes())?, "a label was not found");
    Ok(())
}

#[test]
fn a_planted_secret_is_found_in_what_an_error_prints() -> anyhow::Result<()> {
    let careless = Careless { token: PLANTED.to_owned() };
    ensure!(!is_found(careless.to_string().as_bytes())?, "it is not displayed");
    ensure!(is_found(format!("{careless:?}").as_bytes())?);
    ensure!(is_found(format!("{careless:#?}").as_bytes())?);
    Ok(())
}

#[test]
fn a_planted_secret_is_found_however_it_is_spelt() -> anyhow::Result<()> {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };

    let bytes = PLANTED.as_bytes();
    let percent: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let spelt = [
        format!("token={PLANTED}&"),
        format!("{bytes:?}"),
        hex(bytes),
        hex(bytes).to_uppercase(),
        STANDARD.encode(bytes),
        STANDARD.encode(format!("id:{PLANTED}")),
        URL_SAFE_NO_PAD.encode(format!("i:{PLANTED}")),
        serde_json::to_string(PLANTED)?,
        percent,
    ];
    for text in spelt {
        ensure!(is_found(format!("before {text} after").as_bytes())?, "{text} was not found");
    }
    let long = "0123456789".repeat(6);
    let mut secrets = Secrets::default();
    secrets.add("long secret", long.as_bytes())?;
    let cut = long.get(..25).unwrap_or_default();
    ensure!(!secrets.found_in("here", cut.as_bytes())?.is_empty(), "a cut-off secret was not found");
    ensure!(!is_found(b"nothing of the kind")?);
    Ok(())
}

#[tokio::test]
async fn a_planted_secret_is_found_in_every_database() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        database.store().await?;
        let raw = Raw::open(database).await?;
        ensure!(!is_found(&dump(database).await?)?, "it is not there yet");
        let hex = hex(PLANTED.as_bytes());
        let bytes = if database.engine() == Engine::Postgres {
            format!("'\\x{hex}'::bytea")
        } else {
            format!("x'{hex}'")
        };
        raw.run("CREATE TABLE careless (id INTEGER NOT NULL)").await?;
        let blob = if database.engine() == Engine::Postgres { "BYTEA" } else { "BLOB" };
        raw.run(&format!("ALTER TABLE careless ADD COLUMN secret {blob}")).await?;
        raw.run(&format!("INSERT INTO careless (id, secret) VALUES (1, {bytes})")).await?;
        ensure!(is_found(&dump(database).await?)?, "it was not found");
        Ok(())
    })
    .await
}
