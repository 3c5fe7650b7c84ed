//! The part of Markdown that becomes styles: headings, lists, bold, italic and links. The rest stays text.

mod inline;

use inline::spans;

/// Deeper items are of the deepest level that Docs has.
const DEEPEST: usize = 8;

/// One paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An item of a list with points, and how deep it is.
    Bullet(usize),
    /// A heading, from 1 to 6.
    Heading(usize),
    /// An item of a list with numbers, and how deep it is.
    Numbered(usize),
    Text,
}

/// Text of one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) style: Style,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) link: Option<String>,
}

/// Reads a text: every line that is not blank is a paragraph.
pub(super) fn read(text: &str) -> Vec<Block> {
    let text: String = text.chars().filter(|character| is_kept(*character)).collect();
    let mut blocks = Vec::new();
    // How far the items that are open are indented, the outermost first.
    let mut indents: Vec<usize> = Vec::new();
    let mut fenced = false;
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let inner = line.trim_start();
        let fence = inner.starts_with("```");
        if fenced || fence {
            fenced ^= fence;
            blocks.push(Block { kind: Kind::Text, spans: vec![plain(line)] });
            continue;
        }
        let (kind, rest) = if let Some((numbered, rest)) = item(inner) {
            let level = level(&mut indents, line.len() - inner.len());
            (if numbered { Kind::Numbered(level) } else { Kind::Bullet(level) }, rest)
        } else {
            indents.clear();
            heading(inner).unwrap_or((Kind::Text, inner))
        };
        blocks.push(Block { kind, spans: spans(rest, &Style::default()) });
    }
    blocks
}

fn plain(text: &str) -> Span {
    Span { text: text.to_owned(), style: Style::default() }
}

/// Docs strips the others out of what is inserted, and every index after them would be wrong.
fn is_kept(character: char) -> bool {
    match character {
        '\n' | '\t' => true,
        '\u{E000}'..='\u{F8FF}' => false,
        other => !other.is_control(),
    }
}

/// `- `, `* ` or `+ `, or a number with a point or a bracket: whether it is a number, and what follows.
fn item(line: &str) -> Option<(bool, &str)> {
    let bullet = ["- ", "* ", "+ "].into_iter().find_map(|mark| line.strip_prefix(mark));
    if let Some(rest) = bullet {
        return Some((false, rest.trim_start()));
    }
    let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = line.len() - rest.len();
    let rest = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    // A longer number is a year or an amount.
    (1..=3).contains(&digits).then(|| (true, rest.trim_start()))
}

fn level(indents: &mut Vec<usize>, indent: usize) -> usize {
    while indents.last().is_some_and(|last| *last > indent) {
        indents.pop();
    }
    if indents.last().is_none_or(|last| *last < indent) {
        indents.push(indent);
    }
    indents.len().saturating_sub(1).min(DEEPEST)
}

fn heading(line: &str) -> Option<(Kind, &str)> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    let rest = rest.strip_prefix(' ')?.trim_start();
    ((1..=6).contains(&level) && !rest.is_empty()).then_some((Kind::Heading(level), rest))
}

#[cfg(test)]
mod tests;
