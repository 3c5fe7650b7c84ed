use std::{collections::BTreeSet, fmt, iter, ops::Range, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One provider consent string (RFC 6749 §3.3): printable ASCII without blank, `"` and `\`, at most 255 bytes.
///
/// Always spelt `OAuthScope`: a bare *scope* is which profiles may use an integration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OAuthScope(Box<str>);

/// A text that RFC 6749 §3.3 does not allow as a scope token.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "not an OAuth scope: it must be 1 to 255 printable ASCII characters without blanks, quotes and backslashes"
)]
pub struct InvalidOAuthScope;

impl OAuthScope {
    /// Takes one scope token.
    ///
    /// # Errors
    /// [`InvalidOAuthScope`] when it is empty, too long or holds another character.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidOAuthScope> {
        let text = text.into();
        if is_scope(text.as_bytes()) { Ok(Self(text.into_boxed_str())) } else { Err(InvalidOAuthScope) }
    }

    /// The scope as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// In bytes: what a byte can tell.
const LONGEST: usize = 255;

fn is_scope(text: &[u8]) -> bool {
    (1..=LONGEST).contains(&text.len()) && !text.contains(&b' ') && is_printable(text)
}

/// Whether all bytes are those of scopes and blanks. It looks at all of them, whatever it finds: many at once.
fn is_printable(text: &[u8]) -> bool {
    let wrong = |byte: u8| !matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
    text.iter().fold(0, |any, byte| any | u8::from(wrong(*byte))) == 0
}

impl fmt::Display for OAuthScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of [`OAuthScope`]s, kept as one text: sorted, without duplicates, separated by blanks.
///
/// ```
/// use bailee_core::OAuthScopes;
///
/// let asked = OAuthScopes::parse("openid email calendar")?;
/// let given = OAuthScopes::parse("email openid")?;
/// assert_eq!(asked.without(&given).as_str(), "calendar");
/// assert!(asked.contains_all(&given));
/// # Ok::<(), bailee_core::InvalidOAuthScope>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OAuthScopes {
    text: Box<str>,
    /// The mark of each scope, in order: what is asked for at every look at a tool is mostly told apart by it alone.
    marks: Box<[Mark]>,
}

impl OAuthScopes {
    /// Collects scopes.
    #[must_use]
    pub fn new(scopes: impl IntoIterator<Item = OAuthScope>) -> Self {
        let set: BTreeSet<OAuthScope> = scopes.into_iter().collect();
        Self::of_sorted(set.iter().map(OAuthScope::as_str))
    }

    /// Of scopes that are in order, without duplicates.
    fn of_sorted<'s>(scopes: impl IntoIterator<Item = &'s str>) -> Self {
        let scopes: Vec<&str> = scopes.into_iter().collect();
        Self {
            text: scopes.join(" ").into_boxed_str(),
            marks: scopes.iter().map(|scope| Mark::of(scope.as_bytes())).collect(),
        }
    }

    /// Reads scopes separated by blanks, in any order; an empty text is the empty set.
    ///
    /// # Errors
    /// [`InvalidOAuthScope`] when one of them is not a scope.
    pub fn parse(text: &str) -> Result<Self, InvalidOAuthScope> {
        if let Some(marks) = marks_of_sorted(text) {
            return Ok(Self { text: text.into(), marks });
        }
        text.split_ascii_whitespace().map(OAuthScope::new).collect::<Result<Vec<_>, _>>().map(Self::new)
    }

    /// The scopes in order, separated by single blanks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Each scope as text, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places().filter_map(|(_, place)| self.text.get(place))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether this scope is among them.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.has(Mark::of(scope.as_bytes()), scope.as_bytes())
    }

    /// Whether all of `other` are among them.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other
            .places()
            .all(|(mark, place)| other.text.as_bytes().get(place).is_some_and(|scope| self.has(mark, scope)))
    }

    /// Both sets together.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let set: BTreeSet<&str> = self.iter().chain(other.iter()).collect();
        Self::of_sorted(set)
    }

    /// Those that `other` lacks.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self::of_sorted(self.iter().filter(|scope| !other.contains(scope)))
    }

    fn has(&self, mark: Mark, scope: &[u8]) -> bool {
        self.places().any(|(mine, place)| mine == mark && self.text.as_bytes().get(place) == Some(scope))
    }

    /// Each mark, and where its scope is in the text.
    fn places(&self) -> impl Iterator<Item = (Mark, Range<usize>)> {
        self.marks.iter().scan(0, |start, mark| {
            let place = *start..*start + mark.len();
            // The blank after it.
            *start = place.end + 1;
            Some((*mark, place))
        })
    }
}

/// The length of a scope and its last seven bytes: different ones are of different scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Mark(u64);

impl Mark {
    /// Of a text; the length of one that is longer than any scope is that of the longest.
    fn of(scope: &[u8]) -> Self {
        let (mut bytes, length) = ([0; 8], u8::try_from(scope.len()).unwrap_or(u8::MAX));
        for (to, from) in bytes.iter_mut().zip(iter::once(&length).chain(scope.iter().rev())) {
            *to = *from;
        }
        Self(u64::from_le_bytes(bytes))
    }

    const fn len(self) -> usize {
        (self.0 & 0xFF) as usize
    }
}

/// The marks of a text that is as [`OAuthScopes::new`] writes it: nothing is left to sort, and nothing to refuse. Every token
/// that is handed out has its scopes read from the store, which has them like this.
fn marks_of_sorted(text: &str) -> Option<Box<[Mark]>> {
    if text.is_empty() {
        return Some(Box::default());
    }
    if !is_printable(text.as_bytes()) {
        return None;
    }
    let mut last = "";
    text.split(' ')
        .map(|scope| {
            let follows = last < scope && scope.len() <= LONGEST;
            last = scope;
            follows.then(|| Mark::of(scope.as_bytes()))
        })
        .collect()
}

impl FromStr for OAuthScopes {
    type Err = InvalidOAuthScope;
    fn from_str(text: &str) -> Result<Self, InvalidOAuthScope> {
        Self::parse(text)
    }
}

/// A list of strings on the wire.
impl Serialize for OAuthScopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for OAuthScopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .into_iter()
            .map(OAuthScope::new)
            .collect::<Result<Vec<_>, _>>()
            .map(Self::new)
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_do_not_matter() -> Result<(), InvalidOAuthScope> {
        assert_eq!(OAuthScopes::parse("b  a b")?, OAuthScopes::parse("a b")?);
        assert_eq!(OAuthScopes::parse("b  a b")?.as_str(), "a b");
        Ok(())
    }

    #[test]
    fn what_is_sorted_already_reads_like_what_is_not() {
        let (longest, too_long) = ("a".repeat(LONGEST), "a".repeat(LONGEST + 1));
        let short = ["", "a", "a b", "b a", "a a", " a", "a ", "a  b", "a\tb", "a\"", "a \u{e9}", "a ab b"];
        for text in short.into_iter().chain([longest.as_str(), too_long.as_str()]) {
            let collected: Result<Vec<_>, _> = text.split_ascii_whitespace().map(OAuthScope::new).collect();
            assert_eq!(OAuthScopes::parse(text), collected.map(OAuthScopes::new), "{text:?}");
        }
    }

    #[test]
    fn a_set_is_read_from_a_text_and_from_a_list() -> Result<(), Box<dyn std::error::Error>> {
        let set: OAuthScopes = "b a".parse()?;
        assert_eq!(set.as_str(), "a b");
        assert_eq!(serde_json::to_value(&set)?, serde_json::json!(["a", "b"]));
        assert_eq!(serde_json::from_str::<OAuthScopes>(r#"["b", "a", "b"]"#)?, set);
        assert!(serde_json::from_str::<OAuthScopes>(r#"["a b"]"#).is_err());
        assert_eq!(OAuthScope::new("a")?.to_string(), "a");
        Ok(())
    }

    #[test]
    fn a_scope_with_a_blank_a_quote_or_a_control_character_is_none() {
        for wrong in ["", "a b", "a\"", "a\\", "a\n", "é"] {
            assert_eq!(OAuthScope::new(wrong), Err(InvalidOAuthScope), "{wrong:?}");
        }
    }

    #[test]
    fn a_set_is_contained_when_each_of_its_scopes_is() -> Result<(), InvalidOAuthScope> {
        let words = ["a", "a.b", "ab", "b", "c"];
        let set = |bits: usize| {
            let some = words.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
            OAuthScopes::parse(&some.map(|(_, word)| *word).collect::<Vec<_>>().join(" "))
        };
        for (mine, other) in (0..32).flat_map(|mine| (0..32).map(move |other| (mine, other))) {
            assert_eq!(set(mine)?.contains_all(&set(other)?), mine & other == other, "{mine:b} {other:b}");
        }
        Ok(())
    }

    #[test]
    fn scopes_of_one_length_and_one_ending_are_told_apart() -> Result<(), InvalidOAuthScope> {
        let (one, other) = ("https://a.example/readonly", "https://b.example/readonly");
        let granted = OAuthScopes::parse(one)?;
        assert!(granted.contains(one) && !granted.contains(other));
        assert!(!granted.contains_all(&OAuthScopes::parse(other)?));
        Ok(())
    }

    #[test]
    fn no_part_of_a_set_is_a_scope_of_it_unless_it_is_one() -> Result<(), InvalidOAuthScope> {
        let granted = OAuthScopes::parse(&format!("a b {}", "c".repeat(255)))?;
        for (text, among) in [("a", true), ("b", true), ("", false), ("a b", false), ("c", false)] {
            assert_eq!(granted.contains(text), among, "{text:?}");
        }
        assert!(granted.contains(&"c".repeat(255)) && !granted.contains(&"c".repeat(255 + 256)));
        assert_eq!(granted.iter().map(str::len).collect::<Vec<_>>(), [1, 1, 255]);
        Ok(())
    }

    #[test]
    fn one_scope_that_begins_like_another_is_not_the_other() -> Result<(), InvalidOAuthScope> {
        let granted = OAuthScopes::parse("https://www.googleapis.com/auth/calendar.readonly")?;
        assert!(!granted.contains("https://www.googleapis.com/auth/calendar"));
        Ok(())
    }
}
