use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Context, id, is_id, post_url};
use crate::{
    api::{Repeat, json as read_json},
    arguments::{self, invalid},
    tool::{Draft, output},
    x::weight,
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "post_tweet";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// What to post: at most 280 characters, of which an address counts 23, an emoji or a Chinese, Japanese or Korean
    /// character 2, and most others 1.
    #[schemars(length(min = 1, max = 8000))]
    text: String,
    /// The id of the post to reply to. X takes replies only to posts that mention or quote the user.
    #[schemars(length(min = 1, max = 19))]
    reply_to_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the new post.
    id: String,
    /// Where people see it; absent where the name of the account is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Created {
    data: Post,
}

#[derive(Debug, Deserialize)]
struct Post {
    id: String,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Post on X",
        description: "Publishes a post on X (Twitter) in the user's name, for everybody to see, or a reply to a post that \
                      mentions the user. It cannot be undone here. Returns the id of the post and its link. For a private \
                      message use send_twitter_dm.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: &["tweet.read tweet.write users.read"],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /2/tweets"],
        page: "https://docs.x.com/x-api/posts/create-post",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    if input.text.trim().is_empty() {
        return Err(invalid("/text", "must not be blank"));
    }
    if weight::weight(&input.text) > weight::LIMIT {
        return Err(invalid("/text", "is longer than 280 characters, as X counts them"));
    }
    let mut body = json!({ "text": input.text });
    if let Some(post) = &input.reply_to_id
        && let Some(members) = body.as_object_mut()
    {
        let reply = json!({ "in_reply_to_tweet_id": id(post, "/reply_to_id")? });
        members.insert("reply".to_owned(), reply);
    }
    let request = Request::post(context.url(&["tweets"])?).json(&body);
    let response = context.send(request, Repeat::Unsafe).await?;
    let created: Created = read_json(&response, Repeat::Unsafe)?;
    if !is_id(&created.data.id) {
        return Err(ProviderError::OutcomeUnknown);
    }
    let username = context.account.account.label.as_deref().unwrap_or_default();
    output(&Output { url: post_url(username, &created.data.id), id: created.data.id })
}
