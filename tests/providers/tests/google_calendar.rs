//! The calendar tools of Google. What they send is checked against the official description of the API.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use bailee_core::{OAuthScopes, ProviderError};
use bailee_testkit::{
    mock_google::{ACCOUNT_EMAIL, api_error, calendar},
    mock_provider::Fault,
};
use provider_tests::{GoogleKit, conformance::requests_conform};

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";

fn tea(hour: u32) -> Value {
    json!({
        "summary": format!("Tea at {hour}"),
        "start": format!("2026-03-04T{hour:02}:00:00+01:00"),
        "end": format!("2026-03-04T{hour:02}:30:00+01:00"),
        "time_zone": "Europe/Zurich",
        "location": "Kitchen",
        "description": "With milk & sugar + 1 biscuit",
        "attendees": ["bob@example.test"],
        "send_updates": "external_only",
    })
}

fn day() -> Value {
    json!({ "time_min": "2026-03-04T00:00:00+01:00", "time_max": "2026-03-05T00:00:00+01:00" })
}

fn summaries(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|event| event["summary"].as_str()).collect()
}

#[tokio::test]
async fn an_event_is_created_listed_and_deleted() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let created = kit.call(&grant, "create_event", &tea(15), None).await?;
    let id = created["event"]["id"].as_str().context("an id")?;
    assert_eq!(created["event"]["summary"], "Tea at 15");
    let list = kit.call(&grant, "list_events", &day(), None).await?;
    assert_eq!(summaries(&list), ["Tea at 15"]);
    let deleted = kit.call(&grant, "delete_event", &json!({ "event_id": id }), None).await?;
    assert_eq!(deleted, json!({ "deleted": true }));
    let list = kit.call(&grant, "list_events", &day(), None).await?;
    assert_eq!(summaries(&list), [""; 0]);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn an_all_day_event_is_created() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let holiday = json!({ "summary": "Holiday", "start": "2026-03-04", "end": "2026-03-05" });
    kit.call(&grant, "create_event", &holiday, None).await?;
    let stored = kit.mock.events(ACCOUNT_EMAIL);
    assert_eq!(stored[0]["start"], json!({ "date": "2026-03-04" }));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn the_same_key_twice_is_one_event() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let first = kit.call(&grant, "create_event", &tea(15), Some("key-1")).await?;
    let second = kit.call(&grant, "create_event", &tea(15), Some("key-1")).await?;
    let other = kit.call(&grant, "create_event", &tea(15), Some("key-2")).await?;
    assert_eq!(first, second);
    assert_ne!(first["event"]["id"], other["event"]["id"]);
    assert_eq!(kit.mock.events(ACCOUNT_EMAIL).len(), 2);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_lost_answer_is_made_good_by_the_same_key() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.fault(calendar::EVENTS_INSERT, Fault::DropAfterProcessing).once();
    let lost = kit.call(&grant, "create_event", &tea(15), Some("key-1")).await;
    assert!(lost.is_err_and(|error| error.is_temporary()));
    let again = kit.call(&grant, "create_event", &tea(15), Some("key-1")).await?;
    assert_eq!(again["event"]["summary"], "Tea at 15");
    assert_eq!(kit.mock.events(ACCOUNT_EMAIL).len(), 1);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_lost_answer_without_a_key_leaves_the_outcome_open() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for fault in [
        Fault::DropAfterProcessing,
        Fault::DropBeforeProcessing,
        Fault::Truncate(20),
        Fault::Status(500),
        Fault::Html,
        Fault::HugeBody(1 << 36),
    ] {
        kit.mock.fault(calendar::EVENTS_INSERT, fault.clone()).once();
        let lost = kit.call(&grant, "create_event", &tea(15), None).await;
        assert_eq!(lost, Err(ProviderError::OutcomeUnknown), "{fault:?}");
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn deleting_twice_is_deleting_once() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let created = kit.call(&grant, "create_event", &tea(15), None).await?;
    let which = json!({ "event_id": created["event"]["id"], "notify": false });
    for _ in 0..2 {
        let deleted = kit.call(&grant, "delete_event", &which, None).await?;
        assert_eq!(deleted, json!({ "deleted": true }));
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn deleting_what_never_was_is_refused() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let answer = kit.call(&grant, "delete_event", &json!({ "event_id": "nothing" }), None).await;
    let refused = ProviderError::Rejected { status: 404, code: "notFound" };
    assert_eq!(answer, Err(refused));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn pages_follow_one_another() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for hour in [13, 9, 11, 15, 17] {
        kit.call(&grant, "create_event", &tea(hour), None).await?;
    }
    kit.mock.set_page_size(2);
    let mut seen = Vec::new();
    let mut arguments = day();
    loop {
        let page = kit.call(&grant, "list_events", &arguments, None).await?;
        seen.extend(summaries(&page).into_iter().map(str::to_owned));
        assert_eq!(page["truncated"], json!(page.get("next_cursor").is_some()));
        match page.get("next_cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(seen, ["Tea at 9", "Tea at 11", "Tea at 13", "Tea at 15", "Tea at 17"]);
    assert_eq!(kit.mock.count_of(calendar::EVENTS_LIST), 3);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_list_keeps_to_its_window_and_its_words() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for hour in [9, 15] {
        kit.call(&grant, "create_event", &tea(hour), None).await?;
    }
    let words = json!({
        "time_min": "2026-03-04T00:00:00+01:00",
        "time_max": "2026-03-05T00:00:00+01:00",
        "query": "tea at 15",
        "limit": 1,
    });
    assert_eq!(summaries(&kit.call(&grant, "list_events", &words, None).await?), ["Tea at 15"]);
    let morning = json!({ "time_min": "2026-03-04T09:29:00+01:00", "time_max": "2026-03-04T15:00:00+01:00" });
    assert_eq!(summaries(&kit.call(&grant, "list_events", &morning, None).await?), ["Tea at 9"]);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_scope_that_was_unticked_is_missing() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect_without(&[CALENDAR]).await?;
    let missing = ProviderError::MissingGrant { scopes: OAuthScopes::parse(CALENDAR)? };
    let created = kit.call(&grant, "create_event", &tea(15), None).await;
    assert_eq!(created, Err(missing.clone()));
    let list = kit.call(&grant, "list_events", &day(), None).await;
    assert_eq!(list, Err(missing));
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn an_expired_token_is_rejected_by_every_tool() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    kit.mock.expire_access_tokens();
    for (tool, arguments) in
        [("create_event", tea(15)), ("list_events", day()), ("delete_event", json!({ "event_id": "abcde" }))]
    {
        let answer = kit.call(&grant, tool, &arguments, None).await;
        assert_eq!(answer, Err(ProviderError::TokenRejected), "{tool}");
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_rate_limit_that_calls_itself_forbidden_is_a_rate_limit() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let limited = Err(ProviderError::RateLimited { retry_after: None });
    for reason in ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"] {
        let fault = api_error(403, "usageLimits", reason, "Slow down");
        kit.mock.fault(calendar::EVENTS_LIST, fault).once();
        assert_eq!(kit.call(&grant, "list_events", &day(), None).await, limited, "{reason}");
    }
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn a_redirect_gets_no_token() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let elsewhere = kit.mock.url().join("/elsewhere")?;
    kit.mock.fault(calendar::EVENTS_LIST, Fault::Redirect(elsewhere));
    let answer = kit.call(&grant, "list_events", &day(), None).await;
    assert_eq!(answer, Err(ProviderError::Unavailable { retry_after: None }));
    assert_eq!(kit.mock.count("/elsewhere", None), 0);
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn busy_times_are_told_without_what_for() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for hour in [15, 9] {
        kit.call(&grant, "create_event", &tea(hour), None).await?;
    }
    let busy = kit.call(&grant, "list_calendar_events", &day(), None).await?;
    assert_eq!(
        busy,
        json!({
            "busy": [
                { "start": "2026-03-04T08:00:00Z", "end": "2026-03-04T08:30:00Z" },
                { "start": "2026-03-04T14:00:00Z", "end": "2026-03-04T14:30:00Z" },
            ],
            "truncated": false,
        })
    );
    requests_conform(&kit.mock)
}

#[tokio::test]
async fn busy_times_are_told_for_a_month_at_most() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for (time_min, time_max, pointer) in [
        ("2026-03-01T00:00:00Z", "2026-04-01T00:00:01Z", "/time_max"),
        ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z", "/time_max"),
        ("2026-03-02T00:00:00+0100", "2026-03-03T00:00:00Z", "/time_min"),
    ] {
        let window = json!({ "time_min": time_min, "time_max": time_max });
        let refused = kit.call(&grant, "list_calendar_events", &window, None).await;
        let told =
            matches!(&refused, Err(ProviderError::InvalidArguments { pointer: told, .. }) if told == pointer);
        assert!(told, "{refused:?}");
    }
    assert_eq!(kit.mock.count_of(calendar::FREE_BUSY), 0);
    Ok(())
}

#[tokio::test]
async fn a_calendar_that_is_not_answered_for_is_not_told_to_be_free() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for body in [
        json!({ "calendars": {} }),
        json!({ "calendars": { "primary": { "busy": [], "errors": [{ "reason": "internalError" }] } } }),
    ] {
        kit.mock.fault(calendar::FREE_BUSY, Fault::Body(body.to_string().into())).once();
        assert!(kit.call(&grant, "list_calendar_events", &day(), None).await.is_err(), "{body}");
    }
    Ok(())
}
