//! Recorded requests against the official descriptions of Google's APIs, where those are at hand.
//!
//! A description is looked for beside the workspace, as `<folder>/specs/google/<api>.discovery.json`. Without it the check
//! is skipped, and says so.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use bailee_testkit::{
    MockGoogle,
    mock_provider::{Endpoint, RecordedRequest},
};

/// Checks every request that reached the calendar of the mock, and that there was at least one.
///
/// # Errors
/// When a request does not fit the description: its method, path, a query parameter or a member of its body.
#[expect(clippy::print_stdout, reason = "a check that is skipped says so")]
pub fn calendar_requests_conform(mock: &MockGoogle) -> Result<()> {
    let Some(description) = description("calendar-v3")? else {
        println!("skipped: no calendar-v3.discovery.json beside the workspace");
        return Ok(());
    };
    let mut checked = 0_usize;
    for request in mock.requests() {
        if let Some(Endpoint::Api(id)) = request.endpoint {
            conforms(&description, id, &request).with_context(|| format!("{id}: {request:?}"))?;
            checked += 1;
        } else {
            ensure!(!request.path.starts_with("/calendar/"), "the calendar has no method for {request:?}");
        }
    }
    ensure!(checked > 0, "no request reached the calendar");
    Ok(())
}

/// The description of that name in a folder next to the workspace.
fn description(name: &str) -> Result<Option<Value>> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", ".."].iter().collect();
    let Ok(root) = root.canonicalize() else {
        return Ok(None);
    };
    let Some(Ok(folders)) = root.parent().map(fs::read_dir) else {
        return Ok(None);
    };
    for folder in folders.flatten() {
        let file = Path::new("specs/google").join(format!("{name}.discovery.json"));
        let path = folder.path().join(file);
        if path.is_file() {
            return Ok(Some(serde_json::from_slice(&fs::read(path)?)?));
        }
    }
    Ok(None)
}

/// The method whose `id` that is, found through all nested resources.
fn method<'a>(resource: &'a Value, id: &str) -> Option<&'a Value> {
    let own = resource.get("methods").and_then(Value::as_object);
    let found = own
        .into_iter()
        .flatten()
        .map(|(_, method)| method)
        .find(|method| method.get("id").and_then(Value::as_str) == Some(id));
    found.or_else(|| {
        let nested = resource.get("resources").and_then(Value::as_object);
        nested.into_iter().flatten().find_map(|(_, nested)| method(nested, id))
    })
}

fn conforms(description: &Value, id: &str, request: &RecordedRequest) -> Result<()> {
    let method = method(description, id).context("the description has no such method")?;
    let http_method = method.get("httpMethod").and_then(Value::as_str);
    ensure!(http_method == Some(request.method.as_str()), "the method is wrong");
    let base = description.get("servicePath").and_then(Value::as_str).unwrap_or_default();
    let template = method.get("path").and_then(Value::as_str).unwrap_or_default();
    path_fits(&format!("/{base}{template}"), &request.path)?;
    query_fits(description, method, request)?;
    let schema = method.get("request").and_then(|request| request.get("$ref")).and_then(Value::as_str);
    match (schema, &request.json) {
        (None, None) => ensure!(request.body.is_empty(), "a body where none is described"),
        (None, Some(_)) => anyhow::bail!("a body where none is described"),
        (Some(_), None) => anyhow::bail!("no JSON body"),
        (Some(schema), Some(body)) => {
            let schema = definition(description, schema)?;
            value_fits(description, schema, body, "body")?;
        }
    }
    if let Some(fields) = request.query("fields") {
        let answer = method
            .get("response")
            .and_then(|response| response.get("$ref"))
            .and_then(Value::as_str)
            .context("fields of an answer without a schema")?;
        mask_fits(description, definition(description, answer)?, fields)?;
    }
    Ok(())
}

fn path_fits(template: &str, path: &str) -> Result<()> {
    let wanted: Vec<&str> = template.split('/').collect();
    let given: Vec<&str> = path.split('/').collect();
    let fits = wanted.len() == given.len()
        && wanted
            .iter()
            .zip(&given)
            .all(|(wanted, given)| if wanted.starts_with('{') { !given.is_empty() } else { wanted == given });
    ensure!(fits, "the path does not fit {template}");
    Ok(())
}

fn query_fits(description: &Value, method: &Value, request: &RecordedRequest) -> Result<()> {
    let own = method.get("parameters").and_then(Value::as_object);
    let common = description.get("parameters").and_then(Value::as_object);
    for (name, value) in &request.query {
        let parameter = own
            .and_then(|own| own.get(name))
            .filter(|parameter| parameter.get("location").and_then(Value::as_str) == Some("query"))
            .or_else(|| common?.get(name))
            .with_context(|| format!("the query has an unknown parameter {name}"))?;
        ensure!(parameter.get("deprecated") != Some(&Value::Bool(true)), "{name} is deprecated");
        let repeated = parameter.get("repeated") == Some(&Value::Bool(true));
        let times = request.query.iter().filter(|(other, _)| other == name).count();
        ensure!(repeated || times == 1, "{name} stands there {times} times");
        text_fits(parameter, value).with_context(|| format!("the parameter {name}"))?;
    }
    for (name, parameter) in own.into_iter().flatten() {
        let required = parameter.get("required") == Some(&Value::Bool(true))
            && parameter.get("location").and_then(Value::as_str) == Some("query");
        ensure!(!required || request.query(name).is_some(), "{name} is missing");
    }
    Ok(())
}

/// A parameter's text against its type, its words and its bounds.
fn text_fits(parameter: &Value, value: &str) -> Result<()> {
    if let Some(words) = parameter.get("enum").and_then(Value::as_array) {
        ensure!(words.iter().any(|word| word == value), "is none of the described words");
    }
    match parameter.get("type").and_then(Value::as_str) {
        Some("integer") => {
            let number: i64 = value.parse().context("is no integer")?;
            let bound = |name: &str| -> Option<i64> { parameter.get(name)?.as_str()?.parse().ok() };
            ensure!(bound("minimum").is_none_or(|least| number >= least), "is too small");
            ensure!(bound("maximum").is_none_or(|most| number <= most), "is too large");
        }
        Some("boolean") => ensure!(matches!(value, "true" | "false"), "is no boolean"),
        _ => {}
    }
    if parameter.get("format").and_then(Value::as_str) == Some("date-time") {
        chrono::DateTime::parse_from_rfc3339(value).context("is no time with an offset")?;
    }
    Ok(())
}

fn definition<'a>(description: &'a Value, name: &str) -> Result<&'a Value> {
    description
        .get("schemas")
        .and_then(|schemas| schemas.get(name))
        .with_context(|| format!("the description has no schema {name}"))
}

/// The schema itself, or the one that it refers to.
fn resolved<'a>(description: &'a Value, schema: &'a Value) -> Result<&'a Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(name) => definition(description, name),
        None => Ok(schema),
    }
}

fn value_fits(description: &Value, schema: &Value, value: &Value, place: &str) -> Result<()> {
    let schema = resolved(description, schema)?;
    match (schema.get("type").and_then(Value::as_str), value) {
        (Some("object"), Value::Object(members)) => {
            let known = schema.get("properties").and_then(Value::as_object);
            let others = schema.get("additionalProperties");
            for (name, member) in members {
                let place = format!("{place}.{name}");
                let schema = known.and_then(|known| known.get(name)).or(others);
                let schema = schema.with_context(|| format!("{place} is not described"))?;
                value_fits(description, schema, member, &place)?;
            }
        }
        (Some("array"), Value::Array(items)) => {
            let schema = schema.get("items").with_context(|| format!("{place} has no items"))?;
            for item in items {
                value_fits(description, schema, item, &format!("{place}[]"))?;
            }
        }
        (Some("string"), Value::String(text)) => {
            text_fits(schema, text).with_context(|| place.to_owned())?;
        }
        (Some("boolean"), Value::Bool(_))
        | (Some("integer" | "number"), Value::Number(_))
        | (Some("any"), _) => {}
        (kind, _) => anyhow::bail!("{place} is not {}", kind.unwrap_or("described")),
    }
    Ok(())
}

/// Every name of a `fields` mask, for example `items(id,start),nextPageToken`.
fn mask_fits(description: &Value, schema: &Value, mask: &str) -> Result<()> {
    let mut rest = mask;
    let schema = resolved(description, schema)?;
    while !rest.is_empty() {
        let end = rest.find([',', '(']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let member = name.split('/').try_fold(schema, |schema, part| {
            let schema = resolved(description, schema)?;
            let schema = schema.get("items").map_or(Ok(schema), |items| resolved(description, items))?;
            schema
                .get("properties")
                .and_then(|properties| properties.get(part))
                .with_context(|| format!("the mask names an unknown field {part}"))
        })?;
        rest = match after.strip_prefix('(') {
            Some(inner) => {
                let close = matching_bracket(inner).context("the mask has an open bracket")?;
                let (inner, after) = inner.split_at(close);
                let member = member.get("items").unwrap_or(member);
                mask_fits(description, member, inner)?;
                after.strip_prefix(')').unwrap_or(after)
            }
            None => after,
        };
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Ok(())
}

/// Where the bracket closes that was opened before this text.
fn matching_bracket(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(index),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};
    use serde_json::json;

    use super::*;

    fn made_up() -> Value {
        json!({
            "servicePath": "shop/v1/",
            "parameters": { "fields": { "type": "string", "location": "query" } },
            "resources": { "teas": { "methods": { "insert": {
                "id": "shop.teas.insert",
                "httpMethod": "POST",
                "path": "shops/{shopId}/teas",
                "parameters": {
                    "shopId": { "type": "string", "location": "path", "required": true },
                    "cups": { "type": "integer", "location": "query", "minimum": "1", "maximum": "9" },
                    "milk": { "type": "string", "location": "query", "enum": ["none", "some"] },
                },
                "request": { "$ref": "Tea" },
                "response": { "$ref": "Tea" },
            } } } },
            "schemas": {
                "Tea": { "type": "object", "properties": {
                    "name": { "type": "string" },
                    "leaves": { "type": "array", "items": { "$ref": "Leaf" } },
                } },
                "Leaf": { "type": "object", "properties": { "green": { "type": "boolean" } } },
            },
        })
    }

    fn request(method: Method, path: &str, query: &[(&str, &str)], body: Option<Value>) -> RecordedRequest {
        RecordedRequest {
            endpoint: None,
            method,
            path: path.to_owned(),
            query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            headers: HeaderMap::new(),
            form: Vec::new(),
            body: body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
            json: body,
        }
    }

    #[test]
    fn what_is_described_conforms() -> Result<()> {
        let query = [("cups", "2"), ("milk", "some"), ("fields", "name,leaves(green)")];
        let body = json!({ "name": "Assam", "leaves": [{ "green": false }] });
        let request = request(Method::POST, "/shop/v1/shops/7/teas", &query, Some(body));
        conforms(&made_up(), "shop.teas.insert", &request)
    }

    #[test]
    fn what_is_not_described_is_noticed() {
        let path = "/shop/v1/shops/7/teas";
        let tea = || Some(json!({ "name": "Assam" }));
        for wrong in [
            request(Method::PUT, path, &[], tea()),
            request(Method::POST, "/shop/v1/shops/7/coffees", &[], tea()),
            request(Method::POST, "/shop/v1/shops//teas", &[], tea()),
            request(Method::POST, path, &[("sugar", "1")], tea()),
            request(Method::POST, path, &[("shopId", "7")], tea()),
            request(Method::POST, path, &[("cups", "10")], tea()),
            request(Method::POST, path, &[("cups", "1"), ("cups", "2")], tea()),
            request(Method::POST, path, &[("milk", "much")], tea()),
            request(Method::POST, path, &[("fields", "name,price")], tea()),
            request(Method::POST, path, &[("fields", "leaves(red)")], tea()),
            request(Method::POST, path, &[], None),
            request(Method::POST, path, &[], Some(json!({ "price": 1 }))),
            request(Method::POST, path, &[], Some(json!({ "name": 1 }))),
            request(Method::POST, path, &[], Some(json!({ "leaves": [{ "red": true }] }))),
        ] {
            let query = wrong.query.clone();
            assert!(
                conforms(&made_up(), "shop.teas.insert", &wrong).is_err(),
                "{wrong:?} {query:?} {:?}",
                wrong.json
            );
        }
    }
}
