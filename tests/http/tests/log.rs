//! What the log tells, and what it never does. Alone in its process: who listens to a log is remembered for all threads.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use http_tests::{Host, handed_over, organization, returning};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_names_routes_and_requests_and_no_secret() -> anyhow::Result<()> {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let host = Host::new()?;
    let ada = host.browser("ada");
    let mut secrets = vec!["canary".to_owned()];

    let target = format!("{}/mail/auth_link?canary=1", organization("acme"));
    let link = ada.fetch("GET", &target, None).await?;
    let cookie = link.header("set-cookie");
    secrets.extend(cookie.split([';', '=']).nth(1).map(str::to_owned));
    let state = http_tests::begun(&link)?.state;
    let arrived = host.browser("").visit(&returning("mail", &state, &host.mail.consent("account-1"))).await?;
    let handed = handed_over(&arrived)?;
    secrets.extend([state, handed["code"].as_str().unwrap_or_default().to_owned()]);
    let mut wrong = handed.clone();
    wrong["verifier"] = json!("canary-verifier");
    wrong["code"] = json!("canary-handle");
    for body in [json!({ "canary": 1 }), wrong, handed] {
        ada.fetch("POST", "/v1/integrations/mail/callback", Some(body)).await?;
    }
    ada.fetch("POST", &format!("{}/mail", organization("acme")), None).await?;
    ada.fetch("DELETE", &format!("{}/mail", organization("acme")), None).await?;
    drop(guard);

    let text = log.text();
    assert!(text.contains("/api/organizations/{organization_id}/integrations/{service}/auth_link"), "{text}");
    assert!(text.contains(link.header("x-request-id")), "{text}");
    assert_eq!(secrets.len(), 4);
    for secret in secrets {
        assert!(secret.len() > 5 && !text.contains(&secret), "{secret} is in the log");
    }
    Ok(())
}
