use std::sync::Arc;

use bailee_core::{Caller, ProviderKey, StoreError};
use bailee_engine::{Bailee, GrantedTool};
use http::request::Parts;
use rmcp::model::{ErrorData, Extensions};

use crate::identify::Identity;

/// Who asks, and at which door: all tools, or those of one definition.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) identity: Identity,
    pub(crate) definition: Option<ProviderKey>,
}

impl Visit {
    pub(crate) const fn caller(&self) -> &Caller {
        &self.identity.caller
    }

    /// The visit of a request over HTTP, as the guard of the router noted it.
    pub(crate) fn of(extensions: &Extensions) -> Result<Arc<Self>, ErrorData> {
        let parts = extensions.get::<Parts>();
        let visit = parts.and_then(|parts| parts.extensions.get::<Arc<Self>>());
        // Without the guard nobody is anybody.
        visit.cloned().ok_or_else(|| ErrorData::internal_error("the request was not identified", None))
    }

    /// Whether a tool is behind this door, granted or not.
    pub(crate) fn has(&self, bailee: &Bailee, tool: &str) -> bool {
        match &self.definition {
            None => true,
            Some(key) => bailee
                .definition(key.as_str())
                .is_some_and(|definition| definition.tools.iter().any(|name| name.as_str() == tool)),
        }
    }

    /// The tools that the caller may use just now, behind this door, in the order of the catalogue.
    pub(crate) async fn tools(&self, bailee: &Bailee) -> Result<Vec<GrantedTool>, StoreError> {
        let mut tools = bailee.tools(self.caller()).await?;
        tools.retain(|tool| self.has(bailee, tool.tool().name.as_str()));
        Ok(tools)
    }
}
