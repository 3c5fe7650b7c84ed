//! The behaviour suite of providers, for X.

use anyhow::Result;

use provider_tests::{XStage, x};

async fn open() -> Result<XStage> {
    x().await
}

bailee_testkit::provider_suite!(open);
