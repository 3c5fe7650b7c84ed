//! Which crate may know which: the table, and the checker.

use std::collections::BTreeSet;

use crate::metadata::{Dependency, Package};

/// What one crate may depend on besides [`FREE`].
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// The crate.
    pub name: &'static str,
    /// Crates of this workspace.
    pub knows: &'static [&'static str],
    /// Crates from outside.
    pub uses: &'static [&'static str],
    /// Crates that are optional, and the one feature that turns them on; it is off by default.
    pub behind: &'static [(&'static str, &'static str)],
    /// Crates of this workspace that its tests may know as well. What tests use from outside is not limited.
    pub tested_with: &'static [&'static str],
}

/// Words and small tools that every layer may speak.
pub const FREE: [&str; 12] = [
    "async-trait",
    "bytes",
    "chrono",
    "futures-util",
    "http",
    "secrecy",
    "serde",
    "serde_json",
    "thiserror",
    "tracing",
    "url",
    "uuid",
];

/// The layers, from the words at the bottom to the façade and the command over it. ARCHITECTURE.md draws them.
pub const LAYERS: [Layer; 12] = [
    // Words, rules, traits: no input or output, no runtime.
    Layer {
        name: "bailee-core",
        knows: &[],
        uses: &["bitflags", "schemars"],
        behind: &[("mockall", "mock")],
        tested_with: &[],
    },
    // Adapters: they never know each other, save that providers speak OAuth.
    Layer {
        name: "bailee-vault",
        knows: &["bailee-core"],
        uses: &["base64", "ring", "zeroize"],
        behind: &[],
        tested_with: &["bailee-testkit"],
    },
    Layer {
        name: "bailee-oauth",
        knows: &["bailee-core"],
        uses: &[
            "base64",
            "ipnet",
            "oauth2",
            "reqwest",
            "rustls",
            "serde_path_to_error",
            "tokio",
            "tokio-rustls",
            "toml",
            "webpki-roots",
        ],
        behind: &[],
        tested_with: &["bailee-testkit"],
    },
    Layer {
        name: "bailee-providers",
        knows: &["bailee-core", "bailee-oauth"],
        uses: &["base64", "reqwest", "ring", "schemars"],
        behind: &[
            ("lettre", "email"),
            ("pulldown-cmark", "markdown"),
            ("standardwebhooks", "webhook"),
            ("tokio", "email"),
            ("unicode-normalization", "x"),
            ("unicode-segmentation", "x"),
        ],
        tested_with: &["bailee-testkit"],
    },
    Layer {
        name: "bailee-storage",
        knows: &["bailee-core"],
        uses: &["sea-orm", "sea-orm-migration", "sqlx", "tokio"],
        behind: &[],
        tested_with: &["bailee-testkit"],
    },
    // Flows: they know the traits, never an implementation.
    Layer {
        name: "bailee-engine",
        knows: &["bailee-core"],
        uses: &["base64", "getrandom", "jsonschema", "metrics", "tokio"],
        behind: &[],
        tested_with: &["bailee-storage", "bailee-testkit", "bailee-vault"],
    },
    // Faces.
    Layer {
        name: "bailee-http",
        knows: &["bailee-core", "bailee-engine"],
        uses: &["axum", "tower", "tower-http", "utoipa", "utoipa-axum"],
        behind: &[],
        tested_with: &["bailee-storage", "bailee-testkit", "bailee-vault"],
    },
    Layer {
        name: "bailee-mcp",
        knows: &["bailee-core", "bailee-engine"],
        uses: &["axum", "jsonwebtoken", "rmcp", "tokio"],
        behind: &[],
        tested_with: &["bailee-storage", "bailee-testkit", "bailee-vault"],
    },
    Layer {
        name: "bailee-web",
        knows: &["bailee-core"],
        uses: &["axum", "brotli", "zopfli"],
        behind: &[],
        tested_with: &[],
    },
    // The façade: re-exports and features.
    Layer {
        name: "bailee",
        knows: &[
            "bailee-core",
            "bailee-engine",
            "bailee-http",
            "bailee-mcp",
            "bailee-oauth",
            "bailee-providers",
            "bailee-storage",
            "bailee-vault",
            "bailee-web",
        ],
        uses: &[],
        behind: &[],
        tested_with: &["bailee-testkit"],
    },
    // The command of operators: over the façade, as a host is.
    Layer {
        name: "bailee-cli",
        knows: &["bailee"],
        uses: &["clap", "indicatif", "tokio"],
        behind: &[],
        tested_with: &["bailee-testkit"],
    },
    // Beside the layers: fakes and suites for the tests of everyone above core, and of third parties.
    Layer {
        name: "bailee-testkit",
        knows: &["bailee-core"],
        uses: &["axum", "base64", "hyper", "hyper-util", "rcgen", "ring", "rustls", "tokio", "tokio-rustls"],
        behind: &[("bailee-engine", "engine")],
        tested_with: &[],
    },
];

/// Every edge that the table does not allow, every crate that it does not have, and every line without a crate.
#[must_use]
pub fn breaches(layers: &[Layer], libraries: &[Package]) -> Vec<String> {
    let mut breaches = Vec::new();
    for package in libraries {
        match layers.iter().find(|layer| layer.name == package.name) {
            Some(layer) => breaches.extend(edges(*layer, package)),
            None => breaches.push(format!("{} has no line in the table of layers", package.name)),
        }
    }
    for layer in layers {
        if !libraries.iter().any(|package| package.name == layer.name) {
            breaches.push(format!("the table of layers names {}, which does not exist", layer.name));
        }
    }
    breaches
}

fn edges(layer: Layer, package: &Package) -> Vec<String> {
    package
        .dependencies
        .iter()
        .filter_map(|dependency| match dependency.kind.as_deref() {
            Some("dev") => dev_edge(layer, dependency),
            _ => edge(layer, package, dependency),
        })
        .collect()
}

fn edge(layer: Layer, package: &Package, dependency: &Dependency) -> Option<String> {
    let Layer { name, knows, uses, behind, .. } = layer;
    let other = dependency.name.as_str();
    if let Some((_, feature)) = behind.iter().find(|(optional, _)| *optional == other) {
        return (!only_behind(package, dependency, feature)).then(|| {
            format!("{name} may depend on {other} only behind its feature `{feature}`, off by default")
        });
    }
    if dependency.path.is_some() {
        return (!knows.contains(&other)).then(|| format!("{name} may not know {other}"));
    }
    (!uses.contains(&other) && !FREE.contains(&other)).then(|| format!("{name} may not use {other}"))
}

fn dev_edge(layer: Layer, dependency: &Dependency) -> Option<String> {
    let Layer { name, knows, tested_with, .. } = layer;
    let other = dependency.name.as_str();
    let allowed = dependency.path.is_none() || knows.contains(&other) || tested_with.contains(&other);
    (!allowed).then(|| format!("the tests of {name} may not know {other}"))
}

fn only_behind(package: &Package, dependency: &Dependency, feature: &str) -> bool {
    dependency.optional
        && !turned_on_by(package, "default").contains(feature)
        && package.features.iter().all(|(name, parts)| {
            name == feature || !parts.iter().any(|part| activates(part, &dependency.name))
        })
}

/// `dep:name` and `name/feature` turn a dependency on, `name?/feature` does not.
fn activates(part: &str, dependency: &str) -> bool {
    part.strip_prefix("dep:") == Some(dependency)
        || part.split_once('/').is_some_and(|(name, _)| name == dependency)
}

/// The feature and all that follow from it.
fn turned_on_by<'a>(package: &'a Package, feature: &'a str) -> BTreeSet<&'a str> {
    let mut on = BTreeSet::new();
    let mut next = vec![feature];
    while let Some(feature) = next.pop() {
        if on.insert(feature) {
            next.extend(package.features.get(feature).into_iter().flatten().map(String::as_str));
        }
    }
    on
}

/// Dev edges that close a circle and name a version: such packages could not be published in any order.
#[must_use]
pub fn published_circles(libraries: &[Package]) -> Vec<String> {
    let mut breaches = Vec::new();
    for package in libraries {
        let dev = package.dependencies.iter().filter(|edge| edge.kind.as_deref() == Some("dev"));
        for edge in dev.filter(|edge| edge.path.is_some() && edge.req != "*") {
            if reaches(libraries, &edge.name, &package.name) {
                let (name, other) = (&package.name, &edge.name);
                breaches.push(format!(
                    "{other} depends on {name}, so the tests of {name} must name it by path, without a version"
                ));
            }
        }
    }
    breaches
}

fn reaches(libraries: &[Package], from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(name) = next.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            let package = libraries.iter().find(|package| package.name == name);
            let edges = package.into_iter().flat_map(|package| &package.dependencies);
            next.extend(
                edges.filter(|edge| edge.kind.as_deref() != Some("dev")).map(|edge| edge.name.as_str()),
            );
        }
    }
    false
}
