//! Rust sources as tokens: without comments, documentation and tests.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::{metadata::Package, tree};

/// One source file of a library.
#[derive(Debug)]
pub struct Source {
    /// Its path, relative to the top.
    pub path: String,
    /// Its code.
    pub code: Vec<TokenTree>,
}

impl Source {
    /// Reads Rust text.
    ///
    /// # Errors
    /// When it is not Rust.
    pub fn parse(path: &str, text: &str) -> anyhow::Result<Self> {
        let stream: TokenStream = text.parse().map_err(|problem| anyhow!("{path} is not Rust: {problem}"))?;
        Ok(Self { path: path.to_owned(), code: code_of(stream) })
    }
}

/// The sources of a package. Files of tests (`tests.rs`, `tests/`) are left out.
///
/// # Errors
/// When one cannot be read.
pub fn of(root: &Path, package: &Package) -> anyhow::Result<Vec<Source>> {
    let directory = package.manifest_path.parent().context("a manifest is in a directory")?.join("src");
    tree::files(&directory)?
        .iter()
        .filter(|file| tree::has_extension(file, "rs") && !is_of_tests(file))
        .map(|file| {
            let text = tree::text(file)?.context("Rust is text")?;
            Source::parse(&file.strip_prefix(root)?.display().to_string(), &text)
        })
        .collect()
}

fn is_of_tests(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

/// The tokens without `#[doc]` (which comments of documentation are) and without what is `#[cfg(test)]`.
fn code_of(stream: TokenStream) -> Vec<TokenTree> {
    let mut code = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if is_punct(&token, '#') {
            let inner = tokens.next_if(|next| is_punct(next, '!'));
            if let Some(attribute) = tokens.next_if(|next| is_group(next, Delimiter::Bracket)) {
                if is_attribute(&attribute, "doc") {
                    continue;
                }
                if is_cfg_test(&attribute) {
                    skip_item(&mut tokens);
                    continue;
                }
                code.push(token);
                code.extend(inner);
                code.push(nested(attribute));
                continue;
            }
        }
        code.push(nested(token));
    }
    code
}

fn nested(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = token else {
        return token;
    };
    let inside = code_of(group.stream()).into_iter().collect();
    TokenTree::Group(Group::new(group.delimiter(), inside))
}

/// An item ends with its braces or its semicolon.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    tokens.find(|token| is_punct(token, ';') || is_group(token, Delimiter::Brace));
}

fn is_attribute(attribute: &TokenTree, name: &str) -> bool {
    let TokenTree::Group(group) = attribute else {
        return false;
    };
    group.stream().into_iter().next().is_some_and(|first| is_word(&first, name))
}

/// `cfg(test)` alone: what is compiled for tests *or* otherwise is code.
fn is_cfg_test(attribute: &TokenTree) -> bool {
    let TokenTree::Group(group) = attribute else {
        return false;
    };
    group.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Whether the token is this character.
#[must_use]
pub fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Whether the token is this word.
#[must_use]
pub fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// Whether the token is a group in these delimiters.
#[must_use]
pub fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// All tokens that hold no others, in order.
#[must_use]
pub fn leaves(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let mut leaves = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                leaves.extend(self::leaves(&group.stream().into_iter().collect::<Vec<_>>()));
            }
            leaf => leaves.push(leaf.clone()),
        }
    }
    leaves
}

/// Names and texts of the code that contain one of `words`, in any case. Examples of the OpenAPI document
/// (`example = ".."`) are documentation.
#[must_use]
pub fn names(source: &Source, words: &[&str]) -> Vec<String> {
    let leaves = leaves(&source.code);
    let mut found = Vec::new();
    for (index, leaf) in leaves.iter().enumerate() {
        let before = leaves.get(index.saturating_sub(2)..index).unwrap_or_default();
        let is_example =
            matches!(before, [name, equals] if is_word(name, "example") && is_punct(equals, '='));
        if is_example || matches!(leaf, TokenTree::Punct(_)) {
            continue;
        }
        let text = leaf.to_string();
        let lower = text.to_lowercase();
        if words.iter().any(|word| lower.contains(word)) {
            let line = leaf.span().start().line;
            found.push(format!("{}:{line} names {text}", source.path));
        }
    }
    found
}

/// Calls of one of these macros.
#[must_use]
pub fn macro_calls(source: &Source, macros: &[&str]) -> Vec<String> {
    let leaves = leaves(&source.code);
    leaves
        .iter()
        .zip(leaves.iter().skip(1))
        .filter(|(_, next)| is_punct(next, '!'))
        .filter(|(name, _)| macros.iter().any(|forbidden| is_word(name, forbidden)))
        .map(|(name, _)| format!("{}:{} calls {name}!", source.path, name.span().start().line))
        .collect()
}
