use bailee_core::{
    Action, Caller, Outcome, Owner, ProfileId, ProfileIds, ProviderError, Refusal, Scope, Status,
    store::IntegrationChange,
};
use bailee_engine::{NotifyError, NotifyResult, Target};

use crate::rig::{Rig, news};

fn only(profile: &str) -> anyhow::Result<IntegrationChange> {
    let scope = Scope::Agents(ProfileIds::new([ProfileId::new(profile)?])?);
    Ok(IntegrationChange { scope: Some(scope), ..Default::default() })
}

fn accounts(rig: &Rig) -> Vec<String> {
    let mut accounts: Vec<_> =
        [&rig.mail, &rig.bot, &rig.bank].iter().flat_map(|pigeon| pigeon.sent()).collect();
    accounts.sort_by(|one, other| one.account.cmp(&other.account));
    accounts.into_iter().map(|sent| sent.account).collect()
}

#[tokio::test]
async fn a_notification_goes_through_every_channel_that_is_on_and_granted() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "all").await?;
    let mine = rig.join("mail", "mine").await?.integration;
    let theirs = rig.join("mail", "theirs").await?.integration;
    let off = rig.join("bot", "off").await?.integration;
    rig.change(&mine, only("p1")?).await?;
    rig.change(&theirs, only("p2")?).await?;
    rig.change(&off, IntegrationChange { enabled: Some(false), ..Default::default() }).await?;
    let told = rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    assert!(told.iter().all(|one| matches!(one.result, NotifyResult::Delivered(_))), "{told:?}");
    assert_eq!(accounts(&rig), ["all", "mine"]);
    let lines = rig.lines(Action::Notify).await?;
    let recorded: Vec<_> = lines.iter().map(|line| (line.outcome, line.provider.is_some())).collect();
    assert_eq!(recorded, [(Outcome::Ok, true), (Outcome::Ok, true)]);
    Ok(())
}

#[tokio::test]
async fn by_default_it_goes_to_the_first_choice_of_each_provider() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "second").await?;
    let first = rig.join("mail", "first").await?.integration;
    rig.join("bot", "alone").await?;
    let caller = rig.caller("p1")?;
    rig.bailee.notify(&caller, Target::Default, &news()?).await?;
    assert_eq!(accounts(&rig), ["alone"], "of two that nobody chose from, none is guessed");
    rig.change(&first, IntegrationChange { is_default: Some(true), ..Default::default() }).await?;
    rig.bailee.notify(&caller, Target::Default, &news()?).await?;
    assert_eq!(accounts(&rig), ["alone", "alone", "first"]);
    Ok(())
}

#[tokio::test]
async fn a_channel_that_is_not_the_callers_is_refused_like_one_that_is_not_there() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let theirs = rig.join("mail", "theirs").await?.integration;
    rig.change(&theirs, only("p2")?).await?;
    let stranger = Owner::user("u2")?;
    let ids = vec![theirs.id, bailee_core::IntegrationId::from_parts(1, [9; 10])];
    let told = rig.bailee.notify(&rig.caller("p1")?, Target::Only(ids.clone()), &news()?).await?;
    assert!(told.iter().all(|one| one.result == NotifyResult::Refused(Refusal::NotConnected)), "{told:?}");
    let told = rig.bailee.notify(&Caller::own(stranger, "p1")?, Target::Only(ids), &news()?).await?;
    assert!(told.iter().all(|one| one.result == NotifyResult::Refused(Refusal::NotConnected)), "{told:?}");
    assert!(accounts(&rig).is_empty());
    let lines = rig.lines(Action::Notify).await?;
    assert!(lines.len() == 2 && lines.iter().all(|line| line.outcome == Outcome::Denied));
    Ok(())
}

#[tokio::test]
async fn a_channel_that_is_named_twice_is_told_once() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let (one, two) = (rig.join("mail", "one").await?.integration, rig.join("mail", "two").await?.integration);
    let unknown = bailee_core::IntegrationId::from_parts(1, [9; 10]);
    let ids = vec![two.id, unknown, one.id, two.id, unknown, two.id];
    let told = rig.bailee.notify(&rig.caller("p1")?, Target::Only(ids), &news()?).await?;
    let named: Vec<_> = told.iter().map(|one| one.integration).collect();
    assert_eq!(named, [two.id, unknown, one.id]);
    assert_eq!(accounts(&rig), ["one", "two"]);
    assert_eq!(rig.lines(Action::Notify).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_counterpart_and_an_unknown_profile_notify_nobody() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "ada").await?;
    let counterpart = Caller::counterpart(rig.owner.clone(), "p1", "t1")?;
    for caller in [counterpart, rig.caller("p9")?] {
        let refused = rig.bailee.notify(&caller, Target::All, &news()?).await;
        assert!(matches!(refused, Err(NotifyError::Refused(_))), "{refused:?}");
    }
    assert!(accounts(&rig).is_empty());
    assert_eq!(rig.lines(Action::Notify).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn one_channel_that_fails_holds_no_other_back() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let broken = rig.join("mail", "broken").await?.integration;
    rig.join("bot", "fine").await?;
    let gone = ProviderError::Rejected { status: 410, code: "gone" };
    rig.mail.fail([gone.clone()]);
    let told = rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    let failed: Vec<_> =
        told.iter().filter(|one| one.integration == broken.id).map(|one| &one.result).collect();
    assert_eq!(failed, [&NotifyResult::Failed(gone)]);
    assert_eq!(accounts(&rig), ["fine"]);
    Ok(())
}

#[tokio::test]
async fn what_is_no_channel_is_told_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("safe", "ada").await?.integration;
    let caller = rig.caller("p1")?;
    assert!(rig.bailee.notify(&caller, Target::All, &news()?).await?.is_empty());
    let told = rig.bailee.notify(&caller, Target::Only(vec![row.id]), &news()?).await?;
    assert!(told.iter().all(|one| one.result == NotifyResult::Refused(Refusal::NotConnected)), "{told:?}");
    assert!(rig.safe.tried().is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_taken_back_while_another_channel_is_told_is_not_used() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let first = rig.join("mail", "ada").await?.integration;
    let second = rig.join("bot", "robot").await?.integration;
    let (held, caller, news) = (rig.mail.hold(), rig.caller("p1")?, news()?);
    let target = Target::Only(vec![first.id, second.id]);
    let notify = rig.bailee.notify(&caller, target, &news);
    let meanwhile = async {
        tokio::task::yield_now().await;
        let changed = rig.change(&second, only("p2")?).await;
        held.add_permits(1);
        changed
    };
    let (told, changed) = tokio::join!(notify, meanwhile);
    changed?;
    let told = told?;
    let second = told.iter().find(|one| one.integration == second.id).map(|one| &one.result);
    assert_eq!(second, Some(&NotifyResult::Refused(Refusal::OutOfScope)));
    assert_eq!(accounts(&rig), ["ada"]);
    Ok(())
}

#[tokio::test]
async fn a_channel_whose_secret_is_refused_is_refused_and_becomes_invalid() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("mail", "ada").await?.integration;
    rig.mail.fail([ProviderError::TokenRejected]);
    let told = rig.bailee.notify(&rig.caller("p1")?, Target::All, &news()?).await?;
    let refused = NotifyResult::Refused(Refusal::NotUsable(Status::Invalid));
    assert!(told.iter().all(|one| one.result == refused), "{told:?}");
    assert_eq!(rig.row(&row).await?.status, Status::Invalid);
    Ok(())
}
