use std::time::Duration;

use crate::{
    OAuthDefinition,
    definition::{Accounts, Probe, Reach, RefreshTime, RotationKind},
};
use bailee_core::{
    Alias, Capabilities, Cardinality, ConnectKind, Definition, Issuer, OAuthScopes, ProviderDescriptor,
    RefreshMode, RevocationReach, Rotation, Tool, ToolName,
};

/// What these tools, all of them or those named, need of a consent.
pub(super) fn needed(definition: &OAuthDefinition, tools: &[Tool], named: &[ToolName]) -> OAuthScopes {
    let tools = || tools.iter().filter(|tool| named.is_empty() || named.contains(&tool.name));
    let of_tools = tools()
        .filter_map(|tool| tool.scopes.preferred())
        .fold(OAuthScopes::default(), |all, scopes| all.union(scopes));
    let list = &definition.scopes.list;
    let of_list = list.iter().filter(|rule| tools().any(|tool| rule.tools.contains(&tool.name)));
    of_tools.union(&OAuthScopes::new(of_list.map(|rule| rule.name.clone())))
}

/// What a consent asks for that needs this and finds no earlier grant: that, what every consent asks for, and what the
/// host wants besides.
pub(super) fn asked(
    definition: &OAuthDefinition,
    needed: &OAuthScopes,
    further: &OAuthScopes,
) -> OAuthScopes {
    let rules = &definition.scopes;
    if !rules.asked {
        return OAuthScopes::default();
    }
    let always = rules.always().union(further);
    if rules.fixed { always } else { always.union(needed) }
}

/// `further` is asked for by every consent.
pub(super) fn new(definition: &OAuthDefinition, tools: &[Tool], further: &OAuthScopes) -> ProviderDescriptor {
    let revocation = definition.revoke.as_ref();
    ProviderDescriptor {
        key: definition.key.clone(),
        name: for_ever(&definition.name),
        description: match &definition.description {
            Some(description) => for_ever(description),
            None => for_ever(&format!("Connect {}", definition.name)),
        },
        account_url: definition.account_url.clone(),
        aliases: aliases(definition, tools),
        definitions: definitions(definition, tools),
        connect: ConnectKind::OAuth,
        form: None,
        widget: None,
        settings: None,
        cardinality: match definition.accounts {
            Accounts::Many => Cardinality::Many,
            Accounts::One => Cardinality::One,
        },
        capabilities: capabilities(definition),
        requested: asked(definition, &needed(definition, tools, &[]), further),
        reading: definition.scopes.reading(),
        refresh: match definition.refresh.when {
            RefreshTime::Ahead => RefreshMode::Ahead,
            RefreshTime::Lazy | RefreshTime::Never => RefreshMode::Lazy,
        },
        rotation: match definition.refresh.rotation {
            RotationKind::None => Rotation::Static,
            RotationKind::Rotates(rotates) => Rotation::Grace(Duration::from_secs(rotates.grace_seconds)),
            RotationKind::StrictFamily => Rotation::Strict,
        },
        revocation: match revocation.map(|revocation| revocation.reach) {
            Some(Reach::Account) => RevocationReach::Account,
            Some(Reach::Grant) | None => RevocationReach::Grant,
        },
        issuer: definition
            .issuer
            .as_ref()
            .map(|issuer| Issuer { identifier: issuer.identifier.clone(), required: issuer.required }),
        token_hosts: definition.token_hosts.clone(),
    }
}

fn capabilities(definition: &OAuthDefinition) -> Capabilities {
    let mut capabilities = Capabilities::empty();
    capabilities.set(Capabilities::REFRESH, definition.refresh.when != RefreshTime::Never);
    capabilities.set(Capabilities::REVOKE, definition.revoke.is_some());
    capabilities.set(Capabilities::VALIDATE, definition.probe != Probe::None);
    capabilities
}

/// An alias for tools of which none is enabled has nothing to ask consent for.
fn aliases(definition: &OAuthDefinition, tools: &[Tool]) -> Vec<Alias> {
    let enabled = |name: &ToolName| tools.iter().any(|tool| tool.name == *name);
    let aliases = definition.aliases.iter();
    aliases
        .filter(|alias| alias.tools.is_empty() || alias.tools.iter().any(enabled))
        .map(|alias| Alias { key: alias.key.clone(), scopes: needed(definition, tools, &alias.tools) })
        .collect()
}

/// An alias without an enabled tool is no server.
fn definitions(definition: &OAuthDefinition, tools: &[Tool]) -> Vec<Definition> {
    let named = definition.aliases.iter().filter_map(|alias| Some((alias, alias.name.as_deref()?)));
    named
        .filter_map(|(alias, name)| {
            let enabled = tools.iter().filter(|tool| alias.tools.contains(&tool.name));
            let tools: Vec<ToolName> = enabled.map(|tool| tool.name.clone()).collect();
            let there = !tools.is_empty();
            there.then(|| Definition { key: alias.key.clone(), name: for_ever(name), tools })
        })
        .collect()
}

/// Descriptors name providers for as long as the process lives; there are few of them.
fn for_ever(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}
