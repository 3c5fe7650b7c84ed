//! T105: two owners, one account.

use anyhow::{Result, ensure};
use bailee_core::{ExposeSecret as _, Owner};
use bailee_engine::Disconnected;
use bailee_testkit::mock_provider::Endpoint;
use test_support::each_engine;

use crate::rig::Rig;

#[tokio::test]
async fn the_grant_of_two_owners_is_revoked_with_the_last_of_them() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        // As different as two owners can be, and as alike.
        let (mine, theirs) = (Owner::user("u1")?, Owner::member("org_1", "u1")?);
        let first = rig.connect(&mine).await?;
        let last = rig.connect(&theirs).await?;
        let outcome = rig.bailee.disconnect(&mine, first.id).await?;
        ensure!(outcome == Disconnected::Shared, "{outcome:?}");
        ensure!(rig.mock.count_of(Endpoint::Revoke) == 0, "a revocation reaches the whole account");
        let live = rig.bailee.token(&theirs, "google").await?;
        ensure!(rig.mock.is_live(live.token().expose_secret()), "the other owner's token is dead");
        let forced = rig.bailee.rejected(&live).await?;
        ensure!(rig.mock.is_live(forced.token().expose_secret()), "and can be refreshed");
        let outcome = rig.bailee.disconnect(&theirs, last.id).await?;
        ensure!(outcome == Disconnected::Revoked, "{outcome:?}");
        ensure!((rig.mock.count_of(Endpoint::Revoke), rig.mock.live_grants()) == (1, 0));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_owners_that_leave_at_once_the_last_one_revokes() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let other = rig.process(database).await?;
        for round in 0..5 {
            let mut leaving = Vec::new();
            for (number, host) in [&rig.bailee, &other, &rig.bailee, &other].into_iter().enumerate() {
                let owner = Owner::user(format!("u{number}"))?;
                let id = rig.connect(&owner).await?.id;
                leaving.push((host.clone(), owner, id));
            }
            let leaving = leaving
                .into_iter()
                .map(|(host, owner, id)| tokio::spawn(async move { host.disconnect(&owner, id).await }));
            for outcome in futures_util::future::join_all(leaving).await {
                let outcome = outcome??;
                let gone = matches!(outcome, Disconnected::Revoked | Disconnected::Shared);
                ensure!(gone, "round {round}: {outcome:?}");
            }
            ensure!(rig.mock.live_grants() == 0, "round {round}: a grant outlived all its owners");
        }
        Ok(())
    })
    .await
}
