//! Every tool of Google Docs, Sheets and Drive: its success, a token that is refused, a limit, an answer that is none, and
//! the requests behind it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Grant, OAuthScopes, ProviderError};
use bailee_providers::reference;
use bailee_testkit::{
    mock_google::{api_error, docs, drive, sheets, status_error},
    mock_provider::{Endpoint, Fault, RecordedRequest},
};
use provider_tests::{GoogleKit, conformance::requests_conform};

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

/// All tools, on files that the app made.
async fn cases(kit: &GoogleKit, grant: &Grant) -> Result<Vec<Case>> {
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
    let references = reference::tools();
    for Case { tool, arguments, first, .. } in cases(&kit, &grant).await? {
        kit.mock.clear_requests();
        kit.call(&grant, tool, &arguments, None).await.with_context(|| tool)?;
        let sent = kit.mock.requests();
        assert_eq!(sent.first().and_then(|request| request.endpoint), Some(first), "{tool}");
        let named = references.iter().find(|reference| reference.tool == tool).context(tool)?;
        let seen: BTreeSet<&str> = sent
            .iter()
            .map(|request| named.requests.iter().copied().find(|named| fits(named, request)).context(tool))
            .collect::<Result<_>>()?;
        assert_eq!(seen, named.requests.iter().copied().collect(), "{tool}");
        requests_conform(&kit.mock)?;
    }
    Ok(())
}

/// Whether a request is the named one; a name in braces is one segment, or its part before what is done there.
fn fits(named: &str, request: &RecordedRequest) -> bool {
    let Some((method, path)) = named.split_once(' ') else {
        return false;
    };
    let (wanted, given): (Vec<&str>, Vec<&str>) =
        (path.split('/').collect(), request.path.split('/').collect());
    let is_there = |(wanted, given): (&&str, &&str)| match wanted.split_once('}') {
        Some((_, verb)) => given.len() > verb.len() && given.ends_with(verb),
        None => wanted == given,
    };
    method == request.method.as_str()
        && wanted.len() == given.len()
        && wanted.iter().zip(&given).all(is_there)
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
    for Case { tool, arguments, first, writes } in cases(&kit, &grant).await? {
        for fault in [Fault::Html, Fault::Body("{\"files\":7,\"values\":7}".into()), Fault::Body("[".into())]
        {
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
    let all = ["documents", "drive.file", "spreadsheets"].map(scope);
    let whole = kit.connect().await?;
    let cases = cases(&kit, &whole).await?;
    let none = kit.connect_without(&all.each_ref().map(String::as_str)).await?;
    for Case { tool, arguments, .. } in cases {
        let needed = match tool {
            "append_to_document" | "read_document" => "documents",
            "append_to_sheet" | "read_sheet_values" => "spreadsheets",
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
