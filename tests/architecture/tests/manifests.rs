//! What the manifests say.

use std::path::Path;

use anyhow::{Context as _, ensure};
use architecture_tests::{
    manifests::{Manifest, library_breaches, member_breaches, private_breaches, unsorted, unused},
    metadata::{Metadata, Package, newer_than},
    tree,
};

fn manifests() -> anyhow::Result<Vec<Manifest>> {
    let metadata = Metadata::read()?;
    metadata.members().map(|package| read(&metadata.workspace_root, package)).collect()
}

fn read(root: &Path, package: &Package) -> anyhow::Result<Manifest> {
    let text = tree::text(&package.manifest_path)?.context("a manifest is text")?;
    let path = package.manifest_path.strip_prefix(root)?.display().to_string();
    Ok(Manifest { path, table: text.parse()? })
}

fn made_up(text: &str) -> anyhow::Result<Manifest> {
    Ok(Manifest { path: "made-up/Cargo.toml".to_owned(), table: text.parse()? })
}

#[test]
fn every_member_takes_versions_and_lints_from_the_workspace() -> anyhow::Result<()> {
    let breaches: Vec<_> = manifests()?.iter().flat_map(member_breaches).collect();
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn every_crate_says_what_it_is_and_examples_and_tests_stay_here() -> anyhow::Result<()> {
    let (libraries, private): (Vec<_>, Vec<_>) =
        manifests()?.into_iter().partition(|manifest| manifest.path.starts_with("crates/"));
    let breaches: Vec<_> = libraries
        .iter()
        .flat_map(library_breaches)
        .chain(private.iter().flat_map(private_breaches))
        .collect();
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn every_crate_carries_its_page_and_its_licences() -> anyhow::Result<()> {
    let mut breaches = Vec::new();
    for package in Metadata::read()?.libraries() {
        let directory = package.manifest_path.parent().context("a manifest is in a directory")?;
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
            if !directory.join(file).is_file() {
                breaches.push(format!("{} has no {file}", package.name));
            }
        }
        // A command has no library.
        let roots = ["src/lib.rs", "src/main.rs"].map(|root| directory.join(root));
        let root = roots.iter().find(|root| root.is_file()).context("a crate has a root")?;
        let code = tree::text(root)?.context("the root is text")?;
        if !code.starts_with("#![doc = include_str!(\"../README.md\")]") {
            breaches.push(format!("the root of {} does not start with its README.md", package.name));
        }
    }
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn every_shared_dependency_is_used_and_in_its_place() -> anyhow::Result<()> {
    let root = tree::text(&tree::root()?.join("Cargo.toml"))?.context("a manifest is text")?;
    let mut breaches = unused(&root.parse()?, &manifests()?);
    breaches.extend(unsorted(&root));
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn no_dependency_needs_a_newer_compiler_than_we_promise() -> anyhow::Result<()> {
    let metadata = Metadata::read()?;
    let core = metadata.members().find(|package| package.name == "bailee-core");
    let ours = core.and_then(|package| package.rust_version.as_deref());
    let breaches = newer_than(ours.context("bailee-core promises a compiler")?, &metadata.packages);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn every_member_is_of_the_same_edition_and_compiler() -> anyhow::Result<()> {
    for package in Metadata::read()?.members() {
        ensure!(package.edition == "2024", "{} is of edition {}", package.name, package.edition);
        ensure!(package.rust_version.is_some(), "{} promises no compiler", package.name);
    }
    Ok(())
}

#[test]
fn a_version_outside_the_root_is_named() -> anyhow::Result<()> {
    let manifest = made_up(
        r#"
        package = { edition.workspace = true, license.workspace = true, rust-version.workspace = true, version.workspace = true }
        lints.workspace = true
        dependencies = { good.workspace = true, bad = "1" }
        dev-dependencies = { kit = { path = "../kit" } }
        target.'cfg(unix)'.dependencies = { worse = { path = "../worse" } }
        "#,
    )?;
    assert_eq!(
        member_breaches(&manifest),
        [
            "made-up/Cargo.toml: bad takes its version from elsewhere than the root",
            "made-up/Cargo.toml: worse takes its version from elsewhere than the root",
        ]
    );
    Ok(())
}

#[test]
fn what_is_never_published_may_lean_on_a_neighbour_and_names_no_version_either() -> anyhow::Result<()> {
    let manifest = made_up(
        r#"
        package = { edition.workspace = true, license.workspace = true, publish = false, rust-version.workspace = true, version.workspace = true }
        lints.workspace = true
        dependencies = { kit = { path = "../kit" }, bad = { path = "../bad", version = "1" } }
        "#,
    )?;
    assert_eq!(
        member_breaches(&manifest),
        ["made-up/Cargo.toml: bad takes its version from elsewhere than the root"]
    );
    Ok(())
}

#[test]
fn a_manifest_that_says_nothing_is_named_for_all_it_lacks() -> anyhow::Result<()> {
    let manifest = made_up("[package]\nname = \"silent\"")?;
    assert_eq!(member_breaches(&manifest).len(), 5);
    assert_eq!(library_breaches(&manifest).len(), 5);
    assert_eq!(private_breaches(&manifest).len(), 1);
    Ok(())
}

#[test]
fn an_unused_or_misplaced_shared_dependency_is_named() -> anyhow::Result<()> {
    let root = "[workspace.dependencies]\n# Why.\nb = \"1\"\na = \"1\"\n\n[profile.dev]\n";
    let member = made_up("dependencies = { a.workspace = true }")?;
    assert_eq!(unused(&root.parse()?, &[member]), ["nobody uses b of [workspace.dependencies]"]);
    assert_eq!(unsorted(root), ["[workspace.dependencies] has a after b"]);
    Ok(())
}

#[test]
fn a_dependency_that_needs_a_newer_compiler_is_named() {
    let package = |name: &str, compiler: Option<&str>| Package {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        rust_version: compiler.map(str::to_owned),
        ..Package::default()
    };
    let packages = [
        package("silent", None),
        package("older", Some("1.9")),
        package("same", Some("1.94.0")),
        package("newer", Some("1.100")),
    ];
    assert_eq!(newer_than("1.94", &packages), ["newer 1.0.0 needs Rust 1.100, and we promise 1.94"]);
}
