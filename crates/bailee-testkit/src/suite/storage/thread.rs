#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use futures_util::future::join_all;

use bailee_core::{Owner, PermissionFlag, ThreadId, ThreadPermissions, store::ThreadGrant};

use super::{Stores, owner::lookalikes};
use crate::suite::{SuiteError, SuiteResult};

fn of(bits: u8) -> Result<ThreadPermissions, SuiteError> {
    Ok(ThreadPermissions::from_bits(bits).ok_or("not a set of flags")?)
}

fn meetings() -> ThreadPermissions {
    [PermissionFlag::CanRequestMeetings].into_iter().collect()
}

/// A thread that nobody set allows nothing, and reading it sets nothing.
pub async fn a_thread_allows_nothing_at_first(stores: &dyn Stores) -> SuiteResult {
    let (owner, thread) = (Owner::user("u1")?, ThreadId::new("t1")?);
    for _ in 0..2 {
        let grant = stores.thread_grant(&owner, &thread).await?;
        assert_eq!(grant, ThreadGrant { permissions: ThreadPermissions::NONE, version: 0 });
    }
    Ok(())
}

/// Every set of flags reads back, and the version grows with each writing, also of the same flags.
pub async fn the_flags_of_a_thread_read_back(stores: &dyn Stores) -> SuiteResult {
    let (owner, thread) = (Owner::member("org", "u1")?, ThreadId::new("thread 🦀/é")?);
    for (version, bits) in (1..).zip((0..16).chain([15, 15, 0])) {
        // With the version and without it in turn.
        let seen = (bits % 2 == 0).then_some(version - 1);
        let written = stores.set_thread_grant(&owner, &thread, of(bits)?, seen, None).await?;
        assert_eq!(written, Some(ThreadGrant { permissions: of(bits)?, version }));
        assert_eq!(
            stores.thread_grant(&owner, &thread).await?,
            ThreadGrant { permissions: of(bits)?, version }
        );
    }
    Ok(())
}

/// With another version than the thread's nothing is written.
pub async fn flags_of_another_version_are_not_written(stores: &dyn Stores) -> SuiteResult {
    let (owner, thread) = (Owner::user("u1")?, ThreadId::new("t1")?);
    for version in [1, -1, i64::MAX] {
        assert_eq!(stores.set_thread_grant(&owner, &thread, meetings(), Some(version), None).await?, None);
    }
    assert_eq!(stores.thread_grant(&owner, &thread).await?, ThreadGrant::default());
    for version in [0, 1] {
        assert!(stores.set_thread_grant(&owner, &thread, meetings(), Some(version), None).await?.is_some());
    }
    for version in [0, 1, 3] {
        let none = ThreadPermissions::NONE;
        assert_eq!(stores.set_thread_grant(&owner, &thread, none, Some(version), None).await?, None);
    }
    let grant = ThreadGrant { permissions: meetings(), version: 2 };
    assert_eq!(stores.thread_grant(&owner, &thread).await?, grant);
    Ok(())
}

/// Of parallel writings of one version one succeeds, the first one of a thread included.
pub async fn of_parallel_flags_of_one_version_one_is_written(stores: &dyn Stores) -> SuiteResult {
    let (owner, thread) = (Owner::user("u1")?, ThreadId::new("t1")?);
    for version in [0, 1] {
        let rivals = (1..=8).map(of).collect::<Result<Vec<_>, _>>()?;
        let (owner, thread) = (&owner, &thread);
        let outcomes = join_all(rivals.into_iter().map(|permissions| async move {
            stores.set_thread_grant(owner, thread, permissions, Some(version), None).await
        }))
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
        let written: Vec<ThreadGrant> = outcomes.into_iter().flatten().collect();
        assert_eq!(written, [stores.thread_grant(owner, thread).await?]);
    }
    Ok(())
}

/// Parallel writings without a version all succeed, one after the other.
pub async fn of_parallel_flags_without_a_version_none_is_lost(stores: &dyn Stores) -> SuiteResult {
    let (owner, thread) = (Owner::user("u1")?, ThreadId::new("t1")?);
    let rivals = (1..=4).map(of).collect::<Result<Vec<_>, _>>()?;
    let (owner, thread) = (&owner, &thread);
    let outcomes = join_all(rivals.iter().map(|permissions| async move {
        stores.set_thread_grant(owner, thread, *permissions, None, None).await
    }))
    .await
    .into_iter()
    .collect::<Result<Vec<_>, _>>()?;
    let mut written: Vec<ThreadGrant> = outcomes.into_iter().flatten().collect();
    written.sort_by_key(|grant| grant.version);
    let versions: Vec<i64> = written.iter().map(|grant| grant.version).collect();
    assert_eq!(versions, [1, 2, 3, 4]);
    assert_eq!(written.last(), Some(&stores.thread_grant(owner, thread).await?));
    Ok(())
}

/// The threads in which something is allowed come in the order of their ids, as many as were asked for.
pub async fn open_threads_come_in_the_order_of_their_ids(stores: &dyn Stores) -> SuiteResult {
    let (owner, other) = (Owner::user("u1")?, Owner::user("U1")?);
    assert!(stores.open_threads(&owner, 10).await?.is_empty());
    for (name, bits) in [("t2", 2), ("é", 4), ("T1", 1), ("t1", 8), ("never", 0), ("off again", 15)] {
        stores.set_thread_grant(&owner, &ThreadId::new(name)?, of(bits)?, None, None).await?;
    }
    stores.set_thread_grant(&owner, &ThreadId::new("off again")?, of(0)?, None, None).await?;
    stores.set_thread_grant(&other, &ThreadId::new("t3")?, of(15)?, None, None).await?;
    let mut expected = Vec::new();
    for (name, bits) in [("T1", 1), ("t1", 8), ("t2", 2), ("é", 4)] {
        expected.push((ThreadId::new(name)?, ThreadGrant { permissions: of(bits)?, version: 1 }));
    }
    assert_eq!(stores.open_threads(&owner, 10).await?, expected);
    expected.truncate(2);
    assert_eq!(stores.open_threads(&owner, 2).await?, expected);
    assert!(stores.open_threads(&owner, 0).await?.is_empty());
    Ok(())
}

/// What one owner allows in a thread says nothing about that thread of another owner, however alike their ids are, nor
/// about a thread whose id is alike.
pub async fn lookalike_owners_and_threads_are_apart(stores: &dyn Stores) -> SuiteResult {
    let (owners, names) = (lookalikes()?, ["t1", "T1", "t1 ", "t\u{301}1"]);
    for (count, owner) in (1..).zip(&owners) {
        for name in names {
            let thread = ThreadId::new(name)?;
            assert_eq!(stores.thread_grant(owner, &thread).await?, ThreadGrant::default(), "{owner}");
            let permissions = of(count % 15 + 1)?;
            assert!(
                stores.set_thread_grant(owner, &thread, permissions, Some(0), None).await?.is_some(),
                "{owner}"
            );
        }
    }
    for (count, owner) in (1..).zip(&owners) {
        for name in names {
            let grant = ThreadGrant { permissions: of(count % 15 + 1)?, version: 1 };
            assert_eq!(stores.thread_grant(owner, &ThreadId::new(name)?).await?, grant, "{owner}");
        }
    }
    Ok(())
}
