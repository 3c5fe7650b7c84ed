//! Rows, flags and callers by chance: what is listed is what may be called, and no more than was allowed.

use std::collections::BTreeSet;

use bailee_core::{
    Caller, Effect, Effects, Integration, IntegrationStore as _, OAuthScopes, PermissionFlag, ProfileId,
    ProfileIds, Scope, Status, ThreadPermissions,
    store::{IntegrationChange, NewIntegration, Verdict},
};
use bailee_testkit::suite::storage::sample;
use proptest::prelude::*;

use crate::rig::Rig;

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";
const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
const BUSY: &str = "https://www.googleapis.com/auth/calendar.freebusy";
/// Never granted nor missed here: an unknown grant may have it.
const READONLY: &str = "https://www.googleapis.com/auth/calendar.readonly";

/// One integration by chance.
#[derive(Clone, Debug)]
struct Row {
    profiles: Option<BTreeSet<&'static str>>,
    bound: Option<&'static str>,
    enabled: bool,
    status: Status,
    granted: Option<BTreeSet<&'static str>>,
    lacking: BTreeSet<&'static str>,
    disconnecting: bool,
}

fn profiles() -> impl Strategy<Value = BTreeSet<&'static str>> {
    proptest::sample::subsequence(vec!["p1", "p2", "p3"], 0..=3).prop_map(BTreeSet::from_iter)
}

fn scopes() -> impl Strategy<Value = BTreeSet<&'static str>> {
    proptest::sample::subsequence(vec![CALENDAR, EVENTS, BUSY], 0..=3).prop_map(BTreeSet::from_iter)
}

fn row() -> impl Strategy<Value = Row> {
    let bound = proptest::option::of(proptest::sample::select(vec!["p1", "p2"]));
    let status = proptest::sample::select(vec![Status::Valid, Status::Invalid, Status::Unknown]);
    let of_scope = (proptest::option::of(profiles()), bound, any::<bool>());
    let of_grant = (status, proptest::option::of(scopes()), scopes(), proptest::bool::weighted(0.1));
    (of_scope, of_grant).prop_map(
        |((profiles, bound, enabled), (status, granted, lacking, disconnecting))| Row {
            profiles,
            bound,
            enabled,
            status,
            granted,
            lacking,
            disconnecting,
        },
    )
}

fn text(scopes: &BTreeSet<&'static str>) -> anyhow::Result<OAuthScopes> {
    Ok(OAuthScopes::parse(&scopes.iter().copied().collect::<Vec<_>>().join(" "))?)
}

impl Row {
    async fn write(&self, rig: &Rig) -> anyhow::Result<()> {
        let google = sample::google()?;
        let store = &rig.store;
        let mut new: NewIntegration =
            sample::one_of_many(&rig.owner, &google).map_err(anyhow::Error::from_boxed)?;
        new.connection.granted = self.granted.as_ref().map(text).transpose()?;
        if let Some(profiles) = &self.profiles {
            let profiles = profiles.iter().map(|id| ProfileId::new(*id)).collect::<Result<Vec<_>, _>>()?;
            new.scope = Scope::Agents(ProfileIds::new(profiles)?);
        }
        new.bound_profile = self.bound.map(ProfileId::new).transpose()?;
        let id = store.insert(new).await?.id;
        let verdict = Verdict { status: self.status, reason: None, secret_epoch: 1 };
        store.set_status(&rig.owner, id, verdict, None).await?;
        let off = IntegrationChange { enabled: Some(self.enabled), ..IntegrationChange::default() };
        let version = |row: Option<Integration>| row.map_or(0, |row| row.version);
        store.update(&rig.owner, id, version(store.find(&rig.owner, id).await?), off, None).await?;
        let seen = version(store.find(&rig.owner, id).await?);
        store.set_lacking(&rig.owner, id, seen, text(&self.lacking)?).await?;
        if self.disconnecting {
            let delay = std::time::Duration::from_hours(1);
            store.begin_disconnect(&rig.owner, id, sample::disconnect(id), delay, None).await?;
        }
        Ok(())
    }

    /// The owner's words for it: who may use this row at all.
    fn is_for(&self, profile: &str) -> bool {
        let named = self.profiles.as_ref().is_none_or(|profiles| profiles.contains(profile));
        match self.bound {
            Some(bound) => bound == profile,
            None => named,
        }
    }

    /// Whether the provider lets a tool through that is content with any one of these OAuth scopes.
    fn covers(&self, any_of: &[&'static str]) -> bool {
        any_of.iter().any(|scope| {
            !self.lacking.contains(scope) && self.granted.as_ref().is_none_or(|all| all.contains(scope))
        })
    }

    fn allows(&self, caller: &Caller, any_of: &[&'static str]) -> bool {
        let usable = !caller.is_counterpart() || self.status != Status::Invalid;
        self.enabled
            && !self.disconnecting
            && usable
            && self.is_for(caller.profile().as_str())
            && self.covers(any_of)
    }
}

/// The tools of the calendar: name, effect, flag of a counterpart, OAuth scopes of which one is enough.
const TOOLS: [(&str, Effect, Option<PermissionFlag>, &[&str]); 4] = [
    ("create_event", Effect::Write, Some(PermissionFlag::CanPostOnMyBehalf), &[CALENDAR, EVENTS]),
    ("list_events", Effect::Read, None, &[CALENDAR, EVENTS, READONLY]),
    ("delete_event", Effect::Write, Some(PermissionFlag::CanPostOnMyBehalf), &[CALENDAR, EVENTS]),
    (
        "list_calendar_events",
        Effect::Read,
        Some(PermissionFlag::CanQueryAvailability),
        &[CALENDAR, BUSY, READONLY],
    ),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn what_is_listed_is_what_may_be_called_and_what_was_allowed(
        rows in proptest::collection::vec(row(), 0..5),
        bits in 0_u8..16,
        (reads, writes) in any::<(bool, bool)>(),
        (profile, thread) in (
            proptest::sample::select(vec!["p1", "p2"]),
            proptest::option::of(proptest::sample::select(vec!["t1", "t2"])),
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let story = async {
            let rig = Rig::new().await?;
            for row in &rows {
                row.write(&rig).await?;
            }
            let permissions = ThreadPermissions::from_bits(bits).unwrap_or_default();
            rig.allow("t1", &permissions.iter().collect::<Vec<_>>()).await?;
            let mut effects = Effects::NONE;
            for (covered, effect) in [(reads, Effect::Read), (writes, Effect::Write)] {
                effects = if covered { effects.and(effect) } else { effects };
            }
            let caller = match thread {
                None => Caller::own(rig.owner.clone(), profile)?,
                Some(thread) => Caller::counterpart(rig.owner.clone(), profile, thread)?,
            };
            let caller = caller.with_effects(effects);
            let listed: BTreeSet<String> = rig.tools(&caller).await?.into_iter().collect();
            for (name, effect, flag, any_of) in TOOLS {
                let flagged = match thread {
                    None => true,
                    Some("t1") => flag.is_some_and(|flag| permissions.allow(flag)),
                    Some(_) => false,
                };
                let covered = effects.cover(effect);
                let allowed = covered && flagged && rows.iter().any(|row| row.allows(&caller, any_of));
                anyhow::ensure!(listed.contains(name) == allowed, "{name} is listed: {}", !allowed);
                let granted = rig.bailee.authorize(&caller, name).await.is_ok();
                anyhow::ensure!(granted == allowed, "{name} is granted: {granted}");
            }
            anyhow::Ok(())
        };
        runtime.block_on(story).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
