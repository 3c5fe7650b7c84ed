use bailee_core::{ExposeSecret as _, ProviderError, SecretString};

use super::{
    Connected, Flow, Kit,
    faults::{all, lost},
    kit::token_requests,
};
use crate::{mock_provider::Endpoint, suite::SuiteResult};

/// A grant names the immutable id of its account, its scopes in our spelling, and a lifetime of at most a year.
pub async fn a_grant_tells_whose_it_is_and_what_it_covers(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let grant = &connected.grant;
    assert_eq!(grant.account.id, kit.account(), "the account");
    assert!(!grant.account.id.as_str().contains('@'), "an address is no id");
    assert!(!grant.credential.access_token.expose_secret().is_empty());
    if let Some(granted) = &grant.granted {
        assert_eq!(*granted, connected.requested, "the person allowed everything");
    }
    assert!(grant.expires_in.is_none_or(|lifetime| lifetime.as_secs() <= 366 * 86_400), "the lifetime");
    Ok(())
}

/// The second use of a code is refused as what it is.
pub async fn a_code_works_once(kit: &dyn Kit) -> SuiteResult {
    let flow = Flow::default();
    let (requested, code) = flow.approved(kit).await?;
    let first = flow.exchange(kit, &requested, &code).await?;
    assert!(first.is_ok(), "the first use: {:?}", first.map(drop));
    let second = flow.exchange(kit, &requested, &code).await?.map(drop);
    assert!(matches!(second, Err(ProviderError::GrantRevoked { .. })), "the second use: {second:?}");
    Ok(())
}

/// A code that nobody issued.
pub async fn an_unknown_code_is_refused(kit: &dyn Kit) -> SuiteResult {
    let flow = Flow::default();
    let requested = flow.begin(kit).await?.requested;
    let code = SecretString::from("no-such-code");
    let answer = flow.exchange(kit, &requested, &code).await?.map(drop);
    assert!(matches!(answer, Err(ProviderError::GrantRevoked { .. })), "{answer:?}");
    Ok(())
}

/// A code is sent once, whatever the answer is (RFC 6749 §4.1.2).
pub async fn an_exchange_is_sent_once_whatever_happens(kit: &dyn Kit) -> SuiteResult {
    for fault in all(&kit.elsewhere()) {
        let flow = Flow::default();
        let (requested, code) = flow.approved(kit).await?;
        let before = token_requests(kit, "authorization_code");
        kit.plant(Endpoint::Token, fault.clone());
        let answer = flow.exchange(kit, &requested, &code).await?.map(drop);
        kit.heal();
        assert!(answer.is_err(), "{fault:?}");
        let sent = token_requests(kit, "authorization_code") - before;
        assert_eq!(sent, 1, "requests after {fault:?}");
    }
    Ok(())
}

/// An exchange whose answer is lost is reported as such: a human begins again.
pub async fn a_lost_exchange_is_not_repeated(kit: &dyn Kit) -> SuiteResult {
    for fault in lost() {
        let flow = Flow::default();
        let (requested, code) = flow.approved(kit).await?;
        kit.plant(Endpoint::Token, fault.clone());
        let answer = flow.exchange(kit, &requested, &code).await?.map(drop);
        kit.heal();
        assert_eq!(answer, Err(ProviderError::OutcomeUnknown), "{fault:?}");
    }
    Ok(())
}
