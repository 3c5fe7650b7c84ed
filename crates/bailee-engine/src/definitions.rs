//! Tools as servers of the Model Context Protocol.

use std::sync::Arc;

use bailee_core::{
    Caller, Integration, Lifecycle, Owner, Provider, ProviderKey, Status, StoreError, ToolName,
};
use url::Url;

use crate::{
    Bailee, BuildError, access::reaches, addresses::extend, builder::DEFAULT_RETURN_TARGET, engine::Inner,
};

/// Tools of one provider that are offered together as one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpDefinition {
    /// Its key: the last part of its address.
    pub key: ProviderKey,
    /// Its name for people.
    pub name: &'static str,
    /// Whose tools.
    pub provider: ProviderKey,
    /// The tools, in the order of the catalogue.
    pub tools: Vec<ToolName>,
}

/// A server as an owner or a profile has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpServer {
    /// What it is.
    pub definition: McpDefinition,
    /// Where it is, below the base URL.
    pub url: Url,
    /// Whether an account is connected that is of use for it.
    pub connected: bool,
    /// What stands in the way.
    pub warning: Option<McpWarning>,
    /// The page where the owner can mend that.
    pub connect_url: Url,
}

/// Why a server has fewer tools than it could have, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum McpWarning {
    /// The owner turned the integration off.
    Disabled,
    /// The provider refuses the credential.
    Invalid,
    /// Some of its tools lack OAuth scopes.
    MissingGrant,
    /// Nothing is connected.
    NotConnected,
}

impl McpWarning {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Invalid => "invalid",
            Self::MissingGrant => "missing_grant",
            Self::NotConnected => "not_connected",
        }
    }
}

/// The definitions of all providers, in the order in which the host offers them.
pub(crate) fn definitions(providers: &[Arc<dyn Provider>]) -> Result<Vec<McpDefinition>, BuildError> {
    let mut all: Vec<McpDefinition> = Vec::new();
    for provider in providers {
        let descriptor = provider.descriptor();
        let offered: Vec<&ToolName> = provider.tools().iter().map(|tool| &tool.name).collect();
        let define = |key: &ProviderKey, name, tools: &dyn Fn(&ToolName) -> bool| McpDefinition {
            key: key.clone(),
            name,
            provider: descriptor.key.clone(),
            tools: offered.iter().filter(|tool| tools(tool)).map(|tool| (*tool).clone()).collect(),
        };
        if descriptor.definitions.is_empty() {
            all.push(define(&descriptor.key, descriptor.name, &|_| true));
        }
        for definition in &descriptor.definitions {
            if !descriptor.answers_to(&definition.key) {
                return Err(BuildError::Definition { key: definition.key.clone() });
            }
            all.push(define(&definition.key, definition.name, &|tool| definition.tools.contains(tool)));
        }
    }
    all.retain(|definition| !definition.tools.is_empty());
    Ok(all)
}

impl Bailee {
    /// The definition of that key, if there is one.
    #[must_use]
    pub fn definition(&self, key: &str) -> Option<&McpDefinition> {
        self.inner().definitions.iter().find(|definition| definition.key.as_str() == key)
    }

    /// All definitions as the owner has them, unconnected ones included and marked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mcp_definitions(&self, owner: &Owner) -> Result<Vec<McpServer>, StoreError> {
        let rows = self.inner().rows(owner).await?;
        Ok(self.inner().servers(&rows, |_| true))
    }

    /// The servers that a profile may use: those with an integration that is granted to it. A counterpart has none of
    /// its own.
    ///
    /// # Errors
    /// [`StoreError`], also when a directory of the host does not answer.
    pub async fn mcp_servers(&self, caller: &Caller) -> Result<Vec<McpServer>, StoreError> {
        let snapshot = self.inner().snapshot(caller).await?;
        if caller.is_counterpart() || snapshot.refusal.is_some() {
            return Ok(Vec::new());
        }
        let mut servers = self.inner().servers(&snapshot.rows, |row| reaches(caller, row));
        servers.retain(|server| server.warning != Some(McpWarning::NotConnected));
        Ok(servers)
    }
}

impl Inner {
    /// All definitions, each with those of the rows that count for it.
    fn servers(&self, rows: &[Integration], counts: impl Fn(&Integration) -> bool) -> Vec<McpServer> {
        let page = self.return_url(DEFAULT_RETURN_TARGET).unwrap_or_else(|| self.app_url.clone());
        let server = |definition: &McpDefinition| {
            let of_it = |row: &&Integration| {
                row.provider == definition.provider
                    && row.lifecycle != Lifecycle::Disconnecting
                    && counts(row)
            };
            let warning = self.warning(definition, &rows.iter().filter(of_it).collect::<Vec<_>>());
            let useless = [McpWarning::NotConnected, McpWarning::Invalid, McpWarning::Disabled];
            McpServer {
                url: extend(&self.base_url, &["mcp", definition.key.as_str()]),
                connected: !warning.is_some_and(|warning| useless.contains(&warning)),
                warning,
                connect_url: page.clone(),
                definition: definition.clone(),
            }
        };
        self.definitions.iter().map(server).collect()
    }

    /// What stands in the way of the best of these rows.
    fn warning(&self, definition: &McpDefinition, rows: &[&Integration]) -> Option<McpWarning> {
        let enough = |row: &&&Integration| {
            definition
                .tools
                .iter()
                .filter_map(|tool| self.catalogue.get(tool.as_str()))
                .all(|entry| entry.tool.scopes.satisfied_by(row.granted.as_ref(), Some(&row.lacking)))
        };
        if rows.is_empty() {
            return Some(McpWarning::NotConnected);
        }
        let on: Vec<&&Integration> = rows.iter().filter(|row| row.enabled).collect();
        if on.is_empty() {
            return Some(McpWarning::Disabled);
        }
        let mut usable = on.into_iter().filter(|row| row.status != Status::Invalid).peekable();
        if usable.peek().is_none() {
            return Some(McpWarning::Invalid);
        }
        (!usable.any(|row| enough(&row))).then_some(McpWarning::MissingGrant)
    }
}
