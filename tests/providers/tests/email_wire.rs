//! What goes to a mail server, and what its replies mean.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Provider as _, ProviderError};
use bailee_testkit::{
    MockSmtp,
    mock_smtp::{PASSWORD, SmtpFault, SmtpSecurity},
    suite::provider::join::JoinKit as _,
};
use provider_tests::email::{EmailKit, RECIPIENTS};

const UNAVAILABLE: ProviderError = ProviderError::Unavailable { retry_after: None };

fn news() -> Value {
    json!({ "subject": "Backup", "text": "All 12 steps are done." })
}

#[tokio::test]
async fn signing_in_proves_the_account_and_sends_nothing() -> Result<()> {
    for (security, expected) in [
        (SmtpSecurity::ImplicitTls, &["EHLO", "AUTH", "NOOP", "QUIT"][..]),
        (SmtpSecurity::StartTls, &["EHLO", "STARTTLS", "EHLO", "AUTH", "NOOP", "QUIT"][..]),
    ] {
        let kit = EmailKit::open(security).await?;
        let grant = kit.join(&kit.good()).await?;
        let commands = kit.mock.commands();
        let verbs: Vec<&str> =
            commands.iter().map(|line| line.split(' ').next().unwrap_or_default()).collect();
        ensure!(verbs == expected, "{commands:?}");
        ensure!(commands[0] == "EHLO [127.0.0.1]", "the name of this machine: {}", commands[0]);
        ensure!(grant.account.label.as_deref() == Some("alerts@example.test"));
        let expected = json!({ "from_name": "Ada", "recipients": RECIPIENTS });
        ensure!(Value::Object(grant.config.clone()) == expected, "{:?}", grant.config);
        ensure!(kit.mock.messages().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_has_the_addresses_of_the_integration_and_an_id_of_the_call() -> Result<()> {
    let kit = EmailKit::open(SmtpSecurity::StartTls).await?;
    let grant = kit.join(&kit.with_field("reply_to", json!("support@example.test"))).await?;
    let output = kit.call(&grant, &news()).await?;
    let messages = kit.mock.messages();
    let [message] = messages.as_slice() else { anyhow::bail!("{messages:?}") };
    ensure!(message.from == "alerts@example.test" && message.recipients == RECIPIENTS, "{message:?}");
    let id = output["message_id"].as_str().context("an id")?;
    ensure!(id == "<0000000000000000000000000000002a@example.test>", "{id}");
    for line in [
        "From: Ada <alerts@example.test>\r\n",
        "To: ada@example.test, ops+pager@example.test\r\n",
        "Reply-To: support@example.test\r\n",
        "Subject: Backup\r\n",
        "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
        &format!("Message-ID: {id}\r\n"),
        "\r\n\r\nAll 12 steps are done.",
    ] {
        ensure!(message.data.contains(line), "{line:?} is not in {}", message.data);
    }
    ensure!(output["sent"] == json!(true) && output["recipients"] == json!(2));
    let with_html = json!({ "subject": "Ü", "text": "plain", "html": "<p>rich</p>" });
    kit.call(&grant, &with_html).await?;
    let data = kit.mock.messages()[1].data.clone();
    ensure!(data.contains("multipart/alternative") && data.contains("<p>rich</p>") && data.contains("plain"));
    ensure!(data.contains("Subject: =?utf-8?b?"), "{data}");
    Ok(())
}

#[tokio::test]
async fn t87_nothing_in_a_text_becomes_a_header_a_command_or_a_recipient() -> Result<()> {
    for security in [SmtpSecurity::ImplicitTls, SmtpSecurity::StartTls] {
        let kit = EmailKit::open(security).await?;
        let grant = kit.join(&kit.good()).await?;
        let hostile =
            "MAIL FROM:<e@evil.example>\r\nRCPT TO:<e@evil.example>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n";
        for end in ["\r\n.\r\n", "\n.\n", "\r.\r", "\r\n.\n", "\n.\r\n", "\r\n..\r\n"] {
            let text = format!("before{end}{hostile}");
            let before = kit.mock.messages().len();
            kit.call(&grant, &json!({ "subject": "a", "text": text, "html": text })).await?;
            let messages = kit.mock.messages();
            ensure!(messages.len() == before + 1, "{end:?} became {} mails", messages.len() - before);
            ensure!(messages.iter().all(|message| message.recipients == RECIPIENTS), "{end:?}");
        }
        let commands = kit.mock.commands();
        ensure!(!commands.iter().any(|line| line.contains("evil.example")), "{commands:?}");
        for (arguments, expected) in [
            (json!({ "subject": "a\r\nBcc: e@evil.example", "text": "b" }), "/subject"),
            (json!({ "subject": "a\u{0}", "text": "b" }), "/subject"),
            (json!({ "subject": "a", "text": "b\u{0}" }), "/text"),
            (json!({ "subject": "a", "text": "b", "html": "\u{1b}" }), "/html"),
            (json!({ "subject": "a", "text": "b", "to": "e@evil.example" }), ""),
            (json!({ "subject": "", "text": "b" }), "/subject"),
        ] {
            let answer = kit.call(&grant, &arguments).await;
            let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
                anyhow::bail!("{arguments}: {answer:?}");
            };
            ensure!(pointer == expected, "{pointer}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn t87_settings_that_were_changed_are_parsed_again_before_each_mail() -> Result<()> {
    let kit = EmailKit::open(SmtpSecurity::ImplicitTls).await?;
    let mut grant = kit.join(&kit.good()).await?;
    let before = kit.mock.connections();
    for settings in [
        json!({ "recipients": ["a@b.c>\r\nRCPT TO:<e@evil.example"] }),
        json!({ "recipients": ["Eve <e@evil.example>"] }),
        json!({ "recipients": [] }),
        json!({ "recipients": ["ada@example.test"], "from_name": "Eve\r\nBcc: e@evil.example" }),
        json!({ "recipients": ["ada@example.test"], "reply_to": "x\r\ny@z" }),
        json!({ "recipients": ["ada@example.test"], "host": "evil.example" }),
        json!({}),
    ] {
        grant.config = settings.as_object().cloned().context("an object")?;
        let answer = kit.call(&grant, &news()).await;
        let refused = ProviderError::Rejected { status: 0, code: "invalid_settings" };
        ensure!(answer == Err(refused), "{settings}: {answer:?}");
    }
    ensure!(kit.mock.connections() == before, "the server was connected to");
    grant.config = json!({ "recipients": ["new@example.test"] }).as_object().cloned().context("an object")?;
    kit.call(&grant, &news()).await?;
    ensure!(kit.mock.messages()[0].recipients == ["new@example.test"]);
    Ok(())
}

#[tokio::test]
async fn replies_mean_what_the_standard_says() -> Result<()> {
    let mock = MockSmtp::start(SmtpSecurity::ImplicitTls).await?;
    let kit = EmailKit::with(mock, SmtpSecurity::ImplicitTls, Duration::from_secs(2))?;
    let grant = kit.join(&kit.good()).await?;
    let auth = |reply: &str| SmtpFault::Auth(reply.to_owned());
    let data = |reply: &str| SmtpFault::Data(reply.to_owned());
    let rejected = |status, code| ProviderError::Rejected { status, code };
    for (fault, expected) in [
        (auth("535 5.7.8 no"), ProviderError::GrantRevoked { reason: "login_refused" }),
        (auth("432 4.7.12 change it"), ProviderError::GrantRevoked { reason: "login_refused" }),
        (auth("534 5.7.9 no"), ProviderError::GrantRevoked { reason: "app_password_required" }),
        (auth("454 4.7.0 later"), UNAVAILABLE),
        (auth("421 4.7.0 later"), UNAVAILABLE),
        (auth("538 5.7.11 no"), rejected(538, "login_required")),
        (SmtpFault::NoMechanism, rejected(0, "no_common_mechanism")),
        (SmtpFault::Banner("421 4.3.2 busy".to_owned()), UNAVAILABLE),
        (SmtpFault::Banner("SSH-2.0-OpenSSH".to_owned()), UNAVAILABLE),
        (SmtpFault::Recipient("550 5.1.1 nobody".to_owned()), rejected(550, "address_refused")),
        (SmtpFault::Recipient("451 4.7.1 greylisted".to_owned()), UNAVAILABLE),
        (data("552 5.3.4 too large"), rejected(552, "too_large")),
        (data("554 5.7.1 spam"), rejected(554, "refused")),
        (data("452 4.2.2 full"), UNAVAILABLE),
        (SmtpFault::CutAfterData, ProviderError::OutcomeUnknown),
        (SmtpFault::SilentAfterData, ProviderError::OutcomeUnknown),
    ] {
        kit.mock.fault(fault.clone());
        let answer = kit.call(&grant, &news()).await;
        ensure!(answer.as_ref() == Err(&expected), "{fault:?}: {answer:?}");
        kit.mock.heal();
    }
    kit.mock.fault(SmtpFault::LoginOnly);
    kit.call(&grant, &news()).await?;
    Ok(())
}

#[tokio::test]
async fn a_probe_signs_in_anew() -> Result<()> {
    let kit = EmailKit::open(SmtpSecurity::ImplicitTls).await?;
    let grant = kit.join(&kit.good()).await?;
    kit.validate(&grant).await?;
    kit.mock.set_password("changed");
    let answer = kit.validate(&grant).await;
    ensure!(answer == Err(ProviderError::GrantRevoked { reason: "login_refused" }), "{answer:?}");
    kit.mock.set_password(PASSWORD);
    kit.validate(&grant).await?;
    ensure!(kit.asked() == 4, "a connection for each");
    Ok(())
}

#[tokio::test]
async fn only_who_writes_and_to_whom_can_be_changed_later() -> Result<()> {
    let kit = EmailKit::open(SmtpSecurity::ImplicitTls).await?;
    let settings = kit.email.descriptor().settings.clone().context("settings")?;
    let names: BTreeSet<&str> =
        settings["properties"].as_object().context("properties")?.keys().map(String::as_str).collect();
    ensure!(names == BTreeSet::from(["from_name", "recipients", "reply_to"]), "{names:?}");
    ensure!(
        settings["additionalProperties"] == json!(false) && settings["required"] == json!(["recipients"])
    );
    Ok(())
}
