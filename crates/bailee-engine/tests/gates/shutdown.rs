use std::time::Duration;

use anyhow::ensure;
use bailee_core::ProviderError;
use bailee_engine::TokenError;

use crate::{provider::Mood, rig::Rig};

const DOWN: ProviderError = ProviderError::Unavailable { retry_after: None };

#[tokio::test]
async fn a_shutdown_does_not_wait_for_those_who_wait_for_a_backoff() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 1, Duration::ZERO).await?;
    let [owner] = owners.as_slice() else { anyhow::bail!("one user") };
    let background = rig.bailee.start();
    rig.ill.fail_next([DOWN]);
    ensure!(rig.bailee.token(owner, "ill").await.is_err());
    // Who comes now waits until the row may be tried again.
    let caller = tokio::spawn({
        let (bailee, owner) = (rig.bailee.clone(), owner.clone());
        async move { bailee.token(&owner, "ill").await }
    });
    rig.clock.until_asleep(3).await;

    ensure!(background.shutdown(Duration::from_secs(1)).await, "in no time at all");
    ensure!(matches!(caller.await?.err(), Some(TokenError::Unavailable { .. })));
    ensure!(rig.ill.seen().all == 1, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_those_who_wait_for_a_place() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 70, Duration::ZERO).await?;
    rig.ill.set(Mood::Hangs);
    let background = rig.bailee.start();
    let callers: Vec<_> = owners
        .iter()
        .map(|owner| {
            let (bailee, owner) = (rig.bailee.clone(), owner.clone());
            tokio::spawn(async move { bailee.token(&owner, "ill").await })
        })
        .collect();
    rig.ill.until_asked(64).await;
    let shutdown = tokio::spawn(background.shutdown(Duration::from_mins(1)));
    let gone = async {
        while callers.iter().filter(|caller| caller.is_finished()).count() < 6 {
            tokio::task::yield_now().await;
        }
    };
    gone.await;
    ensure!(!shutdown.is_finished(), "what was sent is waited for");
    rig.ill.set(Mood::Works);
    ensure!(shutdown.await?);
    let mut served = 0;
    for caller in callers {
        served += usize::from(caller.await?.is_ok());
    }
    ensure!(served == 64, "{served} were served");
    Ok(())
}
