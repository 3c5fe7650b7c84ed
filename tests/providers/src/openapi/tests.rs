use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;

use super::*;

fn made_up() -> Value {
    let mut description = json!({
        "openapi": "3.1.0",
        "paths": {
            "/v1/teas": { "post": {
                "parameters": [
                    { "$ref": "#/components/parameters/version" },
                    { "name": "cups", "in": "query", "schema": { "type": "integer", "maximum": 9 } },
                ],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Tea" } } } },
            } },
            "/v1/teas/{tea}": { "get": {} },
            "/v1/teas/best": { "delete": {} },
        },
        "components": {
            "parameters": { "version": {
                "name": "Version", "in": "header", "required": true, "schema": { "enum": ["1"] },
            } },
            "schemas": {
                "Tea": { "type": "object", "required": ["name"], "properties": {
                    "name": { "type": "string", "maxLength": 9 },
                    "leaves": { "type": "array", "items": { "$ref": "#/components/schemas/Leaf" } },
                } },
                "Leaf": { "allOf": [
                    { "$ref": "#/components/schemas/Common" },
                    { "oneOf": [{ "type": "object", "properties": { "green": { "type": "boolean" } } }] },
                ] },
                "Common": { "type": "object", "properties": { "size": { "type": "number" } } },
            },
        },
    });
    close::all(&mut description);
    description
}

fn request(method: Method, path: &str, query: &[(&str, &str)], body: Option<Value>) -> RecordedRequest {
    RecordedRequest {
        endpoint: None,
        method,
        path: path.to_owned(),
        query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        headers: HeaderMap::from_iter([(
            http::HeaderName::from_static("version"),
            HeaderValue::from_static("1"),
        )]),
        form: Vec::new(),
        body: body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default(),
        json: body,
    }
}

#[test]
fn what_is_described_conforms() -> Result<()> {
    let tea = json!({ "name": "Assam", "leaves": [{ "size": 1, "green": false }] });
    conforms(&made_up(), &request(Method::POST, "/v1/teas", &[("cups", "2")], Some(tea)))?;
    conforms(&made_up(), &request(Method::GET, "/v1/teas/7", &[], None))?;
    conforms(&made_up(), &request(Method::DELETE, "/v1/teas/best", &[], None))
}

#[test]
fn what_is_not_described_is_noticed() {
    let tea = || Some(json!({ "name": "Assam" }));
    let mut without_header = request(Method::POST, "/v1/teas", &[], tea());
    without_header.headers.clear();
    for wrong in [
        without_header,
        request(Method::PUT, "/v1/teas", &[], tea()),
        request(Method::GET, "/v1/teas/best", &[], None),
        request(Method::POST, "/v1/coffees", &[], tea()),
        request(Method::GET, "/v1/teas/", &[], None),
        request(Method::GET, "/v1/teas/7", &[], tea()),
        request(Method::POST, "/v1/teas", &[("sugar", "1")], tea()),
        request(Method::POST, "/v1/teas", &[("cups", "10")], tea()),
        request(Method::POST, "/v1/teas", &[("cups", "two")], tea()),
        request(Method::POST, "/v1/teas", &[], None),
        request(Method::POST, "/v1/teas", &[], Some(json!({}))),
        request(Method::POST, "/v1/teas", &[], Some(json!({ "name": "Assam", "price": 1 }))),
        request(Method::POST, "/v1/teas", &[], Some(json!({ "name": "Lapsang Souchong" }))),
        request(Method::POST, "/v1/teas", &[], Some(json!({ "name": "Assam", "leaves": [{ "red": true }] }))),
    ] {
        assert!(conforms(&made_up(), &wrong).is_err(), "{wrong:?} {:?}", wrong.json);
    }
}
