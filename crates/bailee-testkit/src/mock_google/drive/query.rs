//! Drive's language for searches (`q`), as far as the tools need it.

use super::File;

/// A search: what was asked for, or everything.
#[derive(Debug)]
pub(super) struct Query(Option<Condition>);

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    And(Box<Self>, Box<Self>),
    /// `fullText contains`: whole words.
    FullText(String),
    /// `'…' in parents`.
    In(String),
    /// `mimeType =`.
    MimeType(String),
    /// `name contains`: beginnings of words.
    NameContains(String),
    /// `name =`.
    Name(String),
    Not(Box<Self>),
    Or(Box<Self>, Box<Self>),
    Trashed(bool),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Close,
    Equal,
    NotEqual,
    Open,
    Text(String),
    Word(String),
}

impl Query {
    /// `None` where it is none: Drive then answers that a value is invalid.
    pub(super) fn read(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        if tokens.is_empty() {
            return Some(Self(None));
        }
        let mut rest = tokens.as_slice();
        let condition = Condition::any(&mut rest)?;
        rest.is_empty().then_some(Self(Some(condition)))
    }

    pub(super) fn fits(&self, file: &File, root: &str) -> bool {
        self.0.as_ref().is_none_or(|condition| condition.fits(file, root))
    }

    /// Whether results come by relevance.
    pub(super) fn is_full_text(&self) -> bool {
        self.0.as_ref().is_some_and(Condition::is_full_text)
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            ' ' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => Token::Equal,
            '!' if characters.next_if_eq(&'=').is_some() => Token::NotEqual,
            '\'' => Token::Text(quoted(&mut characters)?),
            letter if letter.is_ascii_alphabetic() => {
                let mut word = letter.to_string();
                while let Some(letter) = characters.next_if(char::is_ascii_alphanumeric) {
                    word.push(letter);
                }
                Token::Word(word)
            }
            _ => return None,
        });
    }
    Some(tokens)
}

/// The rest of a text in quotes. A backslash stands before a quote or a backslash, and nowhere else.
fn quoted(characters: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut text = String::new();
    loop {
        match characters.next()? {
            '\'' => return Some(text),
            '\\' => match characters.next()? {
                escaped @ ('\'' | '\\') => text.push(escaped),
                _ => return None,
            },
            other => text.push(other),
        }
    }
}

fn take<'a>(rest: &mut &'a [Token]) -> Option<&'a Token> {
    let (first, others) = rest.split_first()?;
    *rest = others;
    Some(first)
}

fn next_is(rest: &mut &[Token], word: &str) -> bool {
    let found = matches!(rest.first(), Some(Token::Word(first)) if first == word);
    if found {
        take(rest);
    }
    found
}

impl Condition {
    fn any(rest: &mut &[Token]) -> Option<Self> {
        let mut condition = Self::all(rest)?;
        while next_is(rest, "or") {
            condition = Self::Or(Box::new(condition), Box::new(Self::all(rest)?));
        }
        Some(condition)
    }

    fn all(rest: &mut &[Token]) -> Option<Self> {
        let mut condition = Self::one(rest)?;
        while next_is(rest, "and") {
            condition = Self::And(Box::new(condition), Box::new(Self::one(rest)?));
        }
        Some(condition)
    }

    fn one(rest: &mut &[Token]) -> Option<Self> {
        if next_is(rest, "not") {
            return Some(Self::Not(Box::new(Self::one(rest)?)));
        }
        match take(rest)? {
            Token::Open => {
                let condition = Self::any(rest)?;
                (take(rest)? == &Token::Close).then_some(condition)
            }
            Token::Text(id) => {
                let known = next_is(rest, "in") && next_is(rest, "parents");
                known.then(|| Self::In(id.clone()))
            }
            Token::Word(field) => Self::about(field, take(rest)?, take(rest)?),
            Token::Close | Token::Equal | Token::NotEqual => None,
        }
    }

    /// `field operator value`.
    fn about(field: &str, operator: &Token, value: &Token) -> Option<Self> {
        let contains = *operator == Token::Word("contains".to_owned());
        match (field, operator, value) {
            ("fullText", _, Token::Text(text)) if contains => Some(Self::FullText(text.clone())),
            ("name", _, Token::Text(text)) if contains => Some(Self::NameContains(text.clone())),
            ("name", Token::Equal, Token::Text(text)) => Some(Self::Name(text.clone())),
            ("mimeType", Token::Equal, Token::Text(text)) => Some(Self::MimeType(text.clone())),
            ("mimeType", Token::NotEqual, Token::Text(text)) => {
                Some(Self::Not(Box::new(Self::MimeType(text.clone()))))
            }
            ("trashed", Token::Equal, Token::Word(word)) => match word.as_str() {
                "true" => Some(Self::Trashed(true)),
                "false" => Some(Self::Trashed(false)),
                _ => None,
            },
            _ => None,
        }
    }

    fn fits(&self, file: &File, root: &str) -> bool {
        match self {
            Self::And(one, other) => one.fits(file, root) && other.fits(file, root),
            Self::FullText(words) => {
                let text = words_of(&format!("{} {}", file.name, file.text()));
                let wanted = words_of(words);
                !wanted.is_empty() && wanted.iter().all(|word| text.contains(word))
            }
            Self::In(id) => file.parent == *id || (id == "root" && file.parent == root),
            Self::MimeType(kind) => file.mime_type == *kind,
            Self::Name(name) => file.name == *name,
            Self::NameContains(beginning) => {
                let (name, beginning) = (file.name.to_lowercase(), beginning.to_lowercase());
                let is_start = |at: usize| {
                    let before = name.get(..at).and_then(|before| before.chars().last());
                    before.is_none_or(|before| !before.is_alphanumeric())
                };
                name.match_indices(&beginning).any(|(at, _)| is_start(at))
            }
            Self::Not(other) => !other.fits(file, root),
            Self::Or(one, other) => one.fits(file, root) || other.fits(file, root),
            Self::Trashed(trashed) => file.trashed == *trashed,
        }
    }

    fn is_full_text(&self) -> bool {
        match self {
            Self::FullText(_) => true,
            Self::And(one, other) | Self::Or(one, other) => one.is_full_text() || other.is_full_text(),
            Self::Not(other) => other.is_full_text(),
            _ => false,
        }
    }
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Condition, Query};

    #[test]
    fn quotes_and_backslashes_are_read_as_they_were_meant() {
        let query =
            Query::read(r"trashed=false and name contains 'it\'s \\ (or) not'").and_then(|query| query.0);
        let name = Condition::NameContains(r"it's \ (or) not".to_owned());
        assert_eq!(query, Some(Condition::And(Box::new(Condition::Trashed(false)), Box::new(name))));
    }

    #[test]
    fn what_is_no_query_is_none() {
        for text in [
            "name contains 'it's'",
            r"name contains 'open\'",
            r"name contains 'a\n'",
            "name contains 'a' trashed=false",
            "(trashed=false",
            "trashed=false)",
            "name contains plan",
            "size > 3",
            "'1' in owners",
        ] {
            assert!(Query::read(text).is_none(), "{text}");
        }
    }
}
