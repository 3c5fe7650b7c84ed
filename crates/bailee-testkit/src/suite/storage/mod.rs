//! What every store must do.
//!
//! Each function takes an **empty** store that nobody else uses, asserts one behaviour of the traits of the core, and
//! panics where it is missed. None of them waits: what has to be over begins with a duration of zero.
//!
//! [`storage_suite!`](crate::storage_suite) makes a test of each.

mod backlog;
mod change;
mod connect_request;
mod credential;
mod event;
mod flow;
mod idempotency;
mod incident;
mod integration;
mod lease;
mod ledger;
mod outbox;
mod owner;
mod rewrap;
mod run;
pub mod sample;
mod secret;
mod secret_key;
mod seen;
mod sweep;
mod task;
mod thread;
mod update;
mod version;

use std::sync::Arc;

use crate::MemoryStore;

pub use backlog::*;
pub use change::*;
pub use connect_request::*;
pub use credential::*;
pub use event::*;
pub use flow::*;
pub use idempotency::*;
pub use incident::*;
pub use integration::*;
pub use lease::*;
pub use ledger::*;
pub use outbox::*;
pub use owner::*;
pub use rewrap::*;
pub use run::*;
pub use secret::*;
pub use secret_key::*;
pub use seen::*;
pub use sweep::*;
pub use task::*;
pub use thread::*;
pub use update::*;
pub use version::*;

pub use bailee_core::store::Store as Stores;

/// What the function given to [`storage_suite!`](crate::storage_suite) may return: an `Arc` or `Box` of a store, a pair
/// of that and a guard that lives as long (a directory, a schema), or an `Option`, where `None` skips the test because
/// its database is not there.
pub trait Opened {
    /// The stores, or none where they are not there.
    fn stores(&self) -> Option<&dyn Stores>;
}

impl Opened for MemoryStore {
    fn stores(&self) -> Option<&dyn Stores> {
        Some(self)
    }
}

impl<S: Stores> Opened for Arc<S> {
    fn stores(&self) -> Option<&dyn Stores> {
        Some(&**self)
    }
}

impl<S: Stores> Opened for Box<S> {
    fn stores(&self) -> Option<&dyn Stores> {
        Some(&**self)
    }
}

impl<O: Opened, G> Opened for (O, G) {
    fn stores(&self) -> Option<&dyn Stores> {
        self.0.stores()
    }
}

impl<O: Opened> Opened for Option<O> {
    fn stores(&self) -> Option<&dyn Stores> {
        self.as_ref()?.stores()
    }
}

/// One test for each behaviour that a store must have.
///
/// Takes the name of an `async fn() -> Result<O, E>` where `O` is [`Opened`](crate::suite::storage::Opened) and `?`
/// makes a boxed error of `E`. It is called once for each test, and gives an empty store each time. The crate that calls
/// it depends on tokio with the features `macros` and `rt`.
#[macro_export]
macro_rules! storage_suite {
    ($open:expr) => {
        $crate::__storage_tests! { $open;
            a_bound_profile_is_set_and_cleared
            a_call_is_answered_with_its_first_result
            a_call_that_has_ended_is_written_at_once
            a_change_and_its_announcement_are_written_together
            a_change_leaves_the_credential_alone
            a_change_of_another_version_is_dropped
            a_closed_gate_holds_refreshes_back
            a_connect_request_is_followed_once_and_in_time
            a_connect_request_reads_back_as_it_was_put
            a_dead_grant_raises_the_version_of_its_owner
            a_disconnect_hides_the_row_and_orders_its_end_once
            a_disconnecting_row_is_beyond_mending
            a_done_message_is_gone
            a_filter_matches_by_all_its_conditions
            a_filter_matches_by_the_last_connect
            a_finished_lease_marks_nothing
            a_first_connect_reads_back_as_it_was_written
            a_first_credential_begins_at_epoch_one
            a_flow_is_seen_at_its_own_provider
            a_flow_reads_back_as_it_was_put
            a_forgotten_event_is_new_again
            a_forgotten_or_expired_call_frees_its_key
            a_gate_until_the_expiry_opens_with_it
            a_grant_is_declared_dead_only_under_its_own_lease
            a_held_lease_is_given_to_nobody
            a_lapsed_claim_makes_the_message_due_again
            a_lapsed_lease_marks_an_unknown_outcome
            a_large_record_reads_back
            a_late_success_revives_a_dead_row
            a_lease_needs_the_row_as_it_was_seen
            a_lease_too_far_ahead_counts_as_free
            a_message_carries_its_grant
            a_message_carries_its_notification
            a_message_is_claimed_by_one_worker
            a_message_is_due_after_its_delay
            a_name_is_taken_once
            a_new_scope_leaves_the_value_alone
            a_new_value_moves_epoch_and_version
            a_page_is_rewrapped_but_for_what_changed
            a_page_of_secrets_is_rewrapped_but_for_what_changed
            a_parked_answer_is_written_once
            a_parked_flow_needs_its_handle
            a_postponed_event_comes_back
            a_postponed_message_comes_back
            a_provider_lists_its_rows_in_order
            a_reconnect_begins_anew
            a_reconnect_fences_every_older_attempt
            a_reconnect_keeps_the_settings
            a_record_without_a_key_is_counted_too
            a_refresh_during_a_rewrap_is_never_lost
            a_repeated_entry_keeps_the_first
            a_repeated_message_is_one
            a_rewrap_changes_nothing_but_record_and_key
            a_rewrap_of_a_secret_changes_nothing_but_record_and_key
            a_rewrap_of_a_secret_that_changed_is_dropped
            a_rewrap_of_what_changed_is_dropped
            a_row_is_erased_only_with_the_secret_that_was_revoked
            a_run_reads_back_as_it_was_added
            a_save_announces_what_became_of_the_row
            a_save_during_a_disconnect_does_not_revive
            a_save_replaces_the_credential
            a_save_without_scopes_keeps_them
            a_sealed_credential_reads_back
            a_secret_reads_back_as_it_was_written
            a_slot_is_taken_once
            a_stale_change_of_a_secret_is_dropped
            a_started_entry_is_completed_once
            a_take_must_bring_the_browsers_proof
            a_take_must_match_every_part
            a_task_moves_from_the_status_it_has
            a_task_reads_back_as_it_was_written
            a_thread_allows_nothing_at_first
            a_verdict_has_a_moment_when_somebody_was_asked
            a_verdict_is_announced_when_the_status_changes
            a_verdict_is_written_only_for_the_judged_epoch
            an_ended_or_expired_run_is_gone
            an_entry_reads_back_as_it_was_appended
            an_erased_secret_is_gone_and_its_name_free
            an_event_is_claimed_by_one_worker
            an_event_is_new_once
            an_event_waits_for_each_of_its_sinks
            an_expired_credential_needs_a_reconnect
            an_expired_flow_is_gone
            an_old_event_is_reaped
            an_older_lease_never_overwrites_a_newer_secret
            an_owners_oldest_flow_gives_way
            calls_of_others_and_of_other_tools_are_apart
            each_key_in_use_gives_one_sample
            each_setting_changes_alone
            entries_come_newest_first_and_filtered
            events_that_nobody_takes_are_reaped
            events_that_wait_are_in_the_backlog
            every_change_raises_the_version_of_its_owner
            every_row_of_a_page_gets_its_own_record
            every_sealed_table_is_counted_by_key
            every_word_of_the_ledger_reads_back
            everything_that_expires_is_reaped
            expired_flows_are_reaped
            flags_of_another_version_are_not_written
            lookalike_owners_and_threads_are_apart
            lookalike_owners_never_end_a_run_of_one_another
            lookalike_owners_never_follow_a_request_of_one_another
            lookalike_owners_never_reach_a_secret_of_one_another
            lookalike_owners_never_reach_a_task_of_one_another
            lookalike_owners_never_read_a_ledger_of_one_another
            lookalike_owners_never_read_one_another
            lookalike_owners_never_take_a_flow_of_one_another
            lookalike_owners_never_write_one_another
            of_parallel_answers_one_is_parked
            of_parallel_calls_one_is_the_first
            of_parallel_changes_of_a_secret_one_is_written
            of_parallel_changes_one_is_written
            of_parallel_completions_one_is_written
            of_parallel_first_choices_one_stays
            of_parallel_flags_of_one_version_one_is_written
            of_parallel_flags_without_a_version_none_is_lost
            of_parallel_inserts_one_succeeds
            of_parallel_leases_one_wins
            of_parallel_moves_one_succeeds
            of_parallel_raises_none_is_lost
            of_parallel_secrets_of_one_name_one_is_written
            of_parallel_takes_of_a_request_one_succeeds
            of_parallel_takes_one_returns_the_flow
            old_entries_are_reaped
            older_connect_requests_give_way
            only_a_disconnecting_row_is_erased
            only_its_holder_releases_a_lease
            open_threads_come_in_the_order_of_their_ids
            others_of_an_account_are_counted_over_owners
            pages_follow_the_order_of_ids
            pending_tasks_are_counted
            records_are_counted_by_key
            refreshes_are_due_soonest_first
            secrets_come_in_pages
            secrets_count_for_their_key
            tasks_come_newest_first
            the_first_choice_moves_within_owner_and_provider
            the_flags_of_a_thread_read_back
            the_backlog_is_what_is_not_done
            the_backlog_tells_how_late_the_first_message_is
            the_oldest_message_comes_first
            the_records_of_a_key_come_in_pages
            the_rows_of_an_account_are_found_whoever_owns_them
            the_secrets_of_a_key_come_in_pages
            the_total_of_flows_is_capped
            those_that_leave_come_in_pages
            versions_come_in_the_order_of_their_owners
            what_cannot_be_refreshed_is_not_due
            what_is_leased_is_not_due
            what_is_lacking_stays_until_a_reconnect
            what_is_leaving_foreign_or_unknown_is_not_changed
            what_is_unknown_stays_unknown
            what_leaves_without_a_message_is_found
            what_matches_is_hidden_at_one_commit
            what_was_hidden_in_bulk_is_announced_with_its_order
            what_was_not_written_is_not_announced
            what_was_not_written_raises_no_version
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __storage_tests {
    ($open:expr; $($behaviour:ident)+) => {
        $(
            #[tokio::test]
            async fn $behaviour() -> $crate::suite::SuiteResult {
                let opened = ($open)().await?;
                match $crate::suite::storage::Opened::stores(&opened) {
                    Some(stores) => $crate::suite::storage::$behaviour(stores).await,
                    None => Ok(()),
                }
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_behaviour_is_in_the_macro_once() {
        let mut listed: Vec<&str> = include_str!("mod.rs")
            .split("$open;\n")
            .nth(1)
            .and_then(|rest| rest.split('}').next())
            .map(|names| names.split_whitespace().collect())
            .unwrap_or_default();
        let files = [
            include_str!("backlog.rs"),
            include_str!("change.rs"),
            include_str!("connect_request.rs"),
            include_str!("credential.rs"),
            include_str!("event.rs"),
            include_str!("flow.rs"),
            include_str!("idempotency.rs"),
            include_str!("incident.rs"),
            include_str!("integration.rs"),
            include_str!("lease.rs"),
            include_str!("ledger.rs"),
            include_str!("outbox.rs"),
            include_str!("owner.rs"),
            include_str!("rewrap.rs"),
            include_str!("run.rs"),
            include_str!("secret.rs"),
            include_str!("secret_key.rs"),
            include_str!("seen.rs"),
            include_str!("sweep.rs"),
            include_str!("task.rs"),
            include_str!("thread.rs"),
            include_str!("update.rs"),
            include_str!("version.rs"),
        ];
        let mut written: Vec<&str> = files
            .iter()
            .flat_map(|file| file.split("\npub async fn ").skip(1))
            .filter_map(|function| function.split('(').next())
            .collect();
        listed.sort_unstable();
        written.sort_unstable();
        assert!(written.len() > 100, "{} behaviours found", written.len());
        assert_eq!(listed, written);
    }
}
