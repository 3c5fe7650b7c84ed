//! T40, T41 and T104: what is wrong with the registration, or too much for the provider, kills no row.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bailee_core::{
    ClientId, ClientRegistration, CredentialStore as _, ExposeSecret as _, Lifecycle, Owner, Status,
};
use bailee_engine::TokenError;
use bailee_testkit::{
    mock_google::{CLIENT_ID, CLIENT_SECRET},
    mock_provider::{Endpoint, Fault},
};
use test_support::{each_engine, google_as};

use crate::rig::Rig;

fn registration(client: &str, secret: &str) -> Result<ClientRegistration> {
    Ok(ClientRegistration::new(ClientId::new(client)?, secret.to_owned().into()))
}

/// Every row is as good as it was.
async fn all_live(rig: &Rig, rows: &[(Owner, bailee_core::IntegrationId)]) -> Result<()> {
    for (_, id) in rows {
        let row = rig.store.read(*id).await?.context("a row is gone")?;
        let fine = (row.lifecycle, row.status, row.dead_reason, row.secret_epoch);
        ensure!(fine == (Lifecycle::Connected, Status::Valid, None, 1), "{row:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_client_id_that_was_swapped_sends_nothing_and_works_again_when_it_is_back() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let rows = rig.expired(3).await?;
        let new = || registration("another-client", "another-secret");
        let swapped = rig.with(google_as(&rig.mock, new()?)?)?;
        for (owner, _) in &rows {
            for _ in 0..2 {
                let refused = swapped.token(owner, "google").await.err();
                ensure!(refused == Some(TokenError::Config), "{refused:?}");
            }
        }
        ensure!(rig.mock.count("/token", None) == 0, "a request with the wrong client");
        all_live(&rig, &rows).await?;
        let both = google_as(&rig.mock, new()?)?.with_registration(registration(CLIENT_ID, CLIENT_SECRET)?);
        let mended = rig.with(both)?;
        for (owner, _) in &rows {
            let live = mended.token(owner, "google").await?;
            ensure!(rig.mock.is_live(live.token().expose_secret()), "a dead token");
        }
        let requests = rig.mock.requests();
        let clients: Vec<_> = requests.iter().filter_map(|request| request.form("client_id")).collect();
        ensure!(clients == [CLIENT_ID; 3], "{clients:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_client_that_is_refused_everywhere_kills_no_row() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let rows = rig.expired(5).await?;
        rig.mock.set_client_secrets(CLIENT_ID, &["changed-at-the-provider"]);
        for (owner, _) in &rows {
            let refused = rig.bailee.token(owner, "google").await.err();
            ensure!(refused == Some(TokenError::Config), "{refused:?}");
        }
        let sent = rig.mock.count("/token", Some("refresh_token"));
        ensure!(
            sent == 3,
            "{sent} requests with a secret that is refused: three tell, as it has just worked"
        );
        for word in ["invalid_client", "unauthorized_client", "deleted_client"] {
            rig.mock.fault(Endpoint::Token, Fault::Error(word.to_owned())).times(rows.len());
            for (owner, _) in &rows {
                // None of these processes knows what the others were told.
                let refused = rig.process(database).await?.token(owner, "google").await.err();
                ensure!(refused == Some(TokenError::Config), "{word}: {refused:?}");
            }
        }
        all_live(&rig, &rows).await?;
        rig.mock.set_client_secrets(CLIENT_ID, &[CLIENT_SECRET]);
        let mended = rig.process(database).await?;
        for (owner, _) in &rows {
            let live = mended.token(owner, "google").await?;
            ensure!(rig.mock.is_live(live.token().expose_secret()), "a dead token");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_minutes_that_the_provider_asks_for_are_kept_to_by_the_clock_of_the_database() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let (old_owner, fresh_owner) = (Owner::user("u0")?, Owner::user("fresh")?);
        let rows = rig.expired(1).await?;
        rig.connect(&fresh_owner).await?;
        let old = rig.bailee.token(&fresh_owner, "google").await?;
        rig.mock.clear_requests();
        rig.mock.fault(Endpoint::Token, Fault::TooManyRequests { retry_after: Some(120) });
        for _ in 0..3 {
            let refused = rig.bailee.token(&old_owner, "google").await.err();
            let wait = refused.and_then(|error| error.retry_after()).unwrap_or_default();
            ensure!(wait > Duration::from_mins(1) && wait <= Duration::from_mins(2), "{wait:?}");
            let longer = rig.bailee.token_for(&fresh_owner, "google", Duration::from_hours(2)).await.err();
            ensure!(matches!(longer, Some(TokenError::Unavailable { .. })), "{longer:?}");
            let served = rig.bailee.token(&fresh_owner, "google").await?;
            ensure!(served.token().expose_secret() == old.token().expose_secret(), "the old token lives");
        }
        let sent = rig.mock.count("/token", None);
        ensure!(sent == 1, "{sent} requests: it was said once, and is heard for every row");
        let row = rig.store.read(rows[0].1).await?.context("the row")?;
        let gate = row.next_refresh_ms - row.now_ms;
        ensure!((60_000..=120_000).contains(&gate), "{gate} ms");
        rig.mock.heal();
        // Another process keeps to it too.
        let process = rig.process(database).await?;
        let refused = process.token(&old_owner, "google").await.err();
        ensure!(refused.is_some_and(|error| error.retry_after() > Some(Duration::from_mins(1))));
        ensure!(rig.mock.count("/token", None) == 1, "asked before its time");
        all_live(&rig, &rows).await
    })
    .await
}
