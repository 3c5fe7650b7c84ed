use bailee_core::{Status, StatusReason};
use bailee_engine::Error;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use std::time::Duration;

use crate::rig::Rig;

#[tokio::test]
async fn a_working_credential_is_valid_and_the_moment_is_kept() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let before = rig.connect().await?;
    rig.clock.advance(Duration::from_mins(1));
    let validated = rig.bailee.validate(&rig.owner, "google").await?;
    assert!(validated.is_valid);
    assert!(validated.integration.validated_at > before.validated_at);
    assert_eq!(rig.only().await?, validated.integration);
    Ok(())
}

#[tokio::test]
async fn an_expired_token_is_refreshed_before_the_provider_is_asked() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    assert!(rig.bailee.validate(&rig.owner, "google").await?.is_valid);
    assert_eq!(rig.refreshes(), 1);
    Ok(())
}

#[tokio::test]
async fn a_credential_that_the_user_took_away_is_invalid_with_its_reason() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    rig.mock.revoke_by_user("ada@example.test");
    let validated = rig.bailee.validate(&rig.owner, "google").await?;
    assert!(!validated.is_valid);
    assert_eq!(validated.integration.status, Status::Invalid);
    assert_eq!(validated.integration.status_reason, Some(StatusReason::Revoked));
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_the_verdict_open() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let before = rig.connect().await?;
    rig.mock.fault(Endpoint::UserInfo, Fault::Status(503)).times(3);
    let validated = rig.bailee.validate(&rig.owner, "google").await?;
    assert!(!validated.is_valid);
    assert_eq!(validated.integration.status, Status::Unknown);
    assert_eq!(
        validated.integration.validated_at, before.validated_at,
        "the last real verdict keeps its moment"
    );
    assert!(rig.bailee.validate(&rig.owner, "google").await?.is_valid);
    Ok(())
}

#[tokio::test]
async fn a_token_of_another_account_is_invalid() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    let stranger = serde_json::json!({ "sub": "somebody-else", "email": "eve@example.test" });
    rig.mock.fault(Endpoint::UserInfo, Fault::Answer { status: 200, json: stranger }).once();
    let validated = rig.bailee.validate(&rig.owner, "google").await?;
    assert_eq!(validated.integration.status_reason, Some(StatusReason::AccountDiffers));
    Ok(())
}

#[tokio::test]
async fn nothing_to_validate_is_said() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    assert_eq!(rig.bailee.validate(&rig.owner, "google").await.map(drop), Err(Error::NotFound));
    assert_eq!(rig.bailee.validate(&rig.owner, "nowhere").await.map(drop), Err(Error::UnknownProvider));
    Ok(())
}
