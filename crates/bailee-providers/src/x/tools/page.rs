//! What the lists of X have in common.

use std::collections::HashMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Context, is_id, is_username};
use crate::{
    api::{Repeat, json},
    arguments::invalid,
    text::clean,
    x::error,
};
use bailee_core::ProviderError;
use bailee_oauth::Request;

pub(super) const DEFAULT_LIMIT: u32 = 20;
/// Texts are cut to fewer characters when an answer has more than this.
const MAX_OUTPUT: usize = 38_000;
const LONG_TEXT: usize = 4_000;
const SHORT_TEXT: usize = 250;

/// A page as X sends it. What it could not give, it names in `errors`, beside the rest.
#[derive(Debug, Deserialize)]
struct Answer<T> {
    data: Option<Vec<T>>,
    #[serde(default)]
    includes: Includes,
    meta: Option<Meta>,
    #[serde(default)]
    errors: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Includes {
    #[serde(default)]
    users: Vec<User>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: String,
    username: String,
}

#[derive(Debug, Deserialize)]
struct Meta {
    next_token: Option<String>,
}

/// A page as it is handed on.
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) next_token: Option<String>,
    /// Whether X left something out.
    pub(super) partial: bool,
    usernames: HashMap<String, String>,
}

impl<T> Page<T> {
    /// The name of a user that the page names.
    pub(super) fn username(&self, id: Option<&str>) -> Option<String> {
        self.usernames.get(id?).cloned()
    }
}

/// An item of a list, whose text is what may be long.
pub(super) trait Item: Serialize {
    /// Cuts its text; tells whether anything was lost.
    fn shorten(&mut self, max: usize) -> bool;
}

/// Asks for a page of at most so many items, after a cursor.
pub(super) async fn fetch<T: DeserializeOwned>(
    context: &Context<'_>,
    mut url: url::Url,
    limit: Option<u32>,
    cursor: Option<&str>,
) -> Result<Page<T>, ProviderError> {
    // Tokens of pages are letters and digits.
    if cursor.is_some_and(|cursor| !cursor.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(invalid("/cursor", "is not the next_cursor of an answer"));
    }
    url.query_pairs_mut()
        .append_pair("max_results", &limit.unwrap_or(DEFAULT_LIMIT).to_string())
        .append_pair("user.fields", "username")
        .extend_pairs(cursor.map(|cursor| ("pagination_token", cursor)));
    let response = context.send(Request::get(url), Repeat::Safe).await?;
    let answer: Answer<T> = json(&response, Repeat::Safe)?;
    if answer.data.is_none() && !answer.errors.is_empty() {
        return Err(error::in_success(&answer.errors));
    }
    let meta = answer.meta.ok_or(ProviderError::Malformed { problem: "the page says nothing of itself" })?;
    let users = answer.includes.users.into_iter();
    let usable = users.filter(|user| is_id(&user.id) && is_username(&user.username));
    Ok(Page {
        data: answer.data.unwrap_or_default(),
        next_token: meta.next_token,
        partial: !answer.errors.is_empty(),
        usernames: usable.map(|user| (user.id, user.username)).collect(),
    })
}

/// Cuts the texts of a page until it fits. Tells whether anything was lost; no item is left out, as the next page begins
/// after them.
pub(super) fn fit<T: Item>(items: &mut [T]) -> Result<bool, ProviderError> {
    let mut cut = false;
    for max in [LONG_TEXT, SHORT_TEXT] {
        for item in items.iter_mut() {
            cut |= item.shorten(max);
        }
        let size = serde_json::to_string(items).map(|text| text.chars().count());
        let unwritable = |_| ProviderError::Malformed { problem: "the result cannot be written" };
        if size.map_err(unwritable)? <= MAX_OUTPUT {
            break;
        }
    }
    Ok(cut)
}

/// Cuts and cleans a text in its place; tells whether anything was cut.
pub(super) fn shorten(text: &mut String, max: usize) -> bool {
    let (kept, cut) = clean(text, max);
    *text = kept;
    cut
}
