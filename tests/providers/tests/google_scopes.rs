//! What consent asks for, against what Google's descriptions say of each method.

use anyhow::Result;

use bailee_core::Provider as _;
use provider_tests::{GoogleKit, conformance::scopes_suffice};

#[tokio::test]
async fn every_set_of_scopes_is_enough_for_every_request_of_its_tool() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let checked = scopes_suffice(kit.google.tools())?;
    assert!(
        checked == 0 || checked == kit.google.tools().len(),
        "all of them, or none where nothing is described"
    );
    Ok(())
}
