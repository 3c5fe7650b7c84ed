//! Lists of files, for all tools that have one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::Context,
    file::{DriveFile, File},
};
use crate::{
    arguments::invalid,
    google::api::{self, Repeat},
    tool::length,
};
use bailee_core::ProviderError;
use bailee_oauth::Request;

/// The request behind each list.
pub(in super::super) const FILE_REQUEST: &str = "GET /drive/v3/files";

const DEFAULT_LIMIT: u32 = 20;
/// An answer of more characters is cut.
const MAX_OUTPUT: usize = 38_000;
const SHORT_NAME: usize = 60;
const FIELDS: &str = "nextPageToken,incompleteSearch,\
                      files(id,name,mimeType,modifiedTime,size,parents,webViewLink,owners(emailAddress))";
/// Google answers a list that lacks files like one that is whole, so this is said whatever the grant is.
const NOTICE: &str = "Unless the user granted access to all of Drive, only files appear that this app created or that \
                      the user opened with it. A file that is not listed may still exist: ask the user for its id or \
                      link.";

/// What to look for.
#[derive(Debug)]
pub(in super::super) struct Search<'a> {
    /// In Drive's query language; texts in it are quoted.
    pub(in super::super) query: String,
    /// Not together with `fullText`: those results come by relevance.
    pub(in super::super) order_by: Option<&'static str>,
    pub(in super::super) limit: Option<u32>,
    pub(in super::super) cursor: Option<&'a str>,
}

/// Files, and whether these are all.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in super::super) struct Listing {
    /// The files. May be empty although there are more.
    items: Vec<File>,
    /// To be passed as cursor for the files after these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more files, or parts of these were left out.
    truncated: bool,
    /// Which files can appear at all.
    notice: &'static str,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    files: Vec<DriveFile>,
    next_page_token: Option<String>,
    #[serde(default)]
    incomplete_search: bool,
}

impl Listing {
    /// Asks Drive for one page.
    pub(in super::super) async fn ask(
        context: &Context<'_>,
        search: Search<'_>,
    ) -> Result<Self, ProviderError> {
        let mut url = context.files_url(None, FIELDS)?;
        url.query_pairs_mut()
            .append_pair("includeItemsFromAllDrives", "true")
            .append_pair("q", &search.query)
            .append_pair("pageSize", &search.limit.unwrap_or(DEFAULT_LIMIT).to_string())
            .extend_pairs(search.order_by.map(|order| ("orderBy", order)))
            .extend_pairs(search.cursor.map(|cursor| ("pageToken", cursor)));
        let response = context.send(Request::get(url), Repeat::Safe).await?;
        Self::fit(api::json(&response, Repeat::Safe)?)
    }

    /// The page in at most [`MAX_OUTPUT`] characters: no file is left out, as the next page begins after them.
    fn fit(page: Page) -> Result<Self, ProviderError> {
        let mut truncated = page.incomplete_search || page.next_page_token.is_some();
        let mut items = Vec::with_capacity(page.files.len());
        for (file, cut) in page.files.into_iter().filter_map(File::read) {
            truncated |= cut;
            items.push(file);
        }
        if length(&items)? > MAX_OUTPUT {
            truncated = true;
            for file in &mut items {
                file.shorten(SHORT_NAME);
            }
        }
        Ok(Self { items, next_cursor: page.next_page_token, truncated, notice: NOTICE })
    }
}

/// The condition that a file has these words in its name or its content.
pub(in super::super) fn contains(words: &str) -> Result<String, ProviderError> {
    if words.chars().any(char::is_control) {
        return Err(invalid("/query", "holds control characters"));
    }
    let words = quoted(words);
    Ok(format!("(name contains {words} or fullText contains {words})"))
}

/// A text as Drive's query language wants it: in quotes, with each quote and backslash behind a backslash.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
