use std::time::Duration;

use bytes::Bytes;

use bailee_core::ProviderError;

use crate::mock_provider::Fault;

/// More than any machine of the tests has memory for: only a reader with a limit survives it.
pub(super) const HUGE: u64 = 64 * 1024 * 1024 * 1024;

/// The answer never arrived, or not whole.
pub(super) fn lost() -> Vec<Fault> {
    vec![Fault::DropBeforeProcessing, Fault::DropAfterProcessing, Fault::Truncate(0), Fault::Truncate(12)]
}

/// The provider is down, with the wait that it asks for.
pub(super) fn sick() -> Vec<(Fault, Option<Duration>)> {
    vec![
        (Fault::Status(500), None),
        (Fault::Status(502), None),
        (Fault::Status(504), None),
        (Fault::Unavailable { retry_after: None }, None),
        (Fault::Unavailable { retry_after: Some(7) }, Some(Duration::from_secs(7))),
    ]
}

/// A success that is no token answer.
pub(super) fn nonsense() -> Vec<Fault> {
    vec![
        Fault::Html,
        Fault::WrongJson,
        Fault::HugeBody(HUGE),
        Fault::NoAccessToken,
        Fault::TokenType("mac".to_owned()),
        Fault::Body(Bytes::new()),
        Fault::Body(Bytes::from_static(b"{\"access_token\":\"half")),
        Fault::Body(Bytes::from_static(b"{\"access_token\":\"\xFF\xFE\"}")),
        Fault::Body("[".repeat(50_000).into()),
        Fault::Body("{\"a\":".repeat(10_000).into()),
        Fault::Body(Bytes::from_static(b"{\"access_token\":{}}")),
        Fault::Body(Bytes::from_static(b"{\"access_token\":\"\"}")),
    ]
}

/// Every fault after which an exchange must not be repeated.
pub(super) fn all(elsewhere: &url::Url) -> Vec<Fault> {
    let mut faults = lost();
    faults.extend(sick().into_iter().map(|(fault, _)| fault));
    faults.extend(nonsense());
    faults.extend([
        Fault::TooManyRequests { retry_after: Some(1) },
        Fault::Redirect(elsewhere.clone()),
        Fault::ErrorIn200("invalid_grant".to_owned()),
    ]);
    faults.extend(
        ["invalid_grant", "invalid_client", "invalid_request", "a_new_word"]
            .map(|word| Fault::Error(word.to_owned())),
    );
    faults
}

/// Whether nothing can be concluded of grant or token.
pub(super) const fn is_passing(error: &ProviderError) -> bool {
    error.is_temporary()
}
