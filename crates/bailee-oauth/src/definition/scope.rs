//! What consent asks for, and what it says of the grant.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Pointer, value};
use bailee_core::{OAuthScope, OAuthScopes, ToolName};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScopeRules {
    /// Whether a consent asks for scopes at all; elsewhere the operator sets what tools may do.
    pub(crate) asked: bool,
    pub(crate) separator: String,
    pub(crate) parameter: String,
    pub(crate) echo: Echo,
    /// Every consent asks for all of the list, whatever the tools and earlier grants.
    pub(crate) fixed: bool,
    pub(crate) list: Vec<ScopeRule>,
    /// Scopes of other kinds, by what their names begin with here and nowhere else.
    pub(crate) kinds: BTreeMap<String, ScopeKind>,
}

impl Default for ScopeRules {
    fn default() -> Self {
        Self {
            asked: true,
            separator: " ".to_owned(),
            parameter: "scope".to_owned(),
            echo: Echo::default(),
            fixed: false,
            list: Vec::new(),
            kinds: BTreeMap::new(),
        }
    }
}

impl ScopeRules {
    /// The same scopes as they are asked for.
    pub(crate) fn our_spelling(&self, scopes: &OAuthScopes) -> OAuthScopes {
        OAuthScopes::new(scopes.iter().filter_map(|scope| {
            let rule =
                self.list.iter().find(|rule| rule.spellings.iter().any(|other| other.as_str() == scope));
            rule.map_or_else(|| OAuthScope::new(scope).ok(), |rule| Some(rule.name.clone()))
        }))
    }

    /// What every consent asks for.
    pub(crate) fn always(&self) -> OAuthScopes {
        let rules = self.list.iter().filter(|rule| self.fixed || (rule.tools.is_empty() && !rule.optional));
        OAuthScopes::new(rules.map(|rule| rule.name.clone()))
    }

    /// Those that let nothing be changed.
    pub(crate) fn reading(&self) -> OAuthScopes {
        let rules = self.list.iter().filter(|rule| rule.access == ScopeAccess::Read);
        OAuthScopes::new(rules.map(|rule| rule.name.clone()))
    }

    /// The parameter that asks for this scope, and how it is spelt there.
    pub(crate) fn parameter_of<'a>(&'a self, scope: &'a str) -> (&'a str, &'a str) {
        let of_kind = |(prefix, kind): (&'a String, &'a ScopeKind)| {
            Some((kind.parameter.as_str(), scope.strip_prefix(prefix.as_str())?))
        };
        if let Some(found) = self.kinds.iter().find_map(of_kind) {
            return found;
        }
        let rule = self.list.iter().find(|rule| rule.name.as_str() == scope);
        (rule.and_then(|rule| rule.parameter.as_deref()).unwrap_or(&self.parameter), scope)
    }
}

/// Scopes that are not for the token in the usual place, such as those of a person beside a bot: the same word may be of
/// both.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeKind {
    /// The parameter that asks for them.
    pub(crate) parameter: String,
    /// Where a token answer tells which of them were granted.
    pub(crate) granted: Pointer,
}

/// Whether a token answer names what was granted.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Echo {
    #[serde(rename = "echoed")]
    Always,
    #[default]
    #[serde(rename = "echo_missing_means_requested")]
    MissingMeansRequested,
    #[serde(rename = "never_echoed")]
    Never,
}

impl Echo {
    /// Whether an answer that did this is another one than the rule speaks of.
    pub(crate) const fn differs(self, echoed: bool) -> bool {
        match self {
            Self::Always => !echoed,
            Self::MissingMeansRequested => false,
            Self::Never => echoed,
        }
    }
}

/// What a scope lets its holder do.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeAccess {
    Read,
    #[default]
    Write,
}

/// One scope. Without tools it is asked for by every connect, unless it is optional.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeRule {
    #[serde(deserialize_with = "value::scope")]
    pub(crate) name: OAuthScope,
    #[serde(default)]
    pub(crate) access: ScopeAccess,
    /// Other words for it in answers.
    #[serde(default, deserialize_with = "value::scopes")]
    pub(crate) spellings: Vec<OAuthScope>,
    #[serde(default)]
    pub(crate) tools: Vec<ToolName>,
    #[serde(default)]
    pub(crate) optional: bool,
    /// The parameter that asks for it, where that is not the usual one.
    pub(crate) parameter: Option<String>,
}
