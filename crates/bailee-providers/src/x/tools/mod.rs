//! What agents can do with an account of X: API v2.

mod page;
mod post_tweet;
mod read_timeline;
mod read_twitter_dms;
mod send_twitter_dm;

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::{error, hooks::Hooks};
use crate::{
    api::{Api, Repeat},
    arguments::invalid,
    tool::{Draft, of_one_account},
};
use bailee_core::{Provider as _, ProviderError, Tool, ToolAccount, ToolCall, ToolOutput};
use bailee_oauth::{OAuthProvider, Request, Response};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![post_tweet::draft(), read_timeline::draft(), send_twitter_dm::draft(), read_twitter_dms::draft()]
}

/// One call: the account that it is for, and the tool that it is of.
struct Context<'a> {
    provider: &'a OAuthProvider,
    hooks: &'a Hooks,
    tool: &'a Tool,
    account: &'a ToolAccount<'a>,
    arguments: &'a Value,
    now: DateTime<Utc>,
}

pub(super) async fn call(
    provider: &OAuthProvider,
    hooks: &Hooks,
    call: &ToolCall<'_>,
) -> Result<ToolOutput, ProviderError> {
    let (tool, account) = of_one_account(&hooks.tools, call)?;
    let context = Context { provider, hooks, tool, account, arguments: call.arguments, now: call.now };
    match tool.name.as_str() {
        post_tweet::NAME => post_tweet::call(&context).await,
        read_timeline::NAME => read_timeline::call(&context).await,
        send_twitter_dm::NAME => send_twitter_dm::call(&context).await,
        read_twitter_dms::NAME => read_twitter_dms::call(&context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

impl Context<'_> {
    async fn send(&self, request: Request, repeat: Repeat) -> Result<Response, ProviderError> {
        let api = Api { http: self.provider.http(), token_hosts: &self.provider.descriptor().token_hosts };
        let request = request.keep(error::RESET);
        let classify = |response: &Response| error::classify(response, self.now);
        api.send(request, self.account.access_token, repeat, classify).await
    }

    /// `/2/` and these parts, each of which is checked by who names it.
    fn url(&self, parts: &[&str]) -> Result<Url, ProviderError> {
        let mut url = self.hooks.api.clone();
        url.path_segments_mut().map_err(|()| ProviderError::Unsupported)?.clear().push("2").extend(parts);
        Ok(url)
    }

    /// The parameter that names members of posts.
    const fn post_fields(&self) -> &'static str {
        if self.hooks.post_fields { "post.fields" } else { "tweet.fields" }
    }
}

/// Ids are decimal numbers of at most 19 digits.
fn id<'a>(text: &'a str, pointer: &str) -> Result<&'a str, ProviderError> {
    if is_id(text) { Ok(text) } else { Err(invalid(pointer, "is not an id of X: 1 to 19 digits")) }
}

fn is_id(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name of an account: letters, digits and underscores, at most 15.
fn is_username(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Where people see a post.
fn post_url(username: &str, id: &str) -> Option<String> {
    (is_username(username) && is_id(id)).then(|| format!("https://x.com/{username}/status/{id}"))
}
