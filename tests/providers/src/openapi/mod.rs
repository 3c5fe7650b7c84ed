//! Recorded requests against the official OpenAPI description of an API, where that is at hand.
//!
//! A description is looked for beside the workspace, as `<folder>/specs/<provider>/<name>.json`. Without it the check is
//! skipped, and says so. Bodies are held to more than the description asks for: a member that it does not name is a
//! mistake, also where it allows others.

mod close;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use jsonschema::Draft;
use serde_json::Value;

use bailee_testkit::mock_provider::RecordedRequest;

/// The members of a path that are methods (OpenAPI 3.1, §4.8.9).
const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// Checks these requests, of which there must be at least one, against the description at `provider/name`.
///
/// # Errors
/// When a request does not fit: its path, method, a query parameter, a header or a member of its body.
#[expect(clippy::print_stdout, reason = "a check that is skipped says so")]
pub fn requests_conform(requests: &[RecordedRequest], provider: &str, name: &str) -> Result<()> {
    ensure!(!requests.is_empty(), "there is no request to check");
    let Some(description) = description(provider, name)? else {
        println!("skipped: no {provider}/{name}.json beside the workspace");
        return Ok(());
    };
    for request in requests {
        conforms(&description, request).with_context(|| format!("{request:?}"))?;
    }
    Ok(())
}

/// The description in a folder next to the workspace, closed.
fn description(provider: &str, name: &str) -> Result<Option<Value>> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", ".."].iter().collect();
    let Ok(root) = root.canonicalize() else {
        return Ok(None);
    };
    let Some(Ok(folders)) = root.parent().map(fs::read_dir) else {
        return Ok(None);
    };
    for folder in folders.flatten() {
        let file = Path::new("specs").join(provider).join(format!("{name}.json"));
        let path = folder.path().join(file);
        if path.is_file() {
            let mut description = serde_json::from_slice(&fs::read(path)?)?;
            close::all(&mut description);
            return Ok(Some(description));
        }
    }
    Ok(None)
}

fn conforms(description: &Value, request: &RecordedRequest) -> Result<()> {
    let (template, path) = path(description, &request.path)?;
    let method = request.method.as_str().to_ascii_lowercase();
    ensure!(METHODS.contains(&method.as_str()), "no such method is described");
    let operation = path.get(&method).with_context(|| format!("{template} has no {method}"))?;
    let common = path.get("parameters").and_then(Value::as_array);
    let own = operation.get("parameters").and_then(Value::as_array);
    let parameters = common.into_iter().chain(own).flatten();
    let parameters: Vec<&Value> = parameters.map(|it| resolved(description, it)).collect::<Result<_>>()?;
    query_fits(description, &parameters, request)?;
    headers_fit(description, &parameters, request)?;
    let body = operation.get("requestBody").map(|body| resolved(description, body)).transpose()?;
    let Some(body) = body else {
        ensure!(request.body.is_empty(), "a body where none is described");
        return Ok(());
    };
    let schema = body.pointer("/content/application~1json/schema").context("no JSON body is described")?;
    let given = request.json.as_ref().context("no JSON body")?;
    value_fits(description, schema, given).context("the body")
}

/// The path of which that is one; of several the one with the fewest names in braces.
fn path<'a>(description: &'a Value, given: &str) -> Result<(&'a str, &'a Value)> {
    let paths = description.get("paths").and_then(Value::as_object).context("a description has paths")?;
    let given: Vec<&str> = given.split('/').collect();
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        let same = |(wanted, given): (&&str, &&str)| {
            if wanted.starts_with('{') { !given.is_empty() } else { wanted == given }
        };
        wanted.len() == given.len() && wanted.iter().zip(&given).all(same)
    };
    paths
        .iter()
        .filter(|(template, _)| fits(template))
        .min_by_key(|(template, _)| template.matches('{').count())
        .map(|(template, path)| (template.as_str(), path))
        .context("no such path is described")
}

/// The object itself, or the one that it refers to.
fn resolved<'a>(description: &'a Value, object: &'a Value) -> Result<&'a Value> {
    match object.get("$ref").and_then(Value::as_str) {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').context("a reference within the description")?;
            description.pointer(pointer).with_context(|| format!("{reference} is not there"))
        }
        None => Ok(object),
    }
}

fn named<'a>(parameters: &[&'a Value], place: &str, name: &str) -> Option<&'a Value> {
    let is =
        |parameter: &&&Value, member: &str, text: &str| parameter.get(member).is_some_and(|it| it == text);
    parameters.iter().find(|it| is(it, "in", place) && is(it, "name", name)).copied()
}

fn required<'a>(parameters: &[&'a Value], place: &'a str) -> impl Iterator<Item = &'a str> {
    let required = |parameter: &&Value| {
        parameter.get("in").is_some_and(|it| it == place)
            && parameter.get("required") == Some(&Value::Bool(true))
    };
    let names =
        parameters.iter().copied().filter(required).filter_map(|parameter| parameter.get("name")?.as_str());
    names.collect::<Vec<_>>().into_iter()
}

fn query_fits(description: &Value, parameters: &[&Value], request: &RecordedRequest) -> Result<()> {
    for (name, value) in &request.query {
        let parameter = named(parameters, "query", name)
            .with_context(|| format!("the query has an unknown parameter {name}"))?;
        text_fits(description, parameter, value).with_context(|| format!("the parameter {name}"))?;
    }
    for name in required(parameters, "query") {
        ensure!(request.query(name).is_some(), "the parameter {name} is missing");
    }
    Ok(())
}

fn headers_fit(description: &Value, parameters: &[&Value], request: &RecordedRequest) -> Result<()> {
    for name in required(parameters, "header") {
        let value = request.header(name).with_context(|| format!("the header {name} is missing"))?;
        let parameter = named(parameters, "header", name).context("a parameter that is required")?;
        text_fits(description, parameter, value).with_context(|| format!("the header {name}"))?;
    }
    Ok(())
}

/// A parameter's text, read as its schema has it.
fn text_fits(description: &Value, parameter: &Value, text: &str) -> Result<()> {
    let Some(schema) = parameter.get("schema") else { return Ok(()) };
    let schema = resolved(description, schema)?;
    let other = matches!(schema.get("type").and_then(Value::as_str), Some("boolean" | "integer" | "number"));
    let value =
        if other { serde_json::from_str(text).context("is of another type")? } else { Value::from(text) };
    value_fits(description, schema, &value)
}

fn value_fits(description: &Value, schema: &Value, value: &Value) -> Result<()> {
    // References are resolved in the document that they are in.
    let mut document = schema.clone();
    if let (Some(document), Some(components)) = (document.as_object_mut(), description.get("components")) {
        document.insert("components".to_owned(), components.clone());
    }
    let validator = jsonschema::options().with_draft(Draft::Draft202012).build(&document);
    let validator = validator.map_err(|_| anyhow::anyhow!("the description has a schema that is none"))?;
    match validator.iter_errors(value).next() {
        None => Ok(()),
        Some(error) => anyhow::bail!("{} does not fit {}", error.instance_path(), error.schema_path()),
    }
}

#[cfg(test)]
mod tests;
