//! What agents can do with an account of LinkedIn.

mod post_to_linkedin;
mod read_linkedin_dms;
mod send_linkedin_dm;

use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::{error, hooks::Hooks};
use crate::{
    api::{Api, Repeat},
    tool::{Draft, of_one_account},
};
use bailee_core::{Provider as _, ProviderError, Tool, ToolAccount, ToolCall, ToolOutput};
use bailee_oauth::{OAuthProvider, Request, Response};

/// The id of what was made: it is in no body.
const RESTLI_ID: HeaderName = HeaderName::from_static("x-restli-id");

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![post_to_linkedin::draft(), read_linkedin_dms::draft(), send_linkedin_dm::draft()]
}

/// Those that an app may have: messages are for partners.
pub(super) fn available(partner: bool) -> Vec<Draft> {
    let for_partners = [read_linkedin_dms::NAME, send_linkedin_dm::NAME];
    drafts().into_iter().filter(|draft| partner || !for_partners.contains(&draft.name)).collect()
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
        post_to_linkedin::NAME => post_to_linkedin::call(&context).await,
        read_linkedin_dms::NAME => read_linkedin_dms::call(&context).await,
        send_linkedin_dm::NAME => send_linkedin_dm::call(&context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

impl Context<'_> {
    async fn send(&self, request: Request, repeat: Repeat) -> Result<Response, ProviderError> {
        let api = Api { http: self.provider.http(), token_hosts: &self.provider.descriptor().token_hosts };
        let classify = |response: &Response| error::classify(response, &self.tool.scopes, self.now);
        api.send(request.keep(RESTLI_ID), self.account.access_token, repeat, classify).await
    }

    fn url(&self, parts: &[&str]) -> Result<Url, ProviderError> {
        let mut url = self.hooks.api.clone();
        url.path_segments_mut().map_err(|()| ProviderError::Unsupported)?.clear().extend(parts);
        Ok(url)
    }
}

/// With what every request below `/rest` carries.
fn rest(request: Request, version: HeaderValue) -> Request {
    request
        .header(HeaderName::from_static("linkedin-version"), version)
        .header(HeaderName::from_static("x-restli-protocol-version"), HeaderValue::from_static("2.0.0"))
}

/// The name of a person in LinkedIn's data; `None` where the id could end it early.
fn person(id: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (!id.is_empty() && id.len() <= 100 && id.bytes().all(plain)).then(|| format!("urn:li:person:{id}"))
}
