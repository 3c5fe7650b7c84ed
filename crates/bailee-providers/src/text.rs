//! Provider text on its way to an agent or a page.

/// At most `max` characters of a text, without control, bidirectional, tag and variation characters; line feeds and
/// tabs stay. Tells whether it was cut.
pub(crate) fn clean(text: &str, max: usize) -> (String, bool) {
    let mut characters = text.chars().filter(|character| !is_hidden(*character));
    let kept: String = characters.by_ref().take(max).collect();
    (kept, characters.next().is_some())
}

/// Characters that change what is read without being seen.
fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{061C}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E0FFF}' => true,
        other => other.is_control(),
    }
}
