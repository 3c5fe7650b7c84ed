use bailee_core::{Capabilities, ProviderError};

use super::{
    Connected, Kit,
    faults::{is_passing, lost, sick},
    kit::declares,
};
use crate::{mock_provider::Endpoint, suite::SuiteResult};

/// After a revocation neither token works. Where there is none, `undeclared_capabilities_are_unsupported` says so.
pub async fn a_revoked_grant_is_dead(kit: &dyn Kit) -> SuiteResult {
    if !declares(kit, Capabilities::REVOKE) {
        return Ok(());
    }
    let connected = Connected::new(kit).await?;
    connected.revoke().await??;
    let validate = connected.validate().await.map(drop);
    assert_eq!(validate, Err(ProviderError::TokenRejected), "validate");
    let refresh = connected.refresh().await?.map(drop);
    assert!(matches!(refresh, Err(ProviderError::GrantRevoked { .. })), "refresh: {refresh:?}");
    Ok(())
}

/// A second revocation, or one after the person's own, has nothing left to do.
pub async fn a_second_revocation_finds_nothing_to_do(kit: &dyn Kit) -> SuiteResult {
    if !declares(kit, Capabilities::REVOKE) {
        return Ok(());
    }
    let connected = Connected::new(kit).await?;
    connected.revoke().await??;
    let again = connected.revoke().await?;
    let other = Connected::new(kit).await?;
    kit.revoke_by_user();
    let after_the_person = other.revoke().await?;
    for answer in [again, after_the_person] {
        // Some providers answer a revocation of nothing with success (RFC 7009 §2.2).
        assert!(matches!(answer, Ok(()) | Err(ProviderError::AlreadyDone)), "{answer:?}");
    }
    Ok(())
}

/// A revocation that may not have happened is temporary; repeating it comes to the same end.
pub async fn a_lost_revocation_is_worth_repeating(kit: &dyn Kit) -> SuiteResult {
    if !declares(kit, Capabilities::REVOKE) {
        return Ok(());
    }
    let mut faults = lost();
    faults.extend(sick().into_iter().map(|(fault, _)| fault));
    for fault in faults {
        let connected = Connected::new(kit).await?;
        kit.plant(Endpoint::Revoke, fault.clone());
        let lost = connected.revoke().await?;
        kit.heal();
        assert!(lost.as_ref().is_err_and(is_passing), "{fault:?}: {lost:?}");
        let again = connected.revoke().await?;
        assert!(matches!(again, Ok(()) | Err(ProviderError::AlreadyDone)), "after {fault:?}: {again:?}");
    }
    Ok(())
}
