#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use futures_util::future::join_all;

use bailee_core::{
    Action, Effect, LedgerDetails, LedgerEntry, LedgerId, LedgerRecord, Outcome, Owner, PermissionFlag,
    ProfileId, Refusal, ThreadId, ToolName,
    store::{Completion, LedgerFilter},
};

use super::{
    Stores,
    owner::lookalikes,
    sample::{self, HOUR},
};
use crate::suite::{SuiteError, SuiteResult};

fn a_full_entry(owner: &Owner) -> Result<LedgerEntry, SuiteError> {
    let text = sample::awkward_config().0;
    Ok(LedgerEntry {
        outcome: Outcome::Denied,
        refusal: Some(Refusal::MissingFlag(PermissionFlag::CanQueryAvailability)),
        profile: Some(ProfileId::new("prof_é")?),
        thread: Some(ThreadId::new("thread 🦀")?),
        tool: Some(ToolName::new("calendar.find-free_time")?),
        provider: Some(sample::google()?),
        integration: Some(sample::integration_id()),
        details: LedgerDetails {
            counterpart: Some("agent 🦀".to_owned()),
            scopes_required: vec!["a b".to_owned(), "c".to_owned()],
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
            arguments: [("attendee".to_owned(), "a1b2".to_owned())].into(),
            auth_id: Some("key-1".to_owned()),
            changed: vec!["enabled".to_owned(), "scope".to_owned()],
            client: Some(text),
            flags_version: Some(7),
            idempotency_key: Some("c3d4".to_owned()),
            integration_version: Some(i64::MAX),
            protocol_version: Some("2026-07-28".to_owned()),
            request_id: Some(String::new()),
        },
        ..sample::entry(owner, Action::Call)
    })
}

async fn one(stores: &dyn Stores, owner: &Owner, id: LedgerId) -> Result<LedgerRecord, SuiteError> {
    let all = stores.entries(owner, &LedgerFilter::default(), None, 100).await?;
    Ok(all.into_iter().find(|record| record.id == id).ok_or("the entry is gone")?)
}

/// An entry reads back as it was appended; what it does not say stays unsaid.
pub async fn an_entry_reads_back_as_it_was_appended(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::member("org 🦀", "u1")?;
    let (full, bare) = (a_full_entry(&owner)?, sample::entry(&owner, Action::ThreadPermissions));
    for entry in [full, bare] {
        stores.append(entry.clone()).await?;
        let record = one(stores, &owner, entry.id).await?;
        assert_eq!((record.action, record.outcome), (entry.action, entry.outcome));
        assert_eq!(record.refusal.as_deref(), entry.refusal.map(Refusal::as_str));
        assert_eq!(record.rule, entry.refusal.map(|refusal| refusal.rule().to_string()));
        assert_eq!((record.profile, record.thread), (entry.profile, entry.thread));
        assert_eq!((record.tool, record.provider), (entry.tool, entry.provider));
        assert_eq!((record.integration, record.details), (entry.integration, entry.details));
        assert_eq!((record.latency_ms, record.bytes_out), (None, None));
        assert_eq!((record.truncated, record.provider_status), (None, None));
        assert_eq!((record.provider_request_id, record.token_refreshed), (None, None));
    }
    Ok(())
}

/// Every action, outcome and refusal fits.
pub async fn every_word_of_the_ledger_reads_back(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let actions = [
        Action::Call,
        Action::Connect,
        Action::Disconnect,
        Action::Notify,
        Action::Reconnect,
        Action::RevokeAll,
        Action::Rewrap,
        Action::SecretRead,
        Action::SecretWrite,
        Action::Task,
        Action::ThreadPermissions,
        Action::Token,
        Action::Update,
    ];
    let outcomes = [
        Outcome::Cancelled,
        Outcome::Denied,
        Outcome::Ok,
        Outcome::RateLimited,
        Outcome::Started,
        Outcome::ToolError,
        Outcome::Unknown,
    ];
    let refusals = [
        Refusal::BoundElsewhere,
        Refusal::Effect(Effect::Write),
        Refusal::MissingGrant,
        Refusal::NotYourProfile,
        Refusal::UnknownTool,
    ];
    for (at, action) in actions.into_iter().enumerate() {
        let mut entry = sample::entry(&owner, action);
        entry.outcome = *outcomes.iter().cycle().nth(at).ok_or("no outcomes")?;
        entry.refusal = refusals.iter().cycle().nth(at).copied();
        stores.append(entry.clone()).await?;
        let record = one(stores, &owner, entry.id).await?;
        assert_eq!((record.action, record.outcome), (action, entry.outcome));
        assert_eq!(record.refusal.as_deref(), entry.refusal.map(Refusal::as_str));
    }
    Ok(())
}

/// Of entries with one id the first one stays.
pub async fn a_repeated_entry_keeps_the_first(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let first = sample::entry(&owner, Action::Connect);
    stores.append(first.clone()).await?;
    let written = one(stores, &owner, first.id).await?;
    let repeated = LedgerEntry { id: first.id, ..a_full_entry(&owner)? };
    stores.append(repeated).await?;
    stores.append(first).await?;
    assert_eq!(stores.entries(&owner, &LedgerFilter::default(), None, 10).await?, [written]);
    Ok(())
}

fn completion(outcome: Outcome) -> Completion {
    Completion {
        outcome,
        latency: Duration::from_millis(1_234),
        bytes_out: 56_789,
        truncated: true,
        provider_status: Some(503),
        provider_request_id: Some("req-1".to_owned()),
        token_refreshed: true,
    }
}

/// A started entry is completed once; one that has ended before, and an unknown one, are not.
pub async fn a_started_entry_is_completed_once(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let started = LedgerEntry { outcome: Outcome::Started, ..a_full_entry(&owner)? };
    let ended = a_full_entry(&owner)?;
    for entry in [&started, &ended] {
        stores.append(entry.clone()).await?;
    }
    let before = one(stores, &owner, started.id).await?;
    let untouched = one(stores, &owner, ended.id).await?;
    assert!(stores.complete_entry(started.id, completion(Outcome::ToolError)).await?);
    assert!(!stores.complete_entry(started.id, completion(Outcome::Ok)).await?);
    assert!(!stores.complete_entry(ended.id, completion(Outcome::Ok)).await?);
    assert!(!stores.complete_entry(sample::ledger_id(), completion(Outcome::Ok)).await?);
    let expected = LedgerRecord {
        outcome: Outcome::ToolError,
        latency_ms: Some(1_234),
        bytes_out: Some(56_789),
        truncated: Some(true),
        provider_status: Some(503),
        provider_request_id: Some("req-1".to_owned()),
        token_refreshed: Some(true),
        ..before
    };
    assert_eq!(one(stores, &owner, started.id).await?, expected);
    assert_eq!(one(stores, &owner, ended.id).await?, untouched);
    Ok(())
}

/// A call that is written when it has ended is one line, with all that a completion tells.
pub async fn a_call_that_has_ended_is_written_at_once(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let in_two = LedgerEntry { outcome: Outcome::Started, ..sample::entry(&owner, Action::Call) };
    let ended = completion(Outcome::ToolError);
    let at_once = LedgerEntry {
        outcome: ended.outcome,
        ended: Some(ended.clone()),
        ..sample::entry(&owner, Action::Call)
    };
    let [first, second] = [in_two.id, at_once.id];
    stores.append(in_two).await?;
    assert!(stores.complete_entry(first, ended.clone()).await?);
    stores.append(at_once).await?;
    assert!(!stores.complete_entry(second, completion(Outcome::Ok)).await?, "it has ended already");
    let [in_two, at_once] = [one(stores, &owner, first).await?, one(stores, &owner, second).await?];
    assert_eq!(LedgerRecord { id: in_two.id, at: in_two.at, ..at_once }, in_two);
    Ok(())
}

/// Of parallel completions one is written.
pub async fn of_parallel_completions_one_is_written(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let started = LedgerEntry { outcome: Outcome::Started, ..sample::entry(&owner, Action::Call) };
    let id = started.id;
    stores.append(started).await?;
    let outcomes = [Outcome::Ok, Outcome::ToolError].into_iter().cycle().take(8);
    let written = join_all(outcomes.map(|outcome| async move {
        stores.complete_entry(id, completion(outcome)).await.map(|done| done.then_some(outcome))
    }))
    .await
    .into_iter()
    .collect::<Result<Vec<_>, _>>()?;
    let written: Vec<Outcome> = written.into_iter().flatten().collect();
    assert_eq!(written, [one(stores, &owner, id).await?.outcome]);
    Ok(())
}

/// Entries come page after page, the newest first, of what is asked for alone.
pub async fn entries_come_newest_first_and_filtered(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let (calendar, mail) = (Some(sample::integration_id()), Some(sample::integration_id()));
    let (ann, ben) = (Some(ThreadId::new("ann")?), Some(ThreadId::new("ben")?));
    let mut written = Vec::new();
    for (action, thread, integration) in [
        (Action::Connect, &None, calendar),
        (Action::Call, &ann, calendar),
        (Action::Call, &ben, calendar),
        (Action::Call, &ann, mail),
        (Action::Task, &ann, None),
        (Action::Call, &None, mail),
    ] {
        let entry = LedgerEntry { thread: thread.clone(), integration, ..sample::entry(&owner, action) };
        written.push(entry.id);
        stores.append(entry).await?;
    }
    let filter = |thread: &Option<ThreadId>, integration, action| LedgerFilter {
        thread: thread.clone(),
        integration,
        action,
    };
    let call = Some(Action::Call);
    for (filter, expected) in [
        (filter(&None, None, None), [5, 4, 3, 2, 1, 0].as_slice()),
        (filter(&None, None, call), &[5, 3, 2, 1]),
        (filter(&None, None, Some(Action::Notify)), &[]),
        (filter(&ann, None, None), &[4, 3, 1]),
        (filter(&ann, None, call), &[3, 1]),
        (filter(&ann, calendar, None), &[1]),
        (filter(&ann, mail, Some(Action::Task)), &[]),
        (filter(&ben, None, None), &[2]),
        (filter(&None, calendar, None), &[2, 1, 0]),
        (filter(&None, calendar, call), &[2, 1]),
        (filter(&None, mail, None), &[5, 3]),
    ] {
        let expected: Vec<LedgerId> =
            expected.iter().filter_map(|at: &usize| written.get(*at).copied()).collect();
        let mut seen: Vec<LedgerId> = Vec::new();
        loop {
            let page = stores.entries(&owner, &filter, seen.last().copied(), 2).await?;
            seen.extend(page.iter().map(|record| record.id));
            if page.len() < 2 {
                break;
            }
        }
        assert_eq!(seen, expected, "{filter:?}");
    }
    Ok(())
}

/// No owner reads an entry of another, however alike their ids are.
pub async fn lookalike_owners_never_read_a_ledger_of_one_another(stores: &dyn Stores) -> SuiteResult {
    let (thread, integration) = (ThreadId::new("t1")?, sample::integration_id());
    let mut written = Vec::new();
    for owner in lookalikes()? {
        let entry = LedgerEntry {
            thread: Some(thread.clone()),
            integration: Some(integration),
            ..sample::entry(&owner, Action::Call)
        };
        written.push((owner, entry.id));
        stores.append(entry).await?;
    }
    let all = LedgerFilter::default();
    let of_thread = LedgerFilter { thread: Some(thread), ..all.clone() };
    let of_integration = LedgerFilter { integration: Some(integration), ..all.clone() };
    for (owner, id) in &written {
        for filter in [&all, &of_thread, &of_integration] {
            let found = stores.entries(owner, filter, None, 100).await?;
            let found: Vec<LedgerId> = found.iter().map(|record| record.id).collect();
            assert_eq!(found, [*id], "{owner}");
        }
    }
    Ok(())
}

/// Old entries are removed over all owners, as many as were asked for; young ones stay.
pub async fn old_entries_are_reaped(stores: &dyn Stores) -> SuiteResult {
    let owners = [Owner::user("u1")?, Owner::user("u2")?];
    for owner in owners.iter().cycle().take(5) {
        stores.append(sample::entry(owner, Action::Call)).await?;
    }
    assert_eq!(stores.reap_entries(HOUR, 10).await?, 0);
    let mut reaped = Vec::new();
    for limit in [0, 2, 10, 10] {
        reaped.push(stores.reap_entries(Duration::ZERO, limit).await?);
    }
    assert_eq!(reaped, [0, 2, 3, 0]);
    for owner in &owners {
        assert!(stores.entries(owner, &LedgerFilter::default(), None, 10).await?.is_empty());
    }
    Ok(())
}
