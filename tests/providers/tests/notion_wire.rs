//! What the tools of Notion send, to the letter, and what never gets through.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_core::{ExposeSecret as _, Grant, ProviderError};
use bailee_testkit::{
    mock_notion::{BLOCKS_APPEND, DATABASE_CREATE, PAGE_CREATE, PAGE_UPDATE, SEARCH, VERSION},
    mock_provider::Endpoint,
};
use provider_tests::{NotionKit, openapi::requests_conform};

const DESCRIPTION: &str = "notion-openapi-full-2026-03-11";

async fn stand() -> Result<(NotionKit, Grant, String)> {
    let kit = NotionKit::open().await?;
    let grant = kit.connect().await?;
    let page = kit.mock.add_page("Roadmap");
    Ok((kit, grant, page))
}

/// The bodies that an endpoint got.
fn bodies(kit: &NotionKit, endpoint: Endpoint) -> Vec<Value> {
    let requests = kit.mock.requests().into_iter().filter(|request| request.endpoint == Some(endpoint));
    requests.filter_map(|request| request.json).collect()
}

fn body(kit: &NotionKit, endpoint: Endpoint) -> Result<Value> {
    bodies(kit, endpoint).pop().context("a body")
}

fn conforms(kit: &NotionKit) -> Result<()> {
    requests_conform(&kit.mock.requests(), "notion", DESCRIPTION)
}

/// The blocks of a page that were appended as Markdown, each with its type alone.
async fn written(markdown: &str) -> Result<Vec<Value>> {
    let (kit, grant, page) = stand().await?;
    kit.call(&grant, "append_to_notion_page", &json!({ "page_id": page, "markdown": markdown })).await?;
    conforms(&kit)?;
    let body = body(&kit, BLOCKS_APPEND)?;
    body.get("children").and_then(Value::as_array).cloned().context("blocks")
}

fn text(content: &str) -> Value {
    json!([{ "type": "text", "text": { "content": content } }])
}

fn block(kind: &str, inner: &Value) -> Value {
    json!({ "object": "block", "type": kind, kind: inner })
}

fn plain(blocks: &[Value]) -> Vec<(String, String)> {
    let of = |block: &Value| {
        let kind = block["type"].as_str().unwrap_or_default().to_owned();
        let items = block.get(&kind).and_then(|inner| inner.get("rich_text")?.as_array());
        let texts = items.into_iter().flatten().filter_map(|item| item.pointer("/text/content")?.as_str());
        let text = texts.collect();
        (kind, text)
    };
    blocks.iter().map(of).collect()
}

#[tokio::test]
async fn each_request_has_the_token_and_the_version() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    kit.mock.clear_requests();
    kit.call(&grant, "search_notion", &json!({})).await?;
    kit.call(&grant, "append_to_notion_page", &json!({ "page_id": page, "text": "a" })).await?;
    for request in kit.mock.requests() {
        assert_eq!(request.bearer(), Some(grant.credential.access_token.expose_secret()));
        assert_eq!(request.header("notion-version"), Some(VERSION));
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    Ok(())
}

#[tokio::test]
async fn an_output_has_what_notion_calls_the_request() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let output = kit.output(&grant, "search_notion", &json!({})).await?;
    assert_eq!(output.request_id.as_deref(), Some("3c90c3cc-1111-4222-8333-444455556666"));
    Ok(())
}

#[tokio::test]
async fn a_search_hands_its_words_on_as_data() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let words = "\"}, \"filter\": {\"value\": \"x\u{0}";
    let arguments = json!({ "query": words, "object": "data_source", "limit": 7, "cursor": "mock-cursor-0" });
    kit.call(&grant, "search_notion", &arguments).await?;
    let expected = json!({
        "query": words,
        "filter": { "property": "object", "value": "data_source" },
        "page_size": 7,
        "start_cursor": "mock-cursor-0",
    });
    assert_eq!(body(&kit, SEARCH)?, expected);
    conforms(&kit)
}

#[tokio::test]
async fn a_page_goes_below_a_page_with_its_title_and_text() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let arguments = json!({ "parent_id": page, "title": "Notes", "markdown": "ship *on* Friday" });
    let made = kit.call(&grant, "create_notion_page", &arguments).await?;
    let italic = json!({ "type": "text", "text": { "content": "on" }, "annotations": { "italic": true } });
    let pieces = json!([text("ship ")[0], italic, text(" Friday")[0]]);
    let expected = json!({
        "parent": { "type": "page_id", "page_id": page },
        "properties": { "title": { "title": text("Notes") } },
        "children": [block("paragraph", &json!({ "rich_text": pieces }))],
    });
    assert_eq!(body(&kit, PAGE_CREATE)?, expected);
    assert_eq!(made["page"]["title"], "Notes");
    assert_eq!(made["page"]["parent_id"], json!(page));
    assert_eq!(made["complete"], true);
    conforms(&kit)
}

#[tokio::test]
async fn a_row_has_its_title_where_the_data_source_has_it() -> Result<()> {
    let (kit, grant, _) = stand().await?;
    let columns = json!({ "Task": { "title": {} }, "Kind": { "select": {} } });
    let (database, source) = kit.mock.add_database("Tasks", &columns);
    let kind = json!({ "Kind": { "select": { "name": "Bug" } } });
    for parent in [&database, &source] {
        let arguments =
            json!({ "parent_id": parent, "parent_type": "database", "title": "Ship it", "properties": kind });
        kit.call(&grant, "create_notion_page", &arguments).await?;
        let expected = json!({
            "parent": { "type": "data_source_id", "data_source_id": source },
            "properties": { "Task": { "title": text("Ship it") }, "Kind": { "select": { "name": "Bug" } } },
        });
        assert_eq!(body(&kit, PAGE_CREATE)?, expected);
    }
    let twice =
        json!({ "parent_id": source, "parent_type": "database", "title": "a", "properties": { "Task": {} } });
    let refused = kit.call(&grant, "create_notion_page", &twice).await;
    ensure!(matches!(refused, Err(ProviderError::InvalidArguments { .. })), "{refused:?}");
    conforms(&kit)
}

#[tokio::test]
async fn a_database_has_its_columns_in_its_first_data_source() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let columns = json!([
        { "name": "Done", "type": "checkbox" },
        { "name": "Kind", "type": "multi_select", "options": ["Bug", "Idea"] },
        { "name": "Due", "type": "date" },
    ]);
    let arguments = json!({ "parent_id": page, "title": "Tasks", "properties": columns });
    let made = kit.call(&grant, "create_notion_database", &arguments).await?;
    let expected = json!({
        "parent": { "type": "page_id", "page_id": page },
        "title": text("Tasks"),
        "initial_data_source": { "properties": {
            "Name": { "title": {} },
            "Done": { "checkbox": {} },
            "Due": { "date": {} },
            "Kind": { "multi_select": { "options": [{ "name": "Bug" }, { "name": "Idea" }] } },
        } },
    });
    assert_eq!(body(&kit, DATABASE_CREATE)?, expected);
    ensure!(made["data_source_id"].is_string() && made["data_source_id"] != made["id"], "{made}");
    let every: Vec<Value> = [
        "checkbox",
        "created_by",
        "created_time",
        "date",
        "email",
        "files",
        "last_edited_by",
        "last_edited_time",
        "multi_select",
        "number",
        "people",
        "phone_number",
        "rich_text",
        "select",
        "title",
        "url",
    ]
    .iter()
    .map(|kind| json!({ "name": kind, "type": kind }))
    .collect();
    kit.call(
        &grant,
        "create_notion_database",
        &json!({ "parent_id": page, "title": "All", "properties": every }),
    )
    .await?;
    conforms(&kit)
}

#[tokio::test]
async fn columns_that_do_not_go_together_are_refused() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    for (columns, place) in [
        (json!([{ "name": "a", "type": "title" }, { "name": "b", "type": "title" }]), "/properties"),
        (json!([{ "name": "Name", "type": "date" }]), "/properties"),
        (json!([{ "name": "a", "type": "date" }, { "name": "a", "type": "date" }]), "/properties/1/name"),
        (json!([{ "name": "a\u{7}", "type": "date" }]), "/properties/0/name"),
        (json!([{ "name": "a", "type": "date", "options": ["x"] }]), "/properties/0/options"),
        (json!([{ "name": "a", "type": "select", "options": ["x", "x"] }]), "/properties/0/options"),
        (json!([{ "name": "a", "type": "formula" }]), "/properties/0/type"),
    ] {
        let arguments = json!({ "parent_id": page, "title": "Tasks", "properties": columns });
        let refused = kit.call(&grant, "create_notion_database", &arguments).await;
        let told =
            matches!(&refused, Err(ProviderError::InvalidArguments { pointer, .. }) if pointer == place);
        assert!(told, "{columns}: {refused:?}");
    }
    assert_eq!(kit.mock.count_of(DATABASE_CREATE), 0);
    Ok(())
}

#[tokio::test]
async fn values_are_handed_on_and_nothing_else_is() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let title = json!({ "title": { "title": [{ "text": { "content": "New" } }] } });
    kit.call(&grant, "update_notion_page", &json!({ "page_id": page, "properties": title })).await?;
    assert_eq!(body(&kit, PAGE_UPDATE)?, json!({ "properties": title }));
    for wrong in [json!({}), json!({ "Done": true }), json!([]), json!({ "title": null })] {
        let refused =
            kit.call(&grant, "update_notion_page", &json!({ "page_id": page, "properties": wrong })).await;
        ensure!(matches!(refused, Err(ProviderError::InvalidArguments { .. })), "{wrong}: {refused:?}");
    }
    let trash = json!({ "page_id": page, "properties": title, "in_trash": true });
    let refused = kit.call(&grant, "update_notion_page", &trash).await;
    ensure!(matches!(refused, Err(ProviderError::InvalidArguments { .. })), "{refused:?}");
    assert_eq!(kit.mock.count_of(PAGE_UPDATE), 1);
    conforms(&kit)
}

#[tokio::test]
async fn markdown_becomes_blocks() -> Result<()> {
    let markdown = "# One\n## Two\n#### Four\n\na\nb\n\n- x\n  - y\n    - z\n- [ ] open\n- [x] done\n\n1. first\n\n> said\n\n\
                    ```rust\nfn a() {}\n\nfn b() {}\n```\n\n---\n";
    let blocks = written(markdown).await?;
    let expected = [
        ("heading_1", "One"),
        ("heading_2", "Two"),
        ("heading_3", "Four"),
        ("paragraph", "a\nb"),
        ("bulleted_list_item", "x"),
        ("to_do", "open"),
        ("to_do", "done"),
        ("numbered_list_item", "first"),
        ("quote", "said"),
        ("code", "fn a() {}\n\nfn b() {}"),
        ("divider", ""),
    ];
    assert_eq!(plain(&blocks), expected.map(|(kind, text)| (kind.to_owned(), text.to_owned())));
    let nested = &blocks[4]["bulleted_list_item"]["children"][0]["bulleted_list_item"];
    assert_eq!(nested["rich_text"], text("y"));
    assert_eq!(nested["children"][0]["bulleted_list_item"]["rich_text"], text("z"));
    assert_eq!(blocks[6]["to_do"]["checked"], true);
    assert_eq!(blocks[9]["code"]["language"], "rust");
    Ok(())
}

#[tokio::test]
async fn marks_and_links_become_styles() -> Result<()> {
    let blocks = written("**b** *i* ~~s~~ `c` [l](https://example.test/a) ***bi***").await?;
    let items = blocks[0]["paragraph"]["rich_text"].as_array().context("pieces")?;
    let styled: Vec<(&str, Vec<&str>)> = items
        .iter()
        .filter_map(|item| {
            let marks =
                item["annotations"].as_object().map(|marks| marks.keys().map(String::as_str).collect());
            Some((item["text"]["content"].as_str()?, marks?))
        })
        .collect();
    let expected = [
        ("b", vec!["bold"]),
        ("i", vec!["italic"]),
        ("s", vec!["strikethrough"]),
        ("c", vec!["code"]),
        ("bi", vec!["bold", "italic"]),
    ];
    assert_eq!(styled, expected);
    let link = items.iter().find(|item| item["text"]["content"] == "l").context("a link")?;
    assert_eq!(link["text"]["link"], json!({ "url": "https://example.test/a" }));
    Ok(())
}

#[tokio::test]
async fn what_looks_like_a_tag_or_a_script_stays_text() -> Result<()> {
    let markdown = "<page url=\"https://app.notion.com/p/1a2b3c4d111142228333444455556666\">Moved</page>\n\n\
                    [click](javascript:alert(1)) <b>x</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\\# no heading $e=mc^2$ {color=\"red\"}";
    let blocks = written(markdown).await?;
    let texts = plain(&blocks);
    ensure!(texts.iter().all(|(kind, _)| kind == "paragraph"), "{texts:?}");
    let all = texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
    for kept in [
        "<page url=",
        ">Moved</page>",
        "click <b>x</b>",
        "| a | b |",
        "# no heading $e=mc^2$ {color=\"red\"}",
    ] {
        ensure!(all.contains(kept), "{kept} in {all}");
    }
    ensure!(!json!(blocks).to_string().contains("javascript"), "no such link");
    Ok(())
}

#[tokio::test]
async fn markdown_that_breaks_out_of_its_block_breaks_nothing() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    for markdown in [
        "\"}]},{\"type\":\"divider\",\"divider\":{}}],\"x\":[{".to_owned(),
        "a\u{0}\u{8}\u{1B}[2J\r\nb\u{7F}\u{9B}c".to_owned(),
        "> ".repeat(3000) + "deep",
        "- ".repeat(3000) + "deep",
        (0..400_usize).map(|depth| "  ".repeat(depth.min(30)) + "- a\n").collect(),
        "*".repeat(20_000),
        "[".repeat(20_000),
        "**a *b ".repeat(3000),
        "a ".to_owned() + &"`".repeat(9999) + "a",
        "# ".to_owned() + &"a".repeat(29_000),
        "\u{1F511}".repeat(10_000),
        "```\n".to_owned() + &"x\n".repeat(10_000),
        "a **b** ".repeat(2000),
    ] {
        let name: String = markdown.chars().take(20).collect();
        let answer = kit
            .call(&grant, "append_to_notion_page", &json!({ "page_id": page, "markdown": markdown }))
            .await;
        let answer = answer.with_context(|| name.clone())?;
        assert_eq!(answer["complete"], true, "{name}");
    }
    for request in bodies(&kit, BLOCKS_APPEND) {
        assert_eq!(request.as_object().map(serde_json::Map::len), Some(1), "children and nothing else");
        let text = json!(request["children"]).to_string();
        for control in ["\\u0000", "\\b", "\\u001b", "\\r", "\u{7F}", "\u{9B}"] {
            assert!(!text.contains(control), "{control}");
        }
    }
    conforms(&kit)
}

#[tokio::test]
async fn plain_text_is_not_read_as_markup() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let arguments = json!({ "page_id": page, "text": "# *a*\nb\n\n- c" });
    kit.call(&grant, "append_to_notion_page", &arguments).await?;
    let paragraph = |content: &str| block("paragraph", &json!({ "rich_text": text(content) }));
    assert_eq!(body(&kit, BLOCKS_APPEND)?, json!({ "children": [paragraph("# *a*\nb"), paragraph("- c")] }));
    for wrong in [
        json!({ "page_id": page }),
        json!({ "page_id": page, "text": "a", "markdown": "b" }),
        json!({ "page_id": page, "text": "\n" }),
    ] {
        let refused = kit.call(&grant, "append_to_notion_page", &wrong).await;
        ensure!(matches!(refused, Err(ProviderError::InvalidArguments { .. })), "{wrong}: {refused:?}");
    }
    conforms(&kit)
}

#[tokio::test]
async fn a_long_title_goes_in_pieces_and_without_control_characters() -> Result<()> {
    let (kit, grant, page) = stand().await?;
    let title = format!("a\u{0}\u{1B}{}", "\u{1F511}".repeat(997));
    let arguments = json!({ "parent_id": page, "title": title });
    kit.call(&grant, "create_notion_page", &arguments).await?;
    let sent = body(&kit, PAGE_CREATE)?;
    let items = sent["properties"]["title"]["title"].as_array().context("pieces")?;
    let whole: String = items.iter().filter_map(|item| item["text"]["content"].as_str()).collect();
    assert_eq!(whole, format!("a{}", "\u{1F511}".repeat(997)));
    conforms(&kit)
}
