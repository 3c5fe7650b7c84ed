//! The tools of Telegram under success, refused tokens, limits and nonsense.

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use serde_json::{Value, json};

use bailee_core::ProviderError;
use bailee_testkit::{
    mock_provider::{Endpoint, Fault},
    mock_telegram::{OWN_BOT, Person, SEND_MESSAGE, SHARED_BOT},
};
use provider_tests::{requests_are_as_referred, telegram};

const TOOL: &str = "send_telegram_message";

/// Each tool, arguments that do, and the endpoint that it asks.
fn tools() -> [(&'static str, Value, Endpoint); 1] {
    [(TOOL, json!({ "text": "Backup finished" }), SEND_MESSAGE)]
}

fn refusal(status: u16, description: &str) -> Fault {
    let json = json!({ "ok": false, "error_code": status, "description": description, "CANARY": OWN_BOT });
    Fault::Answer { status, json }
}

#[tokio::test]
async fn every_tool_makes_the_requests_that_are_written_down() -> Result<()> {
    for (tool, arguments, endpoint) in tools() {
        let kit = telegram().await?;
        let grant = kit.own().await?;
        kit.call(&grant, tool, &arguments).await?;
        let mut requests = kit.mock.requests();
        requests.retain(|request| request.endpoint == Some(endpoint));
        requests_are_as_referred(tool, &requests)?;
    }
    Ok(())
}

#[tokio::test]
async fn every_error_is_told_as_what_it_means() -> Result<()> {
    let wait = Some(Duration::from_secs(7));
    let rejected = |status, code| ProviderError::Rejected { status, code };
    let gone = || ProviderError::GrantRevoked { reason: "chat_gone" };
    let with = |parameters: Value, status: u16| Fault::Answer {
        status,
        json: json!({ "ok": false, "error_code": status, "description": "x", "parameters": parameters }),
    };
    let cases = [
        (refusal(401, "Unauthorized"), ProviderError::TokenRejected),
        (Fault::TooManyRequests { retry_after: Some(7) }, ProviderError::RateLimited { retry_after: wait }),
        (with(json!({ "retry_after": 7 }), 429), ProviderError::RateLimited { retry_after: wait }),
        (with(json!({ "retry_after": 7 }), 409), ProviderError::RateLimited { retry_after: wait }),
        (with(json!({ "migrate_to_chat_id": -100_500 }), 400), rejected(400, "chat_migrated")),
        (refusal(400, "Bad Request: chat not found"), gone()),
        (refusal(403, "Forbidden: bot was blocked by the user"), gone()),
        (refusal(403, "Forbidden: user is deactivated"), gone()),
        (refusal(403, "Forbidden: bot was kicked from the supergroup chat"), gone()),
        (refusal(403, "Forbidden: bot can't initiate conversation with a user"), gone()),
        (refusal(403, "Forbidden: something new"), rejected(403, "forbidden")),
        (refusal(400, "Bad Request: message is too long"), rejected(400, "text_too_long")),
        (refusal(400, "Bad Request: <script>"), rejected(400, "other")),
        (refusal(404, "Not Found"), rejected(404, "not_found")),
        // What may have been sent is not sent again.
        (refusal(500, "Internal Server Error"), ProviderError::OutcomeUnknown),
        (Fault::Status(502), ProviderError::OutcomeUnknown),
        (Fault::DropAfterProcessing, ProviderError::OutcomeUnknown),
        (Fault::Html, ProviderError::OutcomeUnknown),
        (Fault::Body(Bytes::from_static(br#"{"ok":true,"result":true}"#)), ProviderError::OutcomeUnknown),
    ];
    for (tool, arguments, endpoint) in tools() {
        let kit = telegram().await?;
        let grant = kit.own().await?;
        for (fault, expected) in &cases {
            kit.mock.fault(endpoint, fault.clone()).once();
            let answer = kit.call(&grant, tool, &arguments).await;
            ensure!(answer.as_ref() == Err(expected), "{fault:?}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_message_is_plain_text_to_the_paired_chat_by_the_bot_that_is_meant() -> Result<()> {
    let kit = telegram().await?;
    let text = "*bold* _it_ [x](https://evil.example) <b>&</b> {}!|=\\";
    for (grant, bot, token) in
        [(kit.shared().await?, 781_700_368, SHARED_BOT), (kit.own().await?, 5_550_077, OWN_BOT)]
    {
        kit.call(&grant, TOOL, &json!({ "text": text })).await?;
        let ada = Person::ada().id;
        let arguments =
            json!({ "chat_id": ada, "text": text, "link_preview_options": { "is_disabled": true } });
        assert_eq!(kit.mock.messages().pop(), Some((bot, ada, arguments)));
        let path = kit.mock.requests().pop().map(|request| request.path);
        assert_eq!(path, Some(format!("/bot{token}/sendMessage")));
    }
    Ok(())
}

#[tokio::test]
async fn a_chat_can_neither_be_chosen_nor_guessed() -> Result<()> {
    let kit = telegram().await?;
    let mut grant = kit.own().await?;
    let chosen = kit.call(&grant, TOOL, &json!({ "text": "x", "chat_id": 6_660_002 })).await;
    assert!(matches!(chosen, Err(ProviderError::InvalidArguments { .. })), "{chosen:?}");
    let before = kit.mock.requests().len();
    for chat in [json!("@everybody"), json!("5550001"), json!(1.5), json!(null)] {
        grant.config.insert("chat_id".to_owned(), chat);
        let answer = kit.call(&grant, TOOL, &json!({ "text": "x" })).await;
        assert_eq!(answer, Err(ProviderError::Rejected { status: 409, code: "not_paired" }));
    }
    assert_eq!(kit.mock.requests().len(), before);
    Ok(())
}

#[tokio::test]
async fn a_text_is_counted_in_utf_16_units_before_anything_is_sent() -> Result<()> {
    let kit = telegram().await?;
    let grant = kit.own().await?;
    kit.call(&grant, TOOL, &json!({ "text": "\u{1F511}".repeat(2048) })).await?;
    let before = kit.mock.requests().len();
    for text in ["\u{1F511}".repeat(2049), "x".repeat(4097), " \n".to_owned(), String::new()] {
        let answer = kit.call(&grant, TOOL, &json!({ "text": text })).await;
        let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
            anyhow::bail!("{answer:?}");
        };
        assert_eq!(pointer, "/text");
    }
    assert_eq!(kit.mock.requests().len(), before);
    Ok(())
}

#[tokio::test]
async fn a_refused_token_of_the_platform_is_the_operators_to_mend() -> Result<()> {
    let kit = telegram().await?;
    let grant = kit.shared().await?;
    kit.mock.revoke_token(SHARED_BOT);
    let answer = kit.call(&grant, TOOL, &json!({ "text": "x" })).await;
    assert_eq!(answer, Err(ProviderError::Client));
    Ok(())
}
