//! The behaviour suite of providers, for Google.

use anyhow::Result;

use provider_tests::GoogleKit;

async fn open() -> Result<GoogleKit> {
    GoogleKit::open().await
}

bailee_testkit::provider_suite!(open);
