//! `Debug` of every type that holds a secret.

use std::{collections::BTreeMap, fmt::Debug, sync::Arc, time::Duration};

use anyhow::ensure;
use architecture_tests::{metadata::Metadata, secrets::holders, sources};
use bailee_core::{
    Account, AccountId, Begin, ClientCredentials, ClientId, ClientRegistration, Credential, Exchange, Grant,
    IntegrationId, OAuthScopes, Owner, ProviderKey, Refresh, Renewal, Revoke, SecretString, ToolAccount,
    ToolCall, ToolName, Validate,
};
use bailee_engine::{Bailee, Callback, ConnectRequest, Returned};
use bailee_oauth::{HttpOptions, Proxy, Request};
use bailee_providers::Google;
use bailee_testkit::{GlassVault, MemoryStore, MockClock, MockGoogle, connected};
use bailee_vault::{KeyRing, RingEntropy};
use leak_tests::Secrets;

const CANARY: &str = "a-canary-that-no-debug-may-sing";

/// Types that hold secrets and that nobody outside of their crate can have, or make: `TokenAnswer` has its test there.
const PRIVATE: [&str; 13] = [
    "Answer",
    "Cargo",
    "Context",
    "Flow",
    "Harvest",
    "Key",
    "Keys",
    "Landed",
    "Obtained",
    "Orphan",
    "Pilot",
    "Proof",
    "TokenAnswer",
];

#[derive(Default)]
struct Printed(BTreeMap<&'static str, String>);

impl Printed {
    fn print<T: Debug>(&mut self, name: &'static str, value: &T) {
        self.0.insert(name, format!("{value:?}\n{value:#?}"));
    }
}

fn canary() -> SecretString {
    SecretString::from(CANARY)
}

#[tokio::test]
async fn no_type_that_holds_a_secret_prints_it() -> anyhow::Result<()> {
    let mut printed = Printed::default();
    words(&mut printed)?;
    adapters(&mut printed)?;
    live(&mut printed).await?;
    let mut secrets = Secrets::default();
    secrets.add("canary", CANARY.as_bytes())?;
    let (keys, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    printed.print("KeyRing", &keys);
    secrets.add("key", bailee_core::ExposeSecret::expose_secret(&key).as_bytes())?;
    let mut found = Vec::new();
    for (name, text) in &printed.0 {
        ensure!(!text.trim().is_empty(), "{name} prints nothing");
        found.extend(secrets.found_in(name, text.as_bytes())?);
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));

    let metadata = Metadata::read()?;
    let mut all = Vec::new();
    for package in metadata.libraries() {
        all.extend(sources::of(&metadata.workspace_root, package)?);
    }
    let holders = holders(&all);
    ensure!(holders.len() > 20, "{} types hold secrets", holders.len());
    let forgotten: Vec<_> = holders
        .iter()
        .filter(|name| !printed.0.contains_key(name.as_str()) && !PRIVATE.contains(&name.as_str()))
        .collect();
    ensure!(forgotten.is_empty(), "these hold secrets and are not printed here: {forgotten:?}");
    Ok(())
}

/// The words of the core.
fn words(printed: &mut Printed) -> anyhow::Result<()> {
    let (secret, client_id, scopes) = (canary(), ClientId::new("client")?, OAuthScopes::default());
    let redirect_uri = "https://backend.example/callback".parse()?;
    let mut credential = Credential::new(canary()).with_refresh_token(canary());
    credential.extra.insert("user_token".to_owned(), canary());
    let client = ClientCredentials { client_id: &client_id, secret: Some(&secret) };
    let account = Account { id: AccountId::new("account")?, label: None };
    printed.print("ClientCredentials", &client);
    printed.print("ClientRegistration", &ClientRegistration::new(client_id.clone(), canary()));
    printed.print("Credential", &credential);
    printed.print(
        "Begin",
        &Begin {
            client_id: &client_id,
            redirect_uri: &redirect_uri,
            state: &secret,
            pkce_verifier: &secret,
            alias: None,
            already_granted: &scopes,
            account: None,
        },
    );
    printed.print(
        "Exchange",
        &Exchange {
            client,
            code: &secret,
            pkce_verifier: &secret,
            redirect_uri: &redirect_uri,
            requested: &scopes,
        },
    );
    printed.print("Refresh", &Refresh { client, credential: &credential });
    printed.print("Revoke", &Revoke { client: Some(client), credential: &credential });
    printed.print("Validate", &Validate { access_token: &secret });
    printed.print(
        "Renewal",
        &Renewal {
            access_token: canary(),
            refresh_token: Some(canary()),
            extra: credential.extra.clone(),
            expires_in: Some(Duration::from_secs(1)),
            granted: None,
        },
    );
    let tool = ToolName::new("tool")?;
    let tool_account = ToolAccount {
        integration: IntegrationId::from_parts(1, [0; 10]),
        account: &account,
        access_token: &secret,
    };
    printed.print("ToolAccount", &tool_account);
    let arguments = serde_json::json!({});
    printed.print(
        "ToolCall",
        &ToolCall { tool: &tool, arguments: &arguments, accounts: &[tool_account], idempotency_key: None },
    );
    let config = serde_json::Map::new();
    printed.print("Grant", &Grant { credential, account, expires_in: None, granted: None, config });
    Ok(())
}

fn adapters(printed: &mut Printed) -> anyhow::Result<()> {
    let proxy = Proxy::new("http://proxy.example:3128".parse()?).with_login("user", canary());
    printed.print("Proxy", &proxy);
    printed.print("HttpOptions", &HttpOptions::default().with_proxy(proxy));
    printed.print("Google", &Google::new(ClientRegistration::new(ClientId::new("client")?, canary()))?);
    let request = Request::get(format!("https://api.example/?token={CANARY}").parse()?)
        .bearer(&canary(), &["api.example".to_owned()])?;
    printed.print("Request", &request);
    let request = ConnectRequest::with_nonce("google", canary());
    printed.print("ConnectRequest", &request);
    let returned = Returned {
        provider: "google".to_owned(),
        state: canary(),
        code: Some(canary()),
        error: Some(CANARY.to_owned()),
        iss: None,
    };
    printed.print("Returned", &returned);
    let callback = Callback {
        provider: "google".to_owned(),
        state: canary(),
        handle: canary(),
        nonce: Some(canary()),
        verifier: Some(canary()),
    };
    printed.print("Callback", &callback);
    Ok(())
}

async fn live(printed: &mut Printed) -> anyhow::Result<()> {
    let mock = MockGoogle::start().await?;
    let store = MemoryStore::new(Arc::new(MockClock::new()));
    let bailee = Bailee::builder(store, GlassVault::default())
        .base_url("https://backend.example".parse()?)
        .provider(test_support::google(&mock)?)
        .build()?;
    let (owner, google) = (Owner::user("u1")?, ProviderKey::new("google")?);
    connected(&bailee, &mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?;
    let live = bailee.token(&owner, &google).await?;
    let mut secrets = Secrets::default();
    secrets.add("token", bailee_core::ExposeSecret::expose_secret(live.token()).as_bytes())?;
    ensure!(
        secrets.found_in("Live", format!("{live:?}{live:#?}").as_bytes())?.is_empty(),
        "Live prints its token"
    );
    printed.print("Live", &live);
    Ok(())
}
