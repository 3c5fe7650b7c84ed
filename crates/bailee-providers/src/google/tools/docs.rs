//! Google Docs API version 1.

mod append_to_document;
mod create_document;
mod markdown;
mod read;
mod read_document;
mod search_google_docs;
mod write;

use serde_json::{Value, json};
use url::Url;

use super::{Context, below, drive, is_file_id};
use crate::{arguments::invalid, google::api::Repeat, tool::Draft};
use bailee_core::{ProviderError, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAMES: [&str; 4] =
    [create_document::NAME, append_to_document::NAME, read_document::NAME, search_google_docs::NAME];

/// A new document is a file of this app, so the narrowest scope is enough.
const CREATE: &[&str] = &[
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/documents",
    "https://www.googleapis.com/auth/drive",
];
/// `drive.file` covers the documents of this app, and no others.
const WRITE: &[&str] = &[
    "https://www.googleapis.com/auth/documents",
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/drive",
];
const READ: &[&str] = &[
    "https://www.googleapis.com/auth/documents",
    "https://www.googleapis.com/auth/documents.readonly",
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/drive.readonly",
    "https://www.googleapis.com/auth/drive",
];

pub(super) fn drafts() -> Vec<Draft> {
    vec![
        create_document::draft(),
        append_to_document::draft(),
        read_document::draft(),
        search_google_docs::draft(),
    ]
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    match context.tool.name.as_str() {
        create_document::NAME => create_document::call(context).await,
        append_to_document::NAME => append_to_document::call(context).await,
        read_document::NAME => read_document::call(context).await,
        search_google_docs::NAME => search_google_docs::call(context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

impl Context<'_> {
    /// `/documents/{documentId}`, and what is done there.
    fn document_url(&self, document_id: &str, verb: &str) -> Result<Url, ProviderError> {
        if !is_file_id(document_id) {
            return Err(invalid("/document_id", "is not the id of a document"));
        }
        below(&self.google.endpoints.docs, &["documents", &format!("{document_id}{verb}")])
    }

    /// Carries out all of these requests on a document, or none of them; none too where it changed since `revision`.
    async fn update(
        &self,
        document_id: &str,
        requests: Vec<Value>,
        revision: Option<&str>,
    ) -> Result<(), ProviderError> {
        let mut url = self.document_url(document_id, ":batchUpdate")?;
        url.query_pairs_mut().append_pair("fields", "documentId");
        let mut body = json!({ "requests": requests });
        if let (Some(revision), Some(members)) = (revision, body.as_object_mut()) {
            members.insert("writeControl".to_owned(), json!({ "requiredRevisionId": revision }));
        }
        self.send(Request::post(url).json(&body), Repeat::Unsafe).await.map(drop)
    }
}

/// The page of a document.
fn page(document_id: &str) -> String {
    format!("https://docs.google.com/document/d/{document_id}/edit")
}
