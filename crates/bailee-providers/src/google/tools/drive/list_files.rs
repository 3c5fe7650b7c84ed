use schemars::JsonSchema;
use serde::Deserialize;

use super::{super::Context, FILE_REQUEST, LIST, Listing, Search, checked, contains, quoted};
use crate::{
    arguments,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "list_files";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Words to look for in names and contents. Of a name, the beginnings of its words count.
    #[schemars(length(min = 1, max = 300))]
    query: Option<String>,
    /// The id of the folder whose files are listed, without those of folders in it; all folders if absent.
    #[schemars(length(min = 1, max = 128))]
    folder_id: Option<String>,
    /// At most so many files; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with otherwise the same arguments.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "List files",
        description: "Lists files and folders of the user's Google Drive, the newest first, or by relevance where words \
                      are given. Use it to find the id that other tools need; search_google_docs finds documents only. \
                      By default only files of this app appear, which notice says. Returns items and, where there are \
                      more, next_cursor.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: LIST,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Listing>(),
        requests: &[FILE_REQUEST],
        page: "https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut conditions = vec!["trashed=false".to_owned()];
    if let Some(folder) = &input.folder_id {
        conditions.push(format!("{} in parents", quoted(checked(folder, "/folder_id")?)));
    }
    if let Some(words) = &input.query {
        conditions.push(contains(words)?);
    }
    let search = Search {
        query: conditions.join(" and "),
        order_by: input.query.is_none().then_some("modifiedTime desc"),
        limit: input.limit,
        cursor: input.cursor.as_deref(),
    };
    output(&Listing::ask(context, search).await?)
}
