use http::HeaderValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, rest};
use crate::{
    api::{Repeat, json},
    arguments::{self, invalid},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "read_linkedin_dms";

/// That of the portability API, which goes its own way.
const VERSION: HeaderValue = HeaderValue::from_static("202312");
const DEFAULT_LIMIT: u32 = 20;
/// Of all items together.
const MAX_OUTPUT: usize = 30_000;
const NOTICE: &str = "A snapshot as LinkedIn exports it, not the live inbox.";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// At most so many parts of the snapshot; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before.
    #[schemars(length(min = 1, max = 9))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The parts of the snapshot.
    items: Vec<Part>,
    /// To be passed as cursor for the parts after these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more parts, or some of these were cut.
    truncated: bool,
    /// What this is not.
    notice: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Part {
    /// The part as LinkedIn gives it: JSON, cut where it is long.
    content: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    elements: Vec<Value>,
    paging: Option<Paging>,
}

#[derive(Debug, Deserialize)]
struct Paging {
    start: u64,
    count: u64,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
struct Link {
    rel: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Read LinkedIn messages",
        description: "Reads the user's LinkedIn messages from a snapshot of their data, which is not live and exists only \
                      for members in the EEA and Switzerland. Returns items as LinkedIn exports them and, where there are \
                      more, next_cursor. Needs LinkedIn partner approval.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: &["r_dma_portability_3rd_party", "r_dma_portability_member"],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /rest/memberSnapshotData"],
        page: "https://learn.microsoft.com/en-us/linkedin/dma/member-data-portability/",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let start = input.cursor.as_deref().unwrap_or("0");
    if !start.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("/cursor", "is not the next_cursor of an answer"));
    }
    let mut url = context.url(&["rest", "memberSnapshotData"])?;
    url.query_pairs_mut()
        .append_pair("q", "criteria")
        .append_pair("domain", "INBOX")
        .append_pair("start", start)
        .append_pair("count", &input.limit.unwrap_or(DEFAULT_LIMIT).to_string());
    let response = context.send(rest(Request::get(url), VERSION), Repeat::Safe).await?;
    let page: Page = json(&response, Repeat::Safe)?;
    let next =
        page.paging.filter(|paging| paging.links.iter().any(|link| link.rel.as_deref() == Some("next")));
    let next_cursor = next.map(|paging| paging.start.saturating_add(paging.count).to_string());
    // Quotes are escaped once more when the answer is written: half is left for that.
    let each = MAX_OUTPUT / 2 / page.elements.len().max(1);
    let parts = page.elements.iter().map(|element| clean(&element.to_string(), each));
    let (mut items, mut cut) = (Vec::with_capacity(page.elements.len()), false);
    for (part, shortened) in parts {
        cut |= shortened;
        items.push(Part { content: part });
    }
    output(&Output { items, truncated: cut || next_cursor.is_some(), next_cursor, notice: NOTICE })
}
