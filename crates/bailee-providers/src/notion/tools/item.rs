//! Pages, databases and data sources as entries of a list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::parsed_id;
use crate::text::clean;

/// Longer titles are cut.
pub(super) const MAX_TITLE: usize = 200;
/// Longer links are left out.
const MAX_LINK: usize = 300;

/// What Notion answers of an object; of one that it tells little about, only the first two.
#[derive(Debug, Deserialize)]
pub(super) struct Object {
    #[serde(default, rename = "object")]
    kind: String,
    id: String,
    last_edited_time: Option<String>,
    in_trash: Option<bool>,
    url: Option<String>,
    parent: Option<Value>,
    /// Of databases and data sources.
    title: Option<Value>,
    #[serde(default)]
    pub(super) properties: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Item {
    /// What it is.
    object: Kind,
    /// Its id.
    pub(super) id: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Its page in Notion.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The id of the page or database that it is in; absent at the top of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    /// When it was changed last, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_edited_time: Option<String>,
    /// Whether it is in the trash.
    in_trash: bool,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    DataSource,
    Database,
    Other,
    Page,
}

impl Item {
    /// Tells too whether the title was cut.
    pub(super) fn read(object: &Object) -> (Self, bool) {
        let (title, cut) = object.title().map_or((None, false), |title| {
            let (short, cut) = clean(&title, MAX_TITLE);
            (Some(short), cut)
        });
        let item = Self {
            object: Kind::read(&object.kind),
            id: known_id(&object.id),
            title,
            url: object.url.as_deref().filter(|link| is_link(link)).map(str::to_owned),
            parent_id: object.parent_id(),
            last_edited_time: object.last_edited_time.as_deref().map(|time| clean(time, 40).0),
            in_trash: object.in_trash.unwrap_or_default(),
        };
        (item, cut)
    }

    /// Cuts the title to `max` characters, and tells whether that changed it.
    pub(super) fn shorten(&mut self, max: usize) -> bool {
        let Some(title) = &mut self.title else { return false };
        let (short, cut) = clean(title, max);
        *title = short;
        cut
    }
}

impl Object {
    /// Of a page, the text of its one property of type `title`, whatever that is called.
    fn title(&self) -> Option<String> {
        let of_page = || {
            self.properties
                .values()
                .find_map(|property| property.get("title").filter(|title| title.is_array()))
        };
        self.title.as_ref().or_else(of_page).map(plain_text)
    }

    /// Of a data source, its database.
    fn parent_id(&self) -> Option<String> {
        let parent = self.parent.as_ref()?;
        let names = ["database_id", "data_source_id", "page_id", "block_id"];
        names.iter().find_map(|name| parent.get(name)?.as_str()).map(known_id)
    }
}

impl Kind {
    fn read(word: &str) -> Self {
        match word {
            "data_source" => Self::DataSource,
            "database" => Self::Database,
            "page" => Self::Page,
            _ => Self::Other,
        }
    }
}

/// The text of a list of rich text items.
pub(super) fn plain_text(items: &Value) -> String {
    let items = items.as_array().into_iter().flatten();
    items.filter_map(|item| item.get("plain_text")?.as_str()).collect()
}

/// An id that can be an argument again.
pub(super) fn known_id(text: &str) -> String {
    parsed_id(text).unwrap_or_else(|| clean(text, 64).0)
}

pub(super) fn is_link(link: &str) -> bool {
    link.len() <= MAX_LINK && link.starts_with("https://") && link.bytes().all(|byte| byte.is_ascii_graphic())
}
