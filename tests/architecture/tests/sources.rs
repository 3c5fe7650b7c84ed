//! What the sources may say.

use anyhow::{Context as _, ensure};
use architecture_tests::{
    metadata::Metadata,
    secrets::leaks,
    sources::{self, Source, macro_calls, names},
    tree,
};

const PROVIDERS: [&str; 8] =
    ["gmail", "google", "linkedin", "notion", "slack", "telegram", "teller", "twitter"];
const UNFINISHED: [&str; 3] = ["dbg", "todo", "unimplemented"];

fn sources(crates: Option<&[&str]>) -> anyhow::Result<Vec<Source>> {
    let metadata = Metadata::read()?;
    let mut found = Vec::new();
    for package in metadata.libraries() {
        if crates.is_none_or(|crates| crates.contains(&package.name.as_str())) {
            found.extend(sources::of(&metadata.workspace_root, package)?);
        }
    }
    ensure!(!found.is_empty(), "no sources were found");
    Ok(found)
}

#[test]
fn no_provider_is_named_in_engine_storage_or_a_face() -> anyhow::Result<()> {
    let sources = sources(Some(&["bailee-engine", "bailee-http", "bailee-mcp", "bailee-storage"]))?;
    let breaches: Vec<_> = sources.iter().flat_map(|source| names(source, &PROVIDERS)).collect();
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn no_library_is_unfinished() -> anyhow::Result<()> {
    let breaches: Vec<_> =
        sources(None)?.iter().flat_map(|source| macro_calls(source, &UNFINISHED)).collect();
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn no_secret_type_implements_display_serialize_or_equality() -> anyhow::Result<()> {
    let breaches = leaks(&sources(None)?);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn the_repository_mentions_no_place_outside_of_it() -> anyhow::Result<()> {
    let root = tree::root()?;
    let tests = root.join("tests");
    let files: Vec<_> = tree::files(&root)?.into_iter().filter(|file| !file.starts_with(&tests)).collect();
    let breaches = tree::mentions(&root, &files, &["../shared", "/work/", "/root/"])?;
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn a_mention_is_named_with_its_line() -> anyhow::Result<()> {
    let root = tree::root()?;
    let this = root.join("tests/architecture/tests/sources.rs");
    let needle = ["fn a_mention_is", "_named"].concat();
    let breaches = tree::mentions(&root, &[this], &[&needle])?;
    let [breach] = breaches.as_slice() else {
        anyhow::bail!("one line was expected: {breaches:?}");
    };
    let (place, _) = breach.split_once(" mentions ").context("a breach has this form")?;
    ensure!(place.starts_with("tests/architecture/tests/sources.rs:"), "{place}");
    Ok(())
}

#[test]
fn names_are_found_in_code_and_texts_but_not_in_documentation_and_tests() -> anyhow::Result<()> {
    let source = Source::parse(
        "made/up.rs",
        r#"
        //! Google is fine here.
        /// And here: google.
        fn refresh() -> &'static str { // google
            "https://google.example"
        }
        fn is_google() -> bool { true }
        #[schema(example = "google")] struct View;
        #[cfg(test)]
        mod tests { const G: &str = "google"; }
        #[cfg(test)]
        mod more;
        static LAST: u8 = b'x';
        "#,
    )?;
    assert_eq!(
        names(&source, &PROVIDERS),
        ["made/up.rs:5 names \"https://google.example\"", "made/up.rs:7 names is_google"]
    );
    assert_eq!(names(&source, &["last"]).len(), 1);
    Ok(())
}

#[test]
fn an_unfinished_function_is_named() -> anyhow::Result<()> {
    let source = Source::parse("made/up.rs", "fn later() { std::todo!() }\nfn todo() {}")?;
    assert_eq!(macro_calls(&source, &UNFINISHED), ["made/up.rs:1 calls todo!"]);
    Ok(())
}

#[test]
fn a_secret_that_can_leave_is_named() -> anyhow::Result<()> {
    let source = Source::parse(
        "made/up.rs",
        "
        #[derive(Clone, Debug, serde::Serialize)] struct Token { value: SecretString }
        #[derive(Clone)] struct Grant(Vec<Token>);
        impl<'a> std::fmt::Display for Grant { }
        #[derive(Debug, thiserror::Error)] enum Problem { #[error(\"{0}\")] Bad(Grant) }
        #[derive(Debug)] struct Key(Zeroizing<[u8; 32]>);
        mod inner { pub struct Deep { key: super::Key } impl<T: From<u8>> PartialEq<T> for Deep { } }
        ",
    )?;
    assert_eq!(
        leaks(&[source]),
        [
            "made/up.rs: Key derives Debug, which prints what is in Zeroizing",
            "made/up.rs: Problem holds a secret and derives Error",
            "made/up.rs: Token holds a secret and derives Serialize",
            "made/up.rs: Grant holds a secret and implements Display",
            "made/up.rs: Deep holds a secret and implements PartialEq",
        ]
    );
    Ok(())
}

#[test]
fn a_name_means_the_nearest_type() -> anyhow::Result<()> {
    let far = Source::parse("crates/far/src/lib.rs", "struct Answer(SecretString);")?;
    let near = Source::parse("crates/near/src/a.rs", "#[derive(PartialEq)] struct Answer(u8);")?;
    let user = Source::parse("crates/near/src/b.rs", "#[derive(PartialEq)] struct Kept(Answer);")?;
    assert_eq!(leaks(&[far, near, user]), Vec::<String>::new());
    let far = Source::parse("crates/far/src/lib.rs", "struct Answer(SecretString);")?;
    let user = Source::parse("crates/near/src/b.rs", "#[derive(PartialEq)] struct Kept(far::Answer);")?;
    assert_eq!(leaks(&[far, user]), ["crates/near/src/b.rs: Kept holds a secret and derives PartialEq"]);
    Ok(())
}

#[test]
fn what_holds_no_secret_may_be_printed() -> anyhow::Result<()> {
    let source = Source::parse(
        "made/up.rs",
        "
        #[derive(Debug, Serialize, PartialEq)] struct Account { id: String }
        #[derive(Debug, Deserialize)] struct Token { value: SecretString }
        impl Token { fn account(&self) -> Account { } }
        impl fmt::Debug for Token { }
        impl From<&Token> for Account { }
        impl Display for Account { }
        #[derive(PartialEq)] enum Reach { #[default] Token, Account(Account) }
        ",
    )?;
    assert_eq!(leaks(&[source]), Vec::<String>::new());
    Ok(())
}
