//! What a host learns of the health of its process.

use std::time::Duration;

use bailee_engine::{Bailee, HealthReason, HealthStatus};
use bailee_testkit::mock_provider::{Endpoint, Fault};
use bailee_vault::KeyRing;
use test_support::{google, key_ring};

use crate::rig::Rig;

#[tokio::test]
async fn a_process_that_is_well_says_so_and_nothing_secret() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    let health = rig.bailee.health().await;
    assert_eq!((health.status, health.reasons.as_slice()), (HealthStatus::Healthy, &[][..]));
    assert!(health.database.answers && health.database.schema_is_current == Some(true));
    assert_eq!((health.keys.opened, health.keys.unreadable, health.keys.missing.len()), (1, 0, 0));
    assert_eq!(health.unpersisted_tokens, 0);
    let text = serde_json::to_string(&health)?;
    assert!(text.contains(r#""status":"healthy""#), "{text}");
    for secret in rig.mock.secrets() {
        assert!(!text.contains(&secret), "{text}");
    }
    Ok(())
}

fn process(rig: &Rig, keys: KeyRing) -> anyhow::Result<Bailee> {
    Ok(Bailee::builder(rig.store.clone(), keys)
        .base_url("https://backend.example".parse()?)
        .provider(google(&rig.mock)?)
        .build()?)
}

#[tokio::test]
async fn a_key_that_sealed_records_and_is_not_in_the_ring_is_named() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    let health = process(&rig, key_ring()?)?.health().await;
    assert_eq!(
        (health.status, health.reasons.as_slice()),
        (HealthStatus::Degraded, &[HealthReason::KeyMissing][..])
    );
    let used = rig.bailee.health().await.keys.primary;
    assert_eq!(health.keys.missing, std::slice::from_ref(&used));
    assert_ne!(health.keys.primary, used);
    Ok(())
}

#[tokio::test]
async fn messages_that_no_worker_takes_are_told_and_no_longer_when_one_did() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503)).once();
    rig.bailee.disconnect(&rig.owner, integration.id).await?;
    rig.clock.advance(Duration::from_mins(1));
    let soon = rig.bailee.health().await;
    assert_eq!(soon.status, HealthStatus::Healthy, "a worker may come yet");
    assert_eq!(soon.outbox.map(|outbox| outbox.waiting), Some(1));
    rig.clock.advance(Duration::from_mins(10));
    let late = rig.bailee.health().await;
    assert_eq!(
        (late.status, late.reasons.as_slice()),
        (HealthStatus::Degraded, &[HealthReason::OutboxLate][..])
    );
    assert_eq!(rig.bailee.tick().await?.done, 1);
    assert_eq!(rig.bailee.health().await.status, HealthStatus::Healthy);
    Ok(())
}
