//! Markdown as blocks: headings, paragraphs, lists and to-dos, quotes, code, dividers; bold, italic, struck, code and
//! links. Everything else, tables, HTML and Notion's own tags included, stays the text that it is.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{
    blocks::{Block, Kind},
    rich_text::{Run, Style, link},
};

/// A page, and two levels below a block of it: what one request may nest.
const DEEPEST: usize = 2;

/// The languages that Notion knows, as far as agents write them often; any other is shown as plain text.
const LANGUAGES: [&str; 31] = [
    "bash",
    "c",
    "c#",
    "c++",
    "css",
    "diff",
    "docker",
    "elixir",
    "go",
    "graphql",
    "haskell",
    "html",
    "java",
    "javascript",
    "json",
    "kotlin",
    "lua",
    "markdown",
    "mermaid",
    "perl",
    "php",
    "python",
    "ruby",
    "rust",
    "shell",
    "sql",
    "swift",
    "toml",
    "typescript",
    "xml",
    "yaml",
];

/// The blocks of a text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut writer = Writer::default();
    for event in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS) {
        writer.take(event);
    }
    writer.end_text();
    while !writer.open.is_empty() {
        writer.close();
    }
    writer.done
}

#[derive(Default)]
struct Writer {
    done: Vec<Block>,
    /// List items and quotes that are not at their end, the outermost first.
    open: Vec<Block>,
    /// Of each item or quote that began: whether it took the place of the one around it, for being too deep.
    moved: Vec<bool>,
    /// What the lists around are: whether numbered.
    lists: Vec<bool>,
    /// The block that the text belongs to; outside of one it is the innermost open block's.
    kind: Option<Kind>,
    text: Vec<Run>,
    style: Style,
    /// The links around the one that is open: an image may be within one.
    links: Vec<Option<String>>,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.push(&text, false),
            Event::Code(text) => self.push(&text, true),
            Event::SoftBreak | Event::HardBreak => self.push("\n", false),
            Event::Rule => {
                self.end_text();
                self.attach(Block::new(Kind::Divider));
            }
            Event::TaskListMarker(checked) => {
                if let Some(item) = self.open.last_mut() {
                    item.kind = Kind::ToDo { checked };
                }
            }
            // Of the syntaxes that are not enabled.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.push(&text, false);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.begin_text(Kind::Paragraph),
            Tag::Heading { level, .. } => self.begin_text(Kind::Heading(match level {
                HeadingLevel::H1 => 1,
                HeadingLevel::H2 => 2,
                _ => 3,
            })),
            Tag::CodeBlock(kind) => self.begin_text(Kind::Code(language(&kind))),
            Tag::BlockQuote(_) => self.begin(Kind::Quote),
            Tag::List(start) => {
                self.end_text();
                self.lists.push(start.is_some());
            }
            Tag::Item => {
                let numbered = self.lists.last().copied().unwrap_or_default();
                self.begin(if numbered { Kind::Numbered } else { Kind::Bulleted });
            }
            Tag::Emphasis => self.style.italic = true,
            Tag::Strong => self.style.bold = true,
            Tag::Strikethrough => self.style.strikethrough = true,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(self.style.link.take());
                self.style.link = link(&dest_url);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock => self.end_text(),
            TagEnd::BlockQuote(_) | TagEnd::Item => {
                self.end_text();
                if self.moved.pop() == Some(false) {
                    self.close();
                }
            }
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::Emphasis => self.style.italic = false,
            TagEnd::Strong => self.style.bold = false,
            TagEnd::Strikethrough => self.style.strikethrough = false,
            TagEnd::Link | TagEnd::Image => self.style.link = self.links.pop().flatten(),
            _ => {}
        }
    }

    fn push(&mut self, text: &str, code: bool) {
        let style = Style { code, ..self.style.clone() };
        match self.text.last_mut() {
            Some(last) if last.style == style => last.text.push_str(text),
            _ => self.text.push(Run { text: text.to_owned(), style }),
        }
    }

    fn begin_text(&mut self, kind: Kind) {
        self.end_text();
        self.kind = Some(kind);
    }

    /// Gives the text to its block.
    fn end_text(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        if let Some(last) = text.last_mut() {
            last.text.truncate(last.text.trim_end_matches('\n').len());
        }
        text.retain(|run| !run.text.is_empty());
        let kind = self.kind.take();
        if text.is_empty() {
            return;
        }
        match self.open.last_mut() {
            // The first paragraph of an item is its text.
            Some(open) if is_bare(open) && is_paragraph(kind.as_ref()) => open.text = text,
            _ => self.attach(Block { text, ..Block::new(kind.unwrap_or(Kind::Paragraph)) }),
        }
    }

    /// Opens an item or a quote. One that is too deep follows the one that it is in.
    fn begin(&mut self, kind: Kind) {
        self.end_text();
        let too_deep = self.open.len() > DEEPEST;
        if too_deep {
            self.close();
        }
        self.moved.push(too_deep);
        self.open.push(Block::new(kind));
    }

    fn close(&mut self) {
        if let Some(block) = self.open.pop() {
            self.attach(block);
        }
    }

    fn attach(&mut self, block: Block) {
        if self.open.len() > DEEPEST {
            self.close();
            self.open.push(block);
            return;
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(block),
            None => self.done.push(block),
        }
    }
}

fn is_bare(block: &Block) -> bool {
    block.text.is_empty() && block.children.is_empty() && block.kind != Kind::Divider
}

const fn is_paragraph(kind: Option<&Kind>) -> bool {
    matches!(kind, None | Some(Kind::Paragraph))
}

fn language(kind: &CodeBlockKind<'_>) -> &'static str {
    let CodeBlockKind::Fenced(info) = kind else { return "plain text" };
    let word = info.split([' ', ',']).next().unwrap_or_default().to_ascii_lowercase();
    let word = match word.as_str() {
        "js" => "javascript",
        "py" => "python",
        "rs" => "rust",
        "sh" => "shell",
        "ts" => "typescript",
        other => other,
    };
    LANGUAGES.into_iter().find(|known| *known == word).unwrap_or("plain text")
}
