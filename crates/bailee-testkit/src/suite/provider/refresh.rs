use std::time::Duration;

use serde_json::{Value, json};

use bailee_core::{
    Credential, ExposeSecret as _, OAuthScopes, ProviderError, Renewal, Rotation, SecretString,
};

use super::{
    Connected, Kit,
    faults::{is_passing, lost, nonsense, sick},
};
use crate::{
    mock_provider::{Endpoint, Fault},
    suite::{SuiteError, SuiteResult},
};

/// The longest lifetime that is believed.
const YEAR: Duration = Duration::from_hours(366 * 24);

impl Connected<'_> {
    /// Refreshes once under a fault of the token endpoint.
    async fn refresh_under(
        &self,
        kit: &dyn Kit,
        fault: Fault,
    ) -> Result<Result<Renewal, ProviderError>, SuiteError> {
        kit.plant(Endpoint::Token, fault);
        let answer = self.refresh().await;
        kit.heal();
        answer
    }
}

/// A refresh brings another access token; where the provider does not rotate, no other refresh token comes with it.
pub async fn a_refresh_brings_a_new_access_token(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let old = &connected.grant.credential;
    let renewal = connected.refresh().await??;
    assert_ne!(renewal.access_token.expose_secret(), old.access_token.expose_secret(), "the access token");
    if kit.provider().descriptor().rotation == Rotation::Static {
        let text = |token: &Option<SecretString>| token.as_ref().map(|it| it.expose_secret().to_owned());
        let same =
            renewal.refresh_token.is_none() || text(&renewal.refresh_token) == text(&old.refresh_token);
        assert!(same, "another refresh token");
    }
    if let (Some(before), Some(now)) = (&connected.grant.granted, &renewal.granted) {
        assert_eq!(now, before, "the scopes");
    }
    let again = connected.refresh_with(&old.renewed_by(&renewal)).await?;
    assert!(again.is_ok(), "the next refresh: {:?}", again.map(drop));
    Ok(())
}

/// A credential without a refresh token cannot be refreshed, and nobody is asked.
pub async fn a_refresh_without_a_refresh_token_is_unsupported(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let before = kit.requests().len();
    let bare = Credential::new(connected.grant.credential.access_token.clone());
    let answer = connected.refresh_with(&bare).await?.map(drop);
    assert_eq!(answer, Err(ProviderError::Unsupported));
    assert_eq!(kit.requests().len(), before, "requests");
    Ok(())
}

/// A refresh whose answer never arrived whole may have been carried out; it is not repeated here.
pub async fn a_lost_refresh_leaves_its_outcome_open(kit: &dyn Kit) -> SuiteResult {
    for fault in lost() {
        // Its own grant: a strict provider ends one whose rotated token was lost.
        let connected = Connected::new(kit).await?;
        let before = kit.requests().len();
        let answer = connected.refresh_under(kit, fault.clone()).await?.map(drop);
        assert_eq!(answer, Err(ProviderError::OutcomeUnknown), "{fault:?}");
        assert_eq!(kit.requests().len() - before, 1, "requests after {fault:?}");
    }
    Ok(())
}

/// A provider that is down says nothing of the grant, and its wait is passed on.
pub async fn a_sick_provider_passes(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    for (fault, retry_after) in sick() {
        let answer = connected.refresh_under(kit, fault.clone()).await?.map(drop);
        assert_eq!(answer, Err(ProviderError::Unavailable { retry_after }), "{fault:?}");
    }
    assert!(connected.refresh().await?.is_ok(), "afterwards");
    Ok(())
}

/// 429, with the wait where the provider names one.
pub async fn a_rate_limit_tells_how_long_to_wait(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    for seconds in [None, Some(120)] {
        let fault = Fault::TooManyRequests { retry_after: seconds };
        let retry_after = seconds.map(u64::from).map(Duration::from_secs);
        let answer = connected.refresh_under(kit, fault).await?.map(drop);
        assert_eq!(answer, Err(ProviderError::RateLimited { retry_after }));
    }
    Ok(())
}

/// Pages, other JSON, endless and broken bodies, and tokens of unknown types are no answers.
pub async fn an_answer_that_is_none_is_malformed(kit: &dyn Kit) -> SuiteResult {
    for fault in nonsense() {
        let connected = Connected::new(kit).await?;
        let answer = connected.refresh_under(kit, fault.clone()).await?.map(drop);
        let name = format!("{fault:?}");
        let name = name.get(..60).unwrap_or(&name);
        assert!(matches!(answer, Err(ProviderError::Malformed { .. })), "{name}: {answer:?}");
    }
    Ok(())
}

/// A token with a line break, a control character or a blank never reaches a header (RFC 6750 §2.1).
pub async fn a_token_that_no_header_can_carry_is_refused(kit: &dyn Kit) -> SuiteResult {
    for token in ["a\r\nX-Injected: 1", "a\u{0}b", "a b", "a\u{7F}", "\u{1F511}"] {
        let connected = Connected::new(kit).await?;
        let fault = Fault::AccessToken(token.to_owned());
        let answer = connected.refresh_under(kit, fault).await?.map(drop);
        assert!(matches!(answer, Err(ProviderError::Malformed { .. })), "{token:?}: {answer:?}");
    }
    Ok(())
}

/// A redirect is a failure of the provider: nothing goes to where it points.
pub async fn no_redirect_is_followed(kit: &dyn Kit) -> SuiteResult {
    let elsewhere = kit.elsewhere();
    let connected = Connected::new(kit).await?;
    let fault = Fault::Redirect(elsewhere.clone());
    let answer = connected.refresh_under(kit, fault.clone()).await?.map(drop);
    assert!(matches!(answer, Err(ProviderError::Unavailable { .. })), "{answer:?}");
    kit.plant(Endpoint::UserInfo, fault.clone());
    kit.plant(Endpoint::Revoke, fault);
    assert!(connected.validate().await.is_err(), "validate");
    assert!(connected.revoke().await?.is_err(), "revoke");
    let followed = kit.requests().iter().filter(|request| request.path == elsewhere.path()).count();
    assert_eq!(followed, 0, "requests that followed");
    Ok(())
}

/// `invalid_grant`, said by the protocol or by the service itself.
pub async fn a_dead_grant_is_told_apart(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let fault = Fault::Error("invalid_grant".to_owned());
    let told = connected.refresh_under(kit, fault).await?.map(drop);
    kit.revoke_by_user();
    let real = connected.refresh().await?.map(drop);
    for answer in [told, real] {
        assert!(matches!(answer, Err(ProviderError::GrantRevoked { .. })), "{answer:?}");
    }
    Ok(())
}

/// A wrong client is the operator's business, and says nothing of the grant.
pub async fn a_refused_registration_is_not_a_dead_grant(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    for word in ["invalid_client", "unauthorized_client"] {
        let fault = Fault::Error(word.to_owned());
        let answer = connected.refresh_under(kit, fault).await?.map(drop);
        assert_eq!(answer, Err(ProviderError::Client), "{word}");
    }
    for word in ["invalid_scope", "unsupported_grant_type", "a_new_word"] {
        let fault = Fault::Error(word.to_owned());
        let answer = connected.refresh_under(kit, fault).await?.map(drop);
        assert!(!matches!(answer, Ok(()) | Err(ProviderError::GrantRevoked { .. })), "{word}: {answer:?}");
    }
    Ok(())
}

/// 200 with an `error` is that error.
pub async fn an_error_in_a_success_is_an_error(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let under = async |word: &str| -> Result<_, SuiteError> {
        let fault = Fault::ErrorIn200(word.to_owned());
        Ok(connected.refresh_under(kit, fault).await?.map(drop))
    };
    let dead = under("invalid_grant").await?;
    assert!(matches!(dead, Err(ProviderError::GrantRevoked { .. })), "{dead:?}");
    assert_eq!(under("invalid_client").await?, Err(ProviderError::Client));
    assert!(under("a_new_word").await?.is_err());
    Ok(())
}

/// Lifetimes as text are read; those that make no sense are unknown or bounded, and the token is taken.
pub async fn an_odd_lifetime_is_bounded(kit: &dyn Kit) -> SuiteResult {
    let hour = Some(Duration::from_hours(1));
    let cases: [(Option<Value>, Option<Option<Duration>>); 8] = [
        (Some(json!(3600)), Some(hour)),
        (Some(json!("3600")), Some(hour)),
        (Some(json!(3600.0)), Some(hour)),
        (None, Some(None)),
        (Some(Value::Null), Some(None)),
        (Some(json!(-1)), None),
        (Some(json!(0)), None),
        (Some(json!(1e30)), None),
    ];
    for (value, exact) in cases {
        let connected = Connected::new(kit).await?;
        let fault = Fault::ExpiresIn(value.clone());
        let renewal = connected.refresh_under(kit, fault).await??;
        // One that tells no lifetimes may not believe them either.
        if let Some(exact) = exact.filter(|_| connected.grant.expires_in.is_some()) {
            assert_eq!(renewal.expires_in, exact, "{value:?}");
        }
        assert!(renewal.expires_in.is_none_or(|lifetime| lifetime <= YEAR), "{value:?}");
    }
    Ok(())
}

/// What no document names is not minded.
pub async fn an_unknown_member_does_no_harm(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let answer = connected.refresh_under(kit, Fault::ExtraFields).await?;
    assert!(answer.is_ok(), "{:?}", answer.map(drop));
    Ok(())
}

/// Of two members of one name, the first is never believed alone.
pub async fn members_that_stand_twice_are_not_believed(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    match connected.refresh_under(kit, Fault::DuplicateKeys).await? {
        Ok(renewal) => assert_ne!(renewal.access_token.expose_secret(), "duplicate"),
        Err(error) => assert!(matches!(error, ProviderError::Malformed { .. }), "{error:?}"),
    }
    Ok(())
}

/// What the grant covers now is passed on, however little it is.
pub async fn a_narrower_grant_is_told(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let Some(one) = connected.requested.iter().next() else {
        assert!(connected.grant.granted.is_none(), "a provider without scopes");
        return Ok(());
    };
    let fault = Fault::NarrowScope(vec![one.to_owned()]);
    let renewal = connected.refresh_under(kit, fault).await??;
    if let Some(granted) = renewal.granted {
        assert_eq!(granted, OAuthScopes::parse(one)?);
    }
    Ok(())
}

/// A body that was compressed unasked is read or refused, and never taken for a token.
pub async fn a_compressed_answer_is_no_danger(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    if let Err(error) = connected.refresh_under(kit, Fault::Gzip).await? {
        assert!(matches!(error, ProviderError::Malformed { .. }), "{error:?}");
    }
    Ok(())
}

/// A mebibyte of headers ends in an error that says nothing of the grant.
pub async fn a_flooded_header_is_bounded(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let fault = Fault::HeaderFlood(1024 * 1024);
    match connected.refresh_under(kit, fault).await? {
        Ok(_) => return Err("a mebibyte of headers was read".into()),
        Err(error) => assert!(is_passing(&error), "{error:?}"),
    }
    Ok(())
}
