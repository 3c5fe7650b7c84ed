use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, is_id,
    page::{self, Item, Page},
    post_url,
};
use crate::{
    arguments,
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "read_timeline";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// At most so many posts; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The posts, newest first. May be empty although there are more.
    items: Vec<Post>,
    /// To be passed as cursor for the posts before these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more posts, or parts of these were left out.
    truncated: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Post {
    /// The id, for example to reply to it.
    id: String,
    /// What was posted, by whoever wrote it.
    text: String,
    /// The id of who posted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    author_id: Option<String>,
    /// The name of who posted it, without @.
    #[serde(skip_serializing_if = "Option::is_none")]
    author_username: Option<String>,
    /// When it was posted: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// Where people see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl Item for Post {
    fn shorten(&mut self, max: usize) -> bool {
        page::shorten(&mut self.text, max)
    }
}

#[derive(Debug, Deserialize)]
struct RawPost {
    id: String,
    text: String,
    author_id: Option<String>,
    created_at: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Read the timeline",
        description: "Reads the user's home timeline on X (Twitter): the newest posts of the accounts that the user \
                      follows, and the user's own. Use it to see what is new or to find a post to reply to. Returns items \
                      and, where there are more, next_cursor.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: &["tweet.read users.read"],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /2/users/{id}/timelines/reverse_chronological"],
        page: "https://docs.x.com/x-api/posts/timelines/integrate",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let me = context.account.account.id.as_str();
    if !is_id(me) {
        return Err(ProviderError::Malformed { problem: "the id of the account is not one of X" });
    }
    let mut url = context.url(&["users", me, "timelines", "reverse_chronological"])?;
    url.query_pairs_mut()
        .append_pair(context.post_fields(), "created_at")
        .append_pair("expansions", "author_id");
    let page: Page<RawPost> = page::fetch(context, url, input.limit, input.cursor.as_deref()).await?;
    let mut items: Vec<Post> = page.data.iter().map(|post| read(&page, post)).collect();
    let cut = page::fit(&mut items)?;
    output(&Output {
        items,
        truncated: cut || page.partial || page.next_token.is_some(),
        next_cursor: page.next_token,
    })
}

fn read(page: &Page<RawPost>, post: &RawPost) -> Post {
    let short = |text: &str| clean(text, 40).0;
    let author_username = page.username(post.author_id.as_deref());
    Post {
        url: author_username.as_deref().and_then(|name| post_url(name, &post.id)),
        id: short(&post.id),
        text: post.text.clone(),
        author_id: post.author_id.as_deref().map(short),
        author_username,
        created_at: post.created_at.as_deref().map(short),
    }
}
