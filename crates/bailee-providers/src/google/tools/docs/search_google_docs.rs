use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    super::Context,
    drive::{FILE_REQUEST, LIST, Listing, Search, contains},
};
use crate::{
    arguments,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "search_google_docs";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Words to look for in titles and texts. Of a title, the beginnings of its words count.
    #[schemars(length(min = 1, max = 300))]
    query: String,
    /// At most so many documents; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with otherwise the same arguments.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Search documents",
        description: "Looks for Google documents by words of their titles and texts, by relevance. Use it to find the id \
                      that read_document and append_to_document need; list_files finds other files too. By default \
                      only documents of this app appear, which notice says. Returns items and, where there are more, \
                      next_cursor.",
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
    let words = contains(&input.query)?;
    let query = format!("mimeType='application/vnd.google-apps.document' and trashed=false and {words}");
    let search = Search { query, order_by: None, limit: input.limit, cursor: input.cursor.as_deref() };
    output(&Listing::ask(context, search).await?)
}
