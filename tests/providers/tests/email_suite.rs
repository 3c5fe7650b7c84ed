//! The behaviour suite of accounts that are joined without OAuth, for mail: once for each way to secure a connection.

mod implicit_tls {
    use anyhow::Result;

    use bailee_testkit::mock_smtp::SmtpSecurity;
    use provider_tests::email::EmailKit;

    async fn open() -> Result<EmailKit> {
        EmailKit::open(SmtpSecurity::ImplicitTls).await
    }

    bailee_testkit::join_suite!(open);
}

mod starttls {
    use anyhow::Result;

    use bailee_testkit::mock_smtp::SmtpSecurity;
    use provider_tests::email::EmailKit;

    async fn open() -> Result<EmailKit> {
        EmailKit::open(SmtpSecurity::StartTls).await
    }

    bailee_testkit::join_suite!(open);
}
