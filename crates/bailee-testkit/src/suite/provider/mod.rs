//! What every provider must do that joins accounts by OAuth.
//!
//! Each function takes a [`Kit`]: the provider, and a mock of its service that the suite drives. It asserts one
//! behaviour of [`Provider`](bailee_core::Provider), and panics where it is missed. None of them waits.
//!
//! [`provider_suite!`](crate::provider_suite) makes a test of each.
#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

mod begin;
mod exchange;
mod faults;
pub mod join;
mod kit;
mod leak;
mod refresh;
mod revoke;
mod tools;
mod validate;

pub use begin::*;
pub use exchange::*;
pub use kit::{Connected, Flow, Kit};
pub use leak::*;
pub use refresh::*;
pub use revoke::*;
pub use tools::*;
pub use validate::*;

/// One test for each behaviour that a provider must have.
///
/// Takes the name of an `async fn() -> Result<K, E>` where `K` is a [`Kit`](crate::suite::provider::Kit) and `?` makes
/// a boxed error of `E`. It is called once for each test, and gives a mock that nobody else uses. The crate that calls
/// it needs `tokio` with its macros.
#[macro_export]
macro_rules! provider_suite {
    ($open:expr) => {
        $crate::__provider_tests! { $open;
            a_code_works_once
            a_compressed_answer_is_no_danger
            a_dead_grant_is_told_apart
            a_flooded_header_is_bounded
            a_grant_tells_whose_it_is_and_what_it_covers
            a_live_token_is_valid
            a_lost_exchange_is_not_repeated
            a_lost_refresh_leaves_its_outcome_open
            a_lost_revocation_is_worth_repeating
            a_narrower_grant_is_told
            a_rate_limit_tells_how_long_to_wait
            a_refresh_brings_a_new_access_token
            a_refresh_without_a_refresh_token_is_unsupported
            a_refused_registration_is_not_a_dead_grant
            a_rejected_token_is_told_apart
            a_revoked_grant_is_dead
            a_second_revocation_finds_nothing_to_do
            a_sick_probe_says_nothing_of_the_token
            a_sick_provider_passes
            a_token_that_no_header_can_carry_is_refused
            a_tool_refuses_arguments_that_do_not_fit
            a_tool_that_is_not_there_is_unsupported
            a_writing_tool_needs_the_flag_to_post
            an_answer_that_is_none_is_malformed
            an_error_in_a_success_is_an_error
            an_exchange_is_sent_once_whatever_happens
            an_odd_lifetime_is_bounded
            an_unknown_alias_is_unsupported
            an_unknown_code_is_refused
            an_unknown_member_does_no_harm
            beginning_asks_again_for_what_was_granted
            beginning_binds_the_flow
            beginning_makes_no_request
            every_alias_begins
            errors_hold_nothing_of_the_answer
            members_that_stand_twice_are_not_believed
            no_redirect_is_followed
            tokens_go_to_the_declared_hosts_only
            tools_describe_themselves
            undeclared_capabilities_are_unsupported
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __provider_tests {
    ($open:expr; $($behaviour:ident)+) => {
        $($crate::__provider_tests! { @one $open, $behaviour })+
    };
    (@one $open:expr, $behaviour:ident) => {
        #[tokio::test]
        async fn $behaviour() -> $crate::suite::SuiteResult {
            let kit = $open().await?;
            $crate::suite::provider::$behaviour(&kit).await
        }
    };
}
