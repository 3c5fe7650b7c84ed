use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Context, RESTLI_ID, person, rest};
use crate::{
    api::Repeat,
    arguments::{self, invalid},
    linkedin::little_text,
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "post_to_linkedin";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// What to post: plain text, shown as it is. Hashtags and mentions stay text.
    #[schemars(length(min = 1, max = 3000))]
    text: String,
    /// Who sees it; everybody if absent.
    visibility: Option<Visibility>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Visibility {
    #[default]
    Public,
    Connections,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The name of the post in LinkedIn's data.
    urn: String,
    /// Where people see it.
    url: String,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Post on LinkedIn",
        description: "Publishes a text post on LinkedIn in the user's name, for everybody or for the user's connections. \
                      It cannot be undone here, and LinkedIn refuses the same text twice. Returns the urn of the post and \
                      its link.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: &["w_member_social"],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /rest/posts"],
        page: "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    if input.text.trim().is_empty() {
        return Err(invalid("/text", "must not be blank"));
    }
    let author = person(context.account.account.id.as_str())
        .ok_or(ProviderError::Malformed { problem: "the id of the account is not one of LinkedIn" })?;
    let body = json!({
        "author": author,
        "commentary": little_text::escape(&input.text),
        "visibility": input.visibility.unwrap_or_default().as_str(),
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    });
    let request = rest(Request::post(context.url(&["rest", "posts"])?), context.hooks.version.clone());
    let response = context.send(request.json(&body), Repeat::Unsafe).await?;
    // Without its name nobody can tell whether it is there.
    let urn = response.header(&RESTLI_ID).filter(|urn| is_post(urn)).ok_or(ProviderError::OutcomeUnknown)?;
    output(&Output { urn: urn.to_owned(), url: format!("https://www.linkedin.com/feed/update/{urn}/") })
}

fn is_post(urn: &str) -> bool {
    let number = urn.strip_prefix("urn:li:share:").or_else(|| urn.strip_prefix("urn:li:ugcPost:"));
    number.is_some_and(|number| {
        (1..=30).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

impl Visibility {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::Connections => "CONNECTIONS",
        }
    }
}
