//! From paragraphs to the requests that write them.

use serde_json::{Value, json};

use super::markdown::{Block, Kind, Span, Style};

/// A stretch of the text, in UTF-16 code units from the beginning of the document's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    start: usize,
    end: usize,
}

impl Range {
    fn write(self) -> Value {
        json!({ "startIndex": self.start, "endIndex": self.end })
    }
}

/// Where the text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The index to insert at.
    pub(super) index: usize,
    /// Whether there is text in that paragraph, after which a new one begins.
    pub(super) after_text: bool,
}

impl Place {
    /// The beginning of an empty document, whose body begins with a section break.
    pub(super) const EMPTY: Self = Self { index: 1, after_text: false };
}

/// The requests that write these paragraphs there, in order. Nothing of the styles around is taken over.
pub(super) fn requests(blocks: &[Block], place: Place) -> Vec<Value> {
    let mut text = String::new();
    let mut at = place.index;
    if place.after_text {
        text.push('\n');
        at += 1;
    }
    let start = at;
    let (mut styles, mut paragraphs) = (Vec::new(), Vec::new());
    for (number, block) in blocks.iter().enumerate() {
        if number > 0 {
            text.push('\n');
            at += 1;
        }
        let begins = at;
        let tabs = "\t".repeat(block.depth());
        at += tabs.len();
        text.push_str(&tabs);
        for Span { text: words, style } in &block.spans {
            let end = at + words.encode_utf16().count();
            if *style != Style::default() {
                styles.push(style_request(Range { start: at, end }, style));
            }
            text.push_str(words);
            at = end;
        }
        paragraphs.push((block.kind, Range { start: begins, end: at }));
    }
    let all = Range { start, end: at }.write();
    let mut requests = vec![
        json!({ "insertText": { "location": { "index": place.index }, "text": text } }),
        json!({ "deleteParagraphBullets": { "range": all } }),
        json!({ "updateTextStyle": { "range": all, "textStyle": {}, "fields": "*" } }),
    ];
    requests.extend(runs(&paragraphs, named_style).into_iter().map(|(style, range)| {
        let style = json!({ "namedStyleType": style });
        let range = range.write();
        json!({ "updateParagraphStyle": { "range": range, "paragraphStyle": style, "fields": "namedStyleType" } })
    }));
    requests.extend(styles);
    // From the end on: the tabs that tell the depth of an item are taken away with this.
    requests.extend(runs(&paragraphs, preset).into_iter().rev().filter_map(|(preset, range)| {
        let range = range.write();
        Some(json!({ "createParagraphBullets": { "range": range, "bulletPreset": preset? } }))
    }));
    requests
}

impl Block {
    const fn depth(&self) -> usize {
        match self.kind {
            Kind::Bullet(depth) | Kind::Numbered(depth) => depth,
            Kind::Heading(_) | Kind::Text => 0,
        }
    }
}

fn style_request(range: Range, style: &Style) -> Value {
    let (mut set, mut fields) = (serde_json::Map::new(), Vec::new());
    if style.bold {
        set.insert("bold".to_owned(), json!(true));
        fields.push("bold");
    }
    if style.italic {
        set.insert("italic".to_owned(), json!(true));
        fields.push("italic");
    }
    if let Some(url) = &style.link {
        set.insert("link".to_owned(), json!({ "url": url }));
        fields.push("link");
    }
    json!({ "updateTextStyle": { "range": range.write(), "textStyle": set, "fields": fields.join(",") } })
}

/// Neighbouring paragraphs of which `of` says the same, as one.
fn runs<T: PartialEq>(paragraphs: &[(Kind, Range)], of: impl Fn(Kind) -> T) -> Vec<(T, Range)> {
    let mut runs: Vec<(T, Range)> = Vec::new();
    for (kind, range) in paragraphs {
        let what = of(*kind);
        match runs.last_mut() {
            Some((same, run)) if *same == what => run.end = range.end,
            _ => runs.push((what, *range)),
        }
    }
    runs
}

const fn named_style(kind: Kind) -> &'static str {
    match kind {
        Kind::Heading(1) => "HEADING_1",
        Kind::Heading(2) => "HEADING_2",
        Kind::Heading(3) => "HEADING_3",
        Kind::Heading(4) => "HEADING_4",
        Kind::Heading(5) => "HEADING_5",
        Kind::Heading(_) => "HEADING_6",
        Kind::Bullet(_) | Kind::Numbered(_) | Kind::Text => "NORMAL_TEXT",
    }
}

const fn preset(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Bullet(_) => Some("BULLET_DISC_CIRCLE_SQUARE"),
        Kind::Numbered(_) => Some("NUMBERED_DECIMAL_ALPHA_ROMAN"),
        Kind::Heading(_) | Kind::Text => None,
    }
}
