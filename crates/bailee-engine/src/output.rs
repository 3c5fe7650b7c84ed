//! What tools return, on its way to an agent: without characters that nobody sees, and not too much.

use std::borrow::Cow;

use bailee_core::ToolOutput;
use serde_json::Value;

/// The most that an agent gets, in characters of compact JSON: what common clients take at once.
pub(crate) const MOST: usize = 40_000;

/// To how many characters texts are cut, one after the other, until it fits.
const CUTS: [usize; 5] = [8_000, 2_000, 500, 100, 20];

/// Cleans a result and cuts it to [`MOST`]. `truncated` of the result says so, where its schema has that.
///
/// Texts are cut before elements are dropped, so that the cursor of a page stays right as long as possible.
pub(crate) fn fit(mut output: ToolOutput, schema: &Value) -> ToolOutput {
    scrub(&mut output.content);
    if length(&output.content) <= MOST {
        return output;
    }
    for most in CUTS {
        cut(&mut output.content, most);
        if length(&output.content) <= MOST {
            break;
        }
    }
    while length(&output.content) > MOST && halve_longest(&mut output.content) {}
    let declared = schema.pointer("/properties/truncated").is_some();
    if let Some(members) = output.content.as_object_mut().filter(|_| declared) {
        members.insert("truncated".to_owned(), Value::Bool(true));
    }
    output
}

/// Without control, bidirectional and tag characters; line feeds and tabs stay.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hidden) {
        Cow::Owned(text.chars().filter(|character| !is_hidden(*character)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{061C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{E0000}'..='\u{E007F}' => true,
        other => other.is_control(),
    }
}

fn scrub(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(cleaned) = clean(text) {
                *text = cleaned;
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(scrub),
        Value::Object(members) => members.values_mut().for_each(scrub),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn cut(value: &mut Value, most: usize) {
    match value {
        Value::String(text) => {
            if let Some((at, _)) = text.char_indices().nth(most) {
                text.truncate(at);
                text.push('…');
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| cut(element, most)),
        Value::Object(members) => members.values_mut().for_each(|member| cut(member, most)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Drops the second half of the longest list. `false` when none has an element to drop.
fn halve_longest(value: &mut Value) -> bool {
    let Some(longest) = longest(value) else { return false };
    longest.truncate(longest.len() / 2);
    true
}

fn longest(value: &mut Value) -> Option<&mut Vec<Value>> {
    let (own, inner): (Option<&mut Vec<Value>>, Option<&mut Vec<Value>>) = match value {
        // The outer list goes first: what is in its elements then goes with them.
        Value::Array(elements) if !elements.is_empty() => (Some(elements), None),
        Value::Object(members) => {
            (None, members.values_mut().filter_map(longest).max_by_key(|list| list.len()))
        }
        _ => (None, None),
    };
    own.or(inner)
}

/// In characters of compact JSON.
fn length(value: &Value) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            // Each character has one byte that does not continue another.
            self.0 += bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // A counter takes everything.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fitted(content: Value) -> Value {
        fit(ToolOutput::new(content), &json!({ "properties": { "truncated": { "type": "boolean" } } }))
            .content
    }

    #[test]
    fn what_nobody_sees_is_taken_out() {
        let content = json!({ "a": ["x\u{202E}y\u{E0041}\u{0007}", { "b": "line\nand\ttab" }] });
        assert_eq!(fitted(content), json!({ "a": ["xy", { "b": "line\nand\ttab" }] }));
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        let content = json!({ "items": [1, 2, 3], "text": "é".repeat(30_000) });
        assert_eq!(fitted(content.clone()), content);
    }

    #[test]
    fn long_texts_are_cut_before_elements_are_dropped() {
        let items: Vec<Value> = (0..20).map(|_| json!({ "body": "é".repeat(9_000) })).collect();
        let fitted = fitted(json!({ "items": items, "next_cursor": "c" }));
        assert!(length(&fitted) <= MOST);
        assert_eq!(fitted.pointer("/items").and_then(Value::as_array).map(Vec::len), Some(20));
        assert_eq!(fitted.get("truncated"), Some(&json!(true)));
    }

    #[test]
    fn a_list_of_too_many_is_shortened() {
        let fitted = fitted(json!({ "items": vec![json!({ "id": 1_234_567 }); 10_000] }));
        assert!(length(&fitted) <= MOST);
        assert_eq!(fitted.get("truncated"), Some(&json!(true)));
    }

    #[test]
    fn nothing_is_added_that_the_schema_does_not_have() {
        let long = ToolOutput::new(json!({ "text": "x".repeat(50_000) }));
        let fitted = fit(long, &json!({ "properties": {} })).content;
        assert!(fitted.get("truncated").is_none());
        assert!(length(&fitted) <= MOST);
    }
}
