//! Many callers, one refresh.

use std::time::Duration;

use anyhow::ensure;
use bailee_core::{ExposeSecret as _, Owner};
use bailee_engine::Live;
use bailee_testkit::{MockGoogle, connected, mock_google::Rotation};
use futures_util::future::try_join_all;
use test_support::{TestDatabase, each_engine, host};

const TASKS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_tasks_on_one_expired_row_send_one_refresh_and_all_have_its_token() -> anyhow::Result<()>
{
    each_engine(storm).await
}

async fn storm(database: &TestDatabase) -> anyhow::Result<()> {
    // A second use of a refresh token kills the whole family: a duplicate refresh would be seen as failures.
    let mock = MockGoogle::builder().rotation(Rotation::Strict).start().await?;
    let bailee = host(database.store().await?, &mock)?.build()?;
    let owner = Owner::user("u1")?;
    mock.set_expires_in(1);
    connected(&bailee, &mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?;
    mock.set_expires_in(3_600);
    until_expired(&bailee, &owner).await?;
    mock.clear_requests();

    let tasks = (0..TASKS).map(|_| {
        let (bailee, owner) = (bailee.clone(), owner.clone());
        tokio::spawn(async move { bailee.token(&owner, "google").await })
    });
    let live: Vec<Live> = try_join_all(tasks).await?.into_iter().collect::<Result<_, _>>()?;

    ensure!(live.len() == TASKS);
    ensure!(mock.count("/token", Some("refresh_token")) == 1, "{} refreshes", mock.count("/token", None));
    ensure!(mock.reuses() == 0);
    ensure!(
        live.iter().all(|live| mock.is_live(live.token().expose_secret())),
        "a dead token was handed out"
    );
    Ok(())
}

/// The database's clock cannot be set: polls until it says that the token has expired.
#[expect(clippy::disallowed_methods, reason = "polls the clock of the database")]
async fn until_expired(bailee: &bailee_engine::Bailee, owner: &Owner) -> anyhow::Result<()> {
    for _ in 0..100 {
        let page = bailee.integrations(owner, None, 1).await?;
        let expires = page.items.first().and_then(|row| row.expires_at);
        if expires.is_some_and(|expires| expires.timestamp_millis() + 50 < now_ms()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the token does not expire")
}

#[expect(clippy::disallowed_methods, reason = "the databases of the tests run on the clock of this machine")]
fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
