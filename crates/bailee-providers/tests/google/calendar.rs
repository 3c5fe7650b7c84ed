use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use bailee_core::{DateTime, Provider as _, ProviderError, ToolCall, ToolName, Uuid};

use crate::support::{Kit, call, changed, google_that_hangs_up, tea, texts};

/// A recorded answer, with names changed.
const EVENT: &str = r#"{ "kind": "calendar#event", "etag": "\"3391210000000000\"",
  "id": "5f0c9d2ab1e84c0f9a7d3c21e0b4a6f1", "status": "confirmed",
  "htmlLink": "https://www.google.com/calendar/event?eid=EXAMPLE", "created": "2026-03-01T09:00:00.000Z",
  "summary": "Intro call", "creator": { "email": "ada@example.test", "self": true },
  "start": { "dateTime": "2026-03-04T15:00:00+01:00", "timeZone": "Europe/Zurich" },
  "end": { "dateTime": "2026-03-04T15:30:00+01:00", "timeZone": "Europe/Zurich" },
  "attendees": [ { "email": "bob@example.test", "responseStatus": "needsAction" } ],
  "reminders": { "useDefault": true }, "eventType": "default" }"#;

const PAGE: &str = r#"{ "kind": "calendar#events", "summary": "ada@example.test", "timeZone": "Europe/Zurich",
  "accessRole": "owner", "defaultReminders": [ { "method": "popup", "minutes": 10 } ], "items": [
  { "id": "abc123", "status": "confirmed", "summary": "Standup",
    "start": { "dateTime": "2026-03-02T09:00:00+01:00" }, "end": { "dateTime": "2026-03-02T09:15:00+01:00" } },
  { "id": "def456", "status": "confirmed", "summary": "Holiday",
    "start": { "date": "2026-03-03" }, "end": { "date": "2026-03-04" } } ], "nextPageToken": "CjQ0EXAMPLE" }"#;

#[tokio::test]
async fn an_event_is_created_with_what_was_said_and_nothing_else() -> Result<()> {
    let kit = Kit::answering([(200, EVENT)]).await?;
    let arguments = changed(
        tea(),
        json!({"time_zone": "Europe/Zurich", "attendees": ["bob@example.test"], "location": "Phone",
               "description": "Agreed"}),
    );
    let output = kit.call("create_event", arguments).await??;
    assert_eq!(
        output,
        json!({"event": {
            "id": "5f0c9d2ab1e84c0f9a7d3c21e0b4a6f1", "status": "confirmed", "summary": "Intro call",
            "start": "2026-03-04T14:00:00Z", "end": "2026-03-04T14:30:00Z", "all_day": false,
            "time_zone": "Europe/Zurich", "html_link": "https://www.google.com/calendar/event?eid=EXAMPLE",
            "attendees": [{"email": "bob@example.test", "response": "needs_action"}], "attendee_count": 1,
        }})
    );
    let seen = kit.only()?;
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/calendar/v3/calendars/primary/events"));
    assert_eq!(seen.authorization.as_deref(), Some("Bearer ya29.live"));
    assert_eq!(seen.query, texts([("sendUpdates", "all")]));
    assert_eq!(
        seen.json()?,
        json!({
            "summary": "Tea", "location": "Phone", "description": "Agreed",
            "start": {"dateTime": "2026-03-04T15:00:00+01:00", "timeZone": "Europe/Zurich"},
            "end": {"dateTime": "2026-03-04T16:00:00+01:00", "timeZone": "Europe/Zurich"},
            "attendees": [{"email": "bob@example.test"}],
        })
    );
    Ok(())
}

#[tokio::test]
async fn an_all_day_event_has_dates_and_null_is_as_good_as_absent() -> Result<()> {
    let kit = Kit::answering([(200, EVENT)]).await?;
    let arguments = json!({"summary": "Trip", "start": "2026-03-04", "end": "2026-03-06", "location": null,
                           "send_updates": "none"});
    kit.call("create_event", arguments).await??;
    let seen = kit.only()?;
    assert_eq!(seen.query, texts([("sendUpdates", "none")]));
    assert_eq!(
        seen.json()?,
        json!({"summary": "Trip", "start": {"date": "2026-03-04"}, "end": {"date": "2026-03-06"}})
    );
    Ok(())
}

#[tokio::test]
async fn the_same_key_is_the_same_event_and_is_read_back_when_it_is_there() -> Result<()> {
    let duplicate = r#"{"error":{"errors":[{"reason":"duplicate"}],"code":409}}"#;
    let kit =
        Kit::answering([(200, EVENT), (409, duplicate), (200, EVENT), (200, EVENT), (200, EVENT)]).await?;
    let first = kit.call_with_key("create_event", &tea(), "k1").await??;
    let again = kit.call_with_key("create_event", &tea(), "k1").await??;
    assert_eq!(first, again);
    kit.call_with_key("create_event", &tea(), "k2").await??;
    let elsewhere = changed(tea(), json!({"calendar_id": "work@example.test"}));
    kit.call_with_key("create_event", &elsewhere, "k1").await??;

    let seen = kit.seen();
    let [one, two, read, other_key, other_calendar] = seen.as_slice() else { anyhow::bail!("{seen:?}") };
    let id = one.json()?["id"].as_str().context("an id")?.to_owned();
    assert!(id.len() == 64 && id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{id}");
    assert_eq!(two.json()?["id"], id.as_str());
    assert_eq!(read.method, "GET");
    assert_eq!(read.path, format!("/calendar/v3/calendars/primary/events/{id}"));
    assert_ne!(other_key.json()?["id"], id.as_str());
    assert_ne!(other_calendar.json()?["id"], id.as_str());
    Ok(())
}

#[tokio::test]
async fn a_write_whose_outcome_is_open_says_so_unless_it_can_be_repeated() -> Result<()> {
    let unknown = Some(ProviderError::OutcomeUnknown);
    let down = Some(ProviderError::Unavailable { retry_after: None });
    for (status, body) in [(500, ""), (503, ""), (200, "<html>")] {
        let kit = Kit::answering([(status, body)]).await?;
        assert_eq!(kit.call("create_event", tea()).await?.err(), unknown, "{status}");
    }
    let kit = Kit::answering([(500, "")]).await?;
    assert_eq!(kit.call_with_key("create_event", &tea(), "k").await?.err(), down);
    let google = google_that_hangs_up().await?;
    assert_eq!(call(&google, "create_event", &tea(), None).await?.err(), unknown);
    let google = google_that_hangs_up().await?;
    assert_eq!(call(&google, "create_event", &tea(), Some("k")).await?.err(), down);
    let google = google_that_hangs_up().await?;
    assert_eq!(call(&google, "delete_event", &json!({"event_id": "abc"}), None).await?.err(), down);
    Ok(())
}

#[tokio::test]
async fn a_page_of_events_is_asked_for_and_read() -> Result<()> {
    let kit = Kit::answering([(200, PAGE)]).await?;
    let window = json!({"time_min": "2026-03-02T00:00:00+01:00", "time_max": "2026-03-09T00:00:00+01:00"});
    let output = kit.call("list_events", window).await??;
    assert_eq!(
        output,
        json!({
            "items": [
                {"id": "abc123", "status": "confirmed", "summary": "Standup", "start": "2026-03-02T08:00:00Z",
                 "end": "2026-03-02T08:15:00Z", "all_day": false, "attendees": [], "attendee_count": 0},
                {"id": "def456", "status": "confirmed", "summary": "Holiday", "start": "2026-03-03",
                 "end": "2026-03-04", "all_day": true, "attendees": [], "attendee_count": 0},
            ],
            "next_cursor": "CjQ0EXAMPLE", "truncated": true, "time_zone": "Europe/Zurich",
        })
    );
    let seen = kit.only()?;
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("GET", ""));
    let mut query = seen.query;
    assert!(query.remove("fields").is_some_and(|fields| fields.contains("nextPageToken")));
    assert_eq!(
        query,
        texts([
            ("maxResults", "20"),
            ("orderBy", "startTime"),
            ("singleEvents", "true"),
            ("timeMax", "2026-03-09T00:00:00+01:00"),
            ("timeMin", "2026-03-02T00:00:00+01:00"),
        ])
    );
    Ok(())
}

#[tokio::test]
async fn an_empty_page_is_a_page() -> Result<()> {
    let kit = Kit::answering([(200, r#"{"nextPageToken":"p2"}"#), (200, "{}")]).await?;
    let window = json!({"time_min": "2026-03-02T00:00:00Z", "time_max": "2026-03-09T00:00:00Z"});
    let more = kit.call("list_events", window.clone()).await??;
    assert_eq!(more, json!({"items": [], "next_cursor": "p2", "truncated": true}));
    let end = kit
        .call("list_events", changed(window, json!({"cursor": "p2", "query": "tea & co", "limit": 5})))
        .await??;
    assert_eq!(end, json!({"items": [], "truncated": false}));
    let seen = kit.seen();
    let query = &seen.last().context("a request")?.query;
    for (name, value) in [("pageToken", "p2"), ("q", "tea & co"), ("maxResults", "5")] {
        assert_eq!(query.get(name).map(String::as_str), Some(value));
    }
    Ok(())
}

#[tokio::test]
async fn fifty_events_of_the_largest_kind_fit_into_an_answer_and_none_is_left_out() -> Result<()> {
    let guests: Vec<Value> =
        (0..100).map(|guest| json!({"email": format!("{guest}{}@x.test", "g".repeat(200))})).collect();
    let event = json!({"id": "i".repeat(100), "summary": "\"".repeat(5000), "location": "l".repeat(5000),
        "htmlLink": format!("https://x.test/{}", "h".repeat(200)), "attendees": guests,
        "start": {"dateTime": "2026-03-02T09:00:00Z"}, "end": {"dateTime": "2026-03-02T09:15:00Z"}});
    let page = json!({"items": vec![event; 50]});
    let kit = Kit::answering([(200, &page.to_string())]).await?;
    let window = json!({"time_min": "2026-03-02T00:00:00Z", "time_max": "2026-03-09T00:00:00Z", "limit": 50});
    let output = kit.call("list_events", window).await??;
    assert!(output.to_string().chars().count() <= 40_000, "{}", output.to_string().len());
    assert_eq!(output["items"].as_array().map(Vec::len), Some(50));
    assert_eq!((&output["truncated"], &output["items"][0]["attendee_count"]), (&json!(true), &json!(100)));
    Ok(())
}

#[tokio::test]
async fn hidden_characters_of_other_people_do_not_reach_the_agent() -> Result<()> {
    let event = json!({"id": "a", "summary": "Lunch\u{202E}\u{E0041}\u{200B}\u{7}\n!", "htmlLink": "javascript:x",
        "attendees": [{"email": "b\u{2066}@x.test", "responseStatus": "\u{202E}new"}], "status": "weird",
        "start": {"dateTime": "nonsense"}});
    let kit = Kit::answering([(200, &event.to_string())]).await?;
    let output = kit.call("create_event", tea()).await??;
    assert_eq!(
        output["event"],
        json!({"id": "a", "summary": "Lunch\n!", "all_day": false, "attendees": [{"email": "b@x.test"}],
               "attendee_count": 1})
    );
    Ok(())
}

#[tokio::test]
async fn a_deletion_succeeds_once_and_again() -> Result<()> {
    let gone = r#"{"error":{"errors":[{"reason":"deleted"}],"code":410}}"#;
    let missing = r#"{"error":{"errors":[{"reason":"notFound"}],"code":404}}"#;
    let kit = Kit::answering([(204, ""), (410, gone), (404, missing)]).await?;
    let which = json!({"event_id": "abc_20260304T140000Z", "calendar_id": "work@example.test"});
    assert_eq!(kit.call("delete_event", which.clone()).await??, json!({"deleted": true}));
    let quietly = changed(which.clone(), json!({"notify": false}));
    assert_eq!(kit.call("delete_event", quietly).await??, json!({"deleted": true}));
    let error = kit.call("delete_event", which).await?.err();
    let not_found = ProviderError::Rejected { status: 404, code: "notFound" };
    assert_eq!(error, Some(not_found));
    let seen = kit.seen();
    let [first, second, _] = seen.as_slice() else { anyhow::bail!("{seen:?}") };
    assert_eq!(first.method, "DELETE");
    assert_eq!(first.path, "/calendar/v3/calendars/work@example.test/events/abc_20260304T140000Z");
    assert_eq!(first.query, texts([("sendUpdates", "all")]));
    assert_eq!(second.query, texts([("sendUpdates", "none")]));
    Ok(())
}

#[tokio::test]
async fn a_tool_that_is_not_enabled_or_an_account_that_was_not_chosen_is_refused() -> Result<()> {
    let kit = Kit::answering([]).await?;
    let google = kit.google.clone().with_tools(["list_events"])?;
    assert_eq!(call(&google, "create_event", &tea(), None).await?.err(), Some(ProviderError::Unsupported));
    let nobody = ToolCall {
        tool: &ToolName::new("create_event")?,
        arguments: &tea(),
        accounts: &[],
        idempotency_key: None,
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
    };
    assert_eq!(google.call(nobody).await.err(), Some(ProviderError::Unsupported));
    assert!(kit.seen().is_empty());
    Ok(())
}
