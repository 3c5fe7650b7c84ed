//! What every provider must do that joins accounts by a form, a widget or a one-time word.
//!
//! Each function takes a [`JoinKit`]: the provider, and a mock of its service that the suite drives. It asserts one
//! behaviour of [`Provider`](bailee_core::Provider), and panics where it is missed. None of them waits.
//!
//! [`join_suite!`](crate::join_suite) makes a test of each.

mod account;
mod channel;
mod kit;
mod secrets;

pub use account::*;
pub use channel::*;
pub use kit::{JoinKit, JoinedAccount, Trouble, join_text, join_with, other_word, word};
pub use secrets::*;

/// One test for each behaviour of a provider whose accounts are joined without OAuth.
///
/// Takes the name of an `async fn() -> Result<K, E>` where `K` is a [`JoinKit`](crate::suite::provider::join::JoinKit)
/// and `?` makes a boxed error of `E`. It is called once for each test, and gives a mock that nobody else uses. The crate
/// that calls it needs `tokio` with its macros.
#[macro_export]
macro_rules! join_suite {
    ($open:expr) => {
        $crate::__join_tests! { $open;
            a_forged_widget_payload_is_refused
            a_form_that_does_not_fit_names_its_field
            a_good_form_joins_the_account
            a_joined_account_is_valid
            a_refused_secret_is_a_dead_grant
            a_second_join_is_of_the_same_account
            a_sick_service_says_nothing_of_the_account
            a_stranger_at_the_hook_is_refused
            a_tool_that_is_not_there_is_refused
            a_tool_that_writes_is_closed_to_counterparts
            access_that_ended_is_told_apart
            arguments_that_do_not_fit_are_refused
            capabilities_are_what_they_say
            notifications_go_where_the_integration_says
            nothing_shows_a_secret
            revoking_twice_is_harmless
            settings_hold_no_secret
            the_word_binds_the_start
            tools_say_what_they_take
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __join_tests {
    ($open:expr; $($behaviour:ident)+) => {
        $($crate::__join_tests! { @one $open, $behaviour })+
    };
    (@one $open:expr, $behaviour:ident) => {
        #[tokio::test]
        async fn $behaviour() -> $crate::suite::SuiteResult {
            let kit = $open().await?;
            $crate::suite::provider::join::$behaviour(&kit).await
        }
    };
}
