//! What tests rely on in the mock itself.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::json;

use bailee_core::{ExposeSecret as _, Provider as _, ProviderError, Validate};
use bailee_oauth::{HttpClient, HttpOptions, Request, Timeouts};
use bailee_testkit::{
    MockClock, MockGoogle,
    mock_google::{ACCOUNT_EMAIL, CLIENT_ID, GoogleClient, Rotation, calendar},
    mock_provider::{Endpoint, Fault, Gate},
};
use provider_tests::{GoogleKit, parameter};

fn loopback() -> Result<HttpClient> {
    Ok(HttpClient::allow_loopback_http(&HttpOptions::default())?)
}

/// A client that gives up after a moment.
fn impatient() -> Result<HttpClient> {
    let timeouts = Timeouts { token: Duration::from_millis(100), ..Timeouts::default() };
    Ok(HttpClient::allow_loopback_http(&HttpOptions::default().with_timeouts(timeouts))?)
}

const fn dead(reason: &'static str) -> ProviderError {
    ProviderError::GrantRevoked { reason }
}

#[tokio::test]
async fn a_strict_rotation_ends_the_grant_at_the_second_use() -> Result<()> {
    let kit = GoogleKit::with(MockGoogle::builder().rotation(Rotation::Strict).start().await?, loopback()?)?;
    let grant = kit.connect().await?;
    let renewal = kit.refresh(&grant.credential).await?;
    let renewed = grant.credential.renewed_by(&renewal);
    assert_eq!((kit.mock.live_refresh_tokens(), kit.mock.reuses()), (1, 0));
    let again = kit.refresh(&grant.credential).await.map(drop);
    assert_eq!(again, Err(dead("invalid_grant")));
    assert_eq!((kit.mock.live_refresh_tokens(), kit.mock.reuses()), (0, 1));
    assert_eq!(kit.refresh(&renewed).await.map(drop), Err(dead("invalid_grant")));
    assert!(!kit.mock.is_live(renewed.access_token.expose_secret()));
    Ok(())
}

#[tokio::test]
async fn a_grace_allows_so_many_uses_more() -> Result<()> {
    let kit =
        GoogleKit::with(MockGoogle::builder().rotation(Rotation::Grace(2)).start().await?, loopback()?)?;
    let grant = kit.connect().await?;
    for _ in 0..3 {
        let renewal = kit.refresh(&grant.credential).await?;
        assert!(renewal.refresh_token.is_some());
    }
    assert_eq!(kit.refresh(&grant.credential).await.map(drop), Err(dead("invalid_grant")));
    assert_eq!(kit.mock.reuses(), 1);
    Ok(())
}

#[tokio::test]
async fn the_hundred_and_first_refresh_token_ends_the_oldest() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let first = kit.connect().await?;
    let second = kit.connect().await?;
    for _ in 0..98 {
        kit.connect().await?;
    }
    assert_eq!(kit.mock.live_refresh_tokens(), 100);
    assert!(kit.refresh(&first.credential).await.is_ok());
    kit.connect().await?;
    assert_eq!(kit.mock.live_refresh_tokens(), 100);
    assert_eq!(kit.refresh(&first.credential).await.map(drop), Err(dead("invalid_grant")));
    assert!(kit.refresh(&second.credential).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn a_code_that_is_used_twice_ends_what_it_gave() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let (page, requested) = kit.consent_page("state-1").await?;
    let callback = kit.mock.approve(&page)?;
    let grant = kit.exchange(&callback, &requested).await?;
    assert!(kit.exchange(&callback, &requested).await.is_err());
    assert_eq!(kit.refresh(&grant.credential).await.map(drop), Err(dead("invalid_grant")));
    assert_eq!(kit.mock.live_access_tokens(), 0);
    Ok(())
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_its_youth() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let (page, requested) = kit.consent_page("state-1").await?;
    let late = kit.mock.approve(&page)?;
    kit.mock.expire_codes();
    assert!(kit.exchange(&late, &requested).await.is_err());
    let mut other = page.clone();
    let pairs = page.query_pairs().filter(|(name, _)| name != "code_challenge");
    other.query_pairs_mut().clear().extend_pairs(pairs).append_pair("code_challenge", &"x".repeat(43));
    let foreign = kit.mock.approve(&other)?;
    assert!(parameter(&foreign, "code").is_some());
    assert!(kit.exchange(&foreign, &requested).await.is_err());
    assert_eq!(kit.mock.live_grants(), 0);
    Ok(())
}

#[tokio::test]
async fn a_revocation_reaches_the_account_s_whole_project_and_no_other() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let (first, second) = (kit.connect().await?, kit.connect().await?);
    let stranger = GoogleClient::new("stranger", "secret").in_project("elsewhere");
    kit.mock.add_client(stranger);
    let (page, _) = kit.consent_page("state-1").await?;
    let page = page.as_str().replace(CLIENT_ID, "stranger").parse()?;
    let code = parameter(&kit.mock.approve(&page)?, "code").context("a code")?;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "stranger"),
        ("client_secret", "secret"),
        ("redirect_uri", "https://app.example.test/api/oauth/google/callback"),
        ("code_verifier", "verifier-0123456789-0123456789-0123456789-01"),
        ("code", code.as_str()),
    ];
    let request = Request::post(kit.mock.endpoints().token.clone()).form(form);
    assert_eq!(loopback()?.send(request).await?.status(), 200);
    assert_eq!(kit.mock.live_grants(), 3);
    kit.revoke(&first.credential).await?;
    assert_eq!(kit.mock.live_grants(), 1);
    assert_eq!(kit.refresh(&second.credential).await.map(drop), Err(dead("invalid_grant")));
    Ok(())
}

#[tokio::test]
async fn requests_at_a_gate_are_in_flight_together() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.clear_requests();
    let gate = Gate::new();
    kit.mock.fault(Endpoint::Token, Fault::Hold(gate.clone())).on_grant("refresh_token");
    let both = async { tokio::join!(kit.refresh(&grant.credential), kit.refresh(&grant.credential)) };
    let opened = async {
        gate.until_waiting(2).await;
        assert_eq!(kit.mock.count("/token", Some("refresh_token")), 2);
        assert_eq!(kit.mock.live_access_tokens(), 1);
        gate.open();
    };
    let ((first, second), ()) = tokio::join!(both, opened);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(kit.mock.max_in_flight("/token"), 2);
    assert_eq!(kit.mock.live_access_tokens(), 3);
    Ok(())
}

#[tokio::test]
async fn a_request_is_carried_out_although_its_client_hung_up() -> Result<()> {
    let mock = MockGoogle::builder().rotation(Rotation::Strict).start().await?;
    let kit = GoogleKit::with(mock, loopback()?)?;
    let grant = kit.connect().await?;
    let before = Gate::new();
    kit.mock.fault(Endpoint::Token, Fault::Hold(before.clone())).once();
    {
        let refresh = Box::pin(kit.refresh(&grant.credential));
        let waiting = Box::pin(before.until_waiting(1));
        assert!(matches!(
            futures_util::future::select(refresh, waiting).await,
            futures_util::future::Either::Right(_)
        ));
    }
    before.open();
    // Its task needs its turn.
    while kit.mock.live_access_tokens() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(kit.refresh(&grant.credential).await.map(drop), Err(dead("invalid_grant")));
    assert_eq!(kit.mock.reuses(), 1);
    Ok(())
}

#[tokio::test]
async fn a_slow_answer_meets_the_deadline() -> Result<()> {
    let mut kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.google = kit.google.with_http(impatient()?);
    for fault in [
        Fault::SlowBytes(Duration::from_mins(1)),
        Fault::Delay(Duration::from_mins(1)),
        Fault::Hold(Gate::new()),
        Fault::HoldAnswer(Gate::new()),
    ] {
        kit.mock.fault(Endpoint::Token, fault.clone()).once();
        let answer = kit.refresh(&grant.credential).await.map(drop);
        kit.mock.heal();
        assert_eq!(answer, Err(ProviderError::OutcomeUnknown), "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn counted_faults_come_before_standing_ones() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.fault(Endpoint::Token, Fault::Status(500));
    kit.mock.fault(Endpoint::Token, Fault::TooManyRequests { retry_after: None }).after(1).times(1);
    kit.mock.fault(Endpoint::Token, Fault::Html).on_grant("authorization_code");
    kit.mock.fault(Endpoint::Token, Fault::WrongJson).times(0);
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(kit.refresh(&grant.credential).await.map(drop));
    }
    kit.mock.heal();
    answers.push(kit.refresh(&grant.credential).await.map(drop));
    let sick = Err(ProviderError::Unavailable { retry_after: None });
    let limited = Err(ProviderError::RateLimited { retry_after: None });
    assert_eq!(answers, [sick.clone(), limited, sick, Ok(())]);
    Ok(())
}

#[tokio::test]
async fn tokens_expire_by_the_clock_of_the_test() -> Result<()> {
    let clock = MockClock::new();
    let mock = MockGoogle::builder().clock(Arc::new(clock.clone())).start().await?;
    mock.set_expires_in(60);
    let kit = GoogleKit::with(mock, loopback()?)?;
    let grant = kit.connect().await?;
    assert_eq!(grant.expires_in, Some(Duration::from_mins(1)));
    let access_token = &grant.credential.access_token;
    clock.advance(Duration::from_secs(59));
    assert!(
        kit.google
            .validate(Validate {
                access_token,
                further: &grant.credential.extra,
                account: &grant.account,
                config: &grant.config
            })
            .await
            .is_ok()
    );
    clock.advance(Duration::from_secs(1));
    let late = kit
        .google
        .validate(Validate {
            access_token,
            further: &grant.credential.extra,
            account: &grant.account,
            config: &grant.config,
        })
        .await
        .map(drop);
    assert_eq!(late, Err(ProviderError::TokenRejected));
    let (page, requested) = kit.consent_page("state-1").await?;
    let callback = kit.mock.approve(&page)?;
    clock.advance(Duration::from_mins(10));
    assert!(kit.exchange(&callback, &requested).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_deleted_client_is_the_operator_s_business_and_a_deleted_account_is_not() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.set_client_secrets(CLIENT_ID, &["another"]);
    assert_eq!(kit.refresh(&grant.credential).await.map(drop), Err(ProviderError::Client));
    kit.mock.delete_client(CLIENT_ID);
    assert_eq!(kit.refresh(&grant.credential).await.map(drop), Err(ProviderError::Client));
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.delete_account(ACCOUNT_EMAIL);
    assert_eq!(kit.refresh(&grant.credential).await.map(drop), Err(dead("invalid_grant")));
    Ok(())
}

#[tokio::test]
async fn busy_times_tell_when_and_nothing_more() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for (start, end) in [("09:00", "10:00"), ("09:30", "10:30"), ("10:30", "11:00"), ("12:00", "13:00")] {
        let event = json!({
            "summary": "Secret",
            "start": format!("2026-03-04T{start}:00Z"),
            "end": format!("2026-03-04T{end}:00Z"),
        });
        kit.call(&grant, "create_event", &event, None).await?;
    }
    let mut url = kit.mock.endpoints().calendar.clone();
    url.set_path("/calendar/v3/freeBusy");
    let body = json!({
        "timeMin": "2026-03-04T09:15:00Z",
        "timeMax": "2026-03-04T12:30:00Z",
        "items": [{ "id": "primary" }, { "id": "bob@example.test" }],
    });
    let request =
        Request::post(url).json(&body).bearer(&grant.credential.access_token, &["127.0.0.1".to_owned()])?;
    let answer: serde_json::Value = serde_json::from_slice(loopback()?.send(request).await?.body())?;
    let busy = json!([
        { "start": "2026-03-04T09:15:00Z", "end": "2026-03-04T11:00:00Z" },
        { "start": "2026-03-04T12:00:00Z", "end": "2026-03-04T12:30:00Z" },
    ]);
    assert_eq!(answer["calendars"]["primary"], json!({ "busy": busy }));
    assert_eq!(answer["calendars"]["bob@example.test"]["errors"][0]["reason"], "notFound");
    assert!(!answer.to_string().contains("Secret"));
    assert_eq!(kit.mock.count_of(calendar::FREE_BUSY), 1);
    Ok(())
}

#[tokio::test]
async fn nothing_of_the_mock_prints_a_secret() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.refresh(&grant.credential).await?;
    let secrets = kit.mock.secrets();
    assert_eq!(secrets.len(), 7, "client secret, code, refresh token, two access and two identity tokens");
    let (page, _) = kit.consent_page("CANARY-state").await?;
    let consent = kit.mock.consent(&page);
    let printed = format!("{consent:?} {:?} {:#?} {kit:?}", kit.mock, kit.mock.requests());
    for secret in secrets.iter().map(String::as_str).chain(["CANARY-state"]) {
        assert!(!printed.contains(secret), "{printed}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mock_that_is_dropped_is_gone() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let GoogleKit { mock, google, .. } = kit;
    drop(mock);
    let access_token = &grant.credential.access_token;
    let answer = google
        .validate(Validate {
            access_token,
            further: &grant.credential.extra,
            account: &grant.account,
            config: &grant.config,
        })
        .await
        .map(drop);
    assert!(answer.is_err_and(|error| error.is_temporary()));
    Ok(())
}
