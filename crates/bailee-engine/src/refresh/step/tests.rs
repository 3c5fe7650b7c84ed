use std::time::Duration;

use bailee_core::{
    Account, AccountId, IntegrationId, InvalidId, Lifecycle, OAuthScopes, Owner, ProviderKey, Rotation,
    Scope, Status, StatusReason, StoreError, VaultError,
    store::{CredentialRow, Gate, Release},
};

use super::{Action, Answer, Event, Outcome, Plan, Refresh};
use crate::Timings;

const NOW: i64 = 1_000_000;
const ME: [u8; 16] = [1; 16];
const OTHER: [u8; 16] = [2; 16];

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn plan(rotation: Rotation) -> Plan {
    Plan { timings: Timings::default(), rotation, forced: false, jitter: 7 }
}

/// A connected row of epoch 1 whose token has expired a second ago.
fn expired() -> Result<CredentialRow, InvalidId> {
    Ok(CredentialRow {
        id: IntegrationId::from_parts(0, [0; 10]),
        owner: Owner::user("u1")?,
        provider: ProviderKey::new("example")?,
        client: None,
        account: Account { id: AccountId::new("a")?, label: None },
        lifecycle: Lifecycle::Connected,
        status: Status::Valid,
        dead_reason: None,
        enabled: true,
        scope: Scope::All,
        bound_profile: None,
        requested: OAuthScopes::default(),
        granted: None,
        sealed: Vec::new(),
        secret_epoch: 1,
        lease_epoch: 1,
        lease_owner: None,
        lease_until_ms: 0,
        unknown_epoch: 0,
        refreshable: true,
        access_expires_ms: Some(NOW - 1_000),
        access_lifetime_ms: Some(3_600_000),
        next_refresh_ms: 0,
        refresh_failures: 0,
        now_ms: NOW,
    })
}

/// The same row with the lease in the hands of `owner`.
fn leased(owner: [u8; 16]) -> Result<CredentialRow, InvalidId> {
    Ok(CredentialRow { lease_epoch: 2, lease_owner: Some(owner), lease_until_ms: NOW + 45_000, ..expired()? })
}

/// A machine that holds the lease and has just been told to send.
fn sending(rotation: Rotation, row: &CredentialRow) -> (Refresh, Action) {
    let before = CredentialRow { lease_until_ms: 0, ..row.clone() };
    let (mut refresh, action) = Refresh::begin(plan(rotation), &before, secs(0));
    assert_eq!(action, Action::Acquire { secret_epoch: row.secret_epoch });
    assert_eq!(refresh.step(Event::Acquired(ME, Some(true)), secs(0)), Action::Read);
    let action = refresh.step(Event::Row(Some(row)), secs(0));
    (refresh, action)
}

#[test]
fn an_expired_token_is_refreshed_under_a_lease_and_written_for_its_epoch() -> Result<(), InvalidId> {
    let (mut refresh, action) = sending(Rotation::Static, &leased(ME)?);
    assert_eq!(action, Action::Send { secret: 0 });
    let action = refresh.step(Event::Answered(Answer::Renewed(Some(secs(3_600)))), secs(1));
    assert_eq!(action, Action::Save { lease_epoch: 2, access_expires_ms: Some(NOW + 3_600_000) });
    assert_eq!(refresh.step(Event::Saved(Some(true)), secs(1)), Action::Finish(Outcome::Renewed));
    Ok(())
}

#[test]
fn a_lost_lease_is_waited_for_until_the_holder_has_written() -> Result<(), InvalidId> {
    let (mut refresh, _) = Refresh::begin(plan(Rotation::Static), &expired()?, secs(0));
    assert_eq!(refresh.step(Event::Acquired(ME, Some(false)), secs(0)), Action::Read);
    let action = refresh.step(Event::Row(Some(&leased(OTHER)?)), secs(0));
    assert!(matches!(action, Action::Wait(wait) if wait < secs(1)), "{action:?}");
    assert_eq!(refresh.step(Event::Waited, secs(1)), Action::Read);
    let written = CredentialRow { secret_epoch: 2, access_expires_ms: Some(NOW + 1), ..expired()? };
    assert_eq!(refresh.step(Event::Row(Some(&written)), secs(1)), Action::Finish(Outcome::Served));
    Ok(())
}

#[test]
fn a_lease_whose_acknowledgement_was_lost_is_found_in_the_row() -> Result<(), InvalidId> {
    let (mut refresh, _) = Refresh::begin(plan(Rotation::Static), &expired()?, secs(0));
    assert_eq!(refresh.step(Event::Acquired(ME, None), secs(0)), Action::Read);
    assert_eq!(refresh.step(Event::Row(Some(&leased(ME)?)), secs(0)), Action::Send { secret: 0 });
    Ok(())
}

#[test]
fn a_reconnect_before_the_second_look_voids_the_lease_and_nothing_is_sent() -> Result<(), InvalidId> {
    let (mut refresh, _) = Refresh::begin(plan(Rotation::Strict), &expired()?, secs(0));
    refresh.step(Event::Acquired(ME, Some(true)), secs(0));
    let reconnected = CredentialRow {
        secret_epoch: 3,
        lease_epoch: 3,
        lease_until_ms: 0,
        access_expires_ms: Some(NOW + 60_000),
        ..leased(ME)?
    };
    assert_eq!(refresh.step(Event::Row(Some(&reconnected)), secs(0)), Action::Finish(Outcome::Served));
    Ok(())
}

#[test]
fn a_process_that_slept_on_its_lease_sends_nothing() -> Result<(), InvalidId> {
    let (mut refresh, _) = Refresh::begin(plan(Rotation::Static), &expired()?, secs(0));
    refresh.step(Event::Acquired(ME, Some(true)), secs(0));
    let action = refresh.step(Event::Row(Some(&leased(ME)?)), secs(26));
    let release = Release { free: true, failed: false, gate: Gate::Open };
    assert_eq!(action, Action::Release { lease_epoch: 2, release });
    assert_eq!(refresh.step(Event::Released, secs(26)), Action::Read);
    Ok(())
}

#[test]
fn a_lease_from_a_jumped_clock_is_taken() -> Result<(), InvalidId> {
    let row = CredentialRow { lease_until_ms: NOW + 4 * 45_000 + 1, ..leased(OTHER)? };
    let (_, action) = Refresh::begin(plan(Rotation::Static), &row, secs(0));
    assert_eq!(action, Action::Acquire { secret_epoch: 1 });
    Ok(())
}

#[test]
fn nobody_waits_at_a_gate_with_a_token_that_lives_unless_it_was_refused() -> Result<(), InvalidId> {
    let failed = CredentialRow {
        next_refresh_ms: NOW + 20_000,
        access_expires_ms: Some(NOW + 20_000),
        ..leased(OTHER)?
    };
    let (_, action) = Refresh::begin(plan(Rotation::Strict), &failed, secs(0));
    assert_eq!(action, Action::Finish(Outcome::Unavailable(Some(secs(20)))));
    let refused = Plan { forced: true, ..plan(Rotation::Strict) };
    assert_eq!(Refresh::begin(refused, &failed, secs(0)).1, Action::Wait(secs(20)));
    Ok(())
}

#[test]
fn a_gate_that_closes_past_the_callers_patience_answers_at_once_with_the_wait() -> Result<(), InvalidId> {
    let row = CredentialRow { next_refresh_ms: NOW + 120_000, ..expired()? };
    let (_, action) = Refresh::begin(plan(Rotation::Static), &row, secs(0));
    assert_eq!(action, Action::Finish(Outcome::Unavailable(Some(secs(120)))));
    let row = CredentialRow { next_refresh_ms: NOW + 2_000, ..expired()? };
    let (_, action) = Refresh::begin(plan(Rotation::Static), &row, secs(0));
    assert_eq!(action, Action::Wait(secs(2)));
    Ok(())
}

#[test]
fn a_dead_grant_is_believed_only_after_a_second_look() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    assert_eq!(refresh.step(Event::Answered(Answer::Dead), secs(1)), Action::Read);
    let action = refresh.step(Event::Row(Some(&leased(ME)?)), secs(1));
    assert!(matches!(action, Action::Wait(wait) if wait >= secs(1)), "{action:?}");
    assert_eq!(refresh.step(Event::Waited, secs(3)), Action::Read);
    let action = refresh.step(Event::Row(Some(&leased(ME)?)), secs(3));
    assert_eq!(action, Action::MarkDead { lease_epoch: 2, secret_epoch: 1, reason: StatusReason::Revoked });
    assert_eq!(refresh.step(Event::Marked(Ok(true)), secs(3)), Action::Read);
    let dead = CredentialRow {
        lifecycle: Lifecycle::NeedsReconnect,
        dead_reason: Some(StatusReason::Revoked),
        ..expired()?
    };
    let action = refresh.step(Event::Row(Some(&dead)), secs(3));
    assert_eq!(action, Action::Finish(Outcome::NeedsReconnect(StatusReason::Revoked)));
    Ok(())
}

#[test]
fn a_dead_answer_after_somebody_else_refreshed_is_not_believed() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    refresh.step(Event::Answered(Answer::Dead), secs(1));
    let theirs = CredentialRow { secret_epoch: 3, access_expires_ms: Some(NOW + 60_000), ..leased(OTHER)? };
    assert_eq!(refresh.step(Event::Row(Some(&theirs)), secs(1)), Action::Finish(Outcome::Served));
    Ok(())
}

#[test]
fn a_grant_that_died_after_a_lost_answer_is_told_apart_from_a_revoked_one() -> Result<(), InvalidId> {
    let row = CredentialRow { unknown_epoch: 1, ..leased(ME)? };
    let (mut refresh, _) = sending(Rotation::Grace(secs(30)), &row);
    refresh.step(Event::Answered(Answer::Dead), secs(1));
    refresh.step(Event::Row(Some(&row)), secs(1));
    refresh.step(Event::Waited, secs(2));
    let action = refresh.step(Event::Row(Some(&row)), secs(2));
    assert_eq!(
        action,
        Action::MarkDead { lease_epoch: 2, secret_epoch: 1, reason: StatusReason::OutcomeLost }
    );
    Ok(())
}

#[test]
fn a_holder_that_came_and_went_unseen_has_its_time_to_write() -> Result<(), InvalidId> {
    // This process slept between its look at the row and its asking for the lease.
    for (seen_until_ms, leases_between) in [(0, 1), (NOW - 100_000, 1), (NOW - 100_000, 0)] {
        let seen = CredentialRow { lease_until_ms: seen_until_ms, ..expired()? };
        let (mut refresh, _) = Refresh::begin(plan(Rotation::Grace(secs(30))), &seen, secs(0));
        refresh.step(Event::Acquired(ME, Some(true)), secs(0));
        let row = CredentialRow { lease_epoch: 2 + leases_between, unknown_epoch: 1, ..leased(ME)? };
        assert_eq!(refresh.step(Event::Row(Some(&row)), secs(0)), Action::Send { secret: 0 });
        refresh.step(Event::Answered(Answer::Dead), secs(1));
        let wait = Action::Wait(secs(20 * u64::try_from(leases_between).unwrap_or_default()));
        assert_eq!(refresh.step(Event::Row(Some(&row)), secs(1)), wait);
    }
    Ok(())
}

#[test]
fn a_lost_answer_is_replayed_once_where_that_is_harmless() -> Result<(), InvalidId> {
    for rotation in [Rotation::Static, Rotation::Grace(secs(60))] {
        let (mut refresh, _) = sending(rotation, &leased(ME)?);
        let action = refresh.step(Event::Answered(Answer::Lost), secs(15));
        assert!(matches!(action, Action::Wait(_)), "{action:?}");
        assert_eq!(refresh.step(Event::Waited, secs(17)), Action::Send { secret: 0 });
        let action = refresh.step(Event::Answered(Answer::Lost), secs(18));
        assert!(matches!(action, Action::Release { release: Release { free: false, failed: true, .. }, .. }));
    }
    Ok(())
}

#[test]
fn a_lost_answer_of_a_strict_provider_keeps_the_lease_and_waits_for_the_expiry() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Strict, &leased(ME)?);
    let action = refresh.step(Event::Answered(Answer::Lost), secs(15));
    let release = Release { free: false, failed: true, gate: Gate::AfterExpiry };
    assert_eq!(action, Action::Release { lease_epoch: 2, release });
    assert_eq!(refresh.step(Event::Released, secs(15)), Action::Finish(Outcome::Unavailable(None)));
    Ok(())
}

#[test]
fn a_strict_provider_is_not_asked_again_while_the_old_token_lives() -> Result<(), InvalidId> {
    let row = CredentialRow { unknown_epoch: 1, access_expires_ms: Some(NOW + 20_000), ..leased(ME)? };
    let (mut refresh, action) = sending(Rotation::Strict, &row);
    let release = Release { free: true, failed: false, gate: Gate::AfterExpiry };
    assert_eq!(action, Action::Release { lease_epoch: 2, release });
    assert_eq!(refresh.step(Event::Released, secs(0)), Action::Finish(Outcome::Unavailable(Some(secs(20)))));
    Ok(())
}

#[test]
fn every_secret_of_the_registration_is_tried_and_then_the_row_is_left_alone() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    let action = refresh.step(Event::Answered(Answer::ClientRefused { more: true }), secs(1));
    assert_eq!(action, Action::Send { secret: 1 });
    let action = refresh.step(Event::Answered(Answer::ClientRefused { more: false }), secs(2));
    assert!(matches!(action, Action::Release { release: Release { free: true, .. }, .. }), "{action:?}");
    assert_eq!(refresh.step(Event::Released, secs(2)), Action::Finish(Outcome::Config));
    Ok(())
}

#[test]
fn a_retry_after_is_kept_to_when_it_is_longer_than_the_backoff() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    let action = refresh.step(Event::Answered(Answer::Later(Some(secs(120)))), secs(1));
    let release = Release { free: true, failed: true, gate: Gate::For(secs(120)) };
    assert_eq!(action, Action::Release { lease_epoch: 2, release });
    Ok(())
}

#[test]
fn the_backoff_doubles_and_ends_at_an_hour() -> Result<(), InvalidId> {
    for (failures, gate) in [(0, 1), (3, 8), (11, 2_048), (40, 3_600)] {
        let row = CredentialRow { refresh_failures: failures, ..leased(ME)? };
        let (mut refresh, _) = sending(Rotation::Static, &row);
        let action = refresh.step(Event::Answered(Answer::Later(None)), secs(1));
        let release = Release { free: true, failed: true, gate: Gate::For(secs(gate)) };
        assert_eq!(action, Action::Release { lease_epoch: 2, release }, "{failures} failures");
    }
    Ok(())
}

#[test]
fn a_write_is_repeated_until_the_store_answers() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    let save = refresh.step(Event::Answered(Answer::Renewed(None)), secs(1));
    for _ in 0..20 {
        assert!(matches!(refresh.step(Event::Saved(None), secs(1)), Action::Wait(wait) if wait < secs(10)));
        assert_eq!(refresh.step(Event::Waited, secs(1)), save);
    }
    assert_eq!(refresh.step(Event::Saved(Some(true)), secs(1)), Action::Finish(Outcome::Renewed));
    Ok(())
}

#[test]
fn a_write_whose_acknowledgement_was_lost_is_recognised_as_its_own() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    refresh.step(Event::Answered(Answer::Renewed(None)), secs(1));
    assert_eq!(refresh.step(Event::Saved(Some(false)), secs(1)), Action::Read);
    let mine = CredentialRow { secret_epoch: 2, ..expired()? };
    assert_eq!(refresh.step(Event::Row(Some(&mine)), secs(1)), Action::Finish(Outcome::Renewed));
    Ok(())
}

#[test]
fn a_reconnect_during_the_refresh_wins_and_nothing_is_revoked() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    refresh.step(Event::Answered(Answer::Renewed(None)), secs(1));
    refresh.step(Event::Saved(Some(false)), secs(1));
    let reconnected = CredentialRow { secret_epoch: 3, access_expires_ms: Some(NOW + 60_000), ..expired()? };
    assert_eq!(refresh.step(Event::Row(Some(&reconnected)), secs(1)), Action::Finish(Outcome::Served));
    Ok(())
}

#[test]
fn a_grant_whose_row_is_gone_is_given_back() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    refresh.step(Event::Answered(Answer::Renewed(None)), secs(1));
    refresh.step(Event::Saved(Some(false)), secs(1));
    assert_eq!(refresh.step(Event::Row(None), secs(1)), Action::Abandon);
    assert_eq!(refresh.step(Event::Abandoned, secs(1)), Action::Finish(Outcome::Gone));
    Ok(())
}

#[test]
fn a_credential_that_cannot_be_refreshed_expires() -> Result<(), InvalidId> {
    let row = CredentialRow { refreshable: false, ..expired()? };
    let (mut refresh, action) = Refresh::begin(plan(Rotation::Static), &row, secs(0));
    assert_eq!(action, Action::MarkExpired { secret_epoch: 1 });
    assert_eq!(refresh.step(Event::Marked(Ok(true)), secs(0)), Action::Read);
    Ok(())
}

#[test]
fn a_record_that_does_not_open_leaves_the_row_as_it_is() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    let action = refresh.step(Event::Answered(Answer::Sealed(VaultError::Tampered)), secs(0));
    assert!(matches!(action, Action::Release { release: Release { free: true, .. }, .. }), "{action:?}");
    let outcome = refresh.step(Event::Released, secs(0));
    assert_eq!(outcome, Action::Finish(Outcome::Sealed(VaultError::Tampered)));
    Ok(())
}

#[test]
fn a_store_that_is_down_ends_the_look_with_its_error() -> Result<(), InvalidId> {
    let (mut refresh, _) = Refresh::begin(plan(Rotation::Static), &expired()?, secs(0));
    refresh.step(Event::Acquired(ME, Some(false)), secs(0));
    let action = refresh.step(Event::RowFailed(&StoreError::Unavailable), secs(0));
    assert_eq!(action, Action::Finish(Outcome::Store(StoreError::Unavailable)));
    Ok(())
}

#[test]
fn an_event_out_of_turn_sends_nothing() -> Result<(), InvalidId> {
    let (mut refresh, _) = sending(Rotation::Static, &leased(ME)?);
    assert_eq!(refresh.step(Event::Waited, secs(1)), Action::Finish(Outcome::Busy));
    assert_eq!(refresh.step(Event::Answered(Answer::Lost), secs(1)), Action::Finish(Outcome::Busy));
    Ok(())
}
