//! What stands within a line.

use super::{Span, Style};

/// The longest first: three are bold and italic at once.
const MARKS: [&str; 6] = ["***", "___", "**", "__", "*", "_"];
const MAX_LINK: usize = 2000;
/// Where a link may lead; others stay text.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The spans of a line that is of `style` already.
pub(super) fn spans(line: &str, style: &Style) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut rest = line;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let (inner, length) = styled(rest, before, style).unwrap_or_else(|| {
            let (text, length) = literal(rest, first);
            (vec![Span { text: text.to_owned(), style: style.clone() }], length)
        });
        for span in inner {
            push(&mut spans, span);
        }
        let (taken, after) = rest.split_at(length);
        before = taken.chars().last();
        rest = after;
    }
    spans
}

fn push(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if last.style == span.style => last.text.push_str(&span.text),
        _ => spans.push(span),
    }
}

/// Text that stays as it is, and how much of the line it is: an escaped character, code with its marks, an image, or one
/// character.
fn literal(rest: &str, first: char) -> (&str, usize) {
    let width = first.len_utf8();
    let after = rest.get(width..).unwrap_or_default();
    match first {
        '\\' if after.starts_with(|character: char| character.is_ascii_punctuation()) => {
            (after.get(..1).unwrap_or_default(), 2)
        }
        '`' => {
            let length = after.find('`').map_or(width, |end| end + 2);
            (rest.get(..length).unwrap_or_default(), length)
        }
        '!' if after.starts_with('[') => {
            let length = link(after).map_or(width, |(_, _, length)| length + 1);
            (rest.get(..length).unwrap_or_default(), length)
        }
        // A run of marks that opens nothing is text as a whole.
        '*' | '_' => {
            let length = rest.len() - rest.trim_start_matches(first).len();
            (rest.get(..length).unwrap_or_default(), length)
        }
        _ => (rest.get(..width).unwrap_or_default(), width),
    }
}

/// A link, or text between marks, at the beginning of `rest`; and how much of it that is.
fn styled(rest: &str, before: Option<char>, style: &Style) -> Option<(Vec<Span>, usize)> {
    if rest.starts_with('[') && style.link.is_none() {
        let (text, url, length) = link(rest)?;
        let style = Style { link: Some(url.to_owned()), ..style.clone() };
        return Some((spans(text, &style), length));
    }
    let mark = MARKS.into_iter().find(|mark| rest.starts_with(mark))?;
    let after = rest.get(mark.len()..)?;
    let end = closing(after, mark)?;
    let inner = after.get(..end)?;
    let length = mark.len() + end + mark.len();
    let word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    if mark.starts_with('_') && (word(before) || word(rest.get(length..)?.chars().next())) {
        return None;
    }
    let style = Style {
        bold: style.bold || mark.len() >= 2,
        italic: style.italic || mark.len() != 2,
        link: style.link.clone(),
    };
    Some((spans(inner, &style), length))
}

/// Where the text ends that `mark` opened: before a run of just such marks, or of three that close two styles at once.
fn closing(text: &str, mark: &str) -> Option<usize> {
    let of_mark = mark.chars().next()?;
    if text.starts_with(char::is_whitespace) || text.starts_with(of_mark) {
        return None;
    }
    let mut at = 0;
    let mut blank = true;
    while let Some(character) = text.get(at..)?.chars().next() {
        if character == '\\' {
            at += 1 + text.get(at + 1..)?.chars().next()?.len_utf8();
            blank = false;
            continue;
        }
        if character != of_mark {
            at += character.len_utf8();
            blank = character.is_whitespace();
            continue;
        }
        let run = text.get(at..)?;
        let run = run.len() - run.trim_start_matches(of_mark).len();
        if !blank && (run == mark.len() || run == 3) {
            return Some(at + run - mark.len());
        }
        at += run;
    }
    None
}

/// `[text](url)` at the beginning: both, and how long it is.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let middle = text.find("](")?;
    let words = text.get(1..middle)?;
    let after = text.get(middle + 2..)?;
    let mut depth = 0_usize;
    let end = after.char_indices().find_map(|(index, character)| match character {
        '(' => {
            depth += 1;
            None
        }
        ')' if depth == 0 => Some(index),
        ')' => {
            depth -= 1;
            None
        }
        _ => None,
    })?;
    let url = after.get(..end)?;
    let fits = !words.trim().is_empty()
        && !words.contains(['[', ']'])
        && url.len() <= MAX_LINK
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && SCHEMES.iter().any(|scheme| url.starts_with(scheme) && url.len() > scheme.len());
    fits.then_some((words, url, middle + 2 + end + 1))
}
