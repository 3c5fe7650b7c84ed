//! Documents name only what exists.

use anyhow::{Context as _, ensure};
use architecture_tests::{
    documents::{Named, missing, named},
    tree,
};

#[test]
fn every_file_that_a_document_names_exists() -> anyhow::Result<()> {
    let root = tree::root()?;
    let mut breaches = Vec::new();
    for document in tree::files(&root)?.iter().filter(|file| tree::has_extension(file, "md")) {
        let text = tree::text(document)?.context("a document is text")?;
        breaches.extend(missing(&root, document, &text));
    }
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn links_and_paths_are_found_outside_of_code_blocks() {
    let text = "\
See [the design](ARCHITECTURE.md#layers \"drawn\") and [docs](https://docs.rs), `crates/bailee-core/`, `deny.toml`.
[licence]: LICENSE-MIT
```sh
cat [not](a-link.md) `tests/nothing`
```
Run `.ci/deep mutants`; [above](#top), [item](crate::Engine), `GET /v1/session`, `src/<name>/mod.rs`, `text/html`.";
    let link = |target: &str| Named::Link(target.to_owned());
    let span = |target: &str| Named::Span(target.to_owned());
    assert_eq!(
        named(text),
        [
            (1, link("ARCHITECTURE.md")),
            (1, span("crates/bailee-core")),
            (1, span("deny.toml")),
            (2, link("LICENSE-MIT")),
            (6, span(".ci/deep")),
        ]
    );
}

#[test]
fn a_file_that_does_not_exist_is_named_with_its_line() -> anyhow::Result<()> {
    let root = tree::root()?;
    let document = root.join("crates/bailee-core/README.md");
    let text = "`src/lib.rs` `crates/bailee-core` `lib.rs`\n[up](../../Cargo.toml) [gone](gone.md)\n`docs/gone.md`\n\
                [outside](../../../elsewhere)";
    assert_eq!(
        missing(&root, &document, text),
        [
            "crates/bailee-core/README.md:2 links to gone.md, which does not exist",
            "crates/bailee-core/README.md:3 names `docs/gone.md`, which does not exist",
            "crates/bailee-core/README.md:4 links to ../../../elsewhere, which does not exist",
        ]
    );
    Ok(())
}
