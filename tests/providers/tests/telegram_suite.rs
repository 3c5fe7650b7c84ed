//! The behaviour suite of providers without OAuth, for a bot of the user's own.

use provider_tests::telegram;

bailee_testkit::join_suite!(telegram);
