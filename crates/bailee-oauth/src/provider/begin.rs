use std::collections::BTreeMap;

use url::Url;

use super::{OAuthProvider, descriptor};
use crate::definition::{Consent, Pkce, ScopeRules};
use bailee_core::{Account, Begin, Begun, OAuthScopes, Provider as _, ProviderError};

pub(super) fn begin(provider: &OAuthProvider, request: &Begin<'_>) -> Result<Begun, ProviderError> {
    let definition = &provider.definition;
    let consent = &definition.authorize;
    let requested = requested(provider, request)?;
    let mut parameters = parameters(consent, request.account);
    parameters.extend(scope_parameters(&definition.scopes, &requested));
    let extra: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // The scopes are among the parameters: their separator differs.
    let url = crate::authorize(&consent.request.url, request, &OAuthScopes::default(), &extra)?;
    let url = if consent.pkce == Pkce::None { without_challenge(url) } else { url };
    Ok(Begun { url, requested })
}

/// What every connect needs, what the enabled tools or those of the alias need, and what was granted before.
fn requested(provider: &OAuthProvider, request: &Begin<'_>) -> Result<OAuthScopes, ProviderError> {
    let definition = &provider.definition;
    let needed = match request.alias {
        Some(key) if *key != definition.key => {
            let alias = provider.descriptor.alias(key).ok_or(ProviderError::Unsupported)?;
            alias.scopes.clone()
        }
        _ => descriptor::needed(definition, provider.tools(), &[]),
    };
    let rules = &definition.scopes;
    let asked = descriptor::asked(definition, &needed, &provider.scopes);
    if !rules.asked || rules.fixed {
        return Ok(asked);
    }
    Ok(asked.union(&rules.our_spelling(request.already_granted)))
}

fn parameters(consent: &Consent, account: Option<&Account>) -> BTreeMap<String, String> {
    let mut parameters = consent.request.parameters.clone();
    let Some(account) = account else { return parameters };
    parameters.extend(consent.reconnect.clone());
    if let Some(name) = &consent.account_hint {
        // Providers that take a hint take an e-mail address or the id.
        let label = account.label.as_deref().filter(|label| label.contains('@'));
        parameters.insert(name.clone(), label.unwrap_or(account.id.as_str()).to_owned());
    }
    parameters
}

fn scope_parameters(rules: &ScopeRules, requested: &OAuthScopes) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for scope in requested.iter() {
        let (parameter, scope) = rules.parameter_of(scope);
        let list = parameters.entry(parameter.to_owned()).or_default();
        if !list.is_empty() {
            list.push_str(&rules.separator);
        }
        list.push_str(scope);
    }
    parameters
}

fn without_challenge(mut url: Url) -> Url {
    let pairs: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| !name.starts_with("code_challenge")).collect();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}
