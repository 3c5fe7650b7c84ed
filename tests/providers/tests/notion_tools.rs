//! Every tool of Notion once in each way that a call can end.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Effect, OAuthScopes, Provider as _, ProviderError};
use bailee_providers::reference;
use bailee_testkit::{
    mock_notion::{
        BLOCKS_APPEND, DATA_SOURCE_GET, DATA_SOURCE_QUERY, DATABASE_CREATE, DATABASE_GET, PAGE_CREATE,
        PAGE_MARKDOWN, PAGE_UPDATE, SEARCH, api_error,
    },
    mock_provider::{Endpoint, Fault, RecordedRequest},
};
use provider_tests::{NotionKit, openapi::requests_conform};

const DESCRIPTION: &str = "notion-openapi-full-2026-03-11";

/// Where the last request of each tool goes, and its arguments for a page, a database and a row.
fn calls(page: &str, database: &str, row: &str) -> [(&'static str, Endpoint, Value); 8] {
    let filter = json!({ "and": [{ "property": "Done", "checkbox": { "equals": false } }] });
    let sorts = json!([{ "property": "Name", "direction": "ascending" }]);
    let done = json!({ "Done": { "checkbox": true } });
    let columns = json!([{ "name": "Kind", "type": "select", "options": ["Bug"] }]);
    [
        ("search_notion", SEARCH, json!({ "query": "Road", "object": "page", "limit": 5 })),
        ("get_notion_database", DATA_SOURCE_GET, json!({ "database_id": database })),
        (
            "query_database",
            DATA_SOURCE_QUERY,
            json!({ "database_id": database, "filter": filter, "sorts": sorts }),
        ),
        ("get_notion_page_content", PAGE_MARKDOWN, json!({ "page_id": page })),
        (
            "create_notion_page",
            PAGE_CREATE,
            json!({ "parent_id": database, "parent_type": "database", "title": "Ship", "properties": done, "markdown": "a" }),
        ),
        (
            "create_notion_database",
            DATABASE_CREATE,
            json!({ "parent_id": page, "title": "Tasks", "properties": columns }),
        ),
        ("append_to_notion_page", BLOCKS_APPEND, json!({ "page_id": page, "markdown": "## a\n\n- b" })),
        ("update_notion_page", PAGE_UPDATE, json!({ "page_id": row, "properties": done })),
    ]
}

struct Stand {
    kit: NotionKit,
    grant: bailee_core::Grant,
    calls: [(&'static str, Endpoint, Value); 8],
}

async fn stand() -> Result<Stand> {
    let kit = NotionKit::open().await?;
    let grant = kit.connect().await?;
    let page = kit.mock.add_page("Roadmap");
    let columns = json!({ "Name": { "title": {} }, "Done": { "checkbox": {} } });
    let (database, _) = kit.mock.add_database("Tasks", &columns);
    let row = json!({ "parent_id": database, "parent_type": "database", "title": "First" });
    let row = kit.call(&grant, "create_notion_page", &row).await?;
    let row = row["page"]["id"].as_str().unwrap_or_default().to_owned();
    kit.mock.clear_requests();
    Ok(Stand { calls: calls(&page, &database, &row), kit, grant })
}

/// A path with the names of its reference instead of ids.
fn is_of(request: &RecordedRequest, reference: &str) -> bool {
    let Some((method, template)) = reference.split_once(' ') else { return false };
    let (wanted, given): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), request.path.split('/').collect());
    let same = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
    request.method == method && wanted.len() == given.len() && wanted.iter().zip(&given).all(same)
}

#[tokio::test]
async fn each_tool_does_what_it_says_with_the_requests_that_it_declares() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    let references = reference::tools();
    let mut seen = BTreeSet::new();
    for (tool, endpoint, arguments) in &calls {
        let before = kit.mock.requests().len();
        kit.call(&grant, tool, arguments).await?;
        let declared = references.iter().filter(|known| known.provider == "notion" && known.tool == *tool);
        let declared: Vec<&str> = declared.flat_map(|known| known.requests.iter().copied()).collect();
        let requests = kit.mock.requests();
        for request in requests.iter().skip(before) {
            let known = declared.iter().find(|known| is_of(request, known));
            ensure!(known.is_some(), "{tool} does not declare {request:?}");
            seen.extend(known.map(|known| (*tool, *known)));
        }
        ensure!(requests.last().and_then(|request| request.endpoint) == Some(*endpoint), "{tool}");
    }
    // What only longer texts need is seen elsewhere.
    seen.insert(("create_notion_page", "PATCH /v1/blocks/{block_id}/children"));
    let notion = references.iter().filter(|known| known.provider == "notion");
    let all: BTreeSet<_> =
        notion.flat_map(|known| known.requests.iter().map(|request| (known.tool, *request))).collect();
    assert_eq!(seen, all, "every declared request is made");
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

#[tokio::test]
async fn each_tool_tells_a_refused_token() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    kit.mock.expire_access_tokens();
    for (tool, _, arguments) in &calls {
        let answer = kit.call(&grant, tool, arguments).await;
        assert_eq!(answer, Err(ProviderError::TokenRejected), "{tool}");
    }
    Ok(())
}

#[tokio::test]
async fn each_tool_tells_to_slow_down_and_how_long() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    kit.mock.set_budget(Some(0));
    let limited = Err(ProviderError::RateLimited { retry_after: Some(Duration::from_secs(7)) });
    for (tool, _, arguments) in &calls {
        assert_eq!(kit.call(&grant, tool, arguments).await, limited, "{tool}");
    }
    Ok(())
}

#[tokio::test]
async fn each_tool_tells_which_capability_is_missing() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    for (tool, _, arguments) in &calls {
        let tools = kit.notion.tools().iter();
        let scopes: Vec<OAuthScopes> = tools
            .filter(|known| known.name.as_str() == *tool)
            .filter_map(|known| known.scopes.preferred().cloned())
            .collect();
        let [scopes] = scopes.as_slice() else { anyhow::bail!("{tool} needs one capability") };
        let others = ["read_content", "insert_content", "update_content"]
            .into_iter()
            .filter(|name| !scopes.contains(name));
        kit.mock.set_capabilities(&others.collect::<Vec<_>>());
        let missing = Err(ProviderError::MissingGrant { scopes: scopes.clone() });
        assert_eq!(kit.call(&grant, tool, arguments).await, missing, "{tool}");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_none_is_malformed_and_after_a_write_unclear() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    for (tool, endpoint, arguments) in &calls {
        let writes = kit
            .notion
            .tools()
            .iter()
            .any(|known| known.name.as_str() == *tool && known.effect == Effect::Write);
        for fault in
            [Fault::WrongJson, Fault::Html, Fault::HugeBody(1 << 36), Fault::Body("{\"id\":1}".into())]
        {
            kit.mock.fault(*endpoint, fault.clone()).once();
            let answer = kit.call(&grant, tool, arguments).await;
            let told = match &answer {
                Err(ProviderError::OutcomeUnknown) => writes,
                Err(ProviderError::Malformed { .. }) => !writes,
                _ => false,
            };
            assert!(told, "{tool} {fault:?}: {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_fails_leaves_a_write_unclear_and_a_read_undone() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    for (tool, endpoint, arguments) in &calls {
        let writes = kit
            .notion
            .tools()
            .iter()
            .any(|known| known.name.as_str() == *tool && known.effect == Effect::Write);
        for fault in
            [Fault::Status(500), Fault::Unavailable { retry_after: None }, Fault::DropAfterProcessing]
        {
            kit.mock.fault(*endpoint, fault.clone()).once();
            let unclear = if writes {
                ProviderError::OutcomeUnknown
            } else {
                ProviderError::Unavailable { retry_after: None }
            };
            assert_eq!(kit.call(&grant, tool, arguments).await, Err(unclear), "{tool} {fault:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn each_refusal_is_told_by_a_known_word() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    let blocked = |reason: &str| {
        let more = json!({ "rate_limit_reason": reason, "retry_after": "9" });
        let body = json!({ "object": "error", "status": 429, "code": "rate_limited", "message": "m", "additional_data": more });
        Fault::Answer { status: 429, json: body }
    };
    let full = json!({ "object": "error", "status": 403, "code": "restricted_resource", "message": "m", "additional_data": { "block_limit": "1000" } });
    let rejected = |status, code| ProviderError::Rejected { status, code };
    let waits = ProviderError::RateLimited { retry_after: Some(Duration::from_secs(9)) };
    for (fault, error) in [
        (api_error(404, "object_not_found", "m"), rejected(404, "object_not_found")),
        (api_error(409, "conflict_error", "m"), rejected(409, "conflict_error")),
        (api_error(400, "validation_error", "m"), rejected(400, "validation_error")),
        (api_error(400, "a_new_word", "m"), rejected(400, "other")),
        (Fault::Status(403), rejected(403, "other")),
        (Fault::Answer { status: 403, json: full }, rejected(403, "restricted_resource")),
        (blocked("public_api_request_blocked"), rejected(429, "public_api_request_blocked")),
        (blocked("public_api_space_request_rate_limit"), waits.clone()),
        (api_error(529, "service_overload", "m"), ProviderError::RateLimited { retry_after: None }),
    ] {
        for (tool, endpoint, arguments) in &calls {
            kit.mock.fault(*endpoint, fault.clone()).once();
            let answer = kit.call(&grant, tool, arguments).await;
            assert_eq!(answer, Err(error.clone()), "{tool} {fault:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_id_that_is_no_uuid_reaches_nobody() -> Result<()> {
    let Stand { kit, grant, calls } = stand().await?;
    let id = "1a2b3c4d-1111-4222-8333-444455556666";
    for wrong in [
        "..",
        "../users/me",
        "%2e%2e%2f%2e%2e%2fusers%2fme0000000000",
        "1a2b3c4d-1111-4222-8333-44445555666/",
        "1a2b3c4d-1111-4222-8333-44445555666\u{0}",
        "1a2b3c4d/1111/4222/8333/444455556666",
        "1a2b3c4d11114222833344445555666?",
        "{1a2b3c4d11114222833344445555666}",
        "urn:uuid:1a2b3c4d-1111-4222-8333-444455556666",
        "https://app.notion.com/p/1a2b3c4d111142228333444455556666",
    ] {
        for (tool, _, arguments) in &calls {
            for name in ["page_id", "database_id", "parent_id"] {
                let mut arguments = arguments.clone();
                let Some(place) = arguments.get_mut(name) else { continue };
                *place = json!(wrong);
                let answer = kit.call(&grant, tool, &arguments).await;
                let refused = matches!(&answer, Err(ProviderError::InvalidArguments { pointer, .. }) if *pointer == format!("/{name}"));
                assert!(refused, "{tool} {wrong}: {answer:?}");
            }
        }
    }
    assert_eq!(kit.mock.requests().len(), 0);
    let compact = json!({ "page_id": id.replace('-', "").to_uppercase() });
    assert!(kit.call(&grant, "get_notion_page_content", &compact).await.is_err(), "there is none");
    let paths: Vec<String> = kit.mock.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(paths, [format!("/v1/pages/{id}/markdown")], "one spelling goes out");
    assert_eq!(kit.mock.count_of(DATABASE_GET), 0);
    Ok(())
}
