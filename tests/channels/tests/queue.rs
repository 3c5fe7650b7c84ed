use std::time::Duration;

use bailee_core::{Action, Outcome, ProfileId, ProfileIds, ProviderError, Scope, store::IntegrationChange};
use bailee_engine::{NotifyResult, Target};

use crate::rig::{Rig, news};

const DOWN: ProviderError = ProviderError::Unavailable { retry_after: None };

#[tokio::test]
async fn what_a_channel_cannot_take_now_arrives_later_and_once() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "ada").await?;
    rig.mail.fail([DOWN, ProviderError::RateLimited { retry_after: Some(Duration::from_mins(2)) }]);
    let told = rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    assert!(told.iter().all(|one| one.result == NotifyResult::Queued), "{told:?}");
    rig.later(Duration::from_mins(1)).await?;
    rig.later(Duration::from_mins(1)).await?;
    assert!(rig.mail.sent().is_empty(), "the provider asked to wait for two minutes");
    for _ in 0..3 {
        rig.later(Duration::from_mins(5)).await?;
    }
    let sent = rig.mail.sent();
    assert_eq!(sent.len(), 1);
    let outcomes: Vec<_> = rig.lines(Action::Notify).await?.iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Ok, Outcome::RateLimited, Outcome::ToolError], "the newest first");
    Ok(())
}

#[tokio::test]
async fn what_may_have_been_sent_is_not_sent_again() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "ada").await?;
    rig.mail.fail([ProviderError::OutcomeUnknown]);
    let told = rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    let unknown = NotifyResult::Failed(ProviderError::OutcomeUnknown);
    assert!(told.iter().all(|one| one.result == unknown), "{told:?}");
    rig.later(Duration::from_hours(1)).await?;
    assert!(rig.mail.sent().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_channel_that_stays_down_is_given_up_and_blocks_nobody() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "ada").await?;
    rig.join("bot", "robot").await?;
    rig.mail.fail(vec![DOWN; 100]);
    rig.bot.fail([DOWN]);
    rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    for _ in 0..40 {
        rig.later(Duration::from_mins(59)).await?;
    }
    assert_eq!(rig.bot.sent().len(), 1);
    let tries = rig.lines(Action::Notify).await?;
    let tries = tries.iter().filter(|line| line.provider.as_ref().is_some_and(|key| key.as_str() == "mail"));
    assert_eq!(tries.count(), 11, "one at once and ten later");
    Ok(())
}

#[tokio::test]
async fn what_was_taken_back_meanwhile_is_not_sent() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("mail", "ada").await?.integration;
    rig.mail.fail([DOWN]);
    rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    let scope = Scope::Agents(ProfileIds::new([ProfileId::new("p2")?])?);
    rig.change(&row, IntegrationChange { scope: Some(scope), ..Default::default() }).await?;
    rig.later(Duration::from_hours(1)).await?;
    assert!(rig.mail.sent().is_empty());
    let lines = rig.lines(Action::Notify).await?;
    assert_eq!(lines.first().map(|line| line.outcome), Some(Outcome::Denied));
    Ok(())
}

#[tokio::test]
async fn the_wait_that_a_channel_asks_for_is_kept_and_the_id_stays() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "ada").await?;
    rig.mail.fail([ProviderError::RateLimited { retry_after: Some(Duration::from_mins(2)) }]);
    rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    rig.later(Duration::from_mins(1)).await?;
    assert_eq!(rig.mail.tried().len(), 1);
    rig.later(Duration::from_mins(2)).await?;
    let tried = rig.mail.tried();
    assert!(tried.len() == 2 && tried.iter().all(|id| Some(id) == tried.first()), "{tried:?}");
    Ok(())
}

#[tokio::test]
async fn what_a_profile_said_that_is_gone_is_not_sent() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "ada").await?;
    rig.mail.fail([DOWN]);
    rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    rig.host.forget(ProfileId::new("p1")?);
    rig.later(Duration::from_hours(1)).await?;
    assert!(rig.mail.sent().is_empty());
    let lines = rig.lines(Action::Notify).await?;
    let refusal = lines.first().and_then(|line| line.refusal.as_deref());
    assert_eq!(refusal, Some("not_your_profile"));
    Ok(())
}
