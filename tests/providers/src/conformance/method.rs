//! One request against the method that it calls.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::value::{definition, mask_fits, text_fits, value_fits};
use bailee_testkit::mock_provider::RecordedRequest;

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

pub(super) fn conforms(description: &Value, id: &str, request: &RecordedRequest) -> Result<()> {
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
        && wanted.iter().zip(&given).all(|(wanted, given)| part_fits(wanted, given));
    ensure!(fits, "the path does not fit {template}");
    Ok(())
}

/// One part of a path: a word, or a name in braces that a word may follow, for example `{documentId}:batchUpdate`.
fn part_fits(wanted: &str, given: &str) -> bool {
    let after_name = wanted.strip_prefix('{').and_then(|name| name.split_once('}'));
    match after_name {
        None => wanted == given,
        Some((_, word)) => given.strip_suffix(word).is_some_and(|value| !value.is_empty()),
    }
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
                "path": "shops/{shopId}:addTea",
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
        let request = request(Method::POST, "/shop/v1/shops/7:addTea", &query, Some(body));
        conforms(&made_up(), "shop.teas.insert", &request)
    }

    #[test]
    fn what_is_not_described_is_noticed() {
        let path = "/shop/v1/shops/7:addTea";
        let tea = || Some(json!({ "name": "Assam" }));
        for wrong in [
            request(Method::PUT, path, &[], tea()),
            request(Method::POST, "/shop/v1/shops/7:addCoffee", &[], tea()),
            request(Method::POST, "/shop/v1/shops/:addTea", &[], tea()),
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
