//! What Telegram delivers, and what others would like to.

use anyhow::{Result, bail};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use bailee_core::{ExposeSecret as _, Grant, ProviderError, Received, ReceivedEvent, StatusReason};
use bailee_testkit::mock_telegram::{OWN_BOT, Person, SHARED_BOT, Update};
use provider_tests::{TelegramKit, WORD, pairing, telegram};

const SECRET: &str = "x-telegram-bot-api-secret-token";

fn message(received: Vec<Received>) -> Result<(String, Value)> {
    let mut events = received.into_iter().map(|received| received.event);
    match (events.next(), events.next()) {
        (Some(ReceivedEvent::Message { account, content }), None) => Ok((account.to_string(), content)),
        other => bail!("no message: {other:?}"),
    }
}

async fn silent(kit: &TelegramKit, to: Option<&Grant>, update: &Update) -> Result<()> {
    let received = kit.receive(to, update).await?;
    anyhow::ensure!(received.is_empty(), "{received:?}");
    Ok(())
}

#[tokio::test]
async fn start_with_a_word_pairs_the_chat_with_the_shared_bot() -> Result<()> {
    let kit = telegram().await?;
    kit.start().await?;
    let update = kit.mock.press_start(SHARED_BOT, &Person::ada(), WORD);
    assert_eq!(update.url, kit.shared_hook().as_str());
    let received = kit.receive(None, &update).await?;
    assert_eq!(received.first().map(|received| received.id.as_str()), Some("781700368:9001"));
    let pairing = pairing(received)?;
    assert_eq!(pairing.word.expose_secret(), WORD);
    assert_eq!(pairing.account.id.as_str(), "5550001");
    assert_eq!(pairing.account.label.as_deref(), Some("@ada"));
    let credential = pairing.credential.map(|credential| credential.access_token.expose_secret().to_owned());
    assert_eq!(credential.as_deref(), Some("shared"), "the bot's token is in no record");
    assert_eq!(Value::from(pairing.config), json!({ "bot": "shared", "chat_id": 5_550_001 }));
    Ok(())
}

#[tokio::test]
async fn start_with_a_word_pairs_an_own_bot_and_leaves_its_account() -> Result<()> {
    let kit = telegram().await?;
    let grant = kit.join(&json!({ "bot_token": OWN_BOT }), None).await?.grant;
    let update = kit.mock.press_start(OWN_BOT, &Person::mallory(), WORD);
    let received = kit.receive(Some(&grant), &update).await?;
    assert_eq!(received.first().map(|received| received.id.as_str()), Some("5550077:9001"));
    let pairing = pairing(received)?;
    assert_eq!(pairing.account, grant.account);
    assert!(pairing.credential.is_none());
    assert_eq!(Value::from(pairing.config), json!({ "chat_id": 6_660_002 }));
    Ok(())
}

#[tokio::test]
async fn in_a_group_nobody_is_paired_and_nobody_is_heard() -> Result<()> {
    let kit = telegram().await?;
    kit.start().await?;
    let own = kit.own().await?;
    for text in [format!("/start@VZPlatform_bot {WORD}"), format!("/start {WORD}"), "hello".to_owned()] {
        silent(&kit, None, &kit.mock.write_in_group(SHARED_BOT, &Person::ada(), &text)).await?;
        silent(&kit, Some(&own), &kit.mock.write_in_group(OWN_BOT, &Person::ada(), &text)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_word_of_another_alphabet_is_none() -> Result<()> {
    let kit = telegram().await?;
    kit.start().await?;
    for word in ["", "a b", "wörd", "a/../b", "<b>", &"a".repeat(65)] {
        silent(&kit, None, &kit.mock.press_start(SHARED_BOT, &Person::ada(), word)).await?;
    }
    silent(&kit, None, &kit.mock.write(SHARED_BOT, &Person::ada(), "/start")).await
}

#[tokio::test]
async fn what_a_person_writes_is_handed_on_cleaned() -> Result<()> {
    let kit = telegram().await?;
    kit.shared().await?;
    let person = Person { first_name: "Ada\u{202E}\u{0}".to_owned(), ..Person::ada() };
    let update = kit.mock.write(SHARED_BOT, &person, "Buy\u{200B} milk\u{202E}\u{7}\nand tea");
    let (account, content) = message(kit.receive(None, &update).await?)?;
    assert_eq!(account, "5550001");
    let expected = json!({
        "message_id": 1, "chat": { "id": 5_550_001 }, "text": "Buy milk\nand tea", "truncated": false,
        "from": { "id": 5_550_001, "username": "ada", "first_name": "Ada" },
    });
    assert_eq!(content, expected);
    Ok(())
}

#[tokio::test]
async fn an_own_bot_hears_the_paired_chat_alone() -> Result<()> {
    let kit = telegram().await?;
    let own = kit.own().await?;
    let (account, _) =
        message(kit.receive(Some(&own), &kit.mock.write(OWN_BOT, &Person::ada(), "hello")).await?)?;
    assert_eq!(account, own.account.id.to_string());
    silent(&kit, Some(&own), &kit.mock.write(OWN_BOT, &Person::mallory(), "hello")).await?;
    silent(&kit, Some(&own), &kit.mock.block(OWN_BOT, &Person::mallory())).await?;
    let unpaired = kit.join(&json!({ "bot_token": OWN_BOT }), Some(&own)).await?.grant;
    silent(&kit, Some(&unpaired), &kit.mock.write(OWN_BOT, &Person::ada(), "hello")).await
}

#[tokio::test]
async fn a_person_who_blocks_the_bot_ends_the_access() -> Result<()> {
    let kit = telegram().await?;
    let (shared, own) = (kit.shared().await?, kit.own().await?);
    for (to, grant, bot) in [(None, &shared, SHARED_BOT), (Some(&own), &own, OWN_BOT)] {
        let received = kit.receive(to, &kit.mock.block(bot, &Person::ada())).await?;
        let [Received { event: ReceivedEvent::Ended { account, reason }, .. }] = received.as_slice() else {
            bail!("no end: {received:?}");
        };
        assert_eq!((account, *reason), (&grant.account.id, StatusReason::Revoked));
        let answer = kit.call(grant, "send_telegram_message", &json!({ "text": "x" })).await;
        assert_eq!(answer, Err(ProviderError::GrantRevoked { reason: "chat_gone" }));
    }
    Ok(())
}

#[tokio::test]
async fn who_does_not_know_the_secret_is_refused_whatever_the_body_says() -> Result<()> {
    let kit = telegram().await?;
    let (shared, own) = (kit.shared().await?, kit.own().await?);
    let of_shared = kit.mock.write(SHARED_BOT, &Person::ada(), "hello");
    let of_own = kit.mock.write(OWN_BOT, &Person::ada(), "hello");
    for (to, update, other) in [(None, &of_shared, &of_own), (Some(&own), &of_own, &of_shared)] {
        assert_eq!(kit.receive(to, update).await?.len(), 1, "with the secret");
        let secret = update.headers.get(SECRET).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        let mut wrong = vec![HeaderMap::new(), other.headers.clone()];
        for value in [b"".to_vec(), secret[..42].to_vec(), [&secret[..], b"x"].concat(), b"shared".to_vec()] {
            wrong.push(HeaderMap::from_iter([(SECRET.parse()?, HeaderValue::from_bytes(&value)?)]));
        }
        for headers in wrong {
            for body in [update.body(), b"[".to_vec(), Vec::new()] {
                let answer = kit.receive_raw(to, &headers, &body).await.map(|received| received.len());
                assert_eq!(answer, Err(ProviderError::TokenRejected), "{headers:?}");
            }
        }
    }
    // The hook of an integration with the shared bot has no secret, and so takes nothing.
    let answer = kit.receive(Some(&shared), &of_shared).await.map(|received| received.len());
    assert_eq!(answer, Err(ProviderError::TokenRejected));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_malformed_and_what_is_not_known_is_left_out() -> Result<()> {
    let kit = telegram().await?;
    kit.start().await?;
    let headers = kit.mock.write(SHARED_BOT, &Person::ada(), "hello").headers;
    for body in ["", "[", "[]", "{}", r#"{"update_id":-1}"#, r#"{"update_id":1,"message":{}}"#] {
        let answer = kit.receive_raw(None, &headers, body.as_bytes()).await.map(|received| received.len());
        assert!(matches!(answer, Err(ProviderError::Malformed { .. })), "{body}: {answer:?}");
    }
    let chat = json!({ "id": 5_550_001, "type": "private" });
    let person = json!({ "id": 5_550_001, "is_bot": false, "first_name": "Ada" });
    for update in [
        json!({ "update_id": 1 }),
        json!({ "update_id": 2, "poll": {} }),
        json!({ "update_id": 3, "message": { "message_id": 1, "chat": chat, "from": person, "photo": [] } }),
        json!({ "update_id": 4, "message": { "message_id": 1, "chat": chat, "text": "of a channel" } }),
        json!({ "update_id": 5, "message": {
            "message_id": 1, "chat": chat, "from": { "id": 7, "first_name": "M" }, "text": "of somebody else",
        } }),
        json!({ "update_id": 6, "my_chat_member": { "chat": chat, "new_chat_member": { "status": "member" } } }),
    ] {
        let received = kit.receive_raw(None, &headers, update.to_string().as_bytes()).await?;
        assert!(received.is_empty(), "{update}: {received:?}");
    }
    Ok(())
}
