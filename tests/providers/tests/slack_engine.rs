//! Slack under the engine: one lease keeps two tokens alive.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};

use bailee_core::{Caller, ExposeSecret as _, Integration, OAuthScopes, Owner, Status};
use bailee_engine::{Bailee, Disconnected, Live};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock, connected_by,
    mock_provider::{Endpoint, Fault},
    mock_slack::USER_ID,
};
use provider_tests::{SlackStage, slack, slack_rotating};

const TOKEN: &str = "user_token";

struct Host {
    stage: SlackStage,
    clock: MockClock,
    bailee: Bailee,
    owner: Owner,
}

impl Host {
    /// A host that asks for tokens of people too, with one workspace.
    async fn new(stage: SlackStage) -> Result<Self> {
        let scopes = OAuthScopes::parse("search:read")?;
        let (slack, clock) = (stage.provider.clone().with_user_scopes(&scopes)?, MockClock::new());
        let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock.clone())), GlassVault::default())
            .base_url("https://app.example.test".parse()?)
            .clock(clock.clone())
            .provider(slack)
            .build()?;
        let host = Self { stage, clock, bailee, owner: Owner::user("u1")? };
        Box::pin(host.connect()).await?;
        Ok(host)
    }

    async fn connect(&self) -> Result<Integration> {
        let approve = |page: &url::Url| Ok(self.stage.mock.approve(page)?);
        let connected = connected_by(&self.bailee, &self.owner, "slack", approve).await;
        connected.map_err(|error| anyhow::anyhow!(error))
    }

    async fn token(&self) -> Result<Live> {
        Ok(self.bailee.token(&self.owner, "slack").await?)
    }

    async fn row(&self) -> Result<Integration> {
        let mut items = self.bailee.integrations(&self.owner, None, 10).await?.items;
        items.pop().context("an integration")
    }

    /// Both tokens expire.
    fn expire(&self) {
        self.stage.mock.expire_access_tokens();
        self.clock.advance(Duration::from_hours(13));
    }

    fn works(&self, live: &Live) -> (bool, bool) {
        let is_live = |text: &str| self.stage.mock.is_live(text);
        let person = live.further(TOKEN).is_some_and(|token| is_live(token.expose_secret()));
        (is_live(live.token().expose_secret()), person)
    }

    fn refreshes(&self) -> usize {
        let requests = self.stage.mock.requests();
        requests.iter().filter(|request| request.form("grant_type") == Some("refresh_token")).count()
    }
}

#[tokio::test]
async fn a_host_gets_the_persons_token_by_its_name_and_never_what_obtains_others() -> Result<()> {
    let host = Host::new(slack_rotating().await?).await?;
    let live = host.token().await?;
    ensure!(host.works(&live) == (true, true));
    ensure!(live.further("user_refresh_token").is_none() && live.further("refresh_token").is_none());
    let caller = Caller::own(host.owner.clone(), "p1")?;
    ensure!(host.bailee.token_as(&caller, "slack").await?.further(TOKEN).is_some());
    Ok(())
}

#[tokio::test]
async fn one_lease_renews_both_tokens_however_many_ask() -> Result<()> {
    let host = Host::new(slack_rotating().await?).await?;
    for round in 1..=3 {
        host.expire();
        let all = futures_util::future::try_join_all((0..20).map(|_| host.token())).await?;
        ensure!(all.iter().all(|live| host.works(live) == (true, true)), "round {round}");
        ensure!(host.refreshes() == 2 * round, "{} refreshes in round {round}", host.refreshes());
    }
    ensure!(host.row().await?.missing().is_empty());
    Ok(())
}

#[tokio::test]
async fn what_was_renewed_first_is_kept_when_the_second_fails() -> Result<()> {
    let host = Host::new(slack_rotating().await?).await?;
    host.expire();
    host.stage.mock.fault(Endpoint::Token, Fault::Unavailable { retry_after: None }).after(1).once();
    ensure!(host.works(&host.token().await?) == (true, false), "the bot does not wait for the person");
    host.clock.advance(Duration::from_mins(5));
    ensure!(host.works(&host.token().await?) == (true, true), "both are tried again");
    ensure!(host.row().await?.status == Status::Valid);
    Ok(())
}

#[tokio::test]
async fn a_person_who_takes_the_token_away_is_shown_as_access_that_is_missing() -> Result<()> {
    let host = Host::new(slack_rotating().await?).await?;
    host.stage.mock.revoke_person(USER_ID);
    host.expire();
    let live = host.token().await?;
    ensure!(host.works(&live) == (true, false) && live.further(TOKEN).is_none());
    ensure!(host.row().await?.missing() == OAuthScopes::parse("user:search:read")?);
    host.connect().await?;
    ensure!(host.works(&host.token().await?) == (true, true));
    ensure!(host.row().await?.missing().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_validation_notices_a_person_who_left() -> Result<()> {
    let host = Host::new(slack().await?).await?;
    ensure!(host.bailee.validate(&host.owner, "slack").await?.is_valid);
    host.stage.mock.revoke_person(USER_ID);
    ensure!(!host.bailee.validate(&host.owner, "slack").await?.is_valid);
    Ok(())
}

#[tokio::test]
async fn disconnecting_ends_both() -> Result<()> {
    for stage in [slack().await?, slack_rotating().await?] {
        let host = Host::new(stage).await?;
        let live = host.token().await?;
        ensure!(host.bailee.disconnect(&host.owner, "slack").await? == Disconnected::Revoked);
        ensure!(host.works(&live) == (false, false));
    }
    Ok(())
}
