use async_trait::async_trait;
use bailee_core::{Caller, DirectoryError, ExposeSecret as _, Owner, ProfileDirectory, ProfileId};
use bailee_engine::TokenError;

use crate::rig::Rig;

#[tokio::test]
async fn a_fresh_token_costs_the_provider_nothing() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    rig.mock.clear_requests();
    let by_provider = rig.bailee.token(&rig.owner, "google").await?;
    let by_alias = rig.bailee.token(&rig.owner, "google_calendar").await?;
    let by_id = rig.bailee.token(&rig.owner, integration.id).await?;
    assert_eq!(by_provider.token().expose_secret(), by_id.token().expose_secret());
    assert_eq!(by_provider.token().expose_secret(), by_alias.token().expose_secret());
    assert_eq!(by_provider.expires_at(), integration.expires_at);
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once_and_not_in_a_loop() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    let first = rig.bailee.token(&rig.owner, "google").await?;
    rig.mock.expire_access_tokens();
    let second = rig.bailee.rejected(&first).await?;
    assert!(rig.mock.is_live(second.token().expose_secret()));
    assert_eq!(rig.refreshes(), 1);
    let stale = rig.bailee.rejected(&first).await?;
    assert_eq!(
        stale.token().expose_secret(),
        second.token().expose_secret(),
        "the newer token is there already"
    );
    assert_eq!(rig.refreshes(), 1);
    let looped = rig.bailee.rejected(&second).await;
    assert!(matches!(looped, Err(TokenError::NeedsReconnect { .. })), "{looped:?}");
    assert_eq!(rig.refreshes(), 1);
    Ok(())
}

#[tokio::test]
async fn a_counterpart_never_gets_a_raw_token() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    let own = Caller::own(rig.owner.clone(), "prof_1")?;
    rig.bailee.token_as(&own, "google").await?;
    let counterpart = Caller::counterpart(rig.owner.clone(), "prof_1", "th_1")?;
    assert_eq!(rig.bailee.token_as(&counterpart, "google").await.err(), Some(TokenError::OutOfScope));
    Ok(())
}

#[derive(Debug)]
struct OneProfile;

#[async_trait]
impl ProfileDirectory for OneProfile {
    async fn owns(&self, _: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        match profile.as_str() {
            "mine" => Ok(true),
            "down" => Err(DirectoryError),
            _ => Ok(false),
        }
    }

    async fn list(&self, _: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        Err(DirectoryError)
    }
}

#[tokio::test]
async fn a_profile_that_is_not_the_owners_gets_no_token() -> anyhow::Result<()> {
    let rig = Rig::with(|builder| builder.profiles(OneProfile)).await?;
    rig.connect().await?;
    let caller = |profile: &str| Caller::own(rig.owner.clone(), profile);
    rig.bailee.token_as(&caller("mine")?, "google").await?;
    assert_eq!(rig.bailee.token_as(&caller("theirs")?, "google").await.err(), Some(TokenError::OutOfScope));
    let unsure = rig.bailee.token_as(&caller("down")?, "google").await;
    assert!(matches!(unsure, Err(TokenError::Unavailable { .. })), "a directory that is down allows nothing");
    Ok(())
}

#[tokio::test]
async fn nothing_connected_and_nothing_offered_are_told_apart() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    assert_eq!(rig.bailee.token(&rig.owner, "google").await.err(), Some(TokenError::NotConnected));
    assert_eq!(rig.bailee.token(&rig.owner, "nowhere").await.err(), Some(TokenError::UnknownProvider));
    assert_eq!(rig.bailee.token(&rig.owner, "not a key").await.err(), Some(TokenError::UnknownProvider));
    Ok(())
}
