//! A document as Docs describes it.

use serde_json::{Map, Value, json};

use super::document::{Document, Paragraph, Unit};

impl Document {
    /// The content of the body: a section break, then paragraphs.
    pub(super) fn content(&self) -> Vec<Value> {
        let mut content = vec![json!({ "endIndex": 1, "sectionBreak": { "sectionStyle": {} } })];
        let mut start = 1;
        for units in self.units.split_inclusive(|unit| unit.paragraph.is_some()) {
            let end = start + units.len();
            let style = units.last().and_then(|unit| unit.paragraph.as_ref());
            content.push(json!({
                "startIndex": start,
                "endIndex": end,
                "paragraph": paragraph(units, style, start),
            }));
            start = end;
        }
        content
    }

    /// The lists of the body, each with the glyphs of its nine levels.
    pub(super) fn lists(&self) -> Map<String, Value> {
        let glyphs = |numbered: bool, level: usize| match (numbered, level % 3) {
            (true, 0) => json!({ "glyphType": "DECIMAL", "glyphFormat": format!("%{level}.") }),
            (true, 1) => json!({ "glyphType": "ALPHA", "glyphFormat": format!("%{level}.") }),
            (true, _) => json!({ "glyphType": "ROMAN", "glyphFormat": format!("%{level}.") }),
            (false, _) => json!({ "glyphSymbol": "●", "glyphFormat": format!("%{level}") }),
        };
        let list = |(id, numbered): (&String, &bool)| {
            let levels: Vec<Value> = (0..9).map(|level| glyphs(*numbered, level)).collect();
            (id.clone(), json!({ "listProperties": { "nestingLevels": levels } }))
        };
        self.lists.iter().map(list).collect()
    }
}

fn paragraph(units: &[Unit], style: Option<&Paragraph>, start: usize) -> Value {
    let mut at = start;
    let mut elements = Vec::new();
    for run in units.chunk_by(|one, next| one.style == next.style) {
        let codes: Vec<u16> = run.iter().map(|unit| unit.code).collect();
        let text = json!({
            "content": String::from_utf16_lossy(&codes),
            "textStyle": run.first().map(|unit| &unit.style),
        });
        elements.push(json!({ "startIndex": at, "endIndex": at + run.len(), "textRun": text }));
        at += run.len();
    }
    let named_style = style.map(|style| style.named_style.as_str());
    let mut paragraph = json!({
        "elements": elements,
        "paragraphStyle": { "namedStyleType": named_style, "direction": "LEFT_TO_RIGHT" },
    });
    if let (Some(bullet), Some(members)) =
        (style.and_then(|style| style.bullet.as_ref()), paragraph.as_object_mut())
    {
        let mut described = json!({ "listId": bullet.list });
        // The level of the outermost items is left out, as zero is the default.
        if let (true, Some(members)) = (bullet.level > 0, described.as_object_mut()) {
            members.insert("nestingLevel".to_owned(), json!(bullet.level));
        }
        members.insert("bullet".to_owned(), described);
    }
    paragraph
}
