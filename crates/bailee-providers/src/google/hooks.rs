//! What the definition cannot say: the tools, and why a grant is gone.

use bailee_core::{ProviderError, Tool};
use bailee_oauth::{ProviderHooks, Response, TokenFailure};

use super::error;

#[derive(Debug)]
pub(super) struct Hooks {
    pub(super) tools: Vec<Tool>,
}

impl ProviderHooks for Hooks {
    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// What Google says beyond RFC 6749: each calls for other help than a new consent.
    fn token_failure(&self, failure: &TokenFailure<'_>) -> Option<ProviderError> {
        let reason = match (failure.error?, failure.member("error_subtype")) {
            ("invalid_grant", Some("invalid_rapt")) => "invalid_rapt",
            ("admin_policy_enforced", _) => "admin_policy_enforced",
            _ => return None,
        };
        (failure.status < 500).then_some(ProviderError::GrantRevoked { reason })
    }

    /// Userinfo answers errors in the shapes of the APIs too.
    fn probe_failure(&self, response: &Response) -> Option<ProviderError> {
        (!response.status().is_success()).then(|| error::classify(response, error::Asked::default()))
    }
}
