//! What a tool asks consent for against what its methods accept.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{APIS, description};
use bailee_core::Tool;
use bailee_providers::reference;

/// Requests that a tool makes for some arguments only, and for which it may lack the scope.
const BEYOND: [(&str, &str); 1] = [("send_email", "GET /gmail/v1/users/me/messages/{id}")];

/// Checks that each set of OAuth scopes of each tool of Google is enough for every request that the tool makes. Tells of
/// how many tools the descriptions are at hand.
///
/// # Errors
/// When a request is not described, or a set holds none of the scopes that its method accepts.
#[expect(clippy::print_stdout, reason = "a check that is skipped says so")]
pub fn scopes_suffice(tools: &[Tool]) -> Result<usize> {
    let mut descriptions = Vec::new();
    for (_, name) in APIS {
        match description(name)? {
            Some(description) => descriptions.push(description),
            None => println!("skipped: no {name}.discovery.json beside the workspace"),
        }
    }
    if descriptions.len() < APIS.len() {
        return Ok(0);
    }
    let references = reference::tools();
    for tool in tools {
        let name = tool.name.as_str();
        let reference = references.iter().find(|reference| reference.tool == name).context("no reference")?;
        for request in reference.requests.iter().filter(|request| !BEYOND.contains(&(name, **request))) {
            let accepted =
                descriptions.iter().find_map(|description| accepted(description, description, request));
            let accepted = accepted.with_context(|| format!("{name}: {request} is not described"))?;
            for set in tool.scopes.iter() {
                let enough = set.iter().any(|scope| accepted.contains(&scope));
                ensure!(enough, "{name}: {} is not enough for {request}", set.as_str());
            }
        }
    }
    Ok(tools.len())
}

/// The scopes of which the method behind a request needs one.
fn accepted<'a>(description: &'a Value, resource: &'a Value, request: &str) -> Option<Vec<&'a str>> {
    let base = description.get("servicePath").and_then(Value::as_str).unwrap_or_default();
    let is_it = |method: &&Value| {
        let text = |name: &str| method.get(name).and_then(Value::as_str).unwrap_or_default();
        let described = format!("{} /{base}{}", text("httpMethod"), text("path"));
        let (wanted, given) =
            (described.split('/').collect::<Vec<_>>(), request.split('/').collect::<Vec<_>>());
        // A tool may fill in a name itself, such as `me`.
        let fits = |(wanted, given): (&&str, &&str)| {
            wanted == given || (wanted.starts_with('{') && wanted.ends_with('}') && !given.contains(':'))
        };
        wanted.len() == given.len() && wanted.iter().zip(&given).all(fits)
    };
    let members = |name: &str| resource.get(name).and_then(Value::as_object).into_iter().flatten();
    let own = members("methods").map(|(_, method)| method).find(is_it);
    let scopes = own.map(|method| method.get("scopes").and_then(Value::as_array));
    let scopes = scopes.map(|scopes| scopes.into_iter().flatten().filter_map(Value::as_str).collect());
    scopes.or_else(|| members("resources").find_map(|(_, nested)| accepted(description, nested, request)))
}
