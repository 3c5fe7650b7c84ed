//! T9: two authorization servers behind one host. The first one is hostile and sends the browser on to the second, with
//! what it knows of the flow: whatever the second one answers never reaches the first.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, ensure};
use url::Url;

use bailee_core::{Actor, ClientId, ClientRegistration, Owner, SecretString, Session, Transport};
use bailee_engine::{Bailee, ConnectOptions, Error};
use bailee_oauth::{HttpClient, HttpOptions, OAuthDefinition, OAuthProvider};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock, MockGoogle, connected,
    mock_google::GoogleClient,
    mock_provider::{Endpoint, Fault},
    returned,
};
use provider_tests::{parameter, wire};

const BASE: &str = "https://backend.example.com";
const CLIENT: &str = "client-at-beta";
/// A client whose redirect URIs the second server does not compare.
const CARELESS: &str = "careless-client-at-beta";

/// A host with both servers.
struct World {
    alpha: MockGoogle,
    beta: MockGoogle,
    bailee: Bailee,
    owner: Owner,
}

impl World {
    /// `alpha_issuer`: whether the definition of the hostile server says who it is.
    async fn new(alpha_issuer: bool) -> Result<Self> {
        let alpha = MockGoogle::builder().client(GoogleClient::new("client-at-alpha", "s")).start().await?;
        let beta = MockGoogle::builder()
            .client(GoogleClient::new(CLIENT, "s").with_redirect_uri(&callback("beta")))
            .client(GoogleClient::new(CARELESS, "s"))
            .start()
            .await?;
        alpha.set_callback_issuer(Some("https://alpha.example"));
        beta.set_callback_issuer(Some("https://beta.example"));
        let clock = MockClock::new();
        let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
            .base_url(BASE.parse()?)
            .clock(clock)
            .provider(provider("alpha", &alpha, "client-at-alpha", alpha_issuer)?)
            .provider(provider("beta", &beta, CLIENT, true)?)
            .build()?;
        Ok(Self { alpha, beta, bailee, owner: Owner::user("u1")? })
    }

    /// Begins a connect at the first server, which sends the browser to the second one's consent page. There the person
    /// agrees. Gives the address that the browser is sent to, and the nonce of the browser.
    async fn sent_on(&self, client: &str, to: &str) -> Result<(Result<Url>, SecretString)> {
        let nonce = self.bailee.nonce()?;
        let options = ConnectOptions::with_nonce("alpha", nonce.clone());
        let link = self.bailee.connect(&self.owner, options).await?;
        let known = |name: &str| parameter(&link.url, name).with_context(|| name.to_owned());
        let mut page = self.beta.endpoints().authorize.clone();
        page.query_pairs_mut()
            .append_pair("client_id", client)
            .append_pair("redirect_uri", &callback(to))
            .append_pair("response_type", "code")
            .append_pair("scope", "openid")
            .append_pair("state", &known("state")?)
            .append_pair("code_challenge", &known("code_challenge")?)
            .append_pair("code_challenge_method", "S256");
        self.alpha.fault(Endpoint::Authorize, Fault::Redirect(page)).once();
        let answer = wire::get(&link.url).await?;
        let location = Url::parse(answer.header("location").context("a redirect")?)?;
        Ok((self.beta.approve(&location).map_err(|error| anyhow!("{error}")), nonce))
    }

    /// Brings the browser back, signed in and not, and sees it refused with nothing sent to anybody.
    async fn is_refused(&self, at: &str, back: &Url, nonce: &SecretString) -> Result<()> {
        let code = parameter(back, "code").context("a code")?;
        let owner = self.owner.clone();
        let session = Session { owner, actor: Actor::Human, transport: Transport::Cookie };
        for session in [Some(&session), None] {
            let answer = self.bailee.arrived(returned(at, back), session, Some(nonce)).await;
            ensure!(matches!(answer, Err(Error::LinkInvalid)), "{answer:?}");
        }
        for request in self.alpha.requests() {
            ensure!(request.endpoint == Some(Endpoint::Authorize), "{request:?}");
            ensure!(request.query.iter().all(|(_, value)| *value != code), "{request:?}");
        }
        ensure!(self.beta.count_of(Endpoint::Token) == 0, "a code was exchanged");
        Ok(())
    }
}

fn callback(provider: &str) -> String {
    format!("{BASE}/api/oauth/{provider}/callback")
}

fn provider(key: &str, server: &MockGoogle, client: &str, issuer: bool) -> Result<OAuthProvider> {
    let issuer =
        if issuer { format!("issuer.identifier = \"https://{key}.example\"") } else { String::new() };
    let definition = format!(
        r#"
        key = "{key}"
        name = "{key}"
        token_hosts = ["{key}.example"]
        {issuer}
        authorize.request.url = "https://{key}.example/o/oauth2/v2/auth"
        token.request.url = "https://{key}.example/token"
        userinfo.request.url = "https://{key}.example/v1/userinfo"
        account.id = ["/sub"]
        scopes.list = [{{ name = "openid" }}]
        "#
    );
    let registration = ClientRegistration::new(ClientId::new(client)?, SecretString::from("s"));
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(OAuthProvider::new(OAuthDefinition::from_toml(&definition)?.at(server.url())?, registration)?
        .with_http(http))
}

#[tokio::test]
async fn a_code_of_the_second_server_means_nothing_in_a_flow_of_the_first() -> Result<()> {
    for alpha_issuer in [true, false] {
        let world = World::new(alpha_issuer).await?;
        let (back, nonce) = world.sent_on(CLIENT, "beta").await?;
        let back = back?;
        ensure!(back.as_str().starts_with(&callback("beta")), "{}", back.path());
        world.is_refused("beta", &back, &nonce).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_second_server_sends_nobody_to_the_callback_of_the_first() -> Result<()> {
    let world = World::new(false).await?;
    let (back, _) = world.sent_on(CLIENT, "alpha").await?;
    ensure!(back.is_err_and(|error| error.to_string().contains("redirect_uri_mismatch")));
    ensure!(world.beta.count_of(Endpoint::Token) == 0 && world.beta.live_grants() == 0);
    Ok(())
}

#[tokio::test]
async fn an_answer_of_the_second_server_at_the_callback_of_the_first_is_known_by_its_issuer() -> Result<()> {
    let world = World::new(true).await?;
    let (back, nonce) = world.sent_on(CARELESS, "alpha").await?;
    world.is_refused("alpha", &back?, &nonce).await
}

#[tokio::test]
async fn both_servers_still_connect_honestly() -> Result<()> {
    let world = World::new(true).await?;
    let (back, nonce) = world.sent_on(CLIENT, "beta").await?;
    world.is_refused("beta", &back?, &nonce).await?;
    for (key, server) in [("alpha", &world.alpha), ("beta", &world.beta)] {
        let integration =
            connected(&world.bailee, server, &world.owner, key).await.map_err(|error| anyhow!(error))?;
        ensure!(integration.provider.as_str() == key);
    }
    Ok(())
}
