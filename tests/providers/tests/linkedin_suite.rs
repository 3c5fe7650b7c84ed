//! The behaviour suite of providers, for LinkedIn as a partner has it: ordinary apps get no refresh token.

use anyhow::Result;

use provider_tests::{LinkedInStage, linkedin_for_partner};

async fn open() -> Result<LinkedInStage> {
    linkedin_for_partner().await
}

bailee_testkit::provider_suite!(open);
