//! What the tools of Notion make of a workspace: pages, databases with several data sources, long texts, lost answers.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{Grant, OAuthScopes, ProviderError};
use bailee_testkit::{
    mock_notion::{
        BLOCKS_APPEND, DATA_SOURCE_QUERY, DATABASE_GET, PAGE_CREATE, PAGE_MARKDOWN, SEARCH, api_error,
    },
    mock_provider::Fault,
};
use provider_tests::{NotionKit, openapi::requests_conform};

const DESCRIPTION: &str = "notion-openapi-full-2026-03-11";

async fn stand() -> Result<(NotionKit, Grant, String)> {
    let kit = NotionKit::open().await?;
    let grant = kit.connect().await?;
    let page = kit.mock.add_page("Roadmap");
    Ok((kit, grant, page))
}

fn columns() -> Value {
    json!({ "Name": { "title": {} }, "Done": { "checkbox": {} }, "Kind": { "select": {} }, "Notes": { "rich_text": {} } })
}

async fn add_row(kit: &NotionKit, grant: &Grant, database: &str, title: &str, done: bool) -> Result<Value> {
    let properties = json!({ "Done": { "checkbox": done }, "Kind": { "select": { "name": "Bug" } } });
    let arguments =
        json!({ "parent_id": database, "parent_type": "database", "title": title, "properties": properties });
    Ok(kit.call(grant, "create_notion_page", &arguments).await?)
}

fn titles(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| item.get("page").unwrap_or(item)["title"].as_str()).collect()
}

/// Follows the cursors of a list to its end.
async fn all(kit: &NotionKit, grant: &Grant, tool: &str, mut arguments: Value) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    loop {
        let page = kit.call(grant, tool, &arguments).await?;
        seen.extend(titles(&page).into_iter().map(str::to_owned));
        assert_eq!(page["truncated"], json!(page.get("next_cursor").is_some()));
        match page.get("next_cursor") {
            Some(cursor) => arguments["cursor"] = cursor.clone(),
            None => return Ok(seen),
        }
    }
}

#[tokio::test]
async fn a_page_is_made_found_written_and_read() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let arguments = json!({ "parent_id": page, "title": "Notes", "markdown": "# Plan\n\n- one" });
    let made = kit.call(&grant, "create_notion_page", &arguments).await?;
    let id = &made["page"]["id"];
    let found = kit.call(&grant, "search_notion", &json!({ "query": "note" })).await?;
    assert_eq!(titles(&found), ["Notes"]);
    assert_eq!(found["items"][0], made["page"]);
    let appended =
        kit.call(&grant, "append_to_notion_page", &json!({ "page_id": id, "markdown": "- [x] two" })).await?;
    assert_eq!(appended, json!({ "id": id, "appended_blocks": 1, "complete": true }));
    let read = kit.call(&grant, "get_notion_page_content", &json!({ "page_id": id })).await?;
    assert_eq!(read, json!({ "id": id, "markdown": "# Plan\n- one\n- [x] two", "truncated": false }));
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

#[tokio::test]
async fn a_database_is_made_filled_and_queried() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let given = json!([{ "name": "Done", "type": "checkbox" }, { "name": "Kind", "type": "select", "options": ["Bug"] }]);
    let made = kit
        .call(
            &grant,
            "create_notion_database",
            &json!({ "parent_id": page, "title": "Tasks", "properties": given }),
        )
        .await?;
    let (database, source) =
        (made["id"].as_str().context("an id")?, made["data_source_id"].as_str().context("an id")?);
    let row = add_row(&kit, &grant, database, "Ship it", false).await?;
    add_row(&kit, &grant, source, "Rest", true).await?;
    let shown = kit.call(&grant, "get_notion_database", &json!({ "database_id": database })).await?;
    let same = kit.call(&grant, "get_notion_database", &json!({ "database_id": source })).await?;
    for name in ["id", "title", "data_sources", "properties"] {
        assert_eq!(shown[name], same[name], "either id");
    }
    assert_eq!(shown["data_sources"], json!([{ "id": source, "name": "Tasks" }]));
    let kind = json!({ "name": "Kind", "type": "select", "options": ["Bug"] });
    ensure!(shown["properties"].as_array().is_some_and(|columns| columns.contains(&kind)), "{shown}");
    for id in [database, source] {
        let open =
            json!({ "database_id": id, "filter": { "property": "Done", "checkbox": { "equals": false } } });
        let found = kit.call(&grant, "query_database", &open).await?;
        assert_eq!(titles(&found), ["Ship it"]);
        assert_eq!(found["items"][0]["page"], row["page"]);
        let values = json!([
            { "name": "Done", "type": "checkbox", "value": false },
            { "name": "Kind", "type": "select", "value": "Bug" },
        ]);
        assert_eq!(found["items"][0]["properties"], values, "the title is the page's");
    }
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

#[tokio::test]
async fn values_of_a_row_change_and_others_stay() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let (database, _) = kit.mock.add_database("Tasks", &columns());
    let row = add_row(&kit, &grant, &database, "Ship it", false).await?;
    let change = json!({ "page_id": row["page"]["id"], "properties": { "Done": { "checkbox": true } } });
    for _ in 0..2 {
        kit.call(&grant, "update_notion_page", &change).await?;
    }
    let found = kit.call(&grant, "query_database", &json!({ "database_id": database })).await?;
    assert_eq!(titles(&found), ["Ship it"]);
    assert_eq!(
        found["items"][0]["properties"][0],
        json!({ "name": "Done", "type": "checkbox", "value": true })
    );
    let unknown = json!({ "page_id": row["page"]["id"], "properties": { "Gone": { "checkbox": true } } });
    let refused = kit.call(&grant, "update_notion_page", &unknown).await;
    assert_eq!(refused, Err(ProviderError::Rejected { status: 400, code: "validation_error" }));
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

#[tokio::test]
async fn of_several_data_sources_the_caller_chooses() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let (database, first) = kit.mock.add_database("Tasks", &columns());
    let second = kit.mock.add_data_source(&database, "Archive", &json!({ "Old": { "title": {} } }));
    let shown = kit.call(&grant, "get_notion_database", &json!({ "database_id": database })).await?;
    let sources = json!([{ "id": first, "name": "Tasks" }, { "id": second, "name": "Archive" }]);
    assert_eq!(shown["data_sources"], sources);
    assert_eq!(shown.get("properties"), None);
    let refused = kit.call(&grant, "query_database", &json!({ "database_id": database })).await;
    ensure!(
        matches!(&refused, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/database_id"),
        "{refused:?}"
    );
    assert_eq!(kit.mock.count_of(DATA_SOURCE_QUERY), 0);
    let row = json!({ "parent_id": second, "parent_type": "database", "title": "Long ago" });
    kit.call(&grant, "create_notion_page", &row).await?;
    assert_eq!(
        titles(&kit.call(&grant, "query_database", &json!({ "database_id": second })).await?),
        ["Long ago"]
    );
    assert_eq!(titles(&kit.call(&grant, "query_database", &json!({ "database_id": first })).await?), [""; 0]);
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

#[tokio::test]
async fn pages_of_a_list_follow_one_another() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let (database, _) = kit.mock.add_database("Tasks", &columns());
    for title in ["c", "a", "e", "b", "d"] {
        add_row(&kit, &grant, &database, title, false).await?;
    }
    kit.mock.set_page_size(2);
    let sorts = json!([{ "property": "Name", "direction": "descending" }]);
    let rows =
        all(&kit, &grant, "query_database", json!({ "database_id": database, "sorts": sorts })).await?;
    assert_eq!(rows, ["e", "d", "c", "b", "a"]);
    assert_eq!(kit.mock.count_of(DATA_SOURCE_QUERY), 3);
    let found = all(&kit, &grant, "search_notion", json!({})).await?;
    assert_eq!(found, ["Roadmap", "Tasks", "c", "a", "e", "b", "d"]);
    for sorts in [
        json!([{ "direction": "ascending" }]),
        json!([{ "property": "a", "timestamp": "created_time", "direction": "ascending" }]),
    ] {
        let refused =
            kit.call(&grant, "query_database", &json!({ "database_id": database, "sorts": sorts })).await;
        ensure!(
            matches!(&refused, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/sorts/0"),
            "{refused:?}"
        );
    }
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

#[tokio::test]
async fn what_is_not_shared_is_not_there() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    kit.mock.unshare(&page);
    assert_eq!(
        kit.call(&grant, "search_notion", &json!({})).await?,
        json!({ "items": [], "truncated": false })
    );
    let gone = Err(ProviderError::Rejected { status: 404, code: "object_not_found" });
    assert_eq!(kit.call(&grant, "get_notion_page_content", &json!({ "page_id": page })).await, gone);
    assert_eq!(kit.call(&grant, "get_notion_database", &json!({ "database_id": page })).await, gone);
    assert_eq!(kit.call(&grant, "query_database", &json!({ "database_id": page })).await, gone);
    Ok(())
}

#[tokio::test]
async fn a_row_that_cannot_be_looked_up_lacks_reading_and_not_writing() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let (database, _) = kit.mock.add_database("Tasks", &columns());
    kit.mock.set_capabilities(&["insert_content"]);
    let row = json!({ "parent_id": database, "parent_type": "database", "title": "a" });
    let missing = ProviderError::MissingGrant { scopes: OAuthScopes::parse("read_content")? };
    assert_eq!(kit.call(&grant, "create_notion_page", &row).await, Err(missing));
    kit.call(&grant, "create_notion_page", &json!({ "parent_id": page, "title": "a" })).await?;
    Ok(())
}

#[tokio::test]
async fn a_write_that_was_saved_and_not_answered_is_unclear_and_not_repeated() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    kit.mock.lose_answers_of_writes(2);
    let made = kit.call(&grant, "create_notion_page", &json!({ "parent_id": page, "title": "Once" })).await;
    assert_eq!(made, Err(ProviderError::OutcomeUnknown));
    let appended =
        kit.call(&grant, "append_to_notion_page", &json!({ "page_id": page, "text": "once" })).await;
    assert_eq!(appended, Err(ProviderError::OutcomeUnknown));
    assert_eq!(kit.mock.count_of(PAGE_CREATE) + kit.mock.count_of(BLOCKS_APPEND), 2);
    assert_eq!((kit.mock.pages().len(), kit.mock.blocks(&page).len()), (2, 1), "both were saved");
    Ok(())
}

#[tokio::test]
async fn a_long_text_takes_several_requests_in_order() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let lines = |from: usize, to: usize| (from..to).map(|number| format!("- {number}\n")).collect::<String>();
    let made = json!({ "parent_id": page, "title": "Long", "markdown": lines(0, 250) });
    let made = kit.call(&grant, "create_notion_page", &made).await?;
    assert_eq!((kit.mock.count_of(PAGE_CREATE), kit.mock.count_of(BLOCKS_APPEND)), (1, 2));
    let id = made["page"]["id"].as_str().context("an id")?;
    let appended = json!({ "page_id": id, "markdown": lines(250, 375) });
    assert_eq!(kit.call(&grant, "append_to_notion_page", &appended).await?["appended_blocks"], 125);
    let expected = lines(0, 375);
    let read = kit.call(&grant, "get_notion_page_content", &json!({ "page_id": id })).await?;
    assert_eq!(read["markdown"], expected.trim_end());
    let too_long = json!({ "page_id": id, "markdown": lines(0, 501) });
    let refused = kit.call(&grant, "append_to_notion_page", &too_long).await;
    ensure!(matches!(refused, Err(ProviderError::InvalidArguments { .. })), "{refused:?}");
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

#[tokio::test]
async fn what_was_written_before_a_failure_is_told() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let text: String = (0..250).map(|number| format!("{number}\n\n")).collect();
    let arguments = json!({ "page_id": page, "text": text });
    kit.mock.set_budget(Some(2));
    let limited = kit.call(&grant, "append_to_notion_page", &arguments).await?;
    assert_eq!(
        limited,
        json!({ "id": page, "appended_blocks": 200, "complete": false, "stopped": "rate_limited" })
    );
    kit.mock.set_budget(None);
    for (fault, stopped) in [
        (Fault::Status(502), "unclear"),
        (Fault::DropAfterProcessing, "unclear"),
        (api_error(401, "unauthorized", "m"), "refused"),
        (api_error(409, "conflict_error", "m"), "refused"),
    ] {
        kit.mock.fault(BLOCKS_APPEND, fault.clone()).after(1).once();
        let told = kit.call(&grant, "append_to_notion_page", &arguments).await?;
        let expected = json!({ "id": page, "appended_blocks": 100, "complete": false, "stopped": stopped });
        assert_eq!(told, expected, "{fault:?}");
        kit.mock.heal();
    }
    kit.mock.fault(BLOCKS_APPEND, Fault::Status(500)).once();
    let made = json!({ "parent_id": page, "title": "Half", "markdown": text });
    let made = kit.call(&grant, "create_notion_page", &made).await?;
    assert_eq!((&made["complete"], &made["stopped"]), (&json!(false), &json!("unclear")));
    assert_eq!(made["page"]["title"], "Half", "the page is there");
    Ok(())
}

#[tokio::test]
async fn a_long_page_is_read_in_parts() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let whole = "line with \"quotes\" \u{1F511}\n".repeat(4000);
    let unknown: Vec<String> = (0..30).map(|number| format!("{number:032x}")).collect();
    let body = json!({
        "object": "page_markdown", "id": page, "markdown": whole, "truncated": false, "unknown_block_ids": unknown, "more": 1,
    });
    kit.mock.fault(PAGE_MARKDOWN, Fault::Body(body.to_string().into()));
    let (mut read, mut arguments) = (String::new(), json!({ "page_id": page }));
    loop {
        let part = kit.call(&grant, "get_notion_page_content", &arguments).await?;
        ensure!(part.to_string().chars().count() <= 40_000, "it fits");
        assert_eq!(part["unread_block_ids"].as_array().map(Vec::len), Some(20));
        assert_eq!(part["unread_block_ids"][1], "00000000-0000-0000-0000-000000000001");
        read.push_str(part["markdown"].as_str().context("text")?);
        let Some(cursor) = part.get("next_cursor") else { break };
        arguments["cursor"] = cursor.clone();
    }
    assert_eq!(read, whole);
    let before = kit.mock.requests().len();
    for cursor in ["-1", "x", "1e3", "99999999999"] {
        let refused =
            kit.call(&grant, "get_notion_page_content", &json!({ "page_id": page, "cursor": cursor })).await;
        ensure!(
            matches!(&refused, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == "/cursor"),
            "{refused:?}"
        );
    }
    assert_eq!(kit.mock.requests().len(), before);
    Ok(())
}

#[tokio::test]
async fn an_answer_fits_however_much_there_is() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let (database, source) = kit.mock.add_database("Tasks", &columns());
    let long = |kind: &str| json!([{ "type": "text", "plain_text": format!("{kind}\u{202E}\u{0}{}", "\"x\"".repeat(250)) }]);
    let row = |number: usize| {
        let mut properties: serde_json::Map<String, Value> = (0..60)
            .map(|column| {
                (format!("c{column}"), json!({ "id": "c", "type": "rich_text", "rich_text": long("text") }))
            })
            .collect();
        properties
            .insert("Name".to_owned(), json!({ "id": "title", "type": "title", "title": long("title") }));
        json!({ "object": "page", "id": format!("{number:032x}"), "properties": properties, "url": "javascript:alert(1)" })
    };
    let list = json!({ "object": "list", "results": (0..50).map(row).collect::<Vec<_>>(), "has_more": false, "next_cursor": null });
    for (tool, endpoint) in [("query_database", DATA_SOURCE_QUERY), ("search_notion", SEARCH)] {
        kit.mock.fault(endpoint, Fault::Body(list.to_string().into())).once();
        let arguments = if tool == "search_notion" {
            json!({ "limit": 50 })
        } else {
            json!({ "database_id": database, "limit": 50 })
        };
        let answer = kit.call(&grant, tool, &arguments).await?;
        let text = answer.to_string();
        ensure!(text.chars().count() <= 40_000, "{tool}: {}", text.len());
        assert_eq!((&answer["truncated"], titles(&answer).len()), (&json!(true), 50), "{tool}");
        ensure!(
            !text.contains('\u{202E}') && !text.contains("\\u0000") && !text.contains("javascript"),
            "{tool}"
        );
    }
    let options: Vec<Value> =
        (0..100).map(|number| json!({ "name": format!("{number} {}", "o".repeat(90)) })).collect();
    let columns: serde_json::Map<String, Value> = (0..200)
        .map(|number| {
            (
                format!("{number} {}", "c".repeat(90)),
                json!({ "type": "select", "select": { "options": options } }),
            )
        })
        .collect();
    let table = json!({ "object": "data_source", "id": source, "properties": columns });
    kit.mock
        .fault(bailee_testkit::mock_notion::DATA_SOURCE_GET, Fault::Body(table.to_string().into()))
        .once();
    let shown = kit.call(&grant, "get_notion_database", &json!({ "database_id": database })).await?;
    ensure!(shown.to_string().chars().count() <= 40_000 && shown["truncated"] == json!(true));
    Ok(())
}

#[tokio::test]
async fn a_query_that_notion_cuts_off_is_told_to_be_cut_off() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let (database, _) = kit.mock.add_database("Tasks", &columns());
    let status = json!({ "type": "incomplete", "incomplete_reason": "query_result_limit_reached" });
    let list = json!({ "object": "list", "results": [{ "object": "page", "id": "1a2b3c4d-1111-4222-8333-444455556666" }], "has_more": false, "next_cursor": null, "request_status": status });
    kit.mock.fault(DATA_SOURCE_QUERY, Fault::Body(list.to_string().into())).once();
    let answer = kit.call(&grant, "query_database", &json!({ "database_id": database })).await?;
    assert_eq!(answer["truncated"], true);
    let bare = json!({ "object": "page", "id": "1a2b3c4d-1111-4222-8333-444455556666", "in_trash": false });
    assert_eq!(
        answer["items"],
        json!([{ "page": bare, "properties": [] }]),
        "of what Notion tells little, little is told"
    );
    Ok(())
}

#[tokio::test]
async fn every_kind_of_value_is_readable() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let (database, _) = kit.mock.add_database("Tasks", &columns());
    let date = json!({ "start": "2026-03-04", "end": "2026-03-05", "time_zone": null });
    let person = json!({ "object": "user", "id": "d40e767c-1111-4222-8333-444455556666" });
    let rolled =
        json!([{ "type": "number", "number": 1 }, { "type": "title", "title": [{ "plain_text": "a" }] }]);
    let values = [
        ("checkbox", json!(true), json!(true)),
        ("created_by", json!({ "name": "Ada", "id": "x" }), json!("Ada")),
        ("created_time", json!("2026-03-01T09:00:00.000Z"), json!("2026-03-01T09:00:00.000Z")),
        ("date", date.clone(), json!("2026-03-04/2026-03-05")),
        ("email", Value::Null, Value::Null),
        ("files", json!([{ "name": "a.pdf", "file": { "url": "https://secret.test/a" } }]), json!(["a.pdf"])),
        ("formula", json!({ "type": "date", "date": date }), json!("2026-03-04/2026-03-05")),
        ("formula", json!({ "type": "string", "string": "f" }), json!("f")),
        ("multi_select", json!([{ "name": "a" }, { "name": "b" }]), json!(["a", "b"])),
        ("number", json!(1.5), json!(1.5)),
        ("people", json!([person]), json!(["d40e767c-1111-4222-8333-444455556666"])),
        ("relation", json!([{ "id": "r1" }]), json!(["r1"])),
        (
            "rollup",
            json!({ "type": "array", "array": rolled, "function": "show_original" }),
            json!(["1", "a"]),
        ),
        ("rollup", json!({ "type": "number", "number": 3 }), json!(3)),
        ("status", json!({ "name": "Open" }), json!("Open")),
        ("unique_id", json!({ "prefix": "T", "number": 7 }), json!("T-7")),
        ("unique_id", json!({ "prefix": null, "number": 7 }), json!(7)),
        ("a_new_kind", json!({ "secret": 1 }), Value::Null),
    ];
    for (kind, given, expected) in values {
        let properties = json!({ "p": { "id": "p", "type": kind, kind: given } });
        let list = json!({ "results": [{ "object": "page", "id": "x", "properties": properties }], "next_cursor": null });
        kit.mock.fault(DATA_SOURCE_QUERY, Fault::Body(list.to_string().into())).once();
        let answer = kit.call(&grant, "query_database", &json!({ "database_id": database })).await?;
        let value = answer["items"][0]["properties"][0].get("value").cloned().unwrap_or_default();
        assert_eq!(value, expected, "{kind}");
    }
    assert_eq!(kit.mock.count_of(DATABASE_GET), 18);
    Ok(())
}
