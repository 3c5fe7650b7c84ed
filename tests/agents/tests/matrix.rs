//! The whole table: every tool, every set of flags, own agent and counterpart.

use std::collections::BTreeSet;

use bailee_core::{Effect, PermissionFlag, ThreadPermissions};
use proptest::prelude::*;

use crate::rig::Rig;

/// Each tool, whether the own agent has it, and the flag that alone decides about a counterpart. A new tool must be added
/// here, and so somebody has thought about it.
const TABLE: [(&str, bool, Option<PermissionFlag>); 8] = [
    ("create_event", true, Some(PermissionFlag::CanPostOnMyBehalf)),
    ("list_events", true, None),
    ("delete_event", true, Some(PermissionFlag::CanPostOnMyBehalf)),
    ("list_calendar_events", true, Some(PermissionFlag::CanQueryAvailability)),
    ("echo", true, None),
    ("connect_integration", true, None),
    ("list_integrations", true, None),
    ("propose_meeting", true, Some(PermissionFlag::CanRequestMeetings)),
];

#[tokio::test]
async fn each_flag_unlocks_exactly_its_tools() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let own: Vec<&str> = TABLE.iter().filter(|(_, own, _)| *own).map(|(name, ..)| *name).collect();
    assert_eq!(rig.tools(&rig.own("p1")?).await?, own, "every tool is in the table");
    for bits in 0..16 {
        let permissions = ThreadPermissions::from_bits(bits).unwrap_or_default();
        rig.allow("t1", &permissions.iter().collect::<Vec<_>>()).await?;
        let expected: Vec<&str> = TABLE
            .iter()
            .filter(|(_, _, flag)| flag.is_some_and(|flag| permissions.allow(flag)))
            .map(|(name, ..)| *name)
            .collect();
        assert_eq!(rig.tools(&rig.counterpart("t1")?).await?, expected, "{permissions:?}");
        assert!(
            rig.tools(&rig.counterpart("t2")?).await?.is_empty(),
            "the flags of one thread are not another's"
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_listed_tool_is_granted_and_every_other_one_is_refused() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    for bits in 0..16 {
        let permissions = ThreadPermissions::from_bits(bits).unwrap_or_default();
        rig.allow("t1", &permissions.iter().collect::<Vec<_>>()).await?;
        let effects =
            bailee_core::Effects::NONE.and(if bits % 2 == 0 { Effect::Read } else { Effect::Write });
        for caller in [
            rig.own("p1")?,
            rig.own("p2")?.with_effects(effects),
            rig.counterpart("t1")?,
            rig.counterpart("t1")?.with_effects(effects),
        ] {
            let listed: BTreeSet<String> = rig.tools(&caller).await?.into_iter().collect();
            for (name, ..) in TABLE {
                let granted = rig.bailee.authorize(&caller, name).await.is_ok();
                assert_eq!(granted, listed.contains(name), "{name} for {caller:?} with {permissions:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    /// Whatever an outsider calls, a name that is not in its list is answered as a name that does not exist.
    #[test]
    fn a_name_that_nobody_listed_is_unknown(name in "[A-Za-z0-9_.-]{1,20}") {
        prop_assume!(!TABLE.iter().any(|(known, ..)| *known == name));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let error = runtime.block_on(async {
            let rig = Rig::new().await?;
            let counterpart = rig.counterpart("t1")?;
            let unknown = rig.bailee.authorize(&counterpart, &name).await.err();
            let hidden = rig.bailee.authorize(&counterpart, "list_integrations").await.err();
            anyhow::Ok((unknown, hidden))
        });
        let (unknown, hidden) = error.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(unknown, hidden);
    }
}
