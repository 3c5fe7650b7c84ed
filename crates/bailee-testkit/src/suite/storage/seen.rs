#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::ProviderKey;

use super::{
    Stores,
    sample::{self, HOUR},
};
use crate::suite::SuiteResult;

/// An event is new once, at its own provider; ids that differ in case or by a space are two.
pub async fn an_event_is_new_once(stores: &dyn Stores) -> SuiteResult {
    let (one, other) = (sample::google()?, ProviderKey::new("other")?);
    for event in ["42", "a", "A", "a ", "é🦀"] {
        assert!(stores.see(&one, event, HOUR).await?, "{event}");
        assert!(!stores.see(&one, event, HOUR).await?, "{event}");
        assert!(stores.see(&other, event, HOUR).await?, "{event}");
    }
    Ok(())
}

/// An event that was forgotten is new again, and that of another provider is not.
pub async fn a_forgotten_event_is_new_again(stores: &dyn Stores) -> SuiteResult {
    let (one, other) = (sample::google()?, ProviderKey::new("other")?);
    for provider in [&one, &other] {
        assert!(stores.see(provider, "42", HOUR).await?);
    }
    stores.forget(&one, "42").await?;
    stores.forget(&one, "unknown").await?;
    assert!(stores.see(&one, "42", HOUR).await?);
    assert!(!stores.see(&other, "42", HOUR).await?);
    Ok(())
}

/// An event whose time is over is reaped, and no other.
pub async fn an_old_event_is_reaped(stores: &dyn Stores) -> SuiteResult {
    let provider = sample::google()?;
    assert!(stores.see(&provider, "old", Duration::ZERO).await?);
    assert!(stores.see(&provider, "young", HOUR).await?);
    assert_eq!(stores.reap_expired(10).await?, 1);
    assert!(stores.see(&provider, "old", HOUR).await?);
    assert!(!stores.see(&provider, "young", HOUR).await?);
    Ok(())
}
