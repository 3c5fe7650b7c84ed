//! Which requests the tools make, and where the providers describe them.

use crate::tool::Draft;
use bailee_core::{Effect, PermissionFlag};

/// What stands behind one tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolReference {
    /// The key of the provider.
    pub provider: &'static str,
    /// The name of the tool.
    pub tool: &'static str,
    /// The requests that it may make: method, and path with names in braces.
    pub requests: &'static [&'static str],
    /// The provider's page about them.
    pub page: &'static str,
    /// Whether it changes anything.
    pub effect: Effect,
    /// What a counterpart needs; `None`: never shown to one.
    pub flag: Option<PermissionFlag>,
    /// Sets of OAuth scopes, separated by spaces, of which one is enough, the one to ask for first; none: none is
    /// needed.
    pub scopes: &'static [&'static str],
}

type Drafts = fn() -> Vec<Draft>;

/// All tools of the enabled features, in the order of the catalogue.
#[must_use]
pub fn tools() -> Vec<ToolReference> {
    let providers: &[(&'static str, Drafts)] = &[
        #[cfg(feature = "google")]
        ("google", crate::google::drafts),
        #[cfg(feature = "x")]
        ("x", crate::x::drafts),
        #[cfg(feature = "linkedin")]
        ("linkedin", crate::linkedin::drafts),
        #[cfg(feature = "notion")]
        ("notion", crate::notion::drafts),
        #[cfg(feature = "slack")]
        ("slack", crate::slack::drafts),
        #[cfg(feature = "telegram")]
        ("telegram", crate::telegram::drafts),
        #[cfg(feature = "email")]
        ("email", crate::email::drafts),
        #[cfg(feature = "teller")]
        ("teller", crate::teller::drafts),
        #[cfg(feature = "webhook")]
        ("webhook", crate::webhook::drafts),
    ];
    let of = |(provider, drafts): &(&'static str, Drafts)| {
        let provider = *provider;
        drafts().into_iter().map(move |draft| ToolReference {
            provider,
            tool: draft.name,
            requests: draft.requests,
            page: draft.page,
            effect: draft.effect,
            flag: draft.flag,
            scopes: draft.scopes,
        })
    };
    providers.iter().flat_map(of).collect()
}
