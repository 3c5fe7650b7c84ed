//! Providers that do otherwise than their definition says.

use bailee_testkit::{
    mock_google::Rotation,
    mock_provider::{Endpoint, Fault},
};

use crate::{recorder::Counters, rig::Rig};

fn surprises(fact: &str) -> String {
    format!("bailee_provider_surprises_total{{provider=google,fact={fact}}}")
}

#[tokio::test]
async fn a_provider_that_does_what_its_definition_says_surprises_nobody() -> anyhow::Result<()> {
    let counters = Counters::default();
    let _recording = metrics::set_default_local_recorder(&counters);
    let rig = Rig::new().await?;
    rig.expired().await?;
    rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(counters.of("bailee_refreshes_total{provider=google,outcome=renewed}"), 1);
    for fact in ["lifetime", "rotation", "scope_echo"] {
        assert_eq!(counters.of(&surprises(fact)), 0, "{fact}");
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_that_rotates_against_the_definition_is_counted() -> anyhow::Result<()> {
    let counters = Counters::default();
    let _recording = metrics::set_default_local_recorder(&counters);
    let rig = Rig::new().await?;
    rig.expired().await?;
    rig.mock.set_rotation(Rotation::Strict);
    rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(counters.of(&surprises("rotation")), 1);
    assert_eq!(counters.of(&surprises("lifetime")), 0);
    Ok(())
}

#[tokio::test]
async fn a_lifetime_that_is_missing_against_the_definition_is_counted() -> anyhow::Result<()> {
    let counters = Counters::default();
    let _recording = metrics::set_default_local_recorder(&counters);
    let rig = Rig::new().await?;
    rig.expired().await?;
    rig.mock.fault(Endpoint::Token, Fault::ExpiresIn(None)).once();
    rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(counters.of(&surprises("lifetime")), 1);
    assert_eq!(counters.of(&surprises("rotation")), 0);
    Ok(())
}
