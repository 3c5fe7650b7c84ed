//! What the tools of all providers are made of.

use serde::Serialize;
use serde_json::Value;

use crate::ConfigError;
use bailee_core::{
    Effect, OAuthScopes, PermissionFlag, ProviderError, ScopeSets, Tool, ToolAccount, ToolCall, ToolHints,
    ToolName, ToolOutput,
};

/// A tool before its name and scopes are parsed.
pub(crate) struct Draft {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) effect: Effect,
    pub(crate) hints: ToolHints,
    /// What a counterpart needs.
    pub(crate) flag: Option<PermissionFlag>,
    /// Any one of these sets, the one to ask for first. None: no OAuth scope is needed.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) input_schema: Value,
    pub(crate) output_schema: Value,
    /// The requests that it makes: method, and path with names in braces, for example `GET /v1/users/{user_id}`.
    pub(crate) requests: &'static [&'static str],
    /// The page that describes them.
    pub(crate) page: &'static str,
}

impl Draft {
    pub(crate) fn finish(self) -> Result<Tool, ConfigError> {
        let invalid = ConfigError::Invalid { what: self.name };
        let sets = self.scopes.iter().map(|set| OAuthScopes::parse(set));
        Ok(Tool {
            name: ToolName::new(self.name).map_err(|_| invalid.clone())?,
            title: self.title,
            description: self.description,
            effect: self.effect,
            hints: self.hints,
            flag: self.flag,
            needs_account: true,
            scopes: ScopeSets::new(sets.collect::<Result<_, _>>().map_err(|_| invalid)?),
            input_schema: self.input_schema,
            output_schema: self.output_schema,
        })
    }
}

/// Those of these drafts that a host picks; all of them where it picks none.
///
/// # Errors
/// [`ConfigError::UnknownTool`] for a name that no draft has.
pub(crate) fn pick(drafts: Vec<Draft>, names: Option<&[&str]>) -> Result<Vec<Tool>, ConfigError> {
    if let Some(unknown) =
        names.unwrap_or_default().iter().find(|name| drafts.iter().all(|draft| draft.name != **name))
    {
        return Err(ConfigError::UnknownTool { name: (*unknown).to_owned() });
    }
    let picked = drafts.into_iter().filter(|draft| names.is_none_or(|names| names.contains(&draft.name)));
    picked.map(Draft::finish).collect()
}

/// The sets of a [`Draft`].
#[cfg(feature = "google")]
pub(crate) fn scope_sets(sets: &[&str]) -> Result<ScopeSets, ProviderError> {
    let sets = sets.iter().map(|set| OAuthScopes::parse(set));
    sets.collect::<Result<_, _>>().map(ScopeSets::new).map_err(|_| ProviderError::Unsupported)
}

/// How many characters a part of a result has when it is written.
#[cfg(feature = "google")]
pub(crate) fn length(content: &impl Serialize) -> Result<usize, ProviderError> {
    serde_json::to_string(content)
        .map(|text| text.chars().count())
        .map_err(|_| ProviderError::Malformed { problem: "the result cannot be written" })
}

/// The tool of a call and its one account: which of several is the caller's choice, never ours.
///
/// # Errors
/// [`ProviderError::Unsupported`] for a tool that is not enabled, and for any other number of accounts.
pub(crate) fn of_one_account<'a>(
    tools: &'a [Tool],
    call: &ToolCall<'a>,
) -> Result<(&'a Tool, &'a ToolAccount<'a>), ProviderError> {
    let tool = tools.iter().find(|tool| tool.name == *call.tool).ok_or(ProviderError::Unsupported)?;
    let [account] = call.accounts else {
        return Err(ProviderError::Unsupported);
    };
    Ok((tool, account))
}

pub(crate) fn output(content: &impl Serialize) -> Result<ToolOutput, ProviderError> {
    let content = serde_json::to_value(content)
        .map_err(|_| ProviderError::Malformed { problem: "the result cannot be written" })?;
    Ok(ToolOutput::new(content))
}
