//! What an operator does to a host's database: keys, and an incident.

use std::{
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use bailee::{
    ExposeSecret as _, KeyRing, Owner, ProviderKey, Scope, SecretString, SqlStore, Vault as _,
    core::{
        Account, AccountId, Credential, EventKind, EventOutbox as _, IntegrationId, IntegrationStore as _,
        OAuthScopes, SealContext, SealPurpose, SinkName,
        store::{Connection, NewIntegration},
    },
    vault::RingEntropy,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A host's database with one integration for each of three users, sealed with the old key.
struct Host {
    url: String,
    old: SecretString,
    new: SecretString,
    _directory: TempDir,
}

impl Host {
    async fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let url = format!("sqlite://{}", directory.path().join("host.db").display());
        let [(ring, old), (_, new)] = [generate()?, generate()?];
        let store = SqlStore::open(&url).await?;
        store.migrate().await?;
        for user in 0..3 {
            store.insert(integration(&ring, user)?).await?;
        }
        store.close().await;
        Ok(Self { url, old, new, _directory: directory })
    }

    /// What waits for this sink.
    async fn told(&self, sink: &str) -> Result<Vec<EventKind>> {
        let (store, sink) = (SqlStore::open(&self.url).await?, SinkName::new(sink)?);
        let items = store.claim_events(&sink, 10, [7; 16], Duration::from_secs(1)).await?;
        Ok(items.into_iter().map(|item| item.event.kind).collect())
    }

    fn both(&self) -> String {
        format!("{},{}", self.new.expose_secret(), self.old.expose_secret())
    }

    fn run(&self, keys: &str, arguments: &[&str]) -> Result<Output> {
        self.run_with(&[("BAILEE_KEYS", keys), ("BAILEE_DATABASE_URL", &self.url)], arguments)
    }

    /// No output ever holds a key, but for the one that was just made.
    fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
        let output = command.args(arguments).env_clear().envs(variables.iter().copied()).output()?;
        let all = [output.stdout.clone(), output.stderr.clone()].concat();
        let all = String::from_utf8_lossy(&all);
        ensure!(
            ![&self.old, &self.new].iter().any(|key| all.contains(key.expose_secret())),
            "a key is shown"
        );
        Ok(output)
    }
}

fn generate() -> Result<(KeyRing, SecretString)> {
    Ok(KeyRing::generate(Arc::new(RingEntropy::new()))?)
}

fn kid(key: &SecretString) -> Result<String> {
    Ok(KeyRing::parse(key.expose_secret())?.primary().to_string())
}

fn integration(ring: &KeyRing, user: u8) -> Result<NewIntegration> {
    let (id, owner) = (IntegrationId::from_parts(1, [user; 10]), Owner::member("org_1", format!("u{user}"))?);
    let provider = ProviderKey::new("google")?;
    let context = SealContext {
        purpose: SealPurpose::OAuthTokens,
        owner: &owner,
        id: &id.to_string(),
        provider: &provider,
        epoch: 1,
    };
    let credential = Credential::new(SecretString::from("token"));
    let sealed = ring.seal(&context, credential.to_plaintext().expose_secret())?;
    Ok(NewIntegration {
        id,
        provider,
        slot: String::new(),
        connection: Connection {
            client: None,
            account: Account { id: AccountId::new(format!("account-{user}"))?, label: None },
            requested: OAuthScopes::default(),
            granted: None,
            sealed,
            refreshable: false,
            expires_in: None,
            announcement: None,
        },
        scope: Scope::All,
        bound_profile: None,
        config: serde_json::Map::new(),
        owner,
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn status(host: &Host, keys: &str) -> Result<(Option<i32>, Value)> {
    let output = host.run(keys, &["keys", "status", "--json"])?;
    Ok((output.status.code(), serde_json::from_slice(&output.stdout)?))
}

#[tokio::test]
async fn a_rotation_is_proved_by_its_status() -> Result<()> {
    let host = Host::new().await?;
    let (old, new) = (kid(&host.old)?, kid(&host.new)?);
    let (code, before) = status(&host, &host.both())?;
    let rows = json!([{ "table": "user_integrations", "key": old, "records": 3, "state": "opens" }]);
    ensure!(code == Some(1) && before == json!({ "ok": false, "primary": new, "records": rows }), "{before}");
    let written = text(&host.run(&host.both(), &["keys", "status"])?.stdout);
    ensure!(written.contains("opens: rewrap it"), "{written}");

    let output = host.run(&host.both(), &["keys", "rewrap", "--rate", "1000"])?;
    ensure!(output.status.success() && text(&output.stdout).starts_with("3 records"), "{output:?}");
    ensure!(text(&output.stderr).contains("rewrap: 3 of 3"), "{output:?}");
    let (code, after) = status(&host, &host.both())?;
    ensure!(code == Some(0) && after["ok"] == true && after["records"][0]["key"] == new, "{after}");
    let again = host.run(&host.both(), &["keys", "rewrap"])?;
    ensure!(text(&again.stdout).starts_with("0 records"), "{again:?}");
    // With the old key alone nothing opens any more.
    let (code, lost) = status(&host, host.old.expose_secret())?;
    ensure!(code == Some(1) && lost["records"][0]["state"] == "unknown", "{lost}");
    Ok(())
}

#[tokio::test]
async fn what_a_retired_key_has_sealed_is_a_problem() -> Result<()> {
    let host = Host::new().await?;
    let (both, old) = (host.both(), kid(&host.old)?);
    let variables =
        [("BAILEE_KEYS", &*both), ("BAILEE_KEYS_RETIRED", &*old), ("BAILEE_DATABASE_URL", &*host.url)];
    let output = host.run_with(&variables, &["keys", "status"])?;
    ensure!(
        output.status.code() == Some(1) && text(&output.stdout).contains("PROBLEM: retired"),
        "{output:?}"
    );
    let output = host.run_with(&variables, &["keys", "rewrap"])?;
    ensure!(output.status.code() == Some(1) && text(&output.stdout).contains("3 do not open"), "{output:?}");
    let output = host.run_with(&variables, &["keys", "kid"])?;
    let expected = format!("{}  seals\n{old}  retired\n", kid(&host.new)?);
    ensure!(output.status.success() && text(&output.stdout) == expected, "{output:?}");
    Ok(())
}

#[tokio::test]
async fn a_new_key_is_written_once_and_fits() -> Result<()> {
    let host = Host::new().await?;
    let output = host.run_with(&[], &["keys", "generate"])?;
    ensure!(output.status.success(), "{output:?}");
    let key = SecretString::from(text(&output.stdout).trim());
    ensure!(text(&output.stderr) == format!("key {}\n", kid(&key)?), "{output:?}");
    let another = host.run_with(&[], &["keys", "generate"])?;
    ensure!(another.stdout != output.stdout);
    let kid = host.run(key.expose_secret(), &["keys", "kid"])?;
    ensure!(text(&kid.stdout).ends_with("  seals\n"), "{kid:?}");
    let none = host.run_with(&[], &["keys", "kid"])?;
    ensure!(none.status.code() == Some(1) && text(&none.stderr).contains("BAILEE_KEYS"), "{none:?}");
    Ok(())
}

#[tokio::test]
async fn an_incident_is_counted_asked_for_and_told_row_by_row() -> Result<()> {
    let host = Host::new().await?;
    let old = host.old.expose_secret();
    let counted = host.run(old, &["revoke-all", "--provider", "google", "--dry-run", "--json"])?;
    ensure!(counted.status.success(), "{counted:?}");
    let count: Value = serde_json::from_slice(&counted.stdout)?;
    ensure!(count == json!({ "there": 3, "leaving": 0 }), "{count}");
    let unasked = host.run(old, &["revoke-all", "--provider", "google"])?;
    ensure!(unasked.status.code() == Some(1) && text(&unasked.stderr).contains("--yes"), "{unasked:?}");
    let keyless = host.run(host.new.expose_secret(), &["revoke-all", "--provider", "google", "--yes"])?;
    ensure!(text(&keyless.stderr).contains("nothing was changed"), "{keyless:?}");

    let one =
        ["revoke-all", "--organization", "org_1", "--owner", "u1", "--tell", "audit", "--yes", "--json"];
    // Google is not configured here: the grant is left to the hosts.
    let output = host.run(old, &one)?;
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let [row, sum] = lines.as_slice() else { anyhow::bail!("{output:?}") };
    ensure!(row["user_id"] == "u1" && row["outcome"] == "pending", "{row}");
    ensure!(sum["hidden"] == 1 && sum["pending"] == 1 && output.status.code() == Some(1), "{sum}");
    let again = host.run(old, &one)?;
    let sum: Value = serde_json::from_str(text(&again.stdout).lines().last().context("a sum")?)?;
    ensure!(sum["hidden"] == 0 && sum["pending"] == 1, "it goes on: {sum}");
    let rest = host.run(old, &["revoke-all", "--provider", "google", "--dry-run"])?;
    ensure!(text(&rest.stdout).starts_with("2 integrations match, and 1 more"), "{rest:?}");
    let told = host.told("audit").await?;
    ensure!(told == [EventKind::Disconnected], "once, whatever was repeated: {told:?}");
    Ok(())
}

#[tokio::test]
async fn an_incident_without_a_filter_or_with_a_wrong_one_changes_nothing() -> Result<()> {
    let host = Host::new().await?;
    for (arguments, code) in [
        (&["revoke-all", "--yes"][..], 1),
        (&["revoke-all", "--provider", "Not A Key", "--yes"], 1),
        (&["revoke-all", "--connected-before", "yesterday", "--yes"], 2),
        (&["revoke-all", "--provider", "google", "--rate", "0", "--yes"], 2),
    ] {
        let output = host.run(host.old.expose_secret(), arguments)?;
        ensure!(output.status.code() == Some(code) && output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
    let before = ["revoke-all", "--connected-before", "2020-01-01T00:00:00Z", "--dry-run"];
    let output = host.run(host.old.expose_secret(), &before)?;
    ensure!(text(&output.stdout).starts_with("0 integrations match"), "{output:?}");
    Ok(())
}
