//! Every tool of Google: its success, a token that is refused, a limit, an answer that is none, and the requests behind
//! it.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Grant, OAuthScopes, Provider as _, ProviderError};
use bailee_testkit::{
    mock_google::{ACCOUNT_EMAIL, api_error, calendar, docs, drive, gmail, sheets, status_error},
    mock_provider::{Endpoint, Fault},
};
use provider_tests::{GoogleKit, conformance::requests_conform, mail::letter, requests_are_as_referred};

/// A tool with arguments that work, its first request, and whether that one writes.
struct Case {
    tool: &'static str,
    arguments: Value,
    first: Endpoint,
    writes: bool,
}

const fn case(tool: &'static str, arguments: Value, first: Endpoint, writes: bool) -> Case {
    Case { tool, arguments, first, writes }
}

/// All tools, on files that the app made, an event and a message.
async fn cases(kit: &GoogleKit, grant: &Grant) -> Result<Vec<Case>> {
    let mut cases = of_files(kit, grant).await?;
    let day = json!({ "time_min": "2026-03-04T00:00:00Z", "time_max": "2026-03-05T00:00:00Z" });
    let tea = json!({ "summary": "Tea", "start": "2026-03-04T15:00:00Z", "end": "2026-03-04T16:00:00Z" });
    let made = kit.call(grant, "create_event", &tea, None).await?;
    let event = json!({ "event_id": made.pointer("/event/id").context("an id")? });
    let message = kit.mock.deliver(ACCOUNT_EMAIL, &letter("bob@example.test", "Tea", "At four?"));
    let answer = json!({ "to": ["bob@example.test"], "body_text": "Yes", "reply_to_message_id": message });
    cases.extend([
        case("create_event", tea, calendar::EVENTS_INSERT, true),
        case("list_events", day.clone(), calendar::EVENTS_LIST, false),
        case("list_calendar_events", day, calendar::FREE_BUSY, false),
        case("delete_event", event, calendar::EVENTS_DELETE, false),
        case("search_emails", json!({ "query": "tea" }), gmail::MESSAGES_LIST, false),
        case("get_email_details", json!({ "message_id": message }), gmail::MESSAGES_GET, false),
        case("list_recent_threads", json!({}), gmail::THREADS_LIST, false),
        case("send_email", answer, gmail::MESSAGES_GET, false),
    ]);
    ensure!(cases.len() == kit.google.tools().len(), "a tool is missing here");
    Ok(cases)
}

async fn of_files(kit: &GoogleKit, grant: &Grant) -> Result<Vec<Case>> {
    let made = |tool, arguments: Value| async move {
        let made = kit.call(grant, tool, &arguments, None).await?;
        made.get("id").and_then(Value::as_str).map(str::to_owned).context("an id")
    };
    let document = made("create_document", json!({ "title": "Notes", "body_markdown": "text" })).await?;
    let sheet = made("create_spreadsheet", json!({ "title": "Leads" })).await?;
    let folder = made("create_folder", json!({ "name": "Folder" })).await?;
    let to = json!({ "file_id": document, "folder_id": folder });
    let row = json!({ "spreadsheet_id": sheet, "range": "A1", "rows": [["x"]] });
    let values = json!({ "spreadsheet_id": sheet, "range": "A1:B2" });
    let more = json!({ "document_id": document, "text": "more" });
    let text = json!({ "title": "Notes", "body_markdown": "text" });
    Ok(vec![
        case("create_document", text, docs::DOCUMENTS_CREATE, true),
        case("append_to_document", more, docs::DOCUMENTS_GET, false),
        case("read_document", json!({ "document_id": document }), docs::DOCUMENTS_GET, false),
        case("search_google_docs", json!({ "query": "notes" }), drive::FILES_LIST, false),
        case("create_spreadsheet", json!({ "title": "Leads" }), sheets::SPREADSHEETS_CREATE, true),
        case("append_to_sheet", row, sheets::VALUES_APPEND, true),
        case("read_sheet_values", values, sheets::VALUES_GET, false),
        case("create_folder", json!({ "name": "Folder" }), drive::FILES_CREATE, true),
        case("list_files", json!({ "folder_id": folder, "query": "notes" }), drive::FILES_LIST, false),
        case("move_file_to_folder", to, drive::FILES_GET, false),
    ])
}

#[tokio::test]
async fn every_tool_works_by_the_requests_that_it_names() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for Case { tool, arguments, first, .. } in cases(&kit, &grant).await? {
        kit.mock.clear_requests();
        // The second time an event of that key is there already, which is one request more.
        for _ in 0..2 {
            kit.call(&grant, tool, &arguments, Some("key-1")).await.with_context(|| tool)?;
        }
        let sent = kit.mock.requests();
        assert_eq!(sent.first().and_then(|request| request.endpoint), Some(first), "{tool}");
        requests_are_as_referred(tool, &sent)?;
        requests_conform(&kit.mock)?;
    }
    Ok(())
}

#[tokio::test]
async fn every_tool_tells_a_refused_token() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let cases = cases(&kit, &grant).await?;
    kit.mock.expire_access_tokens();
    for Case { tool, arguments, .. } in cases {
        let answer = kit.call(&grant, tool, &arguments, None).await;
        assert_eq!(answer, Err(ProviderError::TokenRejected), "{tool}");
    }
    Ok(())
}

#[tokio::test]
async fn every_tool_tells_a_limit_whatever_its_status() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for Case { tool, arguments, first, .. } in cases(&kit, &grant).await? {
        for fault in [
            Fault::TooManyRequests { retry_after: None },
            status_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric"),
            api_error(403, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
            api_error(403, "usageLimits", "userRateLimitExceeded", "User Rate Limit Exceeded"),
        ] {
            kit.mock.fault(first, fault.clone()).once();
            let answer = kit.call(&grant, tool, &arguments, None).await;
            assert_eq!(answer, Err(ProviderError::RateLimited { retry_after: None }), "{tool}: {fault:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_tool_tells_an_answer_that_is_none() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    let sevens =
        json!({ "calendars": 7, "files": 7, "id": 7, "items": 7, "messages": 7, "threads": 7, "values": 7 });
    let cases = cases(&kit, &grant).await?;
    // What a deletion answers is not looked at.
    for Case { tool, arguments, first, writes } in
        cases.into_iter().filter(|case| case.tool != "delete_event")
    {
        for fault in [Fault::Html, Fault::Body(sevens.to_string().into()), Fault::Body("[".into())] {
            kit.mock.fault(first, fault.clone()).once();
            let answer = kit.call(&grant, tool, &arguments, None).await;
            let told = match &answer {
                Err(ProviderError::OutcomeUnknown) => writes,
                Err(ProviderError::Malformed { .. }) => !writes,
                _ => false,
            };
            ensure!(told, "{tool}: {fault:?}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_tool_whose_scopes_were_unticked_says_which_to_ask_for() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let scope = |name: &str| format!("https://www.googleapis.com/auth/{name}");
    let all =
        ["calendar", "documents", "drive.file", "gmail.readonly", "gmail.send", "spreadsheets"].map(scope);
    let whole = kit.connect().await?;
    let cases = cases(&kit, &whole).await?;
    let none = kit.connect_without(&all.each_ref().map(String::as_str)).await?;
    for Case { tool, arguments, .. } in cases {
        let needed = match tool {
            "append_to_document" | "read_document" => "documents",
            "append_to_sheet" | "read_sheet_values" => "spreadsheets",
            "create_event" | "list_events" | "list_calendar_events" | "delete_event" => "calendar",
            "search_emails" | "get_email_details" | "list_recent_threads" | "send_email" => "gmail.readonly",
            _ => "drive.file",
        };
        let missing = ProviderError::MissingGrant { scopes: OAuthScopes::parse(&scope(needed))? };
        assert_eq!(kit.call(&none, tool, &arguments, None).await, Err(missing), "{tool}");
    }
    Ok(())
}

#[tokio::test]
async fn a_redirect_gets_no_token() -> Result<()> {
    let kit = GoogleKit::open().await?;
    let grant = kit.connect().await?;
    for Case { tool, arguments, first, .. } in cases(&kit, &grant).await? {
        kit.mock.fault(first, Fault::Redirect(kit.mock.url().join("/elsewhere")?)).once();
        ensure!(kit.call(&grant, tool, &arguments, None).await.is_err(), "{tool}");
    }
    assert_eq!(kit.mock.count("/elsewhere", None), 0);
    Ok(())
}
