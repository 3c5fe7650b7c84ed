//! Which requests the tools make, and where the providers describe them.

use crate::tool::Draft;

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
}

type Drafts = fn() -> Vec<Draft>;

/// All tools of the enabled features, in the order of the catalogue.
#[must_use]
pub fn tools() -> Vec<ToolReference> {
    let providers: &[(&'static str, Drafts)] = &[
        #[cfg(feature = "google")]
        ("google", crate::google::drafts),
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
        })
    };
    providers.iter().flat_map(of).collect()
}
