use std::{error::Error, fmt::Debug, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use bailee_core::{
    Actor, ClientId, ClientRegistration, DateTime, ExposeSecret as _, Owner, Provider as _, SecretString,
    ToolAccount, ToolCall, ToolName, Uuid, Vault as _,
};
use bailee_engine::{Bailee, Live, Timings, event_stream};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_storage::SqlStore;
use bailee_testkit::{
    MockGoogle,
    mock_google::{CLIENT_ID, CLIENT_SECRET},
};
use bailee_vault::{KeyRing, RingEntropy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_tests::{Answer, BASE, Browser, SignIn, begun};
use leak_tests::{Answers, Drawn, Secrets, Skipping, Told, hex};
use serde_json::Value;
use test_support::{Raw, TestDatabase};
use url::Url;

pub(crate) const ORGANIZATION: &str = "/api/organizations/acme/integrations";
pub(crate) const CALLBACK: &str = "/v1/integrations/google/callback";
pub(crate) const ARRIVAL: &str = "/api/oauth/google/callback";
/// Each connects an account of the same name.
pub(crate) const USERS: [&str; 3] = ["ada", "bob", "cyd"];
/// An account at the provider that nobody connects.
pub(crate) const OTHER: &str = "another-account";

/// A host on a database, and everything that left it.
pub(crate) struct Rig<'a> {
    pub(crate) database: &'a TestDatabase,
    pub(crate) mock: MockGoogle,
    pub(crate) bailee: Bailee,
    /// Of `bailee`.
    pub(crate) clock: Skipping,
    pub(crate) keys: KeyRing,
    /// As text.
    pub(crate) key: SecretString,
    app: Router,
    /// Statements past the store.
    pub(crate) raw: Raw,
    /// What browsers were answered.
    pub(crate) answers: Answers,
    /// What values and errors print.
    pub(crate) told: Told,
    drawn: Drawn,
    /// Secrets that neither the mock knows nor the engine drew.
    more: Vec<(&'static str, Vec<u8>)>,
}

impl<'a> Rig<'a> {
    pub(crate) async fn new(database: &'a TestDatabase) -> anyhow::Result<Self> {
        let mut mock = MockGoogle::builder().tls().with_account(OTHER, "other@example.com");
        for user in USERS {
            mock = mock.with_account(user, &format!("{user}@example.com"));
        }
        let mock = mock.start().await?;
        let (keys, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        database.store().await?;
        let raw = Raw::open(database).await?;
        let (drawn, clock) = (Drawn::default(), Skipping::default());
        // Nobody reads: what is to be told stays in the database.
        let (nobody, _) = event_stream("nobody", 1);
        // Statements are logged there.
        let bailee = Bailee::builder(SqlStore::from_pool(raw.logging_pool().await?), keys.clone())
            .base_url(BASE.parse()?)
            .timings(timings())
            .clock(clock.clone())
            .entropy(drawn.clone())
            .provider(google(&mock, registration()?)?)
            .event_sink(nobody)
            .build()?;
        let sign_in = SignIn::default();
        for user in USERS {
            sign_in.admit(user, Owner::user(user)?, Actor::Human);
            sign_in.join("acme", user);
        }
        let app = bailee_http::router(&bailee, sign_in);
        let mut rig = Self {
            database,
            mock,
            bailee,
            clock,
            keys,
            key: key.clone(),
            app,
            raw,
            answers: Answers::default(),
            told: Told::default(),
            drawn,
            more: Vec::new(),
        };
        rig.key("key", &key)?;
        Ok(rig)
    }

    /// Another host on the same database.
    pub(crate) async fn host(
        &self,
        keys: KeyRing,
        registration: ClientRegistration,
    ) -> anyhow::Result<Bailee> {
        let store = self.database.store().await?;
        Ok(Bailee::builder(store, keys)
            .base_url(BASE.parse()?)
            .timings(timings())
            .provider(google(&self.mock, registration)?)
            .build()?)
    }

    pub(crate) fn browser(&self, name: &str) -> Browser {
        Browser::new(&self.app, BASE, name)
    }

    /// A page of ours asks.
    pub(crate) async fn fetch(
        &mut self,
        browser: &Browser,
        method: &str,
        target: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let answer = browser.fetch(method, target, body).await?;
        Ok(self.answers.keep(answer))
    }

    /// The browser goes there.
    pub(crate) async fn visit(&mut self, browser: &Browser, target: &str) -> anyhow::Result<Answer> {
        let answer = browser.visit(target).await?;
        Ok(self.answers.keep(answer))
    }

    /// A begun connect: the address of the consent page.
    pub(crate) async fn link(&mut self, browser: &Browser, query: &str) -> anyhow::Result<Url> {
        let target = format!("{ORGANIZATION}/google/auth_link{query}");
        let begun = begun(&self.fetch(browser, "GET", &target, None).await?)?;
        self.answers.show("state", &begun.state);
        Ok(begun.url)
    }

    /// Where the browser is sent once its user allowed everything, to this account.
    pub(crate) fn approved(&self, page: &Url, account: &str) -> anyhow::Result<String> {
        Ok(plain(&self.mock.consent(page).account(account).allow()?))
    }

    /// Connects by the nonce cookie.
    pub(crate) async fn connect(&mut self, user: &str) -> anyhow::Result<()> {
        let browser = self.browser(user);
        let link = self.link(&browser, "").await?;
        let back = self.approved(&link, user)?;
        self.visit(&browser, &back).await?;
        self.live(user).await.with_context(|| format!("{user} is not connected"))?;
        Ok(())
    }

    /// A verifier as a page keeps it, and its challenge.
    pub(crate) fn page_verifier(&mut self) -> (String, String) {
        let verifier = "kept-by-the-page-".repeat(3);
        let digest = self.keys.digest(verifier.as_bytes());
        self.more.push(("page verifier", verifier.clone().into_bytes()));
        (verifier, hex(&digest))
    }

    pub(crate) async fn live(&self, user: &str) -> anyhow::Result<Live> {
        Ok(self.bailee.token(&person(user)?, "google").await?)
    }

    /// Calls a tool as the engine would.
    pub(crate) async fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<Option<Value>> {
        let live = self.live("ada").await?;
        let google = google(&self.mock, registration()?)?;
        let account = ToolAccount {
            integration: live.integration(),
            account: live.account(),
            access_token: live.token(),
            config: &serde_json::Map::new(),
        };
        let tool = ToolName::new(tool)?;
        let call = ToolCall {
            tool: &tool,
            arguments,
            accounts: &[account],
            idempotency_key: None,
            id: Uuid::nil(),
            now: DateTime::UNIX_EPOCH,
        };
        self.told.value(&call);
        self.told.value(&live);
        let output = google.call(call).await;
        self.told.tell(&output);
        Ok(output.ok().map(|output| output.content))
    }

    /// Keeps what a result prints, and all that its error says.
    pub(crate) fn tell<T: Debug, E: Error>(&mut self, result: &Result<T, E>) {
        self.told.tell(result);
    }

    /// Keeps what a value prints.
    pub(crate) fn printed(&mut self, value: &impl Debug) {
        self.told.value(value);
    }

    /// A secret that was said to us and is of no use.
    pub(crate) fn unused(&mut self, secret: &str) {
        self.more.push(("what was said", secret.as_bytes().to_vec()));
    }

    /// A key as it is configured.
    pub(crate) fn key(&mut self, name: &'static str, key: &SecretString) -> anyhow::Result<()> {
        self.more.push((name, STANDARD.decode(key.expose_secret())?));
        self.more.push((name, key.expose_secret().as_bytes().to_vec()));
        Ok(())
    }

    /// The newest secret that was sent to the token endpoint.
    pub(crate) fn newest_in_requests(&self) -> String {
        let requests = self.mock.requests();
        let sent = requests.iter().rev().find_map(|request| {
            request.form("refresh_token").or_else(|| request.form("code")).map(str::to_owned)
        });
        sent.unwrap_or_else(|| CLIENT_SECRET.to_owned())
    }

    /// What must be nowhere, and what browsers alone may be shown.
    pub(crate) fn secrets(&self) -> anyhow::Result<(Secrets, Secrets)> {
        let (mut secrets, mut shown) = (Secrets::default(), Secrets::default());
        for (number, secret) in self.mock.secrets().iter().enumerate() {
            secrets.add(&format!("secret {number} of the provider"), secret.as_bytes())?;
        }
        for (name, secret) in &self.more {
            secrets.add(name, secret)?;
        }
        for (secret, name) in self.answers.shown() {
            shown.add(name, secret.as_bytes())?;
        }
        let mut unseen = Vec::new();
        for random in self.drawn.secrets() {
            let text = hex(&random);
            if self.answers.has_shown(&text) {
                shown.add("random bytes of what is shown", &random)?;
            } else if !self.answers.names_a_request(&text) {
                secrets.add("random value", text.as_bytes())?;
                secrets.add("random bytes", &random)?;
                unseen.push(text);
            }
        }
        let requests = self.mock.requests();
        let mut verifiers = requests.iter().filter_map(|request| request.form("code_verifier")).peekable();
        anyhow::ensure!(verifiers.peek().is_some(), "no verifier was sent");
        for verifier in verifiers {
            anyhow::ensure!(unseen.iter().any(|text| text == verifier), "a verifier is not searched for");
        }
        anyhow::ensure!(secrets.len() > 1000 && shown.len() > 200, "there should be more to search for");
        Ok((secrets, shown))
    }
}

/// The adapter, over TLS as in production.
pub(crate) fn google(mock: &MockGoogle, registration: ClientRegistration) -> anyhow::Result<Google> {
    let root = mock.root_certificate_der().context("a root")?.to_vec();
    Ok(Google::new(registration)?
        .with_endpoints(GoogleEndpoints::at(mock.url())?)
        .with_http(HttpClient::new(&HttpOptions::default().with_root_certificate_der(root))?))
}

fn timings() -> Timings {
    let (seconds, moment) = (Duration::from_secs, Duration::from_millis(20));
    Timings::default()
        .with_request(seconds(2))
        .with_persist(seconds(1))
        .with_lease(seconds(6))
        .with_wait(seconds(4))
        .with_settle(moment)
        .with_replay(moment)
}

pub(crate) fn registration() -> anyhow::Result<ClientRegistration> {
    Ok(ClientRegistration::new(ClientId::new(CLIENT_ID)?, SecretString::from(CLIENT_SECRET)))
}

/// A user as a member of the organization, as the routes see them.
pub(crate) fn person(name: &str) -> anyhow::Result<Owner> {
    Ok(Owner::member("acme", name)?)
}

/// An address as its path and query: the router is called in this process.
pub(crate) fn plain(address: &Url) -> String {
    format!("{}?{}", address.path(), address.query().unwrap_or_default())
}
