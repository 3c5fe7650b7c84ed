use std::{sync::Arc, time::Duration};

use bailee_core::{
    Caller, Effect, ErrorKind, IntegrationId, ProviderError, ProviderKey, Refusal, StoreError, Tool,
};
use serde_json::{Map, Value, json};
use url::Url;

use crate::{Bailee, Limited, TokenError, catalogue::Entry};

/// A tool that a caller may use just now.
#[derive(Clone, Debug)]
pub struct GrantedTool {
    entry: Arc<Entry>,
    integrations: Vec<IntegrationId>,
}

impl GrantedTool {
    pub(crate) const fn new(entry: Arc<Entry>, integrations: Vec<IntegrationId>) -> Self {
        Self { entry, integrations }
    }

    /// The tool, as it is in the catalogue.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        &self.entry.tool
    }

    /// Whose tool it is; `None` for the tools of the host and ours.
    #[must_use]
    pub fn provider(&self) -> Option<&ProviderKey> {
        self.entry.provider().map(|provider| &provider.descriptor().key)
    }

    /// The integrations that it may be called with. With several, a call of a tool that writes names one of them as
    /// `integration_id`, and a call of one that reads may.
    #[must_use]
    pub fn integrations(&self) -> &[IntegrationId] {
        &self.integrations
    }

    /// The JSON Schema of what a call takes: that of the tool, with `integration_id` where several integrations are
    /// granted, and `idempotency_key` where the tool writes. Shared by all callers who have no choice of integrations.
    #[must_use]
    pub fn input_schema(&self) -> Arc<Map<String, Value>> {
        if self.integrations.len() < 2 {
            return Arc::clone(&self.entry.input);
        }
        let mut schema = Map::clone(&self.entry.input);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            let ids: Vec<String> = self.integrations.iter().map(ToString::to_string).collect();
            let description = match self.tool().effect {
                Effect::Read => "Which of the connected accounts; all of them when it is left out.",
                Effect::Write => "Which of the connected accounts. Required, as there are several.",
            };
            properties.insert(
                "integration_id".to_owned(),
                json!({ "type": "string", "enum": ids, "description": description }),
            );
        }
        Arc::new(schema)
    }

    /// The JSON Schema of what a call returns, shared by all callers.
    #[must_use]
    pub fn output_schema(&self) -> Arc<Map<String, Value>> {
        Arc::clone(&self.entry.output)
    }
}

/// Why a tool was not called, or did not do it. [`ToolError::kind`] says what the caller can do.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolError {
    /// Several integrations are granted, and a call that writes must say which it means.
    #[error("several accounts are connected: name one of them as /integration_id")]
    Ambiguous {
        /// The ids to choose from.
        choices: Vec<IntegrationId>,
    },
    /// A call with the same idempotency key is under way: wait, then ask again with the same key.
    #[error("a call with this idempotency key is under way")]
    InProgress,
    /// Too many calls for this owner, or through this thread: wait. Nothing was looked up.
    #[error(transparent)]
    Limited(#[from] Limited),
    /// The provider, or the tool of the host, did not do it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// It is not allowed. To a counterpart, every refusal must look like a tool that does not exist.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// Where the owner can mend that: connect, connect again, or grant more. Never there for a counterpart.
        connect_url: Option<Url>,
    },
    /// The store did not answer, or the call could not be written to the ledger: nothing was dispatched.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no usable token just now.
    #[error(transparent)]
    Token(TokenError),
}

impl ToolError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Ambiguous { .. } => ErrorKind::Conflict,
            Self::InProgress => ErrorKind::Unavailable,
            Self::Limited(_) => ErrorKind::RateLimited,
            Self::Provider(error) => error.kind(),
            Self::Refused { refusal, .. } => match refusal {
                Refusal::UnknownTool => ErrorKind::NotFound,
                Refusal::MissingGrant | Refusal::NotConnected | Refusal::NotUsable(_) => ErrorKind::Reconnect,
                _ => ErrorKind::Refused,
            },
            Self::Store(error) => error.kind(),
            Self::Token(error) => error.kind(),
        }
    }

    /// Whether the same call may succeed later without anybody's help. After [`ProviderError::OutcomeUnknown`] a write
    /// may have happened: look before it is repeated.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self.kind(), ErrorKind::RateLimited | ErrorKind::Unavailable)
    }

    /// How long to wait, where that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(limited) => Some(limited.retry_after),
            Self::Provider(error) => error.retry_after(),
            Self::Token(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl Bailee {
    /// Every tool that is offered, whoever may use it: for pages about the host, never for an agent.
    pub fn catalogue(&self) -> impl Iterator<Item = &Tool> {
        self.inner().catalogue.iter().map(|entry| &entry.tool)
    }

    /// The tools that a caller may use just now, in the order of the catalogue: the same rules as
    /// [`Bailee::authorize`], on the same state.
    ///
    /// # Errors
    /// [`StoreError`], also when a directory of the host does not answer: never a part of the list.
    pub async fn tools(&self, caller: &Caller) -> Result<Vec<GrantedTool>, StoreError> {
        let snapshot = self.inner().snapshot(caller).await?;
        Ok(self
            .inner()
            .catalogue
            .iter()
            .filter_map(|entry| {
                let rows = snapshot.resolve(caller, entry).ok()?;
                Some(GrantedTool::new(Arc::clone(entry), rows.iter().map(|row| row.id).collect()))
            })
            .collect())
    }
}
