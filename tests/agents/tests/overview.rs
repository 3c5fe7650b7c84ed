//! What a page tells before something changes is what agents then have.

use std::collections::BTreeSet;

use anyhow::Context as _;
use bailee_core::{
    Access, Caller, Integration, IntegrationId, PermissionFlag, ProfileId, ProfileIds, Scope, StoreError,
    ThreadId, store::IntegrationChange,
};
use bailee_engine::{Error, IntegrationAccess};
use bailee_testkit::{connected_by, mock_google::GoogleAccount};

use crate::rig::Rig;

const PROFILES: [&str; 3] = ["p1", "p2", "p3"];
const THREADS: [&str; 2] = ["t1", "t2"];

/// Two accounts: Ada's, and the one of her office.
async fn two_accounts(rig: &Rig) -> anyhow::Result<(Integration, Integration)> {
    rig.mock.add_account(GoogleAccount::new("2222", "office@example.test"));
    let office = connected_by(&rig.bailee, &rig.owner, "google", |page| {
        Ok(rig.mock.consent(page).account("office@example.test").allow()?)
    })
    .await;
    Ok((rig.connect().await?, office.map_err(anyhow::Error::from_boxed)?))
}

fn agents(profiles: &[&str]) -> anyhow::Result<IntegrationChange> {
    let ids = profiles.iter().map(|id| ProfileId::new(*id)).collect::<Result<Vec<_>, _>>()?;
    let scope = Some(Scope::Agents(ProfileIds::new(ids)?));
    Ok(IntegrationChange { scope, bound_profile: Some(None), ..IntegrationChange::default() })
}

fn bound(profile: &str) -> anyhow::Result<IntegrationChange> {
    let bound_profile = Some(Some(ProfileId::new(profile)?));
    Ok(IntegrationChange { bound_profile, ..IntegrationChange::default() })
}

fn enabled(on: bool) -> IntegrationChange {
    IntegrationChange { enabled: Some(on), ..IntegrationChange::default() }
}

async fn told(rig: &Rig, id: IntegrationId) -> anyhow::Result<IntegrationAccess> {
    let all = rig.bailee.access(&rig.owner).await?;
    all.into_iter().find(|access| access.id == id).context("the integration is told of")
}

async fn tools(rig: &Rig, caller: &Caller) -> anyhow::Result<BTreeSet<String>> {
    Ok(rig.tools(caller).await?.into_iter().collect())
}

async fn of_profiles(rig: &Rig) -> anyhow::Result<Vec<BTreeSet<String>>> {
    let mut all = Vec::new();
    for profile in PROFILES {
        all.push(tools(rig, &rig.own(profile)?).await?);
    }
    Ok(all)
}

/// The threads in which a counterpart of some profile has a tool that may be called with the integration.
async fn threads_with(rig: &Rig, id: IntegrationId) -> anyhow::Result<Vec<String>> {
    let mut threads = Vec::new();
    for thread in THREADS {
        let mut used = false;
        for profile in PROFILES {
            let caller = Caller::counterpart(rig.owner.clone(), profile, thread)?;
            let granted = rig.bailee.tools(&caller).await?;
            used |= granted.iter().any(|tool| tool.integrations().contains(&id));
        }
        if used {
            threads.push(thread.to_owned());
        }
    }
    Ok(threads)
}

/// Compares what is told of an integration with the lists before and after it is turned off, or granted.
async fn check(rig: &Rig, row: &Integration) -> anyhow::Result<()> {
    let access = told(rig, row.id).await?;
    let threads: Vec<&str> = access.threads.iter().map(|thread| thread.id.as_str()).collect();
    assert_eq!(threads, threads_with(rig, row.id).await?);
    let before = of_profiles(rig).await?;
    let row = rig.bailee.integration(&rig.owner, row.id).await?.context("the row is there")?;
    rig.change(&row, enabled(false)).await?;
    assert!(told(rig, row.id).await?.threads.is_empty());
    let without = of_profiles(rig).await?;
    rig.change(&row, enabled(row.enabled)).await?;
    let all = IntegrationChange { scope: Some(Scope::All), ..agents(&[])? };
    rig.change(&row, all).await?;
    let granted = of_profiles(rig).await?;
    let back = IntegrationChange {
        scope: Some(row.scope.clone()),
        bound_profile: Some(row.bound_profile.clone()),
        ..IntegrationChange::default()
    };
    rig.change(&row, back).await?;
    assert_eq!(access.profiles.len(), PROFILES.len());
    for (index, profile) in access.profiles.iter().enumerate() {
        let list = |of: &[BTreeSet<String>]| of.get(index).cloned().unwrap_or_default();
        let expected =
            if profile.granted { &list(&before) - &list(&without) } else { &list(&granted) - &list(&before) };
        let told: BTreeSet<String> = profile.tools.iter().map(ToString::to_string).collect();
        assert_eq!(told, expected, "{profile:?}");
        assert_eq!(profile.granted, row.scope.grants(row.bound_profile.as_ref(), &profile.id));
    }
    Ok(())
}

#[tokio::test]
async fn what_is_told_of_profiles_and_threads_is_the_difference_that_a_change_makes() -> anyhow::Result<()> {
    let rig = Rig::of_several().await?;
    let (ada, office) = two_accounts(&rig).await?;
    for flags in [
        [&[][..], &[PermissionFlag::CanViewFullProfile]],
        [&[PermissionFlag::CanPostOnMyBehalf][..], &[PermissionFlag::CanQueryAvailability]],
    ] {
        for (thread, flags) in THREADS.into_iter().zip(flags) {
            rig.allow(thread, flags).await?;
        }
        for (of_ada, of_office) in [
            (agents(&["p1"])?, bound("p2")?),
            (agents(&["p1"])?, agents(&["p1", "p3"])?),
            (agents(&PROFILES)?, bound("p1")?),
            (agents(&[])?, enabled(false)),
        ] {
            rig.change(&ada, of_ada).await?;
            rig.change(&office, of_office).await?;
            check(&rig, &ada).await?;
            check(&rig, &office).await?;
        }
        rig.change(&office, enabled(true)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_account_that_its_provider_refuses_still_counts_for_the_owners_own_agents() -> anyhow::Result<()> {
    let rig = Rig::of_several().await?;
    let (ada, office) = two_accounts(&rig).await?;
    rig.allow("t1", &PermissionFlag::ALL).await?;
    rig.mock.revoke_by_user("office@example.test");
    assert!(!rig.bailee.validate(&rig.owner, office.id).await?.is_valid);
    check(&rig, &ada).await?;
    check(&rig, &office).await?;
    assert!(told(&rig, office.id).await?.threads.is_empty(), "a counterpart has nothing of it");
    Ok(())
}

#[tokio::test]
async fn what_is_told_before_a_disconnect_is_gone_after_it() -> anyhow::Result<()> {
    let rig = Rig::of_several().await?;
    let row = rig.connect().await?;
    let before = of_profiles(&rig).await?;
    let access = told(&rig, row.id).await?;
    rig.bailee.disconnect(&rig.owner, row.id).await?;
    let after = of_profiles(&rig).await?;
    for (profile, (before, after)) in access.profiles.iter().zip(before.iter().zip(&after)) {
        let told: BTreeSet<String> = profile.tools.iter().map(ToString::to_string).collect();
        assert_eq!((told.len(), told), (4, before - after));
    }
    assert!(rig.bailee.access(&rig.owner).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn tools_without_their_scope_are_told_apart() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let row = connected_by(&rig.bailee, &rig.owner, "google", |page| {
        Ok(rig.mock.consent(page).without("https://www.googleapis.com/auth/calendar").allow()?)
    })
    .await
    .map_err(anyhow::Error::from_boxed)?;
    let access = told(&rig, row.id).await?;
    let names = |tools: &[bailee_engine::OfferedTool]| -> Vec<String> {
        tools.iter().map(|tool| tool.tool().name.to_string()).collect()
    };
    let (tools, lacking) = (names(&access.tools), names(&access.lacking));
    assert_eq!((tools.len(), lacking.len()), (0, 4));
    let own = rig.tools(&rig.own("p1")?).await?;
    assert!(!lacking.iter().any(|name| own.contains(name)), "{own:?}");
    let whole = rig.connect().await?;
    let access = told(&rig, whole.id).await?;
    assert_eq!((names(&access.tools), names(&access.lacking)), (lacking, Vec::new()));
    let own = rig.tools(&rig.own("p1")?).await?;
    assert!(access.tools.iter().all(|tool| own.contains(&tool.tool().name.to_string())), "{own:?}");
    assert_eq!(access.access, Some(Access::ReadWrite), "asked for, whatever was granted");
    Ok(())
}

#[tokio::test]
async fn a_thread_that_the_host_does_not_know_is_not_told() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    let all = PermissionFlag::ALL.into_iter().collect();
    for thread in ["closed", "t2"] {
        let thread = ThreadId::new(thread)?;
        bailee_core::ThreadStore::set_thread_grant(&rig.store, &rig.owner, &thread, all, None, None).await?;
    }
    let threads = told(&rig, row.id).await?.threads;
    assert_eq!(threads.iter().map(|thread| thread.id.as_str()).collect::<Vec<_>>(), ["t2"]);
    assert_eq!(threads.first().and_then(|thread| thread.name.as_deref()), Some("Bob's agent"));
    rig.directory.set_down(true);
    let refused = rig.bailee.access(&rig.owner).await;
    assert_eq!(refused.err(), Some(Error::Store(StoreError::Unavailable)), "and no shorter list");
    Ok(())
}
