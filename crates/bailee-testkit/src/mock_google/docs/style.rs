//! What requests do to styles.

use serde_json::Value;

use super::{
    document::{Bullet, Document},
    update::{Problem, Range, masked},
};
use crate::mock_provider::token;

const NAMED_STYLES: [&str; 9] = [
    "NORMAL_TEXT",
    "TITLE",
    "SUBTITLE",
    "HEADING_1",
    "HEADING_2",
    "HEADING_3",
    "HEADING_4",
    "HEADING_5",
    "HEADING_6",
];
const DEEPEST: usize = 8;

/// `updateTextStyle` of bold, italic and links.
pub(super) fn text(document: &mut Document, (start, end): Range, asked: &Value) -> Result<(), Problem> {
    let fields = masked(asked, "textStyle", &["bold", "italic", "link"])?;
    for unit in document.units.iter_mut().skip(start - 1).take(end - start) {
        for (name, value) in &fields {
            match value {
                Some(value) => unit.style.insert((*name).to_owned(), (*value).clone()),
                None => unit.style.remove(*name),
            };
        }
    }
    Ok(())
}

/// `updateParagraphStyle` of the named style.
pub(super) fn paragraph(document: &mut Document, (start, end): Range, asked: &Value) -> Result<(), Problem> {
    for (_, value) in masked(asked, "paragraphStyle", &["namedStyleType"])? {
        let named_style = value.and_then(Value::as_str).unwrap_or("NORMAL_TEXT");
        if !NAMED_STYLES.contains(&named_style) {
            return Err(format!("there is no named style {named_style}"));
        }
        for place in document.paragraphs(start, end) {
            if let Some(paragraph) = paragraph_at(document, place) {
                named_style.clone_into(&mut paragraph.named_style);
            }
        }
    }
    Ok(())
}

/// `createParagraphBullets`: leading tabs tell the level, and are taken away. An own list, unless the paragraph before is
/// in one of the same preset.
pub(super) fn bullets(document: &mut Document, (start, end): Range, asked: &Value) -> Result<(), Problem> {
    let preset = asked.get("bulletPreset").and_then(Value::as_str).unwrap_or_default();
    let numbered = match preset.split('_').next() {
        Some("BULLET") if preset != "BULLET_GLYPH_PRESET_UNSPECIFIED" => false,
        Some("NUMBERED") => true,
        _ => return Err(format!("there is no preset {preset:?}")),
    };
    let places = document.paragraphs(start, end);
    let list = list_before(document, places.first().copied(), numbered).unwrap_or_else(|| token("kix."));
    document.lists.insert(list.clone(), numbered);
    // From the end on, as tabs are taken away.
    for place in places.into_iter().rev() {
        let first = beginning(document, place);
        let tabs = document.units.iter().skip(first).take_while(|unit| unit.code == u16::from(b'\t')).count();
        if let Some(paragraph) = paragraph_at(document, place) {
            paragraph.bullet = Some(Bullet { list: list.clone(), level: tabs.min(DEEPEST) });
        }
        document.units.drain(first..first + tabs);
    }
    Ok(())
}

/// `deleteParagraphBullets`.
pub(super) fn no_bullets(document: &mut Document, (start, end): Range) {
    for place in document.paragraphs(start, end) {
        if let Some(paragraph) = paragraph_at(document, place) {
            paragraph.bullet = None;
        }
    }
}

fn paragraph_at(document: &mut Document, place: usize) -> Option<&mut super::document::Paragraph> {
    document.units.get_mut(place)?.paragraph.as_mut()
}

/// Where the paragraph begins whose line feed is at `place`.
fn beginning(document: &Document, place: usize) -> usize {
    let before = document.units.iter().take(place);
    before.rev().position(|unit| unit.paragraph.is_some()).map_or(0, |distance| place - distance)
}

/// The list of the paragraph before that whose line feed is at `place`, where it is numbered just so.
fn list_before(document: &Document, place: Option<usize>, numbered: bool) -> Option<String> {
    let before = beginning(document, place?).checked_sub(1)?;
    let list = &document.units.get(before)?.paragraph.as_ref()?.bullet.as_ref()?.list;
    (document.lists.get(list) == Some(&numbered)).then(|| list.clone())
}
