//! Types that hold secrets, and what they may not do.

use std::{collections::BTreeSet, mem};

use proc_macro2::{Delimiter, TokenTree};

use crate::sources::{Source, is_group, is_punct, is_word, leaves};

/// What a secret is kept in. Whatever has one of these inside is a secret type.
const WRAPPERS: [&str; 4] = ["SecretBox", "SecretSlice", "SecretString", "Zeroizing"];

/// Ways in which a secret would leave unseen. `Error` is thiserror's derive, which writes a `Display`.
const LEAKS: [&str; 4] = ["Display", "Error", "PartialEq", "Serialize"];

/// A struct or an enum.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Definition {
    path: String,
    name: String,
    derives: BTreeSet<String>,
    words: BTreeSet<String>,
}

/// `impl Trait for Type`.
#[derive(Debug)]
struct Implementation {
    path: String,
    of: String,
    on: String,
}

/// The names of the types that hold a secret.
#[must_use]
pub fn holders(sources: &[Source]) -> BTreeSet<String> {
    let (mut definitions, mut implementations) = (Vec::new(), Vec::new());
    for source in sources {
        read(source, &source.code, &mut definitions, &mut implementations);
    }
    secret_types(&definitions).into_iter().map(|definition| definition.name.clone()).collect()
}

/// Secret types that can be printed, serialised or compared.
#[must_use]
pub fn leaks(sources: &[Source]) -> Vec<String> {
    let mut definitions = Vec::new();
    let mut implementations = Vec::new();
    for source in sources {
        read(source, &source.code, &mut definitions, &mut implementations);
    }
    let secret = secret_types(&definitions);
    let derived = secret.iter().flat_map(|definition| derived_leaks(definition));
    let written = implementations
        .iter()
        .filter(|implementation| LEAKS.contains(&implementation.of.as_str()))
        .filter(|Implementation { path, on, .. }| {
            meant(&definitions, path, on).iter().any(|definition| secret.contains(definition))
        })
        .map(|Implementation { path, of, on }| format!("{path}: {on} holds a secret and implements {of}"));
    derived.chain(written).collect()
}

/// The types that hold a secret, directly or through another type.
fn secret_types(definitions: &[Definition]) -> BTreeSet<&Definition> {
    let mut secret = BTreeSet::new();
    loop {
        let more: Vec<_> = definitions
            .iter()
            .filter(|definition| !secret.contains(definition))
            .filter(|definition| {
                definition.words.iter().any(|word| {
                    let mut meant = meant(definitions, &definition.path, word).into_iter();
                    WRAPPERS.contains(&word.as_str()) || meant.any(|other| secret.contains(other))
                })
            })
            .collect();
        if more.is_empty() {
            return secret;
        }
        secret.extend(more);
    }
}

/// The types that a name may mean in this file: those of the file, else of its crate, else of any.
fn meant<'a>(definitions: &'a [Definition], path: &str, name: &str) -> Vec<&'a Definition> {
    let named: Vec<_> = definitions.iter().filter(|definition| definition.name == name).collect();
    let near = |is_near: &dyn Fn(&str) -> bool| -> Vec<_> {
        let near = named.iter().filter(|definition| is_near(&definition.path));
        near.copied().collect()
    };
    [near(&|other| other == path), near(&|other| crate_of(other) == crate_of(path))]
        .into_iter()
        .find(|near| !near.is_empty())
        .unwrap_or(named)
}

fn crate_of(path: &str) -> Option<&str> {
    path.split_once("/src/").map(|(directory, _)| directory)
}

fn derived_leaks(definition: &Definition) -> Vec<String> {
    let Definition { path, name, derives, words } = definition;
    let mut breaches: Vec<_> = LEAKS
        .iter()
        .filter(|leak| derives.contains(**leak))
        .map(|leak| format!("{path}: {name} holds a secret and derives {leak}"))
        .collect();
    // The other wrappers redact their Debug.
    if derives.contains("Debug") && words.contains("Zeroizing") {
        breaches.push(format!("{path}: {name} derives Debug, which prints what is in Zeroizing"));
    }
    breaches
}

fn read(
    source: &Source,
    tokens: &[TokenTree],
    definitions: &mut Vec<Definition>,
    implementations: &mut Vec<Implementation>,
) {
    let mut derives = BTreeSet::new();
    let mut rest = tokens;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if is_word(first, "struct") || is_word(first, "enum") {
            if let Some((TokenTree::Ident(name), body)) = after.split_first() {
                let (body, after) = body.split_at(end_of_item(body));
                let words = if is_word(first, "enum") { words_in_variants(body) } else { words(body) };
                definitions.push(Definition {
                    path: source.path.clone(),
                    name: name.to_string(),
                    derives: mem::take(&mut derives),
                    words: words.into_iter().collect(),
                });
                rest = after;
            }
        } else if is_word(first, "impl") {
            let header = after.split(|token| is_group(token, Delimiter::Brace)).next().unwrap_or_default();
            implementations.extend(implementation(&source.path, header));
        } else if let TokenTree::Group(group) = first {
            let inside: Vec<_> = group.stream().into_iter().collect();
            if group.delimiter() == Delimiter::Bracket
                && inside.first().is_some_and(|word| is_word(word, "derive"))
            {
                derives.extend(words(&inside));
            } else if group.delimiter() == Delimiter::Brace {
                derives.clear();
                read(source, &inside, definitions, implementations);
            }
        }
    }
}

/// Up to and including the braces of a body, or the semicolon of a tuple or unit struct.
fn end_of_item(body: &[TokenTree]) -> usize {
    body.iter()
        .position(|token| is_punct(token, ';') || is_group(token, Delimiter::Brace))
        .map_or(body.len(), |last| last + 1)
}

fn words(tokens: &[TokenTree]) -> Vec<String> {
    leaves(tokens)
        .into_iter()
        .filter(|leaf| matches!(leaf, TokenTree::Ident(_)))
        .map(|ident| ident.to_string())
        .collect()
}

/// What variants hold, without their own names: `Reach::Grant` is not a grant.
fn words_in_variants(body: &[TokenTree]) -> Vec<String> {
    let Some(TokenTree::Group(variants)) = body.last() else {
        return Vec::new();
    };
    let fields: Vec<_> = variants
        .stream()
        .into_iter()
        .filter(|token| is_group(token, Delimiter::Brace) || is_group(token, Delimiter::Parenthesis))
        .collect();
    words(&fields)
}

/// The trait and the type of `impl<..> path::Trait<..> for path::Type<..>`.
fn implementation(path: &str, header: &[TokenTree]) -> Option<Implementation> {
    let middle = header.iter().position(|token| is_word(token, "for"))?;
    let (of, on) = header.split_at(middle);
    let of = skip_generics(of);
    Some(Implementation { path: path.to_owned(), of: last_of_path(of)?, on: last_of_path(on.get(1..)?)? })
}

fn skip_generics(header: &[TokenTree]) -> &[TokenTree] {
    if !header.first().is_some_and(|token| is_punct(token, '<')) {
        return header;
    }
    let mut depth = 0_usize;
    for (index, token) in header.iter().enumerate() {
        if is_punct(token, '<') {
            depth += 1;
        } else if is_punct(token, '>') {
            depth -= 1;
            if depth == 0 {
                return header.get(index + 1..).unwrap_or_default();
            }
        }
    }
    header
}

/// `std::fmt::Display` is `Display`, `&'a Secret<T>` is `Secret`.
fn last_of_path(tokens: &[TokenTree]) -> Option<String> {
    let mut last = None;
    let mut lifetime = false;
    for token in tokens {
        match token {
            TokenTree::Ident(_) if lifetime => lifetime = false,
            TokenTree::Ident(ident) => last = Some(ident.to_string()),
            TokenTree::Punct(punct) => match punct.as_char() {
                '\'' => lifetime = true,
                '<' => break,
                _ => {}
            },
            _ => {}
        }
    }
    last
}
