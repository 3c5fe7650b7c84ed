use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{Context, is_file_id, is_link},
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

pub(super) const NAME: &str = "create_folder";

/// What Drive says a folder is.
const FOLDER: &str = "application/vnd.google-apps.folder";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The name. Several folders may have the same.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// The id of the folder to create it in; the user's My Drive if absent.
    #[schemars(length(min = 1, max = 128))]
    parent_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Its id, to be used as `folder_id` or `parent_id`.
    id: String,
    /// Its name.
    name: String,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Folder {
    id: String,
    name: String,
    web_view_link: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Create a folder",
        description: "Creates a folder in the user's Google Drive. A second call makes a second folder of the same \
                      name, so look with list_files first. Returns its id and its page; move_file_to_folder puts files \
                      into it.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: WRITE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /drive/v3/files"],
        page: "https://developers.google.com/workspace/drive/api/reference/rest/v3/files/create",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut body = json!({ "name": input.name, "mimeType": FOLDER });
    if let (Some(parent), Some(members)) = (&input.parent_id, body.as_object_mut()) {
        members.insert("parents".to_owned(), json!([checked(parent, "/parent_id")?]));
    }
    let url = context.files_url(None, "id,name,webViewLink")?;
    let response = context.send(Request::post(url).json(&body), Repeat::Unsafe).await?;
    let made: Folder = api::json(&response, Repeat::Unsafe)?;
    if !is_file_id(&made.id) {
        return Err(ProviderError::OutcomeUnknown);
    }
    output(&Output {
        id: made.id,
        name: clean(&made.name, 255).0,
        url: made.web_view_link.filter(|link| is_link(link)),
    })
}
