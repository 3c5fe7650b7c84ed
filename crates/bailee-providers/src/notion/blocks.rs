//! Blocks as Notion takes them: lists of at most 100, in requests of at most 500 KB.

use serde_json::{Map, Value, json};

use super::rich_text::{Run, pieces};

/// The most items of one list: blocks, or pieces of text.
const LONGEST_LIST: usize = 100;
/// The blocks of one request are no larger than this, in bytes, unless one block alone is.
const LARGEST: usize = 400_000;

/// A block of a page, before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) text: Vec<Run>,
    pub(super) children: Vec<Self>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bulleted,
    /// With the language that Notion knows it by.
    Code(&'static str),
    Divider,
    Heading(u8),
    Numbered,
    Paragraph,
    Quote,
    ToDo {
        checked: bool,
    },
}

impl Block {
    pub(super) const fn new(kind: Kind) -> Self {
        Self { kind, text: Vec::new(), children: Vec::new() }
    }
}

/// The paragraphs of a text without markup: what stands between empty lines.
pub(super) fn paragraphs(text: &str) -> Vec<Block> {
    let text = text.replace("\r\n", "\n");
    let parts = text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty());
    let paragraph = |part: &str| Block {
        text: vec![Run { text: part.to_owned(), ..Run::default() }],
        ..Block::new(Kind::Paragraph)
    };
    parts.map(paragraph).collect()
}

/// The bodies of the blocks in order. A block with more text or more children than one can have is continued in
/// further blocks.
pub(super) fn bodies(blocks: &[Block]) -> Vec<Value> {
    blocks.iter().flat_map(bodies_of).collect()
}

fn bodies_of(block: &Block) -> Vec<Value> {
    if block.kind == Kind::Divider {
        return vec![json!({ "object": "block", "type": "divider", "divider": {} })];
    }
    let text = pieces(&block.text);
    let children = bodies(&block.children);
    let mut texts: Vec<&[Value]> = text.chunks(LONGEST_LIST).collect();
    let families: Vec<&[Value]> = children.chunks(LONGEST_LIST).collect();
    if texts.is_empty() {
        texts.push(&[]);
    }
    // The last one with text is the first one with children.
    let count = texts.len() + families.len().saturating_sub(1);
    let first_family = texts.len() - 1;
    (0..count)
        .map(|index| {
            let text = texts.get(index).copied().unwrap_or_default();
            let family = index.checked_sub(first_family).and_then(|index| families.get(index)).copied();
            body(&block.kind, text, family.unwrap_or_default())
        })
        .collect()
}

fn body(kind: &Kind, text: &[Value], children: &[Value]) -> Value {
    let mut inner = Map::from_iter([("rich_text".to_owned(), Value::from(text))]);
    match kind {
        Kind::Code(language) => drop(inner.insert("language".to_owned(), json!(language))),
        Kind::ToDo { checked } => drop(inner.insert("checked".to_owned(), json!(checked))),
        _ => {}
    }
    if !children.is_empty() {
        inner.insert("children".to_owned(), Value::from(children));
    }
    let name = kind.name();
    json!({ "object": "block", "type": name, name: inner })
}

impl Kind {
    const fn name(&self) -> &'static str {
        match self {
            Self::Bulleted => "bulleted_list_item",
            Self::Code(_) => "code",
            Self::Divider => "divider",
            Self::Heading(1) => "heading_1",
            Self::Heading(2) => "heading_2",
            Self::Heading(_) => "heading_3",
            Self::Numbered => "numbered_list_item",
            Self::Paragraph => "paragraph",
            Self::Quote => "quote",
            Self::ToDo { .. } => "to_do",
        }
    }
}

/// The same bodies, each part for one request.
pub(super) fn requests(bodies: &[Value]) -> Vec<&[Value]> {
    let mut parts = Vec::new();
    let mut rest = bodies;
    while !rest.is_empty() {
        let mut size = 0;
        let fitting = rest.iter().take(LONGEST_LIST).take_while(|body| {
            size += body.to_string().len();
            size <= LARGEST
        });
        let (part, after) = rest.split_at(fitting.count().max(1));
        parts.push(part);
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Block {
        Block { text: vec![Run { text: text.to_owned(), ..Run::default() }], ..Block::new(Kind::Bulleted) }
    }

    #[test]
    fn a_request_holds_a_hundred_blocks_at_most_and_the_order_stays() {
        let all: Vec<Value> = (0..250).map(|number| json!(number)).collect();
        let parts = requests(&all);
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [100, 100, 50]);
        assert_eq!(parts.concat(), all);
    }

    #[test]
    fn a_request_is_small_enough() {
        let large = json!("a".repeat(150_000));
        let parts = requests(&[large.clone(), large.clone(), large])
            .iter()
            .map(|part| part.len())
            .collect::<Vec<_>>();
        assert_eq!(parts, [2, 1]);
        assert_eq!(
            requests(&[json!("a".repeat(500_000))]).len(),
            1,
            "one that fits nowhere is for Notion to refuse"
        );
    }

    #[test]
    fn too_much_text_goes_on_in_a_block_of_the_same_kind() {
        let written = bodies(&[item(&"a".repeat(2000 * 101))]);
        let pieces: Vec<usize> = written
            .iter()
            .map(|body| body["bulleted_list_item"]["rich_text"].as_array().map_or(0, Vec::len))
            .collect();
        assert_eq!(pieces, [100, 1]);
    }

    #[test]
    fn too_many_children_go_on_below_a_block_of_the_same_kind() {
        let parent = Block { children: (0..101).map(|_| item("b")).collect(), ..item("a") };
        let written = bodies(&[parent]);
        let children: Vec<usize> = written
            .iter()
            .map(|body| body["bulleted_list_item"]["children"].as_array().map_or(0, Vec::len))
            .collect();
        assert_eq!(children, [100, 1]);
        assert_eq!(written[1]["bulleted_list_item"]["rich_text"], json!([]));
    }

    #[test]
    fn empty_lines_part_a_text() {
        let texts: Vec<String> = paragraphs("\r\n# a\r\n* b\r\n\r\n\r\n\r\nc\n")
            .into_iter()
            .flat_map(|block| block.text)
            .map(|run| run.text)
            .collect();
        assert_eq!(texts, ["# a\n* b", "c"], "markup is text here");
    }
}
