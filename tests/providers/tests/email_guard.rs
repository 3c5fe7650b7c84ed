//! Which mail servers are talked to, and which are not.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use serde_json::json;

use bailee_core::ProviderError;
use bailee_oauth::{HttpOptions, Reach};
use bailee_providers::Email;
use bailee_testkit::{
    MockSmtp,
    mock_smtp::{HOST, SmtpFault, SmtpSecurity},
};
use provider_tests::email::{EmailKit, Here};

const BOTH: [SmtpSecurity; 2] = [SmtpSecurity::ImplicitTls, SmtpSecurity::StartTls];

fn pointer<T>(answer: Result<T, ProviderError>) -> Option<String> {
    match answer {
        Err(ProviderError::InvalidArguments { pointer, .. }) => Some(pointer),
        _ => None,
    }
}

fn nobody_signed_in(mock: &MockSmtp) -> Result<()> {
    let commands = mock.commands();
    ensure!(!commands.iter().any(|line| line.starts_with("AUTH")), "{commands:?}");
    Ok(())
}

#[tokio::test]
async fn t88_a_server_without_starttls_gets_no_password() -> Result<()> {
    let kit = EmailKit::open(SmtpSecurity::StartTls).await?;
    let grant = kit.join(&kit.good()).await?;
    let before = kit.mock.commands().len();
    kit.mock.fault(SmtpFault::NoStartTls);
    ensure!(pointer(kit.join(&kit.good()).await).as_deref() == Some("/security"));
    let lacking = ProviderError::Rejected { status: 0, code: "no_starttls" };
    ensure!(kit.validate(&grant).await == Err(lacking.clone()));
    let sent = kit.call(&grant, &json!({ "subject": "a", "text": "b" })).await;
    ensure!(sent == Err(lacking), "{sent:?}");
    let later = &kit.mock.commands()[before..];
    ensure!(!later.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{later:?}");
    Ok(())
}

#[tokio::test]
async fn t88_a_certificate_that_is_not_trusted_or_of_another_name_is_refused() -> Result<()> {
    for security in BOTH {
        let mock = MockSmtp::start_for(security, &["other.example.test"]).await?;
        let kit = EmailKit::with(mock, security, Duration::from_secs(20))?;
        let answer = kit.join(&kit.good()).await.map(drop);
        ensure!(
            pointer(answer.clone()).as_deref() == Some("/host"),
            "{security:?}, another name: {answer:?}"
        );
        nobody_signed_in(&kit.mock)?;
        let mut kit = EmailKit::open(security).await?;
        let reach = Reach::new([kit.mock.port()]).with_network("127.0.0.1/32")?;
        kit.email = Email::new()?.with_reach(&HttpOptions::default(), reach)?;
        let answer = kit.join(&kit.good()).await.map(drop);
        ensure!(
            pointer(answer.clone()).as_deref() == Some("/host"),
            "{security:?}, another authority: {answer:?}"
        );
        nobody_signed_in(&kit.mock)?;
    }
    Ok(())
}

#[tokio::test]
async fn t88_a_banner_without_end_and_a_server_that_is_silent_are_left() -> Result<()> {
    let unavailable = ProviderError::Unavailable { retry_after: None };
    for security in BOTH {
        let kit = EmailKit::open(security).await?;
        for bytes in [1 << 20, 64 << 20] {
            kit.mock.fault(SmtpFault::HugeBanner(bytes));
            let answer = kit.join(&kit.good()).await.map(drop);
            ensure!(answer == Err(unavailable.clone()), "{security:?}: {answer:?}");
        }
        kit.mock.fault(SmtpFault::Banner(format!("220-{}", "x".repeat(2_000))));
        ensure!(kit.join(&kit.good()).await.is_err(), "a long line");
        let mock = MockSmtp::start(security).await?;
        let kit = EmailKit::with(mock, security, Duration::from_millis(300))?;
        kit.mock.fault(SmtpFault::Silent);
        let answer = kit.join(&kit.good()).await.map(drop);
        ensure!(answer == Err(unavailable.clone()), "{security:?}: {answer:?}");
        nobody_signed_in(&kit.mock)?;
    }
    Ok(())
}

#[tokio::test]
async fn t88_a_host_inside_is_refused_when_joined_and_when_sent() -> Result<()> {
    let mut kit = EmailKit::open(SmtpSecurity::ImplicitTls).await?;
    let allowed = kit.join(&kit.good()).await?;
    let before = kit.mock.connections();
    // The same, and nothing inside is allowed; every name leads inside.
    let reach = Reach::new([kit.mock.port()]).with_resolver(Arc::new(Here));
    kit.email = Email::new()?.with_reach(&HttpOptions::default(), reach)?;
    for host in [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "localhost",
        "mail.local",
        "mail.internal",
        "mail",
        HOST,
    ] {
        let answer = kit.join(&kit.with_field("host", json!(host))).await.map(drop);
        ensure!(pointer(answer.clone()).as_deref() == Some("/host"), "{host}: {answer:?}");
    }
    let blocked = ProviderError::Rejected { status: 0, code: "blocked_address" };
    ensure!(kit.validate(&allowed).await == Err(blocked.clone()));
    let sent = kit.call(&allowed, &json!({ "subject": "a", "text": "b" })).await;
    ensure!(sent == Err(blocked), "{sent:?}");
    ensure!(kit.mock.connections() == before, "the server was connected to");
    Ok(())
}

#[tokio::test]
async fn a_name_is_connected_to_by_its_checked_address_and_trusted_by_its_name() -> Result<()> {
    for security in BOTH {
        let kit = EmailKit::open(security).await?;
        let grant = kit.join(&kit.with_field("host", json!(HOST))).await?;
        kit.validate(&grant).await?;
        let answer = kit.join(&kit.with_field("host", json!("another.example.test"))).await.map(drop);
        ensure!(pointer(answer.clone()).as_deref() == Some("/host"), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn t88_what_comes_before_tls_does_not_count_after_it() -> Result<()> {
    let kit = EmailKit::open(SmtpSecurity::StartTls).await?;
    // A greeting and a login that would be believed: the server behind refuses the password.
    let inserted = "250-smtp.example.test\r\n250 AUTH PLAIN\r\n235 2.7.0 welcome\r\n250 2.0.0 ok";
    kit.mock.fault(SmtpFault::Inserted(inserted.to_owned()));
    let answer = kit.join(&kit.with_field("password", json!("wrong"))).await.map(drop);
    ensure!(answer.is_err(), "the account was joined with a wrong password");
    nobody_signed_in(&kit.mock)
}
