//! Arguments that do not fit are refused by the name of the field, and nothing is sent.

use anyhow::Result;
use serde_json::{Value, json};

use bailee_core::ProviderError;

use crate::support::{Kit, changed, tea};

/// Calls the tool with each of the arguments and compares the pointer of the error.
async fn refused<const N: usize>(tool: &str, cases: [(Value, &str); N]) -> Result<()> {
    let kit = Kit::answering([]).await?;
    for (arguments, pointer) in cases {
        let error = kit.call(tool, arguments.clone()).await?.err();
        let Some(ProviderError::InvalidArguments { pointer: named, problem }) = &error else {
            anyhow::bail!("{arguments}: {error:?}");
        };
        assert_eq!(named, pointer, "{arguments}: {problem}");
        assert!(!format!("{error:?}").contains("CANARY"));
    }
    assert!(kit.seen().is_empty());
    Ok(())
}

fn window() -> Value {
    json!({"time_min": "2026-03-02T00:00:00Z", "time_max": "2026-03-09T00:00:00Z"})
}

#[tokio::test]
async fn what_is_not_an_object_of_known_members_is_refused_as_a_whole() -> Result<()> {
    refused(
        "create_event",
        [
            (json!("CANARY"), ""),
            (json!([]), ""),
            (json!(null), ""),
            (changed(tea(), json!({"CANARY": 1})), ""),
        ],
    )
    .await
}

#[tokio::test]
async fn the_times_of_an_event_are_two_moments_or_two_dates_in_order() -> Result<()> {
    refused(
        "create_event",
        [
            (changed(tea(), json!({"start": null})), "/start"),
            (changed(tea(), json!({"start": "2026-03-04T15:00:00"})), "/start"),
            (changed(tea(), json!({"start": "2026-02-30"})), "/start"),
            (changed(tea(), json!({"start": "2026-03-04"})), "/end"),
            (changed(tea(), json!({"end": "tomorrow at ten"})), "/end"),
            (changed(tea(), json!({"end": "2026-03-04T15:00:00+01:00"})), "/end"),
            (changed(tea(), json!({"end": "2026-03-04T15:30:00+02:00"})), "/end"),
            (changed(tea(), json!({"start": "2026-03-04", "end": "2026-03-04"})), "/end"),
            (changed(tea(), json!({"time_zone": "Europe/Zürich"})), "/time_zone"),
        ],
    )
    .await
}

#[tokio::test]
async fn a_field_of_an_event_that_does_not_fit_is_named() -> Result<()> {
    refused(
        "create_event",
        [
            (changed(tea(), json!({"summary": null})), "/summary"),
            (changed(tea(), json!({"summary": ""})), "/summary"),
            (changed(tea(), json!({"summary": 7})), "/summary"),
            (changed(tea(), json!({"summary": "x".repeat(1025)})), "/summary"),
            (changed(tea(), json!({"attendees": "bob@x.test"})), "/attendees"),
            (changed(tea(), json!({"attendees": ["a@x.test", "bob"]})), "/attendees/1"),
            (changed(tea(), json!({"attendees": ["a@x.test,b@x.test"]})), "/attendees/0"),
            (changed(tea(), json!({"attendees": [["a@x.test"]]})), "/attendees/0"),
            (changed(tea(), json!({"attendees": vec!["a@x.test"; 101]})), "/attendees"),
            (changed(tea(), json!({"send_updates": "externalOnly"})), "/send_updates"),
            (changed(tea(), json!({"calendar_id": ".."})), "/calendar_id"),
            (changed(tea(), json!({"calendar_id": "a b"})), "/calendar_id"),
        ],
    )
    .await
}

#[tokio::test]
async fn a_window_has_two_moments_in_order_and_a_limit_of_1_to_50() -> Result<()> {
    refused(
        "list_events",
        [
            (changed(window(), json!({"limit": 0})), "/limit"),
            (changed(window(), json!({"limit": -1})), "/limit"),
            (changed(window(), json!({"limit": 51})), "/limit"),
            (changed(window(), json!({"limit": 1.5})), "/limit"),
            (changed(window(), json!({"limit": "5"})), "/limit"),
            (changed(window(), json!({"time_min": "2026-03-02T00:00:00"})), "/time_min"),
            (changed(window(), json!({"time_max": "2026-03-02T00:00:00Z"})), "/time_max"),
            (changed(window(), json!({"time_max": null})), "/time_max"),
        ],
    )
    .await
}

#[tokio::test]
async fn an_event_id_cannot_lead_to_another_address() -> Result<()> {
    refused(
        "delete_event",
        [
            (json!({}), "/event_id"),
            (json!({"event_id": ".."}), "/event_id"),
            (json!({"event_id": "a/../../users"}), "/event_id"),
            (json!({"event_id": "a%2F"}), "/event_id"),
            (json!({"event_id": "a?b"}), "/event_id"),
            (json!({"event_id": "abc", "notify": "no"}), "/notify"),
        ],
    )
    .await
}
