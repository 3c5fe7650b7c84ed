//! LinkedIn's "little text", in which posts are written.

/// The characters that mean something in it. One that is not escaped is not refused: the post ends there, silently.
const RESERVED: &str = r"\|{}@[]()<>#*_~";

/// The text as it is meant to be read: with every reserved character escaped, so that none of it becomes a mention, a
/// hashtag or the end.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if RESERVED.contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
