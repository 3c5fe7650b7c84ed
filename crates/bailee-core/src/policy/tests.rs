use super::*;
use crate::{Effects, InvalidId, Owner, ProfileIds, ScopeSets, ToolHints, ToolName};

type TestResult = Result<(), Box<dyn std::error::Error>>;

pub(super) fn tool(
    effect: Effect,
    flag: Option<PermissionFlag>,
    scopes: &[&str],
) -> Result<Tool, Box<dyn std::error::Error>> {
    let sets = scopes.iter().map(|set| OAuthScopes::parse(set)).collect::<Result<_, _>>()?;
    Ok(Tool {
        name: ToolName::new("a_tool")?,
        title: "A tool",
        description: "",
        effect,
        flag,
        hints: ToolHints::default(),
        needs_account: true,
        scopes: ScopeSets::new(sets),
        input_schema: serde_json::json!({}),
        output_schema: serde_json::json!({}),
    })
}

fn own() -> Result<Caller, InvalidId> {
    Caller::own(Owner::user("u1")?, "p1")
}

fn counterpart() -> Result<Caller, InvalidId> {
    Caller::counterpart(Owner::user("u1")?, "p1", "t1")
}

const fn subject(scope: &Scope) -> Subject<'_> {
    Subject {
        scope,
        bound_profile: None,
        enabled: true,
        lifecycle: Lifecycle::Connected,
        status: Status::Valid,
        granted: None,
        lacking: None,
    }
}

fn every_flag() -> ThreadPermissions {
    PermissionFlag::ALL.into_iter().collect()
}

#[test]
fn the_first_rule_that_refuses_is_the_answer() -> TestResult {
    let (nobody, all) = (Scope::Agents(ProfileIds::default()), Scope::All);
    let bound = ProfileId::new("p2")?;
    let granted = OAuthScopes::parse("read")?;
    let tool = tool(Effect::Write, Some(PermissionFlag::CanPostOnMyBehalf), &["write"])?;
    let wrong = Subject {
        enabled: false,
        lifecycle: Lifecycle::Disconnecting,
        status: Status::Invalid,
        bound_profile: Some(&bound),
        granted: Some(&granted),
        ..subject(&nobody)
    };
    let reader = counterpart()?.with_effects(Effects::NONE.and(Effect::Read));
    let caller = counterpart()?;
    let mut answers = Vec::new();
    let mut ask = |caller: &Caller, permissions, subject| {
        answers.push(refusal(caller, permissions, Wanted::Tool(&tool), Some(subject)));
    };
    // Each step mends what the one before was refused for.
    let here = Subject { lifecycle: Lifecycle::Connected, ..wrong };
    let on = Subject { enabled: true, ..here };
    let free = Subject { bound_profile: None, ..on };
    let granted_to_all = Subject { scope: &all, ..free };
    let valid = Subject { status: Status::Unknown, ..granted_to_all };
    let covered = Subject { granted: None, ..valid };
    ask(&reader, ThreadPermissions::NONE, wrong);
    for subject in [wrong, here, on, free, granted_to_all, valid, covered] {
        ask(&caller, ThreadPermissions::NONE, subject);
    }
    ask(&caller, every_flag(), covered);
    assert_eq!(
        answers,
        [
            Some(Refusal::Effect(Effect::Write)),
            Some(Refusal::NotConnected),
            Some(Refusal::Disabled),
            Some(Refusal::BoundElsewhere),
            Some(Refusal::OutOfScope),
            Some(Refusal::NotUsable(Status::Invalid)),
            Some(Refusal::MissingGrant),
            Some(Refusal::MissingFlag(PermissionFlag::CanPostOnMyBehalf)),
            None,
        ]
    );
    Ok(())
}

/// Seed 002's example: eight integrations, and what three profiles may use of them.
#[test]
fn the_eight_integrations_of_the_model_are_granted_to_the_right_profiles() -> TestResult {
    let finance = ProfileId::new("prof_vzfin")?;
    let only_finance = Scope::Agents(ProfileIds::new([finance.clone()])?);
    let nobody = Scope::Agents(ProfileIds::default());
    let rows: [(&str, &Scope, Option<&ProfileId>); 8] = [
        ("slack", &Scope::All, None),
        ("telegram shared", &Scope::All, None),
        ("telegram finance", &nobody, Some(&finance)),
        ("gmail", &Scope::All, None),
        ("teller pnc", &only_finance, None),
        ("teller chase", &only_finance, None),
        ("email", &Scope::All, None),
        ("webhook", &Scope::All, None),
    ];
    let tool = tool(Effect::Read, None, &[])?;
    let granted = |profile: &str| -> Result<Vec<&str>, InvalidId> {
        let caller = Caller::own(Owner::user("u1")?, profile)?;
        Ok(rows
            .iter()
            .filter(|(_, scope, bound)| {
                let subject = Subject { bound_profile: *bound, ..subject(scope) };
                decide(&caller, ThreadPermissions::NONE, Wanted::Tool(&tool), Some(subject)).is_allowed()
            })
            .map(|(name, ..)| *name)
            .collect())
    };
    let everyone = ["slack", "telegram shared", "gmail", "email", "webhook"];
    assert_eq!(granted("prof_vzfin")?, rows.map(|(name, ..)| name));
    assert_eq!(granted("prof_code")?, everyone);
    assert_eq!(granted("prof_VZFIN")?, everyone, "ids are compared to the letter");
    Ok(())
}

#[test]
fn a_counterpart_gets_a_tool_by_its_flag_alone_and_nothing_without_one() -> TestResult {
    let caller = counterpart()?;
    for bits in 0..16 {
        let permissions = ThreadPermissions::from_bits(bits).unwrap_or_default();
        for effect in [Effect::Read, Effect::Write] {
            for flag in PermissionFlag::ALL {
                let tool = tool(effect, Some(flag), &[])?;
                let decision = decide(&caller, permissions, Wanted::Tool(&tool), Some(subject(&Scope::All)));
                assert_eq!(
                    decision.is_allowed(),
                    permissions.allow(flag),
                    "{permissions:?} {effect:?} {flag:?}"
                );
            }
            let tool = tool(effect, None, &[])?;
            let decision = decide(&caller, permissions, Wanted::Tool(&tool), Some(subject(&Scope::All)));
            assert_eq!(decision, Decision::Refuse(Refusal::UnknownTool));
        }
        for wanted in [Wanted::Notification, Wanted::Secret, Wanted::Token] {
            let decision = decide(&caller, permissions, wanted, Some(subject(&Scope::All)));
            assert_eq!(decision, Decision::Refuse(Refusal::UnknownTool), "{permissions:?} {wanted:?}");
        }
    }
    Ok(())
}

#[test]
fn the_own_agent_sees_what_needs_a_reconnect_and_a_counterpart_does_not() -> TestResult {
    let invalid =
        Subject { status: Status::Invalid, lifecycle: Lifecycle::NeedsReconnect, ..subject(&Scope::All) };
    let tool = tool(Effect::Write, Some(PermissionFlag::CanPostOnMyBehalf), &[])?;
    let wanted = Wanted::Tool(&tool);
    assert_eq!(decide(&own()?, every_flag(), wanted, Some(invalid)), Decision::Allow);
    let refused = Decision::Refuse(Refusal::NotUsable(Status::Invalid));
    assert_eq!(decide(&counterpart()?, every_flag(), wanted, Some(invalid)), refused);
    Ok(())
}

#[test]
fn a_tool_without_an_account_needs_no_integration_and_its_flag_all_the_same() -> TestResult {
    let tool =
        Tool { needs_account: false, ..tool(Effect::Write, Some(PermissionFlag::CanRequestMeetings), &[])? };
    let wanted = Wanted::Tool(&tool);
    assert_eq!(decide(&own()?, ThreadPermissions::NONE, wanted, None), Decision::Allow);
    let missing = Decision::Refuse(Refusal::MissingFlag(PermissionFlag::CanRequestMeetings));
    assert_eq!(decide(&counterpart()?, ThreadPermissions::NONE, wanted, None), missing);
    assert_eq!(decide(&counterpart()?, every_flag(), wanted, None), Decision::Allow);
    Ok(())
}

#[test]
fn of_several_refusals_the_nearest_to_being_allowed_is_told() {
    let all = [
        Refusal::NotConnected,
        Refusal::BoundElsewhere,
        Refusal::OutOfScope,
        Refusal::Disabled,
        Refusal::NotUsable(Status::Invalid),
        Refusal::MissingGrant,
    ];
    for (far, near) in all.iter().zip(all.iter().skip(1)) {
        assert_eq!(far.nearer(*near), *near);
        assert_eq!(near.nearer(*far), *near);
    }
}

/// They stand in ledgers: a word that is there stays.
#[test]
fn each_refusal_has_its_word_and_its_rule() {
    let words = [
        (Refusal::BoundElsewhere, "bound_elsewhere", "B"),
        (Refusal::Disabled, "disabled", "B"),
        (Refusal::Effect(Effect::Write), "effect", "A"),
        (Refusal::MissingFlag(PermissionFlag::CanQueryAvailability), "missing_flag", "F"),
        (Refusal::MissingGrant, "missing_grant", "E"),
        (Refusal::NotConnected, "not_connected", "C"),
        (Refusal::NotUsable(Status::Invalid), "not_usable", "D"),
        (Refusal::NotYourProfile, "not_your_profile", "B"),
        (Refusal::OutOfScope, "out_of_scope", "B"),
        (Refusal::UnknownTool, "unknown_tool", "F"),
    ];
    for (refusal, word, rule) in words {
        assert_eq!((refusal.as_str(), refusal.rule().to_string().as_str()), (word, rule));
    }
}

#[test]
fn of_two_refusals_that_are_as_near_the_first_is_told() {
    let (first, second) = (Refusal::NotConnected, Refusal::UnknownTool);
    assert_eq!(first.nearer(second), first);
    assert_eq!(second.nearer(first), second);
    assert_eq!(first.nearer(Refusal::MissingGrant), Refusal::MissingGrant);
}
