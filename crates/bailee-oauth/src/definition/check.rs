//! What must hold between the fields of a definition.

use super::{
    AccountSource, DefinitionError, ExpiryRule, FailureRule, OAuthDefinition, Probe, RequestTemplate,
    RevocationProof, Verb, value,
};

/// In seconds.
const YEAR: u64 = 365 * 24 * 60 * 60;

type Checked = Result<(), DefinitionError>;

pub(super) fn all(definition: &OAuthDefinition) -> Checked {
    addresses(definition)?;
    account(definition)?;
    scopes(definition)?;
    revocation(definition)?;
    if let ExpiryRule::FixedSeconds(seconds) = definition.expiry.rule {
        holds((1..=YEAR).contains(&seconds), "expiry.rule", "must be at least a second and at most a year")?;
    }
    for (index, rule) in definition.errors.rules.iter().enumerate() {
        failure(index, rule)?;
    }
    let secrets = &definition.token.response.secrets;
    let taken = ["access_token", "refresh_token"].into_iter().find(|name| secrets.contains_key(*name));
    holds(taken.is_none(), "token.response.secrets", "must not name the access token or the refresh token")?;
    let description = definition.description.as_deref();
    let clause = |text: &str| !text.trim().is_empty() && !text.ends_with('.');
    holds(description.is_none_or(clause), "description", "must be a clause, without a full stop")?;
    holds(!definition.name.trim().is_empty(), "name", "must not be empty")
}

fn addresses(definition: &OAuthDefinition) -> Checked {
    let consent = definition.authorize.request.method != Some(Verb::Post);
    holds(consent, "authorize.request.method", "must be \"get\": a browser goes there")?;
    let bound = definition.authorize.request.url.query_pairs().all(|(name, _)| is_free(&name));
    holds(bound, "authorize.request.url", "must not hold parameters that the protocol sets")?;
    let no_headers = definition.authorize.request.headers.is_empty();
    holds(no_headers, "authorize.request.headers", "must be empty: a browser goes there")?;
    let revoke = definition.revoke.as_ref();
    let in_header = revoke.is_some_and(|revoke| revoke.authentication == RevocationProof::Bearer);
    // Each request, and whether it carries a secret elsewhere than in its header.
    for (field, request, in_body) in [
        ("token.request", Some(&definition.token.request), true),
        ("refresh.request", definition.refresh.request.as_ref(), true),
        ("revoke.request", revoke.map(|revoke| &revoke.request), !in_header),
        ("introspection.request", definition.introspection.as_ref().map(|it| &it.request), true),
        ("userinfo.request", definition.userinfo.as_ref().map(|it| &it.request), false),
    ] {
        let Some(request) = request else { continue };
        let hidden = !in_body || request.method != Some(Verb::Get);
        holds(hidden, &format!("{field}.method"), "must be \"post\": it carries a secret")?;
        host(definition, field, request)?;
    }
    Ok(())
}

fn host(definition: &OAuthDefinition, field: &str, request: &RequestTemplate) -> Checked {
    let listed =
        request.url.host_str().is_some_and(|host| definition.token_hosts.iter().any(|it| it == host));
    holds(listed, &format!("{field}.url"), "must be on a host of token_hosts")
}

fn account(definition: &OAuthDefinition) -> Checked {
    holds(!definition.account.id.is_empty(), "account.id", "must name at least one part")?;
    let wait = definition.account.again_after_ms;
    holds(wait.is_none_or(|wait| wait <= 5_000), "account.again_after_ms", "must be at most 5,000")?;
    let userinfo = definition.userinfo.is_some();
    let (known, problem) = match definition.account.source {
        AccountSource::IdToken => {
            (definition.issuer.is_some(), "is \"id_token\", and the definition has no issuer of one")
        }
        AccountSource::Token => (true, ""),
        AccountSource::Userinfo => (userinfo, "is \"userinfo\", which the definition does not have"),
    };
    holds(known, "account.source", problem)?;
    match definition.probe {
        Probe::Userinfo => holds(userinfo, "probe", "is \"userinfo\", which the definition does not have"),
        Probe::Introspection => {
            let there = definition.introspection.is_some();
            holds(there, "probe", "is \"introspection\", which the definition does not have")
        }
        Probe::None => Ok(()),
    }
}

fn scopes(definition: &OAuthDefinition) -> Checked {
    let scopes = &definition.scopes;
    let separator = matches!(scopes.separator.as_str(), " " | ",");
    holds(separator, "scopes.separator", "must be a blank or a comma")?;
    holds(is_free(&scopes.parameter), "scopes.parameter", NOT_FREE)?;
    for (index, rule) in scopes.list.iter().enumerate() {
        let free = rule.parameter.as_deref().is_none_or(is_free);
        holds(free, &format!("scopes.list[{index}].parameter"), NOT_FREE)?;
    }
    for (prefix, kind) in &scopes.kinds {
        let field = format!("scopes.kinds.{prefix}");
        holds(!prefix.is_empty(), &field, "must not be empty")?;
        holds(is_free(&kind.parameter), &format!("{field}.parameter"), NOT_FREE)?;
    }
    let hint = definition.authorize.account_hint.as_deref();
    holds(hint.is_none_or(|hint| hint != "scope" && is_free(hint)), "authorize.account_hint", NOT_FREE)
}

const NOT_FREE: &str = "must be the name of a parameter that the protocol does not set";

/// Scopes are asked for under the usual name or another.
fn is_free(name: &str) -> bool {
    name == "scope" || !(name.is_empty() || value::is_set_by_the_protocol(name))
}

fn revocation(definition: &OAuthDefinition) -> Checked {
    let Some(revoke) = &definition.revoke else { return Ok(()) };
    holds(!revoke.order.is_empty(), "revoke.order", "must name at least one token")?;
    let hinted = revoke.hint && revoke.authentication == RevocationProof::Bearer;
    holds(!hinted, "revoke.hint", "goes beside a token in the body, not in the header")
}

fn failure(index: usize, rule: &FailureRule) -> Checked {
    let field = format!("errors.rules[{index}]");
    let says = rule.status.is_some() || !rule.values.is_empty();
    holds(says, &field, "must name a status or values")?;
    holds(rule.pointer.is_none() || !rule.values.is_empty(), &field, "has a pointer without values")
}

fn holds(condition: bool, field: &str, problem: &str) -> Checked {
    if condition { Ok(()) } else { Err(DefinitionError::new(field, problem)) }
}
