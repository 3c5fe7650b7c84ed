//! Text as Notion takes it: in pieces of at most 2,000 characters, as data and never as markup.

use serde_json::{Map, Value, json};
use url::Url;

/// The longest piece. Characters are counted as UTF-16 does, which is never too few.
const LONGEST_PIECE: usize = 2000;
/// The longest address of a link.
const LONGEST_LINK: usize = 2000;

/// Text of one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) style: Style,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own, and any of them go together")]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) code: bool,
    pub(super) italic: bool,
    pub(super) strikethrough: bool,
    pub(super) link: Option<String>,
}

/// A text without style.
pub(super) fn plain(text: &str) -> Vec<Value> {
    pieces(&[Run { text: text.to_owned(), style: Style::default() }])
}

/// The runs as rich text items, in order.
pub(super) fn pieces(runs: &[Run]) -> Vec<Value> {
    runs.iter()
        .flat_map(|run| {
            split(&without_control(&run.text)).map(|text| item(text, &run.style)).collect::<Vec<_>>()
        })
        .collect()
}

/// An address that a link may have; anything else is no link.
pub(super) fn link(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let fits = matches!(url.scheme(), "http" | "https" | "mailto") && url.as_str().len() <= LONGEST_LINK;
    fits.then(|| url.into())
}

/// Without control characters; line feeds and tabs stay.
fn without_control(text: &str) -> String {
    text.chars().filter(|character| matches!(character, '\n' | '\t') || !character.is_control()).collect()
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut length = 0;
        let end = rest.char_indices().find_map(|(index, character)| {
            length += character.len_utf16();
            (length > LONGEST_PIECE).then_some(index)
        });
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn item(text: &str, style: &Style) -> Value {
    let mut content = json!({ "content": text });
    if let (Some(content), Some(link)) = (content.as_object_mut(), &style.link) {
        content.insert("link".to_owned(), json!({ "url": link }));
    }
    let marks = [
        ("bold", style.bold),
        ("code", style.code),
        ("italic", style.italic),
        ("strikethrough", style.strikethrough),
    ];
    let marks: Map<String, Value> = marks
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(name, _)| (name.to_owned(), Value::Bool(true)))
        .collect();
    let mut item = json!({ "type": "text", "text": content });
    if let (Some(item), false) = (item.as_object_mut(), marks.is_empty()) {
        item.insert("annotations".to_owned(), Value::Object(marks));
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str) -> Vec<usize> {
        let utf16 =
            |piece: &Value| piece["text"]["content"].as_str().map_or(0, |text| text.encode_utf16().count());
        plain(text).iter().map(utf16).collect()
    }

    #[test]
    fn a_piece_is_never_longer_than_notion_takes() {
        assert_eq!(lengths(&"a".repeat(2000)), [2000]);
        assert_eq!(lengths(&"a".repeat(4001)), [2000, 2000, 1]);
        assert_eq!(lengths(&"\u{1F511}".repeat(1001)), [2000, 2], "no pair of surrogates is torn apart");
        assert_eq!(lengths(""), [0; 0]);
    }

    #[test]
    fn only_addresses_that_a_browser_may_open_are_links() {
        assert_eq!(link("https://example.test/a?b").as_deref(), Some("https://example.test/a?b"));
        for address in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/a", "", "https://"]
        {
            assert_eq!(link(address), None, "{address}");
        }
        assert_eq!(link(&format!("https://example.test/{}", "a".repeat(2000))), None);
    }

    #[test]
    fn control_characters_do_not_get_through() {
        assert_eq!(plain("a\u{0}\u{1B}[31m\r\nb\tc")[0]["text"]["content"], "a[31m\nb\tc");
    }
}
