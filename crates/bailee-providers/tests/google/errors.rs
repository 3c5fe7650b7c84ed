use anyhow::Result;
use serde_json::json;

use bailee_core::{OAuthScopes, ProviderError};

use crate::support::Kit;

#[tokio::test]
async fn each_of_the_error_shapes_is_read() -> Result<()> {
    let limited = ProviderError::RateLimited { retry_after: None };
    let missing = ProviderError::MissingGrant {
        scopes: OAuthScopes::parse("https://www.googleapis.com/auth/calendar")?,
    };
    let down = ProviderError::Unavailable { retry_after: None };
    let rejected = |status, code| ProviderError::Rejected { status, code };
    let classic =
        |reason: &str| json!({"error": {"errors": [{"reason": reason, "message": "CANARY"}], "code": 403}});
    let rpc = |reason: &str, status: &str| json!({"error": {"status": status, "details": [{"@type": "x"}, {"reason": reason}], "message": "CANARY"}});
    for (status, body, expected) in [
        (401, classic("authError"), ProviderError::TokenRejected),
        (401, json!(null), ProviderError::TokenRejected),
        (401, json!({"error": "invalid_token"}), ProviderError::TokenRejected),
        (403, classic("rateLimitExceeded"), limited.clone()),
        (403, classic("userRateLimitExceeded"), limited.clone()),
        (403, classic("quotaExceeded"), limited.clone()),
        (403, classic("dailyLimitExceeded"), limited.clone()),
        (403, rpc("RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"), limited.clone()),
        (429, rpc("x", "RESOURCE_EXHAUSTED"), limited.clone()),
        (429, json!(null), limited),
        (403, classic("insufficientPermissions"), missing.clone()),
        (403, rpc("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "PERMISSION_DENIED"), missing.clone()),
        (403, json!({"error": "insufficient_scope"}), missing),
        (403, classic("accessNotConfigured"), rejected(403, "accessNotConfigured")),
        (403, rpc("SERVICE_DISABLED", "PERMISSION_DENIED"), rejected(403, "accessNotConfigured")),
        (403, classic("domainPolicy"), rejected(403, "domainPolicy")),
        (403, rpc("SOMETHING_NEW", "PERMISSION_DENIED"), rejected(403, "forbidden")),
        (403, classic("<script>"), rejected(403, "other")),
        (403, json!("nonsense"), rejected(403, "other")),
        (404, classic("notFound"), rejected(404, "notFound")),
        (400, rpc("x", "INVALID_ARGUMENT"), rejected(400, "badRequest")),
        (410, classic("fullSyncRequired"), rejected(410, "fullSyncRequired")),
        (408, json!(null), down.clone()),
        (500, classic("backendError"), down.clone()),
        (503, json!(null), down),
    ] {
        let kit = Kit::answering([(status, &body.to_string())]).await?;
        let arguments = json!({"time_min": "2026-03-01T00:00:00Z", "time_max": "2026-03-02T00:00:00Z"});
        let error = kit.call("list_events", arguments).await?.err();
        assert_eq!(error, Some(expected), "{status} {body}");
        assert!(!format!("{error:?}").contains("CANARY"));
    }
    Ok(())
}
