//! How mail leaves: what its headers and its body are at the wire, and what never gets there.

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use bailee_core::{Grant, ProviderError};
use bailee_testkit::{
    mock_google::{ACCOUNT_EMAIL, gmail},
    mock_provider::Fault,
};
use provider_tests::{
    GoogleKit,
    conformance::requests_conform,
    mail::{header, letter},
};

async fn open() -> Result<(GoogleKit, Grant)> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    Ok((kit, grant))
}

/// What was sent last, as it came.
fn last(kit: &GoogleKit) -> Result<String> {
    kit.mock.sent(ACCOUNT_EMAIL).pop().context("something was sent")
}

fn body(message: &str) -> Result<String> {
    let (_, body) = message.split_once("\r\n\r\n").context("a body")?;
    Ok(String::from_utf8(STANDARD.decode(body.replace("\r\n", ""))?)?)
}

/// How the mock, which decodes encoded words, shows a header of a message.
async fn shown(kit: &GoogleKit, grant: &Grant, sent: &Value, name: &str) -> Result<Value> {
    let details = kit.call(grant, "get_email_details", &json!({ "message_id": sent["id"] }), None).await?;
    details.get(name).cloned().context("it is shown")
}

#[tokio::test]
async fn a_message_is_sent_as_it_is_written() -> Result<()> {
    let (kit, grant) = open().await?;
    let mail = json!({
        "to": ["bob@example.test", "Eve Example <eve@example.test>"],
        "cc": ["\"Zoe, \\\"Z\\\"\" <zoe@example.test>"],
        "bcc": ["hidden@example.test"],
        "subject": "Tea on Friday",
        "body_text": "At four?\n.\nFrom here\r\nto there: \u{1f375}\n",
    });
    let sent = kit.call(&grant, "send_email", &mail, None).await?;
    assert_eq!(sent, json!({ "id": sent["id"], "thread_id": sent["id"] }));
    let message = last(&kit)?;
    for (name, value) in [
        ("To", "bob@example.test,\r\n \"Eve Example\" <eve@example.test>"),
        ("Cc", "\"Zoe, \\\"Z\\\"\" <zoe@example.test>"),
        ("Bcc", "hidden@example.test"),
        ("Subject", "Tea on Friday"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ] {
        assert_eq!(header(&message, name), Some(value), "{name}");
    }
    assert_eq!(header(&message, "In-Reply-To"), None);
    assert_eq!(body(&message)?, "At four?\r\n.\r\nFrom here\r\nto there: \u{1f375}\r\n");
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn letters_beyond_ascii_are_encoded_words_in_whole_characters() -> Result<()> {
    let (kit, grant) = open().await?;
    let (subject, name) = ("\u{1f375} Tee für Zoë ".repeat(12), "Zoë Müller");
    let mail = json!({
        "to": [format!("{name} <zoe@example.test>")],
        "subject": subject.trim(),
        "body_text": "ü".repeat(500),
    });
    let sent = kit.call(&grant, "send_email", &mail, None).await?;
    let message = last(&kit)?;
    ensure!(message.is_ascii());
    ensure!(message.split("\r\n").all(|line| line.len() <= 100), "{message}");
    ensure!(!message.replace("\r\n", "").contains(['\r', '\n']), "a bare line break");
    assert_eq!(shown(&kit, &grant, &sent, "subject").await?, subject.trim());
    assert_eq!(shown(&kit, &grant, &sent, "to").await?, format!("{name} <zoe@example.test>"));
    assert_eq!(body(&message)?, "ü".repeat(500));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_line_break_in_a_header_is_refused_before_any_request() -> Result<()> {
    let (kit, grant) = open().await?;
    kit.mock.clear_requests();
    let smuggled = "x\r\nBcc: evil@example.test";
    let mail = |change: Value| {
        let mut mail = json!({ "to": ["bob@example.test"], "subject": "Tea", "body_text": "x" });
        for (name, value) in change.as_object().into_iter().flatten() {
            mail[name] = value.clone();
        }
        mail
    };
    for (change, place) in [
        (json!({ "subject": smuggled }), "/subject"),
        (json!({ "subject": "x\nBcc: evil@example.test" }), "/subject"),
        (json!({ "subject": "x\rBcc: evil@example.test" }), "/subject"),
        (json!({ "subject": "x\u{0}" }), "/subject"),
        (json!({ "subject": "x\u{85}y" }), "/subject"),
        (json!({ "to": ["a@b.test", "Bob\r\nBcc: evil@example.test <bob@example.test>"] }), "/to/1"),
        (json!({ "to": ["bob@example.test\r\nBcc: evil@example.test"] }), "/to/0"),
        (json!({ "to": ["bob@example.test\n"] }), "/to/0"),
        (json!({ "cc": ["\"\r\n\r\nbody\" <bob@example.test>"] }), "/cc/0"),
        (json!({ "bcc": ["bob@example.test\tx"] }), "/bcc/0"),
    ] {
        let answer = kit.call(&grant, "send_email", &mail(change.clone()), None).await;
        let told =
            matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == place);
        ensure!(told, "{change}: {answer:?}");
    }
    ensure!(kit.mock.requests().is_empty(), "something was asked");
    Ok(())
}

#[tokio::test]
async fn one_entry_is_one_recipient() -> Result<()> {
    let (kit, grant) = open().await?;
    kit.mock.clear_requests();
    for entry in [
        "bob@example.test, evil@example.test",
        "bob@example.test;evil@example.test",
        "Bob <bob@example.test>, evil@example.test",
        "Bob <bob@example.test, evil@example.test>",
        "Bob <bob@example.test> <evil@example.test",
        "friends: bob@example.test, evil@example.test;",
        "bob@example.test (evil@example.test)",
        "bob@@example.test",
        "bob@example.test@evil.test",
        "\"a b\"@example.test",
        "b\u{f6}b@example.test",
        "bob example.test",
        "@example.test",
        "Bob <>",
        "bob@",
        "<<bob@example.test>>",
    ] {
        let mail = json!({ "to": [entry], "subject": "Tea", "body_text": "x" });
        let answer = kit.call(&grant, "send_email", &mail, None).await;
        let told =
            matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/to/0");
        ensure!(told, "{entry}: {answer:?}");
    }
    ensure!(kit.mock.requests().is_empty(), "something was asked");
    // A name may hold what looks like a recipient: it stays a name.
    let entry = "evil@example.test, <x@example.test> \"; <bob@example.test>";
    let mail = json!({ "to": [entry], "subject": "Tea", "body_text": "x" });
    kit.call(&grant, "send_email", &mail, None).await?;
    let expected = "\"evil@example.test, <x@example.test> \\\";\" <bob@example.test>";
    assert_eq!(header(&last(&kit)?, "To"), Some(expected));
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_named() -> Result<()> {
    let (kit, grant) = open().await?;
    for (mail, place) in [
        (json!({ "to": ["a@b.test"], "body_text": "x" }), "/subject"),
        (json!({ "to": [], "subject": "Tea", "body_text": "x" }), "/to"),
        (json!({ "to": ["a@b.test"], "subject": "Tea" }), "/body_text"),
    ] {
        let answer = kit.call(&grant, "send_email", &mail, None).await;
        let told =
            matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == place);
        ensure!(told, "{mail}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_joins_the_thread_of_what_it_answers() -> Result<()> {
    let (kit, grant) = open().await?;
    let first = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", "Tee für zwei", "Um vier?"));
    let mail = json!({ "to": ["bob@example.test"], "body_text": "Ja.", "reply_to_message_id": first });
    let sent = kit.call(&grant, "send_email", &mail, None).await?;
    assert_eq!(sent["thread_id"], first);
    let message = last(&kit)?;
    assert_eq!(header(&message, "In-Reply-To"), Some("<m1@example.test>"));
    assert_eq!(header(&message, "References"), Some("<m1@example.test>"));
    assert_eq!(shown(&kit, &grant, &sent, "subject").await?, "Re: Tee für zwei");
    // The answer to the answer refers to both.
    let mail = json!({ "to": ["bob@example.test"], "body_text": "!", "reply_to_message_id": sent["id"] });
    let again = kit.call(&grant, "send_email", &mail, None).await?;
    assert_eq!(again["thread_id"], first);
    let references = header(&last(&kit)?, "References").map(str::to_owned).context("references")?;
    let id = sent["id"].as_str().context("an id")?;
    assert_eq!(references, format!("<m1@example.test>\r\n <{id}@mail.gmail.test>"));
    assert_eq!(shown(&kit, &grant, &again, "subject").await?, "Re: Tee für zwei");
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn the_headers_of_an_answered_message_smuggle_nothing() -> Result<()> {
    let (kit, grant) = open().await?;
    let mut hostile = letter("evil@example.test", "Tea\r\nBcc: evil@example.test\r\n\r\nbody", "x");
    hostile["payload"]["headers"] = json!([
        { "name": "Subject", "value": "Tea\r\nBcc: evil@example.test\r\n\r\nbody" },
        { "name": "Message-ID", "value": "<m1@x.test>\r\nBcc: <evil@example.test> <a>b@x.test>" },
        { "name": "References", "value": format!("<r1@x.test>\r\nBcc:\u{e4} <{}@x.test> r2@x.test", "r".repeat(999)) },
    ]);
    let hostile = kit.mock.deliver(ACCOUNT_EMAIL, &hostile);
    let mail = json!({ "to": ["bob@example.test"], "body_text": "Ja.", "reply_to_message_id": hostile });
    kit.call(&grant, "send_email", &mail, None).await?;
    let message = last(&kit)?;
    assert_eq!(header(&message, "Bcc"), None, "{message}");
    assert_eq!(
        header(&message, "References"),
        Some("<r1@x.test>\r\n <evil@example.test>"),
        "ids and nothing else"
    );
    assert_eq!(body(&message)?, "Ja.");
    Ok(())
}

#[tokio::test]
async fn an_unclear_failure_leaves_the_outcome_open_and_is_not_repeated() -> Result<()> {
    let (kit, grant) = open().await?;
    let mail = json!({ "to": ["bob@example.test"], "subject": "Tea", "body_text": "x" });
    for fault in [
        Fault::DropAfterProcessing,
        Fault::DropBeforeProcessing,
        Fault::Truncate(10),
        Fault::Status(500),
        Fault::Unavailable { retry_after: Some(1) },
        Fault::Html,
        Fault::WrongJson,
    ] {
        kit.mock.clear_requests();
        kit.mock.fault(gmail::MESSAGES_SEND, fault.clone()).once();
        let answer = kit.call(&grant, "send_email", &mail, None).await;
        assert_eq!(answer, Err(ProviderError::OutcomeUnknown), "{fault:?}");
        assert_eq!(kit.mock.count_of(gmail::MESSAGES_SEND), 1, "{fault:?}");
    }
    Ok(())
}
