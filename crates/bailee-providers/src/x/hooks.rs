use std::fmt;

use async_trait::async_trait;
use url::Url;

use super::tools;
use bailee_core::{ProviderError, Tool, ToolCall, ToolOutput};
use bailee_oauth::{OAuthProvider, ProviderHooks};

/// What the definition cannot say of X: its tools.
#[derive(Clone)]
pub(super) struct Hooks {
    /// The root of the API.
    pub(super) api: Url,
    /// Whether `tweet.fields` is called `post.fields`.
    pub(super) post_fields: bool,
    pub(super) tools: Vec<Tool>,
}

#[async_trait]
impl ProviderHooks for Hooks {
    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    async fn call<'a>(
        &self,
        provider: &OAuthProvider,
        call: ToolCall<'a>,
    ) -> Result<ToolOutput, ProviderError> {
        tools::call(provider, self, &call).await
    }
}

/// The host only: a gateway may have its key in the address.
impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("api", &self.api.host_str())
            .field("tools", &self.tools.len())
            .finish_non_exhaustive()
    }
}
