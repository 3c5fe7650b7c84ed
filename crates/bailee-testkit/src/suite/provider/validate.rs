use bailee_core::{Capabilities, ProviderError};

use super::{
    Connected, Kit,
    faults::{is_passing, lost, sick},
    kit::declares,
};
use crate::{
    mock_provider::{Endpoint, Fault},
    suite::SuiteResult,
};

/// What the descriptor does not declare answers `Unsupported`; what it declares does not.
pub async fn undeclared_capabilities_are_unsupported(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let unsupported = |answer: Result<(), ProviderError>| answer == Err(ProviderError::Unsupported);
    let validate = unsupported(connected.validate().await.map(drop));
    assert_eq!(validate, !declares(kit, Capabilities::VALIDATE), "validate");
    let refresh = unsupported(connected.refresh().await?.map(drop));
    assert_eq!(refresh, !declares(kit, Capabilities::REFRESH), "refresh");
    let revoke = unsupported(connected.revoke().await?);
    assert_eq!(revoke, !declares(kit, Capabilities::REVOKE), "revoke");
    Ok(())
}

/// A live token is valid, and its account is the one that was joined.
pub async fn a_live_token_is_valid(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let validation = connected.validate().await?;
    if let Some(account) = validation.account {
        assert_eq!(account.id, kit.account());
    }
    Ok(())
}

/// An expired token is rejected: a refresh may help.
pub async fn a_rejected_token_is_told_apart(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    kit.expire_access_tokens();
    let answer = connected.validate().await.map(drop);
    assert_eq!(answer, Err(ProviderError::TokenRejected));
    Ok(())
}

/// A probe that did not get through is no verdict.
pub async fn a_sick_probe_says_nothing_of_the_token(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let mut faults = lost();
    faults.extend(sick().into_iter().map(|(fault, _)| fault));
    faults.extend([
        Fault::TooManyRequests { retry_after: None },
        Fault::Html,
        Fault::WrongJson,
        Fault::HugeBody(super::faults::HUGE),
    ]);
    for fault in faults {
        kit.plant(Endpoint::UserInfo, fault.clone());
        let answer = connected.validate().await.map(drop);
        kit.heal();
        assert!(answer.as_ref().is_err_and(is_passing), "{fault:?}: {answer:?}");
    }
    Ok(())
}
