//! HTML as plain text: its words, with a line for each block. No links, no styles.

/// The text that a reader would see, roughly.
pub(super) fn text(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut text = String::new();
    let mut at = 0;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        let here = lower.get(at..).unwrap_or_default();
        let Some(start) = rest.find('<') else {
            add_words(&mut text, rest);
            break;
        };
        add_words(&mut text, rest.get(..start).unwrap_or_default());
        let tag = here.get(start..).unwrap_or_default();
        let length = tag_length(tag);
        match tag_name(tag) {
            Some(name) if is_block(name) => add_line(&mut text),
            None if length == 1 => text.push('<'),
            _ => {}
        }
        at += start + length;
    }
    text.trim().to_owned()
}

/// How much a text in lower case that begins with `<` is passed over: a tag, a comment, or an element that is not
/// shown, each up to the end where it is not closed.
fn tag_length(tag: &str) -> usize {
    let up_to = |end: &str| tag.find(end).map_or(tag.len(), |found| found + end.len());
    if tag.starts_with("<!--") {
        return up_to("-->");
    }
    match tag_name(tag) {
        Some(name @ ("head" | "script" | "style" | "title")) if !tag.starts_with("</") => {
            let end = format!("</{name}");
            let from = tag.find(&end).unwrap_or(tag.len());
            from + tag.get(from..).and_then(|end| end.find('>')).map_or(tag.len() - from, |found| found + 1)
        }
        Some(_) => up_to(">"),
        None if tag.starts_with("<!") => up_to(">"),
        None => 1,
    }
}

/// The name of a tag, opening or closing; `None` for a `<` that begins none.
fn tag_name(tag: &str) -> Option<&str> {
    let name = tag.strip_prefix("</").or_else(|| tag.strip_prefix('<'))?;
    let end = name.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(name.len());
    name.get(..end).filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "blockquote"
            | "br"
            | "div"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "li"
            | "ol"
            | "p"
            | "pre"
            | "table"
            | "tr"
            | "ul"
    )
}

/// At most one empty line.
fn add_line(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// Words with one blank between them, as HTML shows them.
fn add_words(text: &mut String, words: &str) {
    let mut rest = words;
    while let Some(character) = rest.chars().next() {
        let (character, length) = entity(rest).unwrap_or((character, character.len_utf8()));
        rest = rest.get(length..).unwrap_or_default();
        if !character.is_whitespace() {
            text.push(character);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

/// The character of an entity at the beginning of a text, and how long it is written.
fn entity(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 10;
    let end = text.strip_prefix('&')?.find(';').filter(|end| *end <= LONGEST)?;
    let name = text.get(1..=end)?;
    let character = match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "nbsp" => ' ',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)?
        }
    };
    Some((character, end + 2))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn words_and_blocks_stay_and_markup_goes() {
        for (html, expected) in [
            ("<p>Hello <b>Ada</b>,</p><p>see   you\n on Friday.</p>", "Hello Ada,\n\nsee you on Friday."),
            ("one<br/>two<BR>three", "one\ntwo\nthree"),
            ("<style>p { color: red }</style>text<script>alert('<p>')</script>!", "text!"),
            ("<html><head><title>T</title></head><body>B</body></html>", "B"),
            ("a<!-- <p>hidden</p> -->b", "ab"),
            (
                "&lt;b&gt; &amp;amp; &#65;&#x42;&nbsp;&quot;c&quot; &unknown; &",
                "<b> &amp; AB \"c\" &unknown; &",
            ),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("<ul><li>tea</li><li>milk</li></ul>", "tea\n\nmilk"),
            ("ÄÖ<p title='ü'>Ü</p>", "ÄÖ\nÜ"),
            ("<script>never closed", ""),
            ("text <unclosed", "text"),
            ("", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
