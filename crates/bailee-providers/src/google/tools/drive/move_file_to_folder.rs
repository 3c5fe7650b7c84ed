use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{Context, is_file_id},
    WRITE, checked,
};
use crate::{
    arguments,
    google::api::{self, Repeat},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "move_file_to_folder";

const FIELDS: &str = "id,name,parents";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the file, document, spreadsheet or folder to move.
    #[schemars(length(min = 1, max = 128))]
    file_id: String,
    /// The id of the folder to move it to.
    #[schemars(length(min = 1, max = 128))]
    folder_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of what was moved.
    id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The id of the folder that it is in now; also when it was there before.
    folder_id: String,
}

#[derive(Debug, Deserialize)]
struct Placed {
    id: String,
    name: Option<String>,
    #[serde(default)]
    parents: Vec<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Move a file to a folder",
        description: "Moves a file or folder of the user's Google Drive into a folder, out of the one that it was in, \
                      which can change who has access. Find both ids with list_files first. By default it works for \
                      files and folders that this app created, or that the user opened with it. Returns the new \
                      folder_id.",
        effect: Effect::Write,
        hints: ToolHints { destructive: true, idempotent: true },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: WRITE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /drive/v3/files/{fileId}", "PATCH /drive/v3/files/{fileId}"],
        page: "https://developers.google.com/workspace/drive/api/reference/rest/v3/files/update",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let file_id = checked(&input.file_id, "/file_id")?;
    let folder_id = checked(&input.folder_id, "/folder_id")?;
    let mut url = context.files_url(Some(file_id), FIELDS)?;
    let response = context.send(Request::get(url.clone()), Repeat::Safe).await?;
    let mut placed: Placed = api::json(&response, Repeat::Safe)?;
    if placed.parents != [folder_id] {
        // A file has one parent: the old one is named, or nothing moves.
        let old: Vec<&str> =
            placed.parents.iter().map(String::as_str).filter(|parent| *parent != folder_id).collect();
        if !old.iter().all(|parent| is_file_id(parent)) {
            return Err(ProviderError::Malformed { problem: "a parent is not the id of a folder" });
        }
        url.query_pairs_mut().append_pair("addParents", folder_id);
        if !old.is_empty() {
            url.query_pairs_mut().append_pair("removeParents", &old.join(","));
        }
        let request = Request::new(Method::PATCH, url).json(&json!({}));
        let response = context.send(request, Repeat::Safe).await?;
        placed = api::json(&response, Repeat::Safe)?;
    }
    if placed.id != file_id {
        return Err(ProviderError::Malformed { problem: "the answer is about another file" });
    }
    // The alias of My Drive is answered with its id.
    let now_in = placed.parents.into_iter().next().filter(|parent| is_file_id(parent));
    output(&Output {
        id: input.file_id,
        name: placed.name.map(|name| clean(&name, 255).0),
        folder_id: now_in.unwrap_or(input.folder_id),
    })
}
