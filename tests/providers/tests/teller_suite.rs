//! The behaviour suite of accounts that are joined without OAuth, for Teller.

use anyhow::Result;

use provider_tests::teller::TellerKit;

async fn open() -> Result<TellerKit> {
    TellerKit::open().await
}

bailee_testkit::join_suite!(open);
