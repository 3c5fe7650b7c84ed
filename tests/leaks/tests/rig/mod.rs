use std::{error::Error, fmt::Debug, sync::Arc};

use axum::Router;
use bailee_core::{
    Actor, ClientId, ClientRegistration, ExposeSecret as _, Owner, Provider as _, SecretString, ToolAccount,
    ToolCall, ToolName, Vault as _,
};
use bailee_engine::{Bailee, Live, Timings};
use bailee_testkit::{
    MockGoogle,
    mock_google::{CLIENT_ID, CLIENT_SECRET},
};
use bailee_vault::{KeyRing, RingEntropy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_tests::{Answer, BASE, Browser, SignIn, begun};
use leak_tests::{Secrets, hex};
use serde_json::Value;
use test_support::{TestDatabase, google_as};
use url::Url;

pub(crate) const ORGANIZATION: &str = "/api/organizations/acme/integrations";
pub(crate) const CALLBACK: &str = "/v1/integrations/google/callback";
/// Another account at the provider.
pub(crate) const OTHER: &str = "another-account";

/// A host on a database, and everything that left it.
pub(crate) struct Rig<'a> {
    pub(crate) database: &'a TestDatabase,
    pub(crate) mock: MockGoogle,
    pub(crate) bailee: Bailee,
    pub(crate) keys: KeyRing,
    app: Router,
    key: SecretString,
    /// Every answer to a browser, with its headers.
    pub(crate) answers: Vec<u8>,
    /// Every error, as it is displayed and debugged, with its sources.
    pub(crate) told: String,
    /// What browsers are shown and nobody else.
    shown: Vec<(String, String)>,
    /// Secrets that the mock does not know.
    more: Vec<(String, String)>,
}

impl<'a> Rig<'a> {
    pub(crate) async fn new(database: &'a TestDatabase) -> anyhow::Result<Self> {
        let mock = MockGoogle::builder().with_account(OTHER, "other@example.com").start().await?;
        let (keys, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        database.store().await?;
        // Statements are logged there.
        let pool = test_support::Raw::open(database).await?.logging_pool().await?;
        let bailee = Bailee::builder(bailee_storage::SqlStore::from_pool(pool), keys.clone())
            .base_url(BASE.parse()?)
            .timings(timings())
            .provider(google_as(&mock, registration()?)?)
            .build()?;
        let sign_in = SignIn::default();
        for user in ["ada", "bob"] {
            sign_in.admit(user, Owner::user(user)?, Actor::Human);
            sign_in.join("acme", user);
        }
        let app = bailee_http::router(&bailee, sign_in);
        let (answers, told) = (Vec::new(), String::new());
        Ok(Self {
            database,
            mock,
            bailee,
            keys,
            app,
            key,
            answers,
            told,
            shown: Vec::new(),
            more: Vec::new(),
        })
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
            .provider(google_as(&self.mock, registration)?)
            .build()?)
    }

    pub(crate) fn browser(&self, name: &str) -> Browser {
        Browser::new(&self.app, BASE, name)
    }

    /// Keeps what a browser was answered.
    pub(crate) fn keep(&mut self, answer: Answer) -> Answer {
        for (name, value) in &answer.headers {
            if name == "set-cookie" {
                let nonce = value.to_str().unwrap_or_default().split([';', '=']).nth(1).unwrap_or_default();
                self.show("nonce", nonce);
            }
            self.answers.extend(format!("{name}: ").bytes());
            self.answers.extend(value.as_bytes());
            self.answers.push(b'\n');
        }
        self.answers.extend(&answer.body);
        self.answers.push(b'\n');
        answer
    }

    /// A begun connect: the address of the consent page.
    pub(crate) async fn link(&mut self, browser: &Browser, query: &str) -> anyhow::Result<Url> {
        let target = format!("{ORGANIZATION}/google/auth_link{query}");
        let answer = self.keep(browser.fetch("GET", &target, None).await?);
        let begun = begun(&answer)?;
        self.show("state", &begun.state);
        Ok(begun.url)
    }

    /// Where the browser is sent once its user allowed everything.
    pub(crate) fn approved(&self, page: &Url) -> anyhow::Result<String> {
        Ok(plain(&self.mock.approve(page)?))
    }

    /// A verifier as a page keeps it, and its challenge.
    pub(crate) fn page_verifier(&mut self) -> (String, String) {
        let verifier = "kept-by-the-page-".repeat(3);
        let digest = self.keys.digest(verifier.as_bytes());
        self.more.push(("page verifier".to_owned(), verifier.clone()));
        (verifier, hex(&digest))
    }

    pub(crate) async fn live(&self, user: &str) -> anyhow::Result<Live> {
        Ok(self.bailee.token(&person(user)?, "google").await?)
    }

    /// Calls a tool as the engine would.
    pub(crate) async fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<()> {
        let live = self.live("ada").await?;
        let google = google_as(&self.mock, registration()?)?;
        let account = ToolAccount {
            integration: live.integration(),
            account: live.account(),
            access_token: live.token(),
        };
        let tool = ToolName::new(tool)?;
        let call = ToolCall { tool: &tool, arguments, accounts: &[account], idempotency_key: None };
        let debug = format!("{call:?}\n{live:?}\n{live:#?}\n");
        let output = google.call(call).await;
        self.told.push_str(&debug);
        self.told.extend([format!("{output:?}\n")]);
        if let Err(error) = &output {
            self.tell_error(error);
        }
        Ok(())
    }

    /// Keeps what a result prints, and all that its error says.
    pub(crate) fn tell<T: Debug, E: Error>(&mut self, result: &Result<T, E>) {
        match result {
            Ok(value) => self.told.extend([format!("{value:?}\n{value:#?}\n")]),
            Err(error) => self.tell_error(error),
        }
    }

    fn tell_error(&mut self, error: &dyn Error) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.told.extend([format!("{error}\n{error:?}\n{error:#?}\n")]);
            next = error.source();
        }
    }

    /// A secret that a browser is shown.
    pub(crate) fn show(&mut self, name: &str, secret: &str) {
        self.shown.push((name.to_owned(), secret.to_owned()));
    }

    /// A secret that was said to us and is of no use.
    pub(crate) fn unused(&mut self, secret: &str) {
        self.more.push(("what was said".to_owned(), secret.to_owned()));
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
        let verifiers = self.mock.requests();
        let verifiers = verifiers.iter().filter_map(|request| request.form("code_verifier"));
        for verifier in verifiers {
            secrets.add("PKCE verifier", verifier.as_bytes())?;
        }
        secrets.add("client secret", CLIENT_SECRET.as_bytes())?;
        secrets.add("key", &STANDARD.decode(self.key.expose_secret())?)?;
        for (name, secret) in &self.more {
            secrets.add(name, secret.as_bytes())?;
        }
        for (name, secret) in &self.shown {
            shown.add(name, secret.as_bytes())?;
        }
        anyhow::ensure!(secrets.len() > 200 && shown.len() > 20, "there should be more to search for");
        Ok((secrets, shown))
    }
}

fn timings() -> Timings {
    let seconds = std::time::Duration::from_secs;
    Timings::default()
        .with_request(seconds(2))
        .with_persist(seconds(1))
        .with_lease(seconds(6))
        .with_wait(seconds(4))
        .with_settle(std::time::Duration::from_millis(20))
        .with_replay(std::time::Duration::from_millis(20))
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
