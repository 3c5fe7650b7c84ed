//! A document, as Docs answers it and as Markdown.

mod paragraph;

use std::collections::HashMap;

use serde::Deserialize;

use paragraph::Paragraph;

/// What Docs answers, with all tabs.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) title: String,
    tabs: Vec<Tab>,
}

#[derive(Debug, Deserialize)]
struct Tab {
    #[serde(default, rename = "tabProperties")]
    properties: TabProperties,
    #[serde(rename = "documentTab")]
    document: Option<DocumentTab>,
    #[serde(default, rename = "childTabs")]
    children: Vec<Self>,
}

#[derive(Debug, Default, Deserialize)]
struct TabProperties {
    #[serde(default)]
    title: String,
}

#[derive(Debug, Deserialize)]
struct DocumentTab {
    #[serde(default)]
    body: Segment,
    #[serde(default)]
    lists: Lists,
}

type Lists = HashMap<String, List>;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    #[serde(default)]
    list_properties: ListProperties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListProperties {
    #[serde(default)]
    nesting_levels: Vec<NestingLevel>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NestingLevel {
    glyph_type: Option<String>,
}

/// Anything that has content: a body, a cell, a table of contents.
#[derive(Debug, Default, Deserialize)]
struct Segment {
    #[serde(default)]
    content: Vec<Element>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    paragraph: Option<Paragraph>,
    table: Option<Table>,
    table_of_contents: Option<Segment>,
}

#[derive(Debug, Deserialize)]
struct Table {
    #[serde(default, rename = "tableRows")]
    rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default, rename = "tableCells")]
    cells: Vec<Segment>,
}

/// A text, and whether something that is no text is missing in it.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) incomplete: bool,
    /// Whether the last line is an item of a list: the next item follows without a blank line.
    in_list: bool,
}

impl Written {
    fn line(&mut self, line: &str, item: bool) {
        if !self.text.is_empty() {
            self.text.push_str(if item && self.in_list { "\n" } else { "\n\n" });
        }
        self.text.push_str(line);
        self.in_list = item;
    }
}

impl Document {
    /// All tabs one after the other, each with its title where there are several.
    pub(super) fn write(&self) -> Written {
        let mut written = Written::default();
        let several = self.tabs.len() > 1 || self.tabs.iter().any(|tab| !tab.children.is_empty());
        for tab in &self.tabs {
            tab.write(several, &mut written);
        }
        written
    }
}

impl Tab {
    fn write(&self, titled: bool, written: &mut Written) {
        if titled {
            written.line(&format!("# Tab: {}", self.properties.title), false);
        }
        if let Some(tab) = &self.document {
            tab.body.write(&tab.lists, written);
        }
        for tab in &self.children {
            tab.write(titled, written);
        }
    }
}

impl Segment {
    fn write(&self, lists: &Lists, written: &mut Written) {
        for element in &self.content {
            if let Some(paragraph) = &element.paragraph {
                paragraph.write(lists, written);
            }
            if let Some(table) = &element.table {
                table.write(lists, written);
            }
            if let Some(contents) = &element.table_of_contents {
                contents.write(lists, written);
            }
        }
    }
}

impl Table {
    /// The first row is the head, as Markdown has no table without one.
    fn write(&self, lists: &Lists, written: &mut Written) {
        let mut lines = Vec::new();
        for row in &self.rows {
            let cells: Vec<String> = row.cells.iter().map(|cell| in_one_line(cell, lists, written)).collect();
            lines.push(format!("| {} |", cells.join(" | ")));
            if lines.len() == 1 {
                lines.push(format!("|{}", " --- |".repeat(cells.len())));
            }
        }
        if !lines.is_empty() {
            written.line(&lines.join("\n"), false);
        }
    }
}

/// A cell: line feeds and bars would end it.
fn in_one_line(cell: &Segment, lists: &Lists, around: &mut Written) -> String {
    let mut written = Written::default();
    cell.write(lists, &mut written);
    around.incomplete |= written.incomplete;
    written.text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests;
