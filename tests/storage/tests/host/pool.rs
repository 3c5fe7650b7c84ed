//! A whole life on one connection.

use anyhow::ensure;
use bailee_core::ExposeSecret as _;
use bailee_engine::{Disconnected, Live, TokenError};
use bailee_storage::SqlOptions;
use futures_util::future::try_join_all;
use test_support::each_engine;

use crate::rig::{Rig, in_time};

const CALLERS: usize = 50;

#[tokio::test]
async fn a_whole_life_needs_one_connection() -> anyhow::Result<()> {
    each_engine(async |database| {
        let store = database.store_with(SqlOptions::default().with_max_connections(1)).await?;
        let rig = Rig::over(store, database).await?;
        let integration = in_time(rig.connect()).await?;
        let first = rig.token().await?;
        rig.mock.expire_access_tokens();

        let callers = (0..CALLERS).map(|_| {
            let (bailee, first) = (rig.bailee.clone(), first.clone());
            tokio::spawn(async move { bailee.rejected(&first).await })
        });
        let live: Vec<Live> =
            in_time(try_join_all(callers)).await?.into_iter().collect::<Result<_, TokenError>>()?;
        ensure!(live.len() == CALLERS && rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        ensure!(live.iter().all(|live| rig.mock.is_live(live.token().expose_secret())));

        ensure!(in_time(rig.bailee.validate(&rig.owner, "google")).await?.is_valid);
        let outcome = in_time(rig.bailee.disconnect(&rig.owner, integration.id)).await?;
        ensure!(outcome == Disconnected::Revoked);
        ensure!(rig.token().await.err() == Some(TokenError::NotConnected));
        ensure!(rig.mock.live_grants() == 0);
        Ok(())
    })
    .await
}
