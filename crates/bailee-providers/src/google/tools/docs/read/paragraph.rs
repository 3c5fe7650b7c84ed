use serde::{Deserialize, de::IgnoredAny};

use super::{Lists, Written};

/// Private characters stand where something is that is no text.
const PRIVATE: std::ops::RangeInclusive<char> = '\u{E000}'..='\u{F8FF}';

#[derive(Debug, Deserialize)]
pub(super) struct Paragraph {
    #[serde(default)]
    elements: Vec<Element>,
    #[serde(default, rename = "paragraphStyle")]
    style: Style,
    bullet: Option<Bullet>,
}

/// Only text is read; whatever else an element is, it is left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    text_run: Option<TextRun>,
    #[serde(rename = "inlineObjectElement")]
    inline_object: Option<IgnoredAny>,
    person: Option<IgnoredAny>,
    rich_link: Option<IgnoredAny>,
    equation: Option<IgnoredAny>,
    footnote_reference: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextRun {
    #[serde(default)]
    content: String,
    #[serde(default)]
    text_style: TextStyle,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
struct TextStyle {
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    italic: bool,
    link: Option<Link>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Link {
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Style {
    named_style_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bullet {
    list_id: Option<String>,
    #[serde(default)]
    nesting_level: usize,
}

impl Paragraph {
    pub(super) fn write(&self, lists: &Lists, written: &mut Written) {
        written.incomplete |= self.elements.iter().any(Element::is_no_text);
        let text = self.text();
        if text.is_empty() {
            return;
        }
        match &self.bullet {
            Some(bullet) => {
                let mark = if bullet.is_numbered(lists) { "1. " } else { "- " };
                let indent = "    ".repeat(bullet.nesting_level.min(8));
                written.line(&format!("{indent}{mark}{text}"), true);
            }
            None => written.line(&format!("{}{text}", self.heading()), false),
        }
    }

    fn heading(&self) -> &'static str {
        match self.style.named_style_type.as_deref() {
            Some("TITLE" | "HEADING_1") => "# ",
            Some("SUBTITLE" | "HEADING_2") => "## ",
            Some("HEADING_3") => "### ",
            Some("HEADING_4") => "#### ",
            Some("HEADING_5") => "##### ",
            Some("HEADING_6") => "###### ",
            _ => "",
        }
    }

    /// All text with its styles, neighbours of one style as one.
    fn text(&self) -> String {
        let mut runs: Vec<(String, &TextStyle)> = Vec::new();
        for run in self.elements.iter().filter_map(|element| element.text_run.as_ref()) {
            let text = run.text();
            match runs.last_mut() {
                Some((before, style)) if **style == run.text_style => before.push_str(&text),
                _ => runs.push((text, &run.text_style)),
            }
        }
        let text: String = runs.into_iter().map(|(text, style)| style.around(&text)).collect();
        text.trim().to_owned()
    }
}

impl Element {
    fn is_no_text(&self) -> bool {
        self.inline_object.is_some()
            || self.person.is_some()
            || self.rich_link.is_some()
            || self.equation.is_some()
            || self.footnote_reference.is_some()
            || self
                .text_run
                .as_ref()
                .is_some_and(|run| run.content.contains(|character| PRIVATE.contains(&character)))
    }
}

impl TextRun {
    /// Its text; a vertical tab is a line feed within a paragraph.
    fn text(&self) -> String {
        let text = self.content.chars().filter(|character| !PRIVATE.contains(character));
        text.map(|character| if character == '\u{B}' { '\n' } else { character }).collect()
    }
}

impl TextStyle {
    /// Marks around the words; blanks stay outside, where Markdown wants them.
    fn around(&self, text: &str) -> String {
        let words = text.trim();
        if words.is_empty() {
            return text.to_owned();
        }
        let mark = match (self.bold, self.italic) {
            (true, true) => "***",
            (true, false) => "**",
            (false, true) => "*",
            (false, false) => "",
        };
        let marked = format!("{mark}{words}{mark}");
        let marked = match self.link.as_ref().and_then(|link| link.url.as_deref()) {
            Some(url) => format!("[{marked}]({url})"),
            None => marked,
        };
        let before = text.len() - text.trim_start().len();
        let after = text.trim_end().len();
        format!("{}{marked}{}", text.get(..before).unwrap_or_default(), text.get(after..).unwrap_or_default())
    }
}

impl Bullet {
    /// Whether the glyphs at its level count.
    fn is_numbered(&self, lists: &Lists) -> bool {
        let list = self.list_id.as_ref().and_then(|id| lists.get(id));
        let level = list.and_then(|list| list.list_properties.nesting_levels.get(self.nesting_level));
        let glyphs = level.and_then(|level| level.glyph_type.as_deref());
        glyphs.is_some_and(|glyphs| !matches!(glyphs, "GLYPH_TYPE_UNSPECIFIED" | "NONE"))
    }
}
