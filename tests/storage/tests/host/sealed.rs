//! Secrets of a database that somebody wrote into, or that lost its key.

use anyhow::ensure;
use bailee_core::{ExposeSecret as _, Lifecycle, Owner, Status, Vault as _, VaultError};
use bailee_engine::{Live, TokenError};
use test_support::{Engine, each_of, key_ring};

use crate::rig::{Rig, in_time, process, timings};

const TAMPERED: Option<TokenError> = Some(TokenError::Vault(VaultError::Tampered));

async fn token(rig: &Rig, owner: &Owner) -> Result<Live, TokenError> {
    in_time(rig.bailee.token(owner, "google")).await
}

/// The sealed records as they are now.
async fn keep(rig: &Rig) -> anyhow::Result<()> {
    rig.raw.run("CREATE TABLE kept AS SELECT id, secret FROM user_integrations").await
}

/// Puts the kept record of one row into another.
async fn put(rig: &Rig, from: &Owner, into: &Owner) -> anyhow::Result<()> {
    let id = async |owner: &Owner| {
        let page = rig.bailee.integrations(owner, None, 1).await?;
        anyhow::Ok(page.items.first().map(|row| row.id.to_string()).unwrap_or_default())
    };
    let (from, into) = (id(from).await?, id(into).await?);
    rig.raw
        .run(&format!(
            "UPDATE user_integrations SET secret = (SELECT secret FROM kept WHERE id = '{from}') WHERE id = '{into}'"
        ))
        .await
}

/// Rows that nothing but the test touched.
async fn untouched(rig: &Rig, owners: &[&Owner]) -> anyhow::Result<()> {
    for owner in owners {
        let page = rig.bailee.integrations(owner, None, 10).await?;
        ensure!(page.items.len() == 1, "a row is gone");
        ensure!(
            page.items.iter().all(|row| row.lifecycle == Lifecycle::Connected && row.status == Status::Valid)
        );
    }
    Ok(())
}

#[tokio::test]
async fn records_that_were_swapped_between_rows_open_for_nobody_and_work_again_when_put_back()
-> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::over(database.store().await?, database).await?;
        // Another user; the same user in an organization; another organization.
        let owners = [
            Owner::user("u1")?,
            Owner::user("u2")?,
            Owner::member("org_1", "u1")?,
            Owner::member("org_2", "u1")?,
        ];
        let bystander = Owner::user("u3")?;
        for owner in owners.iter().chain([&bystander]) {
            rig.connect_as(owner).await?;
        }
        keep(&rig).await?;
        for expired in [false, true] {
            let [first, second, third, fourth] = &owners;
            for (one, other) in [(first, second), (third, fourth), (first, third)] {
                put(&rig, one, other).await?;
                put(&rig, other, one).await?;
                if expired {
                    rig.raw
                        .run("UPDATE user_integrations SET access_expires_ms = 1, next_refresh_ms = 0")
                        .await?;
                }
                rig.mock.clear_requests();
                for owner in [one, other] {
                    let refused = token(&rig, owner).await.err();
                    ensure!(refused == TAMPERED, "{refused:?} (expired: {expired})");
                }
                ensure!(rig.mock.requests().is_empty(), "nothing is sent");
                untouched(&rig, &[one, other]).await?;
                token(&rig, &bystander).await?;

                put(&rig, one, one).await?;
                put(&rig, other, other).await?;
                rig.raw.run("UPDATE user_integrations SET next_refresh_ms = 0").await?;
                if !expired {
                    token(&rig, one).await?;
                    token(&rig, other).await?;
                }
            }
        }
        for owner in &owners {
            token(&rig, owner).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_record_of_another_purpose_is_no_credential() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::over(database.store().await?, database).await?;
        rig.connect().await?;
        keep(&rig).await?;
        rig.consented().await?;
        rig.raw.run("UPDATE user_integrations SET secret = (SELECT verifier FROM oauth_flows)").await?;
        ensure!(rig.token().await.err() == TAMPERED);
        untouched(&rig, &[&rig.owner]).await?;
        put(&rig, &rig.owner, &rig.owner).await?;
        rig.token().await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_record_from_a_backup_does_not_open_in_a_newer_row() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::over(database.store().await?, database).await?;
        rig.expired().await?;
        keep(&rig).await?;
        let current = rig.token().await?;
        ensure!(rig.epoch().await? == 2);
        rig.raw.run("CREATE TABLE newer AS SELECT secret FROM user_integrations").await?;
        rig.mock.clear_requests();

        put(&rig, &rig.owner, &rig.owner).await?;
        ensure!(rig.token().await.err() == TAMPERED);
        ensure!(rig.mock.requests().is_empty());
        untouched(&rig, &[&rig.owner]).await?;

        rig.raw.run("UPDATE user_integrations SET secret = (SELECT secret FROM newer)").await?;
        ensure!(rig.token().await?.token().expose_secret() == current.token().expose_secret());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_lost_key_fails_its_own_rows_and_no_others_and_deletes_nothing() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::over(database.store().await?, database).await?;
        let (old, new) = (Owner::user("u1")?, Owner::user("u2")?);
        rig.connect_as(&old).await?;
        let lost = rig.keys.primary();
        let others = key_ring()?;
        let elsewhere = process(database.store().await?, &others, &rig.mock, timings())?;
        let home = std::mem::replace(&mut rig.bailee, elsewhere);
        rig.connect_as(&new).await?;

        let unavailable = Some(TokenError::Vault(VaultError::KeyUnavailable { kid: lost }));
        for expired in [false, true] {
            if expired {
                rig.expire().await?;
            }
            rig.mock.clear_requests();
            ensure!(token(&rig, &old).await.err() == unavailable);
            ensure!(rig.mock.requests().is_empty());
            let live = token(&rig, &new).await?;
            ensure!(rig.mock.is_live(live.token().expose_secret()), "the other row serves");
            untouched(&rig, &[&old, &new]).await?;
        }
        rig.raw.run("UPDATE user_integrations SET next_refresh_ms = 0").await?;
        in_time(home.token(&old, "google")).await?;
        Ok(())
    })
    .await
}
