//! Gmail API version 1.

mod body;
mod get_email_details;
mod html;
mod list_recent_threads;
mod mail;
mod message;
mod search_emails;
mod send_email;

use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Context, below};
use crate::{
    google::api::{self, Repeat},
    tool::Draft,
};
use bailee_core::{ProviderError, ScopeSets, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAMES: [&str; 4] =
    [search_emails::NAME, get_email_details::NAME, list_recent_threads::NAME, send_email::NAME];

/// `gmail.metadata` would do for headers, but not for a search and not for a text.
const READ: &[&str] = &[
    "https://www.googleapis.com/auth/gmail.readonly",
    "https://www.googleapis.com/auth/gmail.modify",
    "https://mail.google.com/",
];
const SEND: &[&str] = &[
    "https://www.googleapis.com/auth/gmail.send",
    "https://www.googleapis.com/auth/gmail.compose",
    "https://www.googleapis.com/auth/gmail.modify",
    "https://mail.google.com/",
];

/// A list names its entries, and each has to be asked for: so many at once.
const AT_ONCE: usize = 8;
const DEFAULT_LIMIT: u32 = 20;
/// An answer of more characters is cut.
const MAX_OUTPUT: usize = 38_000;

pub(super) fn drafts() -> Vec<Draft> {
    vec![
        search_emails::draft(),
        get_email_details::draft(),
        list_recent_threads::draft(),
        send_email::draft(),
    ]
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    match context.tool.name.as_str() {
        search_emails::NAME => search_emails::call(context).await,
        get_email_details::NAME => get_email_details::call(context).await,
        list_recent_threads::NAME => list_recent_threads::call(context).await,
        send_email::NAME => send_email::call(context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

/// What is asked of one message or thread.
struct Wanted<'a> {
    format: &'a str,
    headers: &'a [&'a str],
    fields: &'a str,
}

impl Context<'_> {
    /// An address below the mailbox of the account. Ids in it are of letters and digits.
    fn mailbox_url(&self, segments: &[&str]) -> Result<Url, ProviderError> {
        let mut url = below(&self.google.endpoints.gmail, &["users", "me"])?;
        url.path_segments_mut().map_err(|()| ProviderError::Unsupported)?.extend(segments);
        Ok(url)
    }

    /// One message or thread; `needs` is what a missing consent is reported as.
    async fn mail<T: DeserializeOwned>(
        &self,
        (collection, id): (&str, &str),
        wanted: &Wanted<'_>,
        needs: &ScopeSets,
    ) -> Result<T, ProviderError> {
        let mut url = self.mailbox_url(&[collection, id])?;
        url.query_pairs_mut()
            .append_pair("format", wanted.format)
            .extend_pairs(wanted.headers.iter().map(|name| ("metadataHeaders", name)))
            .append_pair("fields", wanted.fields);
        let response = self.send_for(needs, Request::get(url), Repeat::Safe).await?;
        api::json(&response, Repeat::Safe)
    }

    /// Each entry of a list, in its order. One that is gone by now is left out.
    async fn mails<T: DeserializeOwned>(
        &self,
        collection: &str,
        ids: &[Named],
        wanted: &Wanted<'_>,
    ) -> Result<Vec<T>, ProviderError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            let asked = some.iter().map(async |named| {
                if !is_id(&named.id) {
                    return Err(ProviderError::Malformed { problem: "an id is of another alphabet" });
                }
                match self.mail((collection, named.id.as_str()), wanted, &self.tool.scopes).await {
                    Err(ProviderError::Rejected { status: 404, .. }) => Ok(None),
                    answer => answer.map(Some),
                }
            });
            found.extend(try_join_all(asked).await?.into_iter().flatten());
        }
        Ok(found)
    }
}

/// An entry of a list, which is told by its id and little else.
#[derive(Debug, serde::Deserialize)]
struct Named {
    id: String,
}

/// Ids of messages and threads are of hexadecimal digits; other letters would lead nowhere else either.
fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

const MAX_ID: usize = 64;
