//! The behaviour suite of accounts that are joined without OAuth, for webhooks.

use anyhow::Result;

use provider_tests::webhook::WebhookKit;

async fn open() -> Result<WebhookKit> {
    WebhookKit::open().await
}

bailee_testkit::join_suite!(open);
