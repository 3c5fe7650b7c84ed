//! What holds of every decision, whatever is asked of whatever.

use proptest::{prelude::*, sample::subsequence};

use super::*;
use crate::{Effects, Owner, ProfileIds, ScopeSets};

/// Everything that a decision depends on, owned.
#[derive(Clone, Debug)]
struct World {
    through_thread: bool,
    effects: Effects,
    flags: Vec<PermissionFlag>,
    tool: Tool,
    scope: Scope,
    bound: Option<ProfileId>,
    enabled: bool,
    lifecycle: Lifecycle,
    status: Status,
    granted: Option<OAuthScopes>,
}

impl World {
    fn allows(&self) -> bool {
        let Ok(owner) = Owner::user("u1") else { return false };
        let caller = if self.through_thread {
            Caller::counterpart(owner, "p1", "t1")
        } else {
            Caller::own(owner, "p1")
        };
        let subject = Subject {
            scope: &self.scope,
            bound_profile: self.bound.as_ref(),
            enabled: self.enabled,
            lifecycle: self.lifecycle,
            status: self.status,
            granted: self.granted.as_ref(),
            lacking: None,
        };
        let flags = self.flags.iter().copied().collect();
        caller.is_ok_and(|caller| {
            let caller = caller.with_effects(self.effects);
            decide(&caller, flags, Wanted::Tool(&self.tool), Some(subject)) == Decision::Allow
        })
    }
}

fn scopes() -> impl Strategy<Value = OAuthScopes> {
    subsequence(vec!["a", "b", "c"], 0..=3)
        .prop_filter_map("no list of scopes", |some| OAuthScopes::parse(&some.join(" ")).ok())
}

fn tool() -> impl Strategy<Value = Tool> {
    let flag = prop::option::of(prop::sample::select(PermissionFlag::ALL.to_vec()));
    let effect = prop::sample::select(vec![Effect::Read, Effect::Write]);
    (effect, flag, prop::collection::vec(scopes(), 0..3)).prop_filter_map(
        "no tool",
        |(effect, flag, sets)| {
            Some(Tool { scopes: ScopeSets::new(sets), ..tests::tool(effect, flag, &[]).ok()? })
        },
    )
}

fn profiles() -> impl Strategy<Value = Vec<ProfileId>> {
    subsequence(vec!["p1", "p2", "p3"], 0..=3)
        .prop_filter_map("no ids", |ids| ids.into_iter().map(|id| ProfileId::new(id).ok()).collect())
}

fn scope() -> impl Strategy<Value = Scope> {
    let agents = profiles().prop_filter_map("too many", |ids| ProfileIds::new(ids).ok().map(Scope::Agents));
    prop_oneof![Just(Scope::All), agents]
}

fn world() -> impl Strategy<Value = World> {
    let effects = prop::sample::select(vec![
        Effects::NONE,
        Effects::NONE.and(Effect::Read),
        Effects::NONE.and(Effect::Read).and(Effect::Write),
    ]);
    let flags = subsequence(PermissionFlag::ALL.to_vec(), 0..=PermissionFlag::ALL.len());
    let lifecycle =
        prop::sample::select(vec![Lifecycle::Connected, Lifecycle::Disconnecting, Lifecycle::NeedsReconnect]);
    let status = prop::sample::select(vec![Status::Invalid, Status::Unknown, Status::Valid]);
    let bound = prop::option::of(profiles().prop_filter_map("nobody", |ids| ids.into_iter().next()));
    (
        (any::<bool>(), effects, flags, tool()),
        (scope(), bound, any::<bool>(), lifecycle, status, prop::option::of(scopes())),
    )
        .prop_map(|(asked, of)| {
            let (through_thread, effects, flags, tool) = asked;
            let (scope, bound, enabled, lifecycle, status, granted) = of;
            World { through_thread, effects, flags, tool, scope, bound, enabled, lifecycle, status, granted }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn another_flag_takes_nothing_away_and_one_less_adds_nothing(
        world in world(),
        flag in prop::sample::select(PermissionFlag::ALL.to_vec()),
    ) {
        let mut more = world.clone();
        more.flags.push(flag);
        let mut less = world.clone();
        less.flags.retain(|on| *on != flag);
        prop_assert!(!world.allows() || more.allows());
        prop_assert!(world.allows() || !less.allows());
    }

    #[test]
    fn a_wider_scope_takes_nothing_away(world in world()) {
        let wider = World { scope: Scope::All, ..world.clone() };
        prop_assert!(!world.allows() || wider.allows());
    }

    #[test]
    fn more_that_the_user_granted_takes_nothing_away(world in world(), more in scopes()) {
        let granted = world.granted.as_ref().map(|granted| granted.union(&more));
        let wider = World { granted, ..world.clone() };
        prop_assert!(!world.allows() || wider.allows());
    }

    #[test]
    fn a_credential_for_less_adds_nothing(world in world()) {
        let all = World { effects: Effects::NONE.and(Effect::Read).and(Effect::Write), ..world.clone() };
        prop_assert!(!world.allows() || all.allows());
    }

    #[test]
    fn a_counterpart_has_nothing_that_the_own_agent_has_not(world in world()) {
        let theirs = World { through_thread: true, ..world.clone() };
        let own = World { through_thread: false, ..world };
        prop_assert!(!theirs.allows() || own.allows());
    }

    #[test]
    fn without_a_flag_a_counterpart_has_nothing(world in world()) {
        let theirs = World { through_thread: true, flags: Vec::new(), ..world };
        prop_assert!(!theirs.allows());
    }

    #[test]
    fn what_is_off_or_leaving_or_of_another_profile_is_nobodys(world in world()) {
        let off = World { enabled: false, ..world.clone() };
        let leaving = World { lifecycle: Lifecycle::Disconnecting, ..world.clone() };
        let of_another = World { bound: ProfileId::new("p2").ok(), ..world };
        prop_assert!(!off.allows());
        prop_assert!(!leaving.allows());
        prop_assert!(!of_another.allows());
    }
}
