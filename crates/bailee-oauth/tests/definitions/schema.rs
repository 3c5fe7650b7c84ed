//! The documentation of the schema names all of it, and nothing else.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use bailee_oauth::OAuthDefinition;

const DOCUMENT: &str = include_str!("../../docs/definition.md");

/// Each table of a definition, and what its fields are called in the document.
const TABLES: [(&str, &str); 19] = [
    ("", ""),
    ("/aliases/0", "aliases[]."),
    ("/issuer", "issuer."),
    ("/client", "client."),
    ("/authorize", "authorize."),
    ("/authorize/request", "request."),
    ("/token", "token."),
    ("/token/response", "token.response."),
    ("/refresh", "refresh."),
    ("/refresh/rotation/rotates", "refresh.rotation.rotates."),
    ("/revoke", "revoke."),
    ("/userinfo", "userinfo."),
    ("/introspection", "introspection."),
    ("/scopes", "scopes."),
    ("/scopes/list/0", "scopes.list[]."),
    ("/expiry", "expiry."),
    ("/account", "account."),
    ("/errors", "errors."),
    ("/errors/rules/0", "errors.rules[]."),
];

/// Each field whose value is one of a few words.
const WORDS: [&str; 14] = [
    "/accounts",
    "/client/authentication",
    "/client/body",
    "/authorize/request/method",
    "/authorize/pkce",
    "/scopes/echo",
    "/scopes/list/0/access",
    "/refresh/when",
    "/refresh/rotation",
    "/expiry/rule",
    "/revoke/authentication",
    "/revoke/reach",
    "/account/source",
    "/probe",
];

fn whole() -> Value {
    let request = json!({ "url": "https://as.example/", "method": null });
    json!({
        "key": "example", "name": "Example", "accounts": "one", "token_hosts": ["as.example"],
        "aliases": [{ "key": "other" }],
        "issuer": { "identifier": "https://as.example" },
        "client": { "authentication": "basic", "body": "form" },
        "authorize": { "request": request, "pkce": "s256" },
        "token": { "request": request, "response": {} },
        "refresh": { "when": "ahead", "rotation": { "rotates": { "grace_seconds": 1 } } },
        "revoke": { "request": request, "authentication": "client", "order": ["access_token"], "reach": "grant" },
        "userinfo": { "request": request },
        "introspection": { "request": request },
        "scopes": { "echo": "echoed", "list": [{ "name": "openid", "access": "read" }] },
        "expiry": { "rule": "told" },
        "account": { "source": "userinfo", "id": ["/sub"] },
        "probe": "userinfo",
        "errors": {
            "success": { "pointer": "/ok", "value": true },
            "rules": [{ "steps": ["refresh"], "status": 400, "class": "revoked" }],
        },
    })
}

/// The words that a refusal offers instead.
fn offered(definition: &Value) -> Result<Vec<String>> {
    let error = OAuthDefinition::from_json(&definition.to_string()).err().context("it is refused")?;
    let (_, offers) = error.problem.split_once("expected ").with_context(|| format!("{error}"))?;
    let offers: Vec<String> = offers.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    ensure!(!offers.is_empty(), "{error}");
    Ok(offers)
}

fn fields_of(place: &str) -> Result<Vec<String>> {
    let mut definition = whole();
    let table = definition.pointer_mut(place).and_then(Value::as_object_mut).context(place.to_owned())?;
    table.insert("no_such_field".to_owned(), Value::Null);
    offered(&definition)
}

fn documented() -> BTreeSet<&'static str> {
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(field, _)| field).collect()
}

#[test]
fn the_sample_of_this_test_is_sound() -> Result<()> {
    OAuthDefinition::from_json(&whole().to_string())?;
    Ok(())
}

#[test]
fn every_field_has_a_row_and_every_row_is_a_field() -> Result<()> {
    let mut fields = BTreeSet::from(["errors.success.pointer".to_owned(), "errors.success.value".to_owned()]);
    for (place, prefix) in TABLES {
        fields.extend(fields_of(place)?.into_iter().map(|field| format!("{prefix}{field}")));
    }
    let fields: BTreeSet<&str> = fields.iter().map(String::as_str).collect();
    let mut documented = documented();
    documented.retain(|row| !row.starts_with('"'));
    assert_eq!(fields, documented);
    Ok(())
}

#[test]
fn every_word_that_a_field_can_have_is_in_its_row() -> Result<()> {
    let lists = [("/revoke/order/0", "revoke.order"), ("/errors/rules/0/steps/0", "errors.rules[].steps")];
    let class = ("/errors/rules/0/class", "errors.rules[].class");
    let fields = WORDS.map(|place| {
        let field = place.trim_start_matches('/').replace("/0/", "[].").replace('/', ".");
        (place, if field.ends_with("request.method") { "request.method".to_owned() } else { field })
    });
    let others = lists.into_iter().chain([class]).map(|(place, field)| (place, field.to_owned()));
    for (place, field) in fields.into_iter().chain(others) {
        let mut definition = whole();
        *definition.pointer_mut(place).context(place)? = json!("no_such_word");
        let start = format!("| `{field}` |");
        let row = DOCUMENT.lines().find(|line| line.starts_with(&start)).context(start.clone())?;
        for word in offered(&definition)? {
            ensure!(row.contains(&word), "{field} does not tell of {word}");
        }
    }
    Ok(())
}

#[test]
fn the_example_of_the_document_is_sound() -> Result<()> {
    let (_, example) = DOCUMENT.split_once("```toml\n").context("an example")?;
    let (example, _) = example.split_once("```").context("its end")?;
    OAuthDefinition::from_toml(example)?;
    Ok(())
}
