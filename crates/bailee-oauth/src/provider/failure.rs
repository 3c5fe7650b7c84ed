//! From an error answer to [`ProviderError`]: the hooks first, then the definition, then the RFCs.

use std::time::Duration;

use http::header::WWW_AUTHENTICATE;
use serde_json::{Map, Value};

use super::{OAuthProvider, ProviderHooks};
use crate::{
    Response, TokenFailure, TokenRequest,
    definition::{FailureClass, FailureRule, FailureRules, Step},
    error::known_word,
    response,
};
use bailee_core::{OAuthScopes, ProviderError};

/// An answer, as the rules see it.
struct Answer<'a> {
    step: Step,
    response: &'a Response,
    body: Option<Value>,
    retry_after: Option<Duration>,
}

/// Whether an answer is a success, by its status, by RFC 6749, and by what the definition asks of one.
pub(super) fn check(provider: &OAuthProvider, step: Step, response: &Response) -> Result<(), ProviderError> {
    let body = response::object(response.body()).ok().map(Value::Object);
    let rules = &provider.definition.errors;
    let until = || response.wait_until(rules.reset_header.as_ref()?, None);
    let retry_after = response.retry_after().or_else(until);
    let answer = Answer { step, response, body, retry_after };
    if answer.is_success(rules) { Ok(()) } else { Err(answer.error(rules, provider.hooks.as_ref())) }
}

impl Answer<'_> {
    fn is_success(&self, rules: &FailureRules) -> bool {
        let says_so = rules.success.as_ref().is_none_or(|success| {
            let said = self.body.as_ref().and_then(|body| success.pointer.find(body));
            said == Some(&success.value)
        });
        says_so && response::is_success(self.response, self.members())
    }

    fn error(&self, rules: &FailureRules, hooks: &dyn ProviderHooks) -> ProviderError {
        let word = self.word(rules);
        let failure = TokenFailure {
            request: self.request(),
            status: self.status(),
            error: word,
            retry_after: self.retry_after,
            members: self.members(),
        };
        let hooked = match self.step {
            Step::Introspection | Step::Userinfo => hooks.probe_failure(self.response),
            Step::Exchange | Step::Refresh | Step::Revoke => hooks.token_failure(&failure),
        };
        let fitting = || rules.rules.iter().find(|rule| self.fits(rule, word));
        hooked
            .or_else(|| fitting().map(|rule| self.class(rule, word)))
            .or_else(|| self.of_probe(word))
            .or_else(|| self.says_nothing(rules, word))
            .unwrap_or_else(|| failure.into_error(|_| None))
    }

    /// An object that names neither success nor error is another answer than the one that was asked for.
    fn says_nothing(&self, rules: &FailureRules, word: Option<&str>) -> Option<ProviderError> {
        let (success, body) = (rules.success.as_ref()?, self.body.as_ref()?);
        let silent = word.is_none() && success.pointer.find(body).is_none();
        (silent && self.response.status().is_success()).then_some(ProviderError::Malformed {
            problem: "the answer does not say whether it is a success",
        })
    }

    fn members(&self) -> Option<&Map<String, Value>> {
        self.body.as_ref().and_then(Value::as_object)
    }

    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// For the rules of RFC 6749, which say nothing of probes.
    const fn request(&self) -> TokenRequest {
        match self.step {
            Step::Exchange => TokenRequest::Exchange,
            Step::Introspection | Step::Refresh | Step::Userinfo => TokenRequest::Refresh,
            Step::Revoke => TokenRequest::Revoke,
        }
    }

    fn word(&self, rules: &FailureRules) -> Option<&str> {
        let body = self.body.as_ref()?;
        let named = rules.word.iter().filter_map(|pointer| pointer.find(body));
        named.chain(body.get("error")).find_map(Value::as_str)
    }

    fn fits(&self, rule: &FailureRule, word: Option<&str>) -> bool {
        let status = match rule.status {
            Some(status) => self.status() == status,
            // What an overloaded or broken server says is not believed, unless a rule names its status.
            None => !matches!(self.status(), 300..=399 | 408 | 429 | 500..),
        };
        let says = rule.values.is_empty() || self.says(rule, word);
        status && says && (rule.steps.is_empty() || rule.steps.contains(&self.step))
    }

    fn says(&self, rule: &FailureRule, word: Option<&str>) -> bool {
        match (&rule.pointer, &self.body) {
            (Some(pointer), Some(body)) => pointer.find(body).is_some_and(|said| rule.values.contains(said)),
            (Some(_), None) => false,
            (None, _) => word.is_some_and(|word| rule.values.iter().any(|value| value == word)),
        }
    }

    fn class(&self, rule: &FailureRule, word: Option<&str>) -> ProviderError {
        let retry_after = self.retry_after;
        match rule.class {
            FailureClass::AlreadyDone => ProviderError::AlreadyDone,
            FailureClass::Client => ProviderError::Client,
            FailureClass::MissingGrant => missing_grant(),
            FailureClass::RateLimited => ProviderError::RateLimited { retry_after },
            FailureClass::Rejected => {
                ProviderError::Rejected { status: self.status(), code: word.map_or("other", known_word) }
            }
            FailureClass::Revoked => ProviderError::GrantRevoked { reason: "revoked" },
            FailureClass::TokenRejected => ProviderError::TokenRejected,
            FailureClass::Unavailable => ProviderError::Unavailable { retry_after },
        }
    }

    /// What the rules of token requests do not know: a refused access token (RFC 6750 §3.1), and a client that may not
    /// introspect (RFC 7662 §2.3).
    fn of_probe(&self, word: Option<&str>) -> Option<ProviderError> {
        match (self.step, self.status(), word) {
            (Step::Introspection, 401, _) => Some(ProviderError::Client),
            (Step::Userinfo, 401, _) | (Step::Userinfo, 200..=499, Some("invalid_token")) => {
                Some(ProviderError::TokenRejected)
            }
            (Step::Userinfo, 403, word) => {
                let challenge = self.response.header(&WWW_AUTHENTICATE).unwrap_or_default();
                let narrow = word == Some("insufficient_scope") || challenge.contains("insufficient_scope");
                narrow.then(missing_grant)
            }
            _ => None,
        }
    }
}

fn missing_grant() -> ProviderError {
    ProviderError::MissingGrant { scopes: OAuthScopes::default() }
}
