use std::fmt::Debug;

use async_trait::async_trait;

use super::OAuthProvider;
use crate::{Response, TokenFailure};
use bailee_core::{ProviderError, Tool, ToolCall, ToolOutput};

/// What a definition cannot say of a provider. By default nothing: there are no tools.
///
/// ```
/// use bailee_core::ProviderError;
/// use bailee_oauth::{ProviderHooks, TokenFailure};
///
/// /// A provider whose words depend on its status.
/// #[derive(Debug)]
/// struct Hooks;
///
/// impl ProviderHooks for Hooks {
///     fn token_failure(&self, failure: &TokenFailure<'_>) -> Option<ProviderError> {
///         let gone = failure.status == 410 && failure.error == Some("not_found");
///         gone.then_some(ProviderError::GrantRevoked { reason: "not_found" })
///     }
/// }
/// ```
#[async_trait]
pub trait ProviderHooks: Debug + Send + Sync {
    /// The tools, in the order of the catalogue. The same at every call.
    fn tools(&self) -> &[Tool] {
        &[]
    }

    /// Carries out one call of one tool.
    ///
    /// # Behaviour
    /// - As [`Provider::call`](bailee_core::Provider::call). Tokens go to the hosts of the provider's descriptor only.
    ///
    /// # Errors
    /// As [`Provider::call`](bailee_core::Provider::call): [`ProviderError::Unsupported`] for a tool that is not there.
    async fn call<'a>(
        &self,
        _provider: &OAuthProvider,
        _call: ToolCall<'a>,
    ) -> Result<ToolOutput, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    /// Has the first word about an error answer to a token request; `None` leaves it to the definition.
    fn token_failure(&self, _failure: &TokenFailure<'_>) -> Option<ProviderError> {
        None
    }

    /// Has the first word about an error answer to a probe; `None` leaves it to the definition.
    fn probe_failure(&self, _response: &Response) -> Option<ProviderError> {
        None
    }
}

/// Nothing besides the definition.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoHooks;

impl ProviderHooks for NoHooks {}
