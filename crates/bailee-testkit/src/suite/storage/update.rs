#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use futures_util::future::join_all;
use serde_json::Map;

use bailee_core::{
    Integration, IntegrationId, Owner, ProfileId, ProfileIds, ProviderKey, Scope, store::IntegrationChange,
};

use super::{
    Stores,
    sample::{self, HOUR, row},
};
use crate::suite::{SuiteError, SuiteResult};

async fn found(stores: &dyn Stores, owner: &Owner, id: IntegrationId) -> Result<Integration, SuiteError> {
    Ok(stores.find(owner, id).await?.ok_or("the row is gone")?)
}

/// Changes a row from the version that it has, which must succeed.
async fn changed(
    stores: &dyn Stores,
    before: &Integration,
    change: IntegrationChange,
) -> Result<Integration, SuiteError> {
    let changed = stores.update(&before.owner, before.id, before.version, change, None).await?;
    Ok(changed.ok_or("nothing was written")?)
}

fn prefer(yes: bool) -> IntegrationChange {
    IntegrationChange { is_default: Some(yes), ..IntegrationChange::default() }
}

fn enable(yes: bool) -> IntegrationChange {
    IntegrationChange { enabled: Some(yes), ..IntegrationChange::default() }
}

fn bind(profile: Option<ProfileId>) -> IntegrationChange {
    IntegrationChange { bound_profile: Some(profile), ..IntegrationChange::default() }
}

/// Each setting changes alone, and the version grows by one with every change, also of nothing.
pub async fn each_setting_changes_alone(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let agents = Scope::Agents(ProfileIds::new([ProfileId::new("prof_é")?])?);
    let config = sample::awkward_config().1;
    let scope = IntegrationChange { scope: Some(agents.clone()), ..IntegrationChange::default() };
    let settings = IntegrationChange { config: Some(config.clone()), ..IntegrationChange::default() };
    let mut before = found(stores, &owner, id).await?;
    for change in [scope, enable(false), settings, prefer(true), IntegrationChange::default()] {
        let after = changed(stores, &before, change.clone()).await?;
        let expected = Integration {
            config: change.config.unwrap_or_else(|| before.config.clone()),
            enabled: change.enabled.unwrap_or(before.enabled),
            scope: change.scope.unwrap_or_else(|| before.scope.clone()),
            is_default: change.is_default.unwrap_or(before.is_default),
            version: before.version + 1,
            updated_at: after.updated_at,
            ..before
        };
        assert_eq!(after, expected);
        assert_eq!(found(stores, &owner, id).await?, after);
        before = after;
    }
    let all = IntegrationChange {
        config: Some(Map::new()),
        enabled: Some(true),
        scope: Some(Scope::All),
        bound_profile: Some(Some(ProfileId::new("p1")?)),
        is_default: Some(false),
    };
    assert_eq!(
        (&before.scope, &before.config, before.enabled, before.is_default),
        (&agents, &config, false, true)
    );
    let after = changed(stores, &before, all).await?;
    assert_eq!(
        (after.scope, after.config.len(), after.enabled, after.is_default),
        (Scope::All, 0, true, false)
    );
    assert_eq!(after.bound_profile, Some(ProfileId::new("p1")?));
    Ok(())
}

/// A change of another version than the row's is dropped, and takes the first choice from nobody.
pub async fn a_change_of_another_version_is_dropped(stores: &dyn Stores) -> SuiteResult {
    let (owner, google) = (Owner::user("u1")?, sample::google()?);
    let first = stores.insert(sample::one_of_many(&owner, &google)?).await?;
    let first = changed(stores, &first, prefer(true)).await?;
    let second = stores.insert(sample::one_of_many(&owner, &google)?).await?;
    let second = changed(stores, &second, enable(false)).await?;
    for version in [0, 1, 3] {
        let change = IntegrationChange { enabled: Some(true), ..prefer(true) };
        assert_eq!(stores.update(&owner, second.id, version, change, None).await?, None);
    }
    assert_eq!(stores.list(&owner, None, 10).await?, [first, second]);
    Ok(())
}

/// Of parallel changes of one version, one is written.
pub async fn of_parallel_changes_one_is_written(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let owner = &owner;
    for version in [1, 2] {
        let changes = (0..8).map(|number| if number % 2 == 0 { enable(false) } else { prefer(true) });
        let outcomes = join_all(
            changes.map(|change| async move { stores.update(owner, id, version, change, None).await }),
        )
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
        let written: Vec<Integration> = outcomes.into_iter().flatten().collect();
        assert_eq!(written, [found(stores, owner, id).await?]);
    }
    Ok(())
}

/// The first choice is one of an owner and a provider: to give it to one takes it from the other.
pub async fn the_first_choice_moves_within_owner_and_provider(stores: &dyn Stores) -> SuiteResult {
    let (owner, other) = (Owner::member("org", "u1")?, Owner::user("u1")?);
    let (google, teller) = (sample::google()?, ProviderKey::new("teller")?);
    let mut rows = Vec::new();
    for (owner, provider) in
        [(&owner, &google), (&owner, &google), (&owner, &google), (&owner, &teller), (&other, &google)]
    {
        rows.push(stores.insert(sample::one_of_many(owner, provider)?).await?);
    }
    let [first, second, third, elsewhere, foreign] = rows.as_slice() else {
        return Err("no rows".into());
    };
    for row in [first, elsewhere, foreign] {
        assert!(changed(stores, row, prefer(true)).await?.is_default);
    }
    let preferred = changed(stores, second, prefer(true)).await?;
    assert_eq!((preferred.is_default, preferred.version), (true, 2));
    let state = async |row: &Integration| -> Result<(bool, i64), SuiteError> {
        let now = found(stores, &row.owner, row.id).await?;
        Ok((now.is_default, now.version))
    };
    assert_eq!(state(first).await?, (false, 3), "taken away, which is a change");
    assert_eq!(state(third).await?, (false, 1), "it had nothing to lose");
    assert_eq!(state(elsewhere).await?, (true, 2));
    assert_eq!(state(foreign).await?, (true, 2));
    assert!(!changed(stores, &preferred, prefer(false)).await?.is_default);
    assert_eq!(state(first).await?, (false, 3), "nobody takes its place");
    Ok(())
}

/// Of parallel changes that each make another row the first choice, one row stays it.
pub async fn of_parallel_first_choices_one_stays(stores: &dyn Stores) -> SuiteResult {
    let (owner, google) = (&Owner::user("u1")?, sample::google()?);
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(stores.insert(sample::one_of_many(owner, &google)?).await?.id);
    }
    for _ in 0..8 {
        let outcomes = join_all(ids.iter().map(|id| async move {
            let version = stores.find(owner, *id).await?.map_or(0, |row| row.version);
            stores.update(owner, *id, version, prefer(true), None).await
        }))
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
        assert!(outcomes.iter().any(Option::is_some));
        let rows = stores.list(owner, None, 10).await?;
        assert_eq!(rows.iter().filter(|row| row.is_default).count(), 1, "{outcomes:?}");
    }
    Ok(())
}

/// A bound profile is set, replaced and cleared, and stays when nothing is said of it.
pub async fn a_bound_profile_is_set_and_cleared(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let mut row = found(stores, &owner, id).await?;
    for profile in [Some(ProfileId::new("p1")?), Some(ProfileId::new("prof_é")?), None] {
        row = changed(stores, &row, bind(profile.clone())).await?;
        assert_eq!(row.bound_profile, profile);
        row = changed(stores, &row, enable(true)).await?;
        assert_eq!(row.bound_profile, profile);
    }
    Ok(())
}

/// A row that is leaving, one of another owner and one that is not there are not changed.
pub async fn what_is_leaving_foreign_or_unknown_is_not_changed(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    for change in [enable(false), prefer(true)] {
        for foreign in [Owner::user("U1")?, Owner::member("org", "u1")?] {
            assert_eq!(stores.update(&foreign, id, 1, change.clone(), None).await?, None, "{foreign}");
        }
        assert_eq!(stores.update(&owner, sample::integration_id(), 1, change, None).await?, None);
    }
    assert_eq!(found(stores, &owner, id).await?.version, 1);
    assert!(stores.begin_disconnect(&owner, id, sample::disconnect(id), HOUR, None).await?);
    let leaving = found(stores, &owner, id).await?;
    for change in [enable(false), prefer(true)] {
        assert_eq!(stores.update(&owner, id, leaving.version, change, None).await?, None);
    }
    assert_eq!(found(stores, &owner, id).await?, leaving);
    Ok(())
}

/// A change of settings leaves credential, epochs and lease as they are.
pub async fn a_change_leaves_the_credential_alone(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    let before = row(stores, id).await?;
    let profile = Some(ProfileId::new("p1")?);
    let change = IntegrationChange {
        scope: Some(Scope::Agents(ProfileIds::default())),
        bound_profile: Some(profile.clone()),
        enabled: Some(false),
        ..prefer(true)
    };
    assert!(stores.update(&owner, id, 1, change, None).await?.is_some());
    let after = row(stores, id).await?;
    let kept = |row: &bailee_core::store::CredentialRow| {
        let epochs = (row.secret_epoch, row.lease_epoch, row.unknown_epoch, row.refresh_failures);
        let times = (row.access_expires_ms, row.access_lifetime_ms, row.next_refresh_ms, row.lease_until_ms);
        (row.sealed.clone(), row.lease_owner, epochs, times, row.status, row.lifecycle)
    };
    assert_eq!(kept(&after), kept(&before));
    assert_eq!((after.enabled, after.bound_profile), (false, profile));
    assert_eq!(after.scope, Scope::Agents(ProfileIds::default()));
    assert!(stores.save(id, sample::renewed(&before, holder, 2)).await?, "the lease is still held");
    Ok(())
}
