//! Accounts are connected.

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use bailee_core::{Action, Integration, Lifecycle, SecretString, Status};
use bailee_engine::{Arrival, Callback, ConnectOptions, Error};
use bailee_testkit::returned;
use url::Url;

use crate::{
    failed::Failed,
    flow::Flow,
    scene::{ACCOUNTS, Scene},
};

/// From the button to the callback, as one of the two people.
async fn connect(scene: &Scene<'_>, account: &str) -> Result<Integration, Failed> {
    let (back, nonce) = consented(scene, account).await?;
    let session = scene.session();
    match scene.bailee.arrived(returned("google", &back), Some(&session), Some(&nonce)).await? {
        Arrival::Finished { connected, .. } => Ok(connected.integration),
        Arrival::HandedOver { .. } => Err(anyhow::anyhow!("sent to the page").into()),
    }
}

async fn consented(scene: &Scene<'_>, account: &str) -> Result<(Url, SecretString), Failed> {
    let nonce = scene.bailee.nonce()?;
    let options = ConnectOptions::with_nonce("google", nonce.clone());
    let link = scene.bailee.connect(&scene.owner, options).await?;
    let back = scene.mock.consent(&link.url).account(account).allow().map_err(anyhow::Error::from)?;
    Ok((back, nonce))
}

/// One row, of the first account, which works, and a line of it in the ledger.
async fn one_row(scene: &Scene<'_>, lines: Action) -> Result<()> {
    let row = scene.only().await?;
    ensure!((row.lifecycle, row.status) == (Lifecycle::Connected, Status::Valid), "{row:?}");
    ensure!(row.account.label.as_deref() == Some(ACCOUNTS[0]), "{:?}", row.account);
    scene.noted(lines, None, 1).await?;
    scene.works().await
}

/// A first connect.
pub(crate) struct Connect;

#[async_trait]
impl Flow for Connect {
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        connect(scene, ACCOUNTS[0]).await.map(drop)
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        one_row(scene, Action::Connect).await
    }
}

/// The same account once more.
pub(crate) struct Reconnect;

#[async_trait]
impl Flow for Reconnect {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        connect(scene, ACCOUNTS[0]).await.map(drop)
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        one_row(scene, Action::Reconnect).await
    }
}

/// Another account where one is connected: what was granted is given back.
pub(crate) struct Unused;

#[async_trait]
impl Flow for Unused {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        match connect(scene, ACCOUNTS[1]).await {
            Ok(_) => Err(anyhow::anyhow!("another account was taken").into()),
            Err(Failed::Answered { told, .. }) if told == format!("{:?}", Error::AccountMismatch) => Ok(()),
            Err(other) => Err(other),
        }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let grants = scene.mock.live_grants();
        ensure!(grants == 1, "{grants} grants live, and one row");
        one_row(scene, Action::Connect).await
    }
}

/// A browser that is not signed in returns; the page finishes.
pub(crate) struct HandedOver;

#[async_trait]
impl Flow for HandedOver {
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let (back, nonce) = consented(scene, ACCOUNTS[0]).await?;
        let arrival = scene.bailee.arrived(returned("google", &back), None, None).await?;
        let Arrival::HandedOver { location } = arrival else {
            return Err(anyhow::anyhow!("a stranger finished").into());
        };
        let parameter = |name: &str| {
            let found = location.query_pairs().find(|(mine, _)| mine == name);
            found.map(|(_, value)| SecretString::from(value.into_owned())).context("a parameter is missing")
        };
        let callback = Callback {
            provider: "google".to_owned(),
            state: parameter("state")?,
            handle: parameter("code")?,
            nonce: Some(nonce),
            verifier: None,
        };
        scene.bailee.callback(&scene.session(), callback).await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        one_row(scene, Action::Connect).await
    }
}
