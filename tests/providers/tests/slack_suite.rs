//! The behaviour suite of providers, for Slack with token rotation.

use provider_tests::slack_rotating;

bailee_testkit::provider_suite!(slack_rotating);
