//! The OpenAPI description: exactly the routes, whole in itself.

use std::collections::BTreeSet;

use http_tests::Host;
use serde_json::{Value, json};

async fn document() -> anyhow::Result<Value> {
    Host::new()?.browser("").visit("/openapi.json").await?.json()
}

/// Method, path and description of every operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            item.as_object()
                .into_iter()
                .flatten()
                .map(|(method, operation)| (method.as_str(), path.as_str(), operation))
        })
        .collect()
}

#[tokio::test]
async fn the_description_lists_exactly_the_routes() -> anyhow::Result<()> {
    let document = document().await?;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["servers"], json!([{ "url": "https://backend.example.com" }]));
    let listed: BTreeSet<_> =
        operations(&document).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let org = "/api/organizations/{organization_id}/integrations";
    let expected = BTreeSet::from([
        format!("get {org}"),
        format!("post {org}/{{service}}"),
        format!("delete {org}/{{service}}"),
        format!("get {org}/{{service}}/auth_link"),
        format!("post {org}/{{service}}/callback"),
        "get /api/oauth/{provider}/callback".to_owned(),
        "post /api/hooks/{provider}/{opaque}".to_owned(),
        "get /v1/integrations".to_owned(),
        "post /v1/integrations".to_owned(),
        "post /v1/integrations/{service}/connect".to_owned(),
        "delete /v1/integrations/{id}".to_owned(),
        "patch /v1/integrations/{id}".to_owned(),
        "post /v1/integrations/{id}/validate".to_owned(),
        "post /v1/integrations/{id}/test".to_owned(),
        "get /v1/integrations/{service}/authorize".to_owned(),
        "get /v1/connects/{id}".to_owned(),
        "get /integrations/connect/{id}".to_owned(),
        "post /integrations/connect/{id}".to_owned(),
        "get /integrations/connected".to_owned(),
        "get /api/organizations/{organization_id}/mcps".to_owned(),
        "get /v1/secrets".to_owned(),
        "post /v1/secrets".to_owned(),
        "patch /v1/secrets/{id}".to_owned(),
        "delete /v1/secrets/{id}".to_owned(),
        "get /v1/access".to_owned(),
        "get /v1/providers".to_owned(),
        "get /v1/threads/{thread_id}".to_owned(),
        "get /v1/threads/{thread_id}/permissions".to_owned(),
        "put /v1/threads/{thread_id}/permissions".to_owned(),
        "get /v1/tasks".to_owned(),
        "post /v1/tasks/{id}/accept".to_owned(),
        "post /v1/tasks/{id}/decline".to_owned(),
        "get /v1/session".to_owned(),
        "get /v1/profiles".to_owned(),
        "get /v1/tools".to_owned(),
        "get /v1/ledger".to_owned(),
        "post /v1/integrations/{service}/callback".to_owned(),
        "get /openapi.json".to_owned(),
    ]);
    assert_eq!(listed, expected);
    Ok(())
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_describes_its_parameters() -> anyhow::Result<()> {
    let document = document().await?;
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(
            names.insert(operation["operationId"].as_str().unwrap_or_default().to_owned()),
            "{method} {path}"
        );
        assert!(
            operation["summary"].as_str().is_some_and(|text| !text.is_empty() && !text.contains('\n')),
            "{method} {path}"
        );
        let in_path: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let described: BTreeSet<_> =
            parameters.filter(|it| it["in"] == "path").filter_map(|it| it["name"].as_str()).collect();
        assert_eq!(described, in_path, "{method} {path}");
        let responses = operation["responses"].as_object().into_iter().flatten();
        for (status, response) in responses {
            let told = response["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(told, "{method} {path} {status}");
        }
        let success = operation["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(status, _)| status.starts_with('2') || status.starts_with('3'));
        assert_eq!(success.count(), 1, "{method} {path}");
    }
    Ok(())
}

#[tokio::test]
async fn every_json_body_names_all_the_members_that_it_may_have() -> anyhow::Result<()> {
    let document = document().await?;
    let mut bodies = 0;
    for (method, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(pointer) = schema.as_str().and_then(|reference| reference.strip_prefix('#')) else {
            continue;
        };
        bodies += 1;
        let schema = document.pointer(pointer);
        assert!(schema.is_some_and(|schema| schema["additionalProperties"] == false), "{method} {path}");
    }
    assert_eq!(bodies, 9);
    Ok(())
}

#[tokio::test]
async fn every_operation_tells_its_problems_and_who_may() -> anyhow::Result<()> {
    let document = document().await?;
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(schemes["cookie"]["in"], "cookie");
    assert_eq!(document["security"], json!([{ "bearer": [] }, { "cookie": [] }]));
    let open = [
        "/api/hooks/{provider}/{opaque}",
        "/api/oauth/{provider}/callback",
        "/integrations/connected",
        "/openapi.json",
    ];
    for (method, path, operation) in operations(&document) {
        if open.contains(&path) {
            assert_eq!(operation["security"], json!([{}]), "{path}");
            continue;
        }
        assert!(operation.get("security").is_none(), "{method} {path}");
        if operation["tags"] == json!(["pages"]) {
            let refusal = &operation["responses"]["4XX"]["content"];
            assert_eq!(refusal["text/html"]["schema"]["type"], "string", "{method} {path}");
            continue;
        }
        let mut statuses = vec!["400", "401", "500", "503"];
        if method != "get" {
            statuses.extend(["403", "413", "415", "502"]);
        }
        for status in statuses {
            let problem =
                &operation["responses"][status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(problem, "#/components/schemas/Problem", "{method} {path} {status}");
        }
    }
    let widening = |how: &Value| -> Vec<&str> {
        let of_kind = |(_, _, operation): &(&str, &str, &Value)| operation["x-bailee-widens"] == *how;
        let mut names: Vec<&str> = operations(&document)
            .into_iter()
            .filter(of_kind)
            .filter_map(|(_, _, operation)| operation["operationId"].as_str())
            .collect();
        names.sort_unstable();
        names
    };
    let always = [
        "accept_task",
        "answer_connect",
        "callback",
        "connect",
        "create_secret",
        "join",
        "oauth_callback",
        "organization_callback",
    ];
    assert_eq!(widening(&json!(true)), always);
    assert_eq!(widening(&json!("sometimes")), ["set_thread_permissions", "update", "update_secret"]);
    Ok(())
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_no_secret_is_described() -> anyhow::Result<()> {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document().await?;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_default();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let properties = document["components"]["schemas"]["Integration"]["properties"].as_object();
    let names: Vec<_> = properties.into_iter().flat_map(|it| it.keys()).collect();
    for name in
        ["id", "oauth_user_id", "scope", "profile_ids", "bound_profile_id", "is_default", "enabled", "status"]
    {
        assert!(names.iter().any(|it| *it == name), "{name}");
    }
    assert!(names.iter().all(|name| !name.contains("token") && !name.contains("secret")), "{names:?}");
    Ok(())
}
