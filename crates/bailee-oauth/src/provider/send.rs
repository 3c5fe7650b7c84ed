//! Requests from their templates.

use secrecy::SecretString;
use serde_json::Value;

use super::{OAuthProvider, failure};
use crate::{
    Request, Response,
    definition::{RequestTemplate, Step, Verb},
    token_endpoint::MAX_BODY,
};
use bailee_core::{ClientCredentials, ProviderError};

/// Posts to the provider's token endpoint and its kin; `Ok` is a success whose body was not looked at.
pub(super) async fn post(
    provider: &OAuthProvider,
    step: Step,
    template: &RequestTemplate,
    parameters: &[(&str, &str)],
    client: Option<ClientCredentials<'_>>,
) -> Result<Response, ProviderError> {
    let rules = provider.definition.client;
    let mut parameters = with_own(template, parameters);
    let mut request = Request::post(template.url.clone());
    if let Some(client) = client {
        request = rules.authentication().apply(client, request, &mut parameters)?;
    }
    let request = rules.format().write(with_headers(template, request), parameters);
    let request = request.deadline(provider.http.timeouts().token).max_body(MAX_BODY);
    let response = provider.http.send(keeping_reset(provider, request)).await?;
    failure::check(provider, step, &response)?;
    Ok(response)
}

/// Asks with the token in the header.
pub(super) async fn with_bearer(
    provider: &OAuthProvider,
    step: Step,
    template: &RequestTemplate,
    verb: Verb,
    token: &SecretString,
) -> Result<Response, ProviderError> {
    let definition = &provider.definition;
    let parameters = with_own(template, &[]);
    let request = match template.method.unwrap_or(verb) {
        Verb::Get => {
            let mut url = template.url.clone();
            if !parameters.is_empty() {
                url.query_pairs_mut().extend_pairs(parameters);
            }
            Request::get(url)
        }
        Verb::Post => definition.client.format().write(Request::post(template.url.clone()), parameters),
    };
    let request = with_headers(template, request).bearer(token, &definition.token_hosts)?;
    let response = provider.http.send(keeping_reset(provider, request)).await?;
    failure::check(provider, step, &response)?;
    Ok(response)
}

fn keeping_reset(provider: &OAuthProvider, request: Request) -> Request {
    match &provider.definition.errors.reset_header {
        Some(name) => request.keep(name.clone()),
        None => request,
    }
}

/// A request that may be repeated leaves nothing open.
pub(super) fn repeatable(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::OutcomeUnknown => ProviderError::Unavailable { retry_after: None },
        other => other,
    }
}

/// The body as JSON.
pub(super) fn json(response: &Response) -> Result<Value, ProviderError> {
    crate::response::object(response.body()).map(Value::Object)
}

fn with_own<'a>(template: &'a RequestTemplate, parameters: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own = template.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    parameters.iter().copied().chain(own).collect()
}

fn with_headers(template: &RequestTemplate, request: Request) -> Request {
    template
        .headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name.clone(), value.clone()))
}
