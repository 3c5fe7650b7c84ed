//! The tools of Slack under success, refused tokens, limits and nonsense.

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use bailee_core::{OAuthScopes, ProviderError};
use bailee_testkit::{
    mock_provider::{Endpoint, Fault},
    mock_slack::POST_MESSAGE,
};
use provider_tests::{requests_are_as_referred, slack};

/// Each tool, arguments that do, and the endpoint that it asks.
fn tools() -> [(&'static str, Value, Endpoint); 1] {
    [("send_slack_message", json!({ "channel": "C0GEN", "text": "Backup finished" }), POST_MESSAGE)]
}

fn refusal(word: &str) -> Fault {
    Fault::Answer { status: 200, json: json!({ "ok": false, "error": word, "CANARY": "CANARY" }) }
}

#[tokio::test]
async fn every_tool_makes_the_requests_that_are_written_down() -> Result<()> {
    for (tool, arguments, endpoint) in tools() {
        let stage = slack().await?;
        let grant = stage.connect().await?;
        stage.call(&grant, tool, &arguments).await?;
        let mut requests = stage.mock.requests();
        requests.retain(|request| request.endpoint == Some(endpoint));
        requests_are_as_referred(tool, &requests)?;
    }
    Ok(())
}

#[tokio::test]
async fn every_error_is_told_as_what_it_means() -> Result<()> {
    let wait = Duration::from_secs(30);
    let rejected = |code| ProviderError::Rejected { status: 200, code };
    let cases = [
        (refusal("invalid_auth"), ProviderError::TokenRejected),
        (refusal("token_revoked"), ProviderError::TokenRejected),
        (refusal("token_expired"), ProviderError::TokenRejected),
        (refusal("account_inactive"), ProviderError::TokenRejected),
        (Fault::Status(401), ProviderError::TokenRejected),
        (refusal("missing_scope"), ProviderError::MissingGrant { scopes: OAuthScopes::parse("chat:write")? }),
        (refusal("ratelimited"), ProviderError::RateLimited { retry_after: None }),
        (
            Fault::TooManyRequests { retry_after: Some(30) },
            ProviderError::RateLimited { retry_after: Some(wait) },
        ),
        (refusal("is_archived"), rejected("is_archived")),
        (refusal("restricted_action_read_only_channel"), rejected("restricted_action")),
        (refusal("<script>"), rejected("other")),
        (Fault::Status(404), ProviderError::Rejected { status: 404, code: "other" }),
        // What may have been posted is not posted again.
        (refusal("internal_error"), ProviderError::OutcomeUnknown),
        (Fault::Unavailable { retry_after: Some(30) }, ProviderError::OutcomeUnknown),
        (Fault::DropAfterProcessing, ProviderError::OutcomeUnknown),
        (Fault::Html, ProviderError::OutcomeUnknown),
        (Fault::WrongJson, ProviderError::OutcomeUnknown),
        (Fault::Body(Bytes::from_static(br#"{"ok":true}"#)), ProviderError::OutcomeUnknown),
    ];
    for (tool, arguments, endpoint) in tools() {
        let stage = slack().await?;
        let grant = stage.connect().await?;
        for (fault, expected) in &cases {
            stage.mock.fault(endpoint, fault.clone()).once();
            let answer = stage.call(&grant, tool, &arguments).await;
            ensure!(answer.as_ref() == Err(expected), "{fault:?}: {answer:?}");
            ensure!(!format!("{answer:?}").contains("CANARY"), "{fault:?}");
        }
    }
    Ok(())
}
