#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use futures_util::future::join_all;

use bailee_core::{AgentTask, Owner, StoreError, TaskId, TaskStatus};

use super::{Stores, owner::lookalikes, sample};
use crate::suite::{SuiteError, SuiteResult};

fn ids(tasks: &[AgentTask]) -> Vec<TaskId> {
    tasks.iter().map(|task| task.id).collect()
}

async fn written(stores: &dyn Stores, owner: &Owner, count: usize) -> Result<Vec<TaskId>, SuiteError> {
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(stores.insert_task(sample::task(owner)?).await?.id);
    }
    Ok(ids)
}

/// A task reads back as it was written, and is pending.
pub async fn a_task_reads_back_as_it_was_written(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::member("org 🦀", "u1")?;
    let through_a_thread = sample::task(&owner)?;
    let mut by_the_own_agent = sample::task(&owner)?;
    by_the_own_agent.thread = None;
    by_the_own_agent.proposal.slots.clear();
    for new in [through_a_thread, by_the_own_agent] {
        let task = stores.insert_task(new.clone()).await?;
        assert_eq!((task.id, &task.owner, &task.profile), (new.id, &new.owner, &new.profile));
        assert_eq!((&task.thread, &task.proposal), (&new.thread, &new.proposal));
        assert_eq!((task.status, task.created_at), (TaskStatus::Pending, task.updated_at));
        assert_eq!(stores.find_task(&owner, new.id).await?.as_ref(), Some(&task));
        assert_eq!(stores.insert_task(new).await.map(drop), Err(StoreError::Conflict));
    }
    Ok(())
}

/// Tasks come page after page, the newest first, of one status where that is asked for.
pub async fn tasks_come_newest_first(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let mut all = written(stores, &owner, 5).await?;
    all.reverse();
    let [fifth, fourth, third, second, first] = *all.as_slice() else {
        return Err("no tasks".into());
    };
    for id in [second, fourth] {
        let (from, to) = (TaskStatus::Pending, TaskStatus::Declined);
        assert!(stores.move_task(&owner, id, from, to).await?.is_some());
    }
    let page = async |status, before, limit| -> Result<Vec<TaskId>, SuiteError> {
        Ok(ids(&stores.list_tasks(&owner, status, before, limit).await?))
    };
    assert_eq!(page(None, None, 10).await?, all);
    assert_eq!(page(None, None, 2).await?, [fifth, fourth]);
    assert_eq!(page(None, Some(fourth), 2).await?, [third, second]);
    assert_eq!(page(None, Some(second), 2).await?, [first]);
    assert!(page(None, Some(first), 2).await?.is_empty());
    assert!(page(None, None, 0).await?.is_empty());
    let pending = Some(TaskStatus::Pending);
    assert_eq!(page(pending, None, 2).await?, [fifth, third]);
    assert_eq!(page(pending, Some(third), 2).await?, [first]);
    assert_eq!(page(Some(TaskStatus::Declined), None, 10).await?, [fourth, second]);
    assert!(page(Some(TaskStatus::Accepted), None, 10).await?.is_empty());
    Ok(())
}

/// A task moves from the status it has, and nothing else of it changes.
pub async fn a_task_moves_from_the_status_it_has(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let before = stores.insert_task(sample::task(&owner)?).await?;
    let move_it = async |from, to| stores.move_task(&owner, before.id, from, to).await;
    assert_eq!(move_it(TaskStatus::Accepting, TaskStatus::Accepted).await?, None);
    let accepting = move_it(TaskStatus::Pending, TaskStatus::Accepting).await?.ok_or("not moved")?;
    assert_eq!(accepting.status, TaskStatus::Accepting);
    assert_eq!(move_it(TaskStatus::Pending, TaskStatus::Declined).await?, None);
    let accepted = move_it(TaskStatus::Accepting, TaskStatus::Accepted).await?.ok_or("not moved")?;
    let expected =
        AgentTask { status: TaskStatus::Accepted, updated_at: accepted.updated_at, ..before.clone() };
    assert_eq!(accepted, expected);
    assert_eq!(stores.find_task(&owner, before.id).await?, Some(accepted));
    let (from, to) = (TaskStatus::Pending, TaskStatus::Declined);
    assert_eq!(stores.move_task(&owner, sample::task_id(), from, to).await?, None);
    Ok(())
}

/// Of parallel moves from one status, one succeeds.
pub async fn of_parallel_moves_one_succeeds(stores: &dyn Stores) -> SuiteResult {
    let owner = &Owner::user("u1")?;
    let id = stores.insert_task(sample::task(owner)?).await?.id;
    let rivals = [TaskStatus::Accepting, TaskStatus::Declined].into_iter().cycle().take(8);
    let outcomes =
        join_all(rivals.map(|to| async move { stores.move_task(owner, id, TaskStatus::Pending, to).await }))
            .await
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
    let moved: Vec<AgentTask> = outcomes.into_iter().flatten().collect();
    assert_eq!(moved.len(), 1, "{moved:?}");
    assert_eq!(moved.first(), stores.find_task(owner, id).await?.as_ref());
    Ok(())
}

/// Pending tasks are counted, decided ones and those of others are not.
pub async fn pending_tasks_are_counted(stores: &dyn Stores) -> SuiteResult {
    let (owner, other) = (Owner::user("u1")?, Owner::member("org", "u1")?);
    assert_eq!(stores.pending_tasks(&owner).await?, 0);
    let tasks = written(stores, &owner, 3).await?;
    written(stores, &other, 2).await?;
    assert_eq!(stores.pending_tasks(&owner).await?, 3);
    let first = *tasks.first().ok_or("no tasks")?;
    assert!(stores.move_task(&owner, first, TaskStatus::Pending, TaskStatus::Accepting).await?.is_some());
    assert_eq!((stores.pending_tasks(&owner).await?, stores.pending_tasks(&other).await?), (2, 2));
    Ok(())
}

/// No owner reads or decides a task of another, however alike their ids are.
pub async fn lookalike_owners_never_reach_a_task_of_one_another(stores: &dyn Stores) -> SuiteResult {
    let mut all = Vec::new();
    for owner in lookalikes()? {
        all.push(stores.insert_task(sample::task(&owner)?).await?);
    }
    let (from, to) = (TaskStatus::Pending, TaskStatus::Accepting);
    for mine in &all {
        let owner = &mine.owner;
        for other in all.iter().filter(|other| other.id != mine.id) {
            assert!(stores.find_task(owner, other.id).await?.is_none(), "{owner}");
            assert_eq!(stores.move_task(owner, other.id, from, to).await?, None, "{owner}");
        }
        assert_eq!(stores.list_tasks(owner, None, None, 100).await?, std::slice::from_ref(mine), "{owner}");
        assert_eq!(stores.list_tasks(owner, Some(from), None, 100).await?, std::slice::from_ref(mine));
        assert_eq!(stores.pending_tasks(owner).await?, 1, "{owner}");
    }
    Ok(())
}
