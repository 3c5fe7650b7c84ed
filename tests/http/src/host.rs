use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{Router, body::Body};
use bailee_core::{
    Actor, Caller, Cardinality, Clock, ConnectKind, Outcome, Owner, Scope, SecretName, SecretString, Session,
    Transport, store::LedgerFilter,
};
use bailee_engine::{Arrival, Bailee, ConnectOptions, Limits};
use bailee_testkit::{GlassVault, MemoryStore, MockClock, SeededEntropy, returned};
use http::{Request, header};
use serde_json::{Value, json};

use crate::{Answer, Browser, Directory, FakeProvider, SignIn, Things, send};

/// Where the backend is reached.
pub const BASE: &str = "https://backend.example.com";

/// A whole host in memory: a [`Directory`], the providers `mail`, `other`, `bank` (which takes several
/// accounts) and `form` (which is not OAuth), the users ada and bob in the organization `acme`, mallory in `evil`, and an agent of ada's.
#[derive(Debug)]
pub struct Host {
    /// All routes.
    pub app: Router,
    /// The engine below.
    pub bailee: Bailee,
    /// Its store.
    pub store: MemoryStore,
    /// Its time.
    pub clock: MockClock,
    /// The host's sign-in.
    pub sign_in: SignIn,
    /// One account for each user.
    pub mail: FakeProvider,
    /// Another provider of the same kind.
    pub other: FakeProvider,
    /// Several accounts for each user.
    pub bank: FakeProvider,
}

/// A connect that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The address of the consent page.
    pub url: url::Url,
    /// Its `state`.
    pub state: String,
}

impl Host {
    /// A fresh one at [`BASE`].
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn new() -> anyhow::Result<Self> {
        Self::at(BASE)
    }

    /// A fresh one at another base URL.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn at(base: &str) -> anyhow::Result<Self> {
        Self::on_two_sites(base, base)
    }

    /// A fresh one at this base URL, whose pages live elsewhere.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn on_two_sites(base: &str, app: &str) -> anyhow::Result<Self> {
        Self::built(base, app, Limits::default())
    }

    /// A fresh one at [`BASE`], with other limits.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn with_limits(limits: Limits) -> anyhow::Result<Self> {
        Self::built(BASE, BASE, limits)
    }

    /// A fresh one at another base URL, whose users may ask as often as they like.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn without_limits_at(base: &str) -> anyhow::Result<Self> {
        let limits = Limits {
            connects_per_minute: u32::MAX,
            secret_writes_per_minute: u32::MAX,
            tests_per_minute: u32::MAX,
            validates_per_minute: u32::MAX,
            ..Limits::default()
        };
        Self::built(base, base, limits)
    }

    fn built(base: &str, app: &str, limits: Limits) -> anyhow::Result<Self> {
        let clock = MockClock::new();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let mail = FakeProvider::new("mail", "Mail", Cardinality::One)?.sending()?.with_settings();
        let other = FakeProvider::new("other", "<i>Other</i>", Cardinality::One)?;
        let bank = FakeProvider::new("bank", "Bank", Cardinality::Many)?;
        let form = FakeProvider::new("form", "Form", Cardinality::One)?.joined_by(ConnectKind::Form);
        let bailee = Bailee::builder(store.clone(), GlassVault::default())
            .base_url(base.parse()?)
            .app_url(app.parse()?)
            .clock(clock.clone())
            .entropy(SeededEntropy::new(7))
            .limits(limits)
            .return_target("settings", "/settings/accounts")
            .profiles(Directory)
            .threads(Directory)
            .provider(mail.clone())
            .provider(other.clone())
            .provider(bank.clone())
            .provider(form)
            .build()?;
        let sign_in = SignIn::default();
        for user in ["ada", "bob", "mallory"] {
            sign_in.admit(user, Owner::user(user)?, Actor::Human);
        }
        sign_in.admit("agent_of_ada", Owner::user("ada")?, Actor::Agent);
        sign_in.admit("service_of_ada", Owner::user("ada")?, Actor::Service);
        for (organization, user) in [("acme", "ada"), ("acme", "bob"), ("evil", "mallory"), ("second", "ada")]
        {
            sign_in.join(organization, user);
        }
        let app = bailee_http::router(&bailee, sign_in.clone());
        Ok(Self { app, bailee, store, clock, sign_in, mail, other, bank })
    }

    /// Ada's integration, secret, task and connect request, by their ids.
    ///
    /// # Errors
    /// When one of them is refused.
    pub async fn things_of_ada(&self) -> anyhow::Result<Things> {
        let owner = Owner::user("ada")?;
        let human = Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Bearer };
        let integration = self.connect_alone(&human).await?;
        let (name, value) = (SecretName::new("key")?, SecretString::from("value"));
        let secret = self.bailee.create_secret(&human, name, &value, Scope::All).await?;
        let own = Caller::own(owner.clone(), "ada_1")?;
        let start = Clock::now(&self.clock) + Duration::from_hours(24);
        let proposal = json!({ "title": "Tea", "slots": [start.to_rfc3339()], "duration_minutes": 30 });
        self.bailee.authorize(&own, "propose_meeting").await?.call(proposal).await?;
        let task = self.bailee.tasks(&owner, None, None, 1).await?.pop().context("a task")?;
        let page = self.bailee.request_connect(&own, "mail", None).await?;
        Ok(Things {
            integration,
            secret: secret.id.to_string(),
            task: task.id.to_string(),
            connect: page.request.id.to_string(),
        })
    }

    /// The first agent of `owner` asks for an account of a provider. Returns the path of the page.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn ask(&self, owner: Owner, provider: &str, client: &str) -> anyhow::Result<String> {
        let profile = format!("{}_1", owner.user_id());
        let agent = Caller::own(owner, profile)?;
        Ok(self.bailee.request_connect(&agent, provider, Some(client)).await?.url.path().to_owned())
    }

    /// Connects `mail` for an owner outside any organization.
    async fn connect_alone(&self, human: &Session) -> anyhow::Result<String> {
        let nonce = self.bailee.nonce()?;
        let request = ConnectOptions::with_nonce("mail", nonce.clone());
        let link = self.bailee.connect(&human.owner, request).await?;
        let state = parameter(&link.url, "state").context("a state")?;
        let back = returning("mail", &state, &self.mail.consent("account-1"));
        let back: url::Url = format!("{BASE}{back}").parse()?;
        match self.bailee.arrived(returned("mail", &back), Some(human), Some(&nonce)).await? {
            Arrival::Finished { connected, .. } => Ok(connected.integration.id.to_string()),
            Arrival::HandedOver { .. } => anyhow::bail!("it was handed over"),
        }
    }

    /// How many refusals are in the ledger of ada.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn refusals(&self) -> anyhow::Result<usize> {
        let filter = LedgerFilter::default();
        let lines = self.bailee.ledger(&Owner::user("ada")?, &filter, None, 100).await?;
        Ok(lines.iter().filter(|line| line.outcome == Outcome::Denied).count())
    }

    /// A fresh browser, signed in by cookie; nobody when the name is empty.
    #[must_use]
    pub fn browser(&self, name: &str) -> Browser {
        Browser::new(&self.app, BASE, name)
    }

    /// A request of a client that signs in with a header.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn bearer(
        &self,
        name: &str,
        method: &str,
        target: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::AUTHORIZATION, format!("Bearer {name}"));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        send(&self.app, request.body(body)?).await
    }

    /// The browser's page begins a connect in the organization `acme`, known by its nonce cookie.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn begin(&self, browser: &Browser, service: &str) -> anyhow::Result<Begun> {
        let target = format!("{}/{service}/auth_link", organization("acme"));
        begun(&browser.fetch("GET", &target, None).await?)
    }

    /// The browser connects an account of `mail`, from beginning to end. Returns the integration.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect(&self, browser: &Browser, account: &str) -> anyhow::Result<Value> {
        self.connect_to(browser, &self.mail, "mail", account).await
    }

    /// As [`Host::connect`], at any provider. Returns the integration of that account.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect_to(
        &self,
        browser: &Browser,
        provider: &FakeProvider,
        service: &str,
        account: &str,
    ) -> anyhow::Result<Value> {
        // Ids of the same millisecond are in no order.
        self.clock.advance(Duration::from_millis(1));
        let begun = self.begin(browser, service).await?;
        let answer = browser.visit(&returning(service, &begun.state, &provider.consent(account))).await?;
        anyhow::ensure!(answer.location()?.path() == "/integrations", "{answer:?} did not finish");
        let list = browser.fetch("GET", &organization("acme"), None).await?.member("integrations")?;
        let rows = list.as_array().context("a list")?;
        rows.iter()
            .find(|row| row.get("oauth_user_id").is_some_and(|id| id == account))
            .cloned()
            .context("the new integration")
    }
}

/// The path of the integrations of an organization.
#[must_use]
pub fn organization(id: &str) -> String {
    format!("/api/organizations/{id}/integrations")
}

/// The address by which a provider sends a browser back, with a code.
#[must_use]
pub fn returning(provider: &str, state: &str, code: &str) -> String {
    format!("/api/oauth/{provider}/callback?state={state}&code={code}")
}

/// Reads the answer of `auth_link`.
///
/// # Errors
/// When it is another answer.
pub fn begun(answer: &Answer) -> anyhow::Result<Begun> {
    anyhow::ensure!(answer.status == http::StatusCode::OK, "{answer:?} is no link");
    let url: url::Url = answer.member("url")?.as_str().context("a url")?.parse()?;
    let state = parameter(&url, "state").context("a state")?;
    Ok(Begun { url, state })
}

/// A parameter of an address.
#[must_use]
pub fn parameter(url: &url::Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// What the page posts, from the address that it was handed over to.
///
/// # Errors
/// When the address hands nothing over.
pub fn handed_over(answer: &Answer) -> anyhow::Result<Value> {
    let location = answer.location()?;
    let code = parameter(&location, "code").context("a handle")?;
    let state = parameter(&location, "state").context("a state")?;
    Ok(json!({ "code": code, "state": state }))
}
