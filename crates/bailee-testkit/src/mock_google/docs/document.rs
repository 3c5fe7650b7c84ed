use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A document with one tab: UTF-16 code units, each with its style, the line feeds with their paragraph's.
///
/// The body begins with a section break, so the first unit has the index 1. The last unit is a line feed.
#[derive(Clone, Debug)]
pub(in crate::mock_google) struct Document {
    pub(super) units: Vec<Unit>,
    /// Whether the items of a list are numbered, by its id.
    pub(super) lists: BTreeMap<String, bool>,
    pub(super) revision: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) code: u16,
    pub(super) style: Map<String, Value>,
    /// Of a line feed: that of the paragraph that it ends.
    pub(super) paragraph: Option<Paragraph>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paragraph {
    pub(super) named_style: String,
    pub(super) bullet: Option<Bullet>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bullet {
    pub(super) list: String,
    pub(super) level: usize,
}

impl Default for Paragraph {
    fn default() -> Self {
        Self { named_style: "NORMAL_TEXT".to_owned(), bullet: None }
    }
}

impl Default for Document {
    fn default() -> Self {
        let end = Unit { code: u16::from(b'\n'), style: Map::new(), paragraph: Some(Paragraph::default()) };
        Self { units: vec![end], lists: BTreeMap::new(), revision: 1 }
    }
}

impl Document {
    /// A document of plain paragraphs, one a line.
    pub(in crate::mock_google) fn of(text: &str) -> Self {
        let mut document = Self::default();
        document.insert(1, text);
        document
    }

    /// Its text with all line feeds but the last.
    pub(in crate::mock_google) fn text(&self) -> String {
        let codes: Vec<u16> = self.units.iter().map(|unit| unit.code).collect();
        let text = String::from_utf16_lossy(&codes);
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    }

    pub(in crate::mock_google) fn revision(&self) -> String {
        format!("ALm37B{:06}", self.revision)
    }

    /// The index after the last unit.
    pub(super) const fn end(&self) -> usize {
        self.units.len() + 1
    }

    /// Inserts before the unit of that index, whose paragraph's style every new paragraph takes over, and the style of
    /// the text before it.
    pub(super) fn insert(&mut self, index: usize, text: &str) {
        let at = index.saturating_sub(1).min(self.units.len());
        let paragraph = self.units.iter().skip(at).find_map(|unit| unit.paragraph.clone());
        let before = at.checked_sub(1).and_then(|before| self.units.get(before));
        let style = before.filter(|unit| unit.paragraph.is_none()).or(self.units.get(at));
        let style = style.map(|unit| unit.style.clone()).unwrap_or_default();
        let kept: String = text.chars().filter(|character| is_kept(*character)).collect();
        let units: Vec<Unit> = kept
            .encode_utf16()
            .map(|code| Unit {
                code,
                style: style.clone(),
                paragraph: (code == u16::from(b'\n')).then(|| paragraph.clone().unwrap_or_default()),
            })
            .collect();
        self.units.splice(at..at, units);
    }

    /// The places of the line feeds whose paragraphs overlap with the units from `start` to before `end`.
    pub(super) fn paragraphs(&self, start: usize, end: usize) -> Vec<usize> {
        let mut found = Vec::new();
        for (place, _) in
            self.units.iter().enumerate().skip(start - 1).filter(|(_, unit)| unit.paragraph.is_some())
        {
            found.push(place);
            if place + 2 >= end {
                break;
            }
        }
        found
    }
}

/// Some control characters and private ones are stripped out of what is inserted.
fn is_kept(character: char) -> bool {
    !matches!(character, '\u{0}'..='\u{8}' | '\u{C}'..='\u{1F}' | '\u{E000}'..='\u{F8FF}')
}
