use std::time::Duration;

use anyhow::ensure;
use bailee_core::{Actor, Owner, ProviderError, SecretString, Session, Transport};
use bailee_engine::{Arrival, ConnectLink, ConnectOptions, Error, Returned};

use crate::{provider::Mood, rig::Rig};

#[tokio::test]
async fn while_a_provider_is_left_alone_no_connect_begins_and_none_is_used_up() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owner = Owner::user("new")?;
    let session = Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Cookie };
    let nonce = rig.bailee.nonce()?;
    let options = || ConnectOptions::with_nonce("ill", nonce.clone());
    let link = rig.bailee.connect(&owner, options()).await?;
    let returned = returned(&link);

    let owners = rig.users(&rig.ill, 1, Duration::ZERO).await?;
    rig.ill.set(Mood::Fails(ProviderError::RateLimited { retry_after: Some(Duration::from_secs(30)) }));
    for owner in &owners {
        ensure!(rig.bailee.token(owner, "ill").await.is_err());
    }
    let limited = Error::Provider(ProviderError::RateLimited { retry_after: Some(Duration::from_secs(30)) });
    ensure!(rig.bailee.connect(&owner, options()).await.err() == Some(limited.clone()));
    let refused = rig.bailee.arrived(returned.clone(), Some(&session), Some(&nonce)).await;
    ensure!(refused.err() == Some(limited));
    ensure!(rig.ill.seen().all == 1, "the code was not sent");

    rig.ill.set(Mood::Works);
    rig.clock.advance(Duration::from_secs(30));
    let finished = rig.bailee.arrived(returned, Some(&session), Some(&nonce)).await?;
    ensure!(matches!(finished, Arrival::Finished { .. }), "the same link, a little later");
    Ok(())
}

#[tokio::test]
async fn an_exchange_is_sent_once_whatever_comes_of_it() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owner = Owner::user("new")?;
    let session = Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Cookie };
    let nonce = rig.bailee.nonce()?;
    let link = rig.bailee.connect(&owner, ConnectOptions::with_nonce("ill", nonce.clone())).await?;
    let returned = returned(&link);
    rig.ill.fail_next([ProviderError::Unavailable { retry_after: None }]);
    let failed = rig.in_time(rig.bailee.arrived(returned, Some(&session), Some(&nonce))).await;
    ensure!(failed.is_err());
    ensure!(rig.ill.seen().all == 1, "{:?}", rig.ill.seen());
    Ok(())
}

/// The consent was given.
fn returned(link: &ConnectLink) -> Returned {
    let state = link.url.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    Returned {
        provider: "ill".to_owned(),
        state: SecretString::from(state.unwrap_or_default()),
        code: Some(SecretString::from("code")),
        error: None,
        iss: None,
    }
}
