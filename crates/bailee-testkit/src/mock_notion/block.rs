use serde_json::{Value, json};

use super::{
    USER_ID,
    answer::{ok, put, validation},
    search,
    workspace::{Kind, Workspace, answered, plain_text},
};
use crate::mock_provider::{Answer, RecordedRequest};

/// Blocks may be nested twice in one request.
const DEEPEST: usize = 2;
/// The blocks of one request, those within others included.
const MOST: usize = 1000;

/// `PATCH /v1/blocks/{block_id}/children`, for a page.
pub(super) fn append(workspace: &mut Workspace, id: &str, body: &Value) -> Result<Answer, Answer> {
    workspace.find(id, Kind::Page)?;
    let children = body.get("children").ok_or_else(|| validation("body.children should be defined."))?;
    let blocks = made(workspace, children, 0)?;
    if body.pointer("/position/type").is_some_and(|place| place != "end") {
        return Err(validation("The mock appends at the end only."));
    }
    workspace.find_mut(id, Kind::Page)?.blocks.extend(blocks.iter().cloned());
    Ok(ok(&list_of(&blocks)))
}

fn list_of(blocks: &[Value]) -> Value {
    json!({
        "object": "list", "type": "block", "block": {}, "has_more": false, "next_cursor": null, "results": blocks,
    })
}

/// The blocks of a request, with the members that Notion adds.
pub(super) fn made(workspace: &mut Workspace, children: &Value, depth: usize) -> Result<Vec<Value>, Answer> {
    let children = children.as_array().ok_or_else(|| validation("body.children should be an array."))?;
    if depth > DEEPEST {
        return Err(validation("The blocks are nested too deep."));
    }
    if depth == 0 && children.iter().map(count).sum::<usize>() > MOST {
        return Err(validation("The request has too many blocks."));
    }
    children.iter().map(|child| one(workspace, child, depth)).collect()
}

fn count(block: &Value) -> usize {
    let inner =
        block.as_object().into_iter().flatten().filter_map(|(_, inner)| inner.get("children")?.as_array());
    1 + inner.flatten().map(count).sum::<usize>()
}

fn one(workspace: &mut Workspace, block: &Value, depth: usize) -> Result<Value, Answer> {
    let kind = block.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(mut inner) = block.get(&kind).cloned() else {
        return Err(validation("body.children should have a member of its type."));
    };
    let nested = match inner.get("children") {
        Some(children) => made(workspace, &children.clone(), depth + 1)?,
        None => Vec::new(),
    };
    if let Some(text) = inner.get("rich_text").map(answered) {
        put(&mut inner, "rich_text", text);
        put(&mut inner, "color", json!("default"));
    }
    if !nested.is_empty() {
        put(&mut inner, "children", json!(nested));
    }
    let time = "2026-03-01T09:00:00.000Z";
    let person = json!({ "object": "user", "id": USER_ID });
    Ok(json!({
        "object": "block",
        "id": workspace.new_id(),
        "parent": { "type": "page_id", "page_id": "" },
        "created_time": time,
        "created_by": person,
        "last_edited_time": time,
        "last_edited_by": person,
        "has_children": !nested.is_empty(),
        "in_trash": false,
        "type": kind,
        kind: inner,
    }))
}

/// `GET /v1/blocks/{block_id}/children`, for a page.
pub(super) fn list(
    workspace: &Workspace,
    id: &str,
    request: &RecordedRequest,
    most: usize,
) -> Result<Answer, Answer> {
    let page = workspace.find(id, Kind::Page)?;
    let asked = json!({
        "start_cursor": request.query("start_cursor"),
        "page_size": request.query("page_size").and_then(|size| size.parse::<u64>().ok()),
    });
    let mut body = search::paged(&page.blocks, &asked, most)?;
    put(&mut body, "type", json!("block"));
    put(&mut body, "block", json!({}));
    Ok(ok(&body))
}

/// The blocks as Markdown, those within others indented.
pub(super) fn markdown(blocks: &[Value]) -> String {
    let mut text = String::new();
    for block in blocks {
        line(block, 0, &mut text);
    }
    text.trim_end().to_owned()
}

fn line(block: &Value, depth: usize, text: &mut String) {
    let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
    let inner = block.get(kind).unwrap_or(&Value::Null);
    let checked = inner.get("checked") == Some(&Value::Bool(true));
    let mark = match kind {
        "heading_1" => "# ",
        "heading_2" => "## ",
        "heading_3" => "### ",
        "bulleted_list_item" => "- ",
        "numbered_list_item" => "1. ",
        "to_do" if checked => "- [x] ",
        "to_do" => "- [ ] ",
        "quote" => "> ",
        "divider" => "---",
        _ => "",
    };
    text.push_str(&"\t".repeat(depth));
    text.push_str(mark);
    text.push_str(&inner.get("rich_text").map(plain_text).unwrap_or_default());
    text.push('\n');
    for child in inner.get("children").and_then(Value::as_array).into_iter().flatten() {
        line(child, depth + 1, text);
    }
}
