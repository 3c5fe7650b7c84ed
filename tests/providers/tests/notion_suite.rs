//! The behaviour suite of providers, for Notion.

use anyhow::Result;

use provider_tests::NotionKit;

async fn open() -> Result<NotionKit> {
    NotionKit::open().await
}

bailee_testkit::provider_suite!(open);
