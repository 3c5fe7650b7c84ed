//! What agents can read of bank accounts. A call may touch several enrollments, each an integration of its own: every
//! result names the one that it is of, and an enrollment that fails is told beside the others.

mod teller_get_balances;
mod teller_list_accounts;
mod teller_list_transactions;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Teller, api::TellerAccount};
use crate::{arguments::invalid, text::clean, tool::Draft};
use bailee_core::{ProviderError, Tool, ToolAccount, ToolCall, ToolOutput};

const DEFAULT_LIMIT: usize = 20;
const MAX_WORD: usize = 60;
const MAX_NAME: usize = 200;

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![teller_list_accounts::draft(), teller_get_balances::draft(), teller_list_transactions::draft()]
}

pub(super) async fn call(teller: &Teller, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let tool = teller.tools.iter().find(|tool| tool.name == *call.tool).ok_or(ProviderError::Unsupported)?;
    let context = Context { teller, tool, enrollments: call.accounts, arguments: call.arguments };
    match tool.name.as_str() {
        teller_get_balances::NAME => teller_get_balances::call(&context).await,
        teller_list_accounts::NAME => teller_list_accounts::call(&context).await,
        teller_list_transactions::NAME => teller_list_transactions::call(&context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

struct Context<'a> {
    teller: &'a Teller,
    tool: &'a Tool,
    /// Those that were granted for this call, and no others.
    enrollments: &'a [ToolAccount<'a>],
    arguments: &'a Value,
}

/// An account with the enrollment that it is of.
struct Found<'a> {
    enrollment: &'a ToolAccount<'a>,
    account: TellerAccount,
}

impl Found<'_> {
    fn integration_id(&self) -> String {
        self.enrollment.integration.to_string()
    }
}

/// An enrollment that did not answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Failure {
    /// The integration that it is.
    integration_id: String,
    /// What is wrong.
    problem: Problem,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Problem {
    AccountClosed,
    NeedsReconnect,
    NotOffered,
    RateLimited,
    Unavailable,
}

impl Problem {
    const fn of(error: &ProviderError) -> Self {
        match error {
            ProviderError::Rejected { status: 410, .. } => Self::AccountClosed,
            ProviderError::GrantRevoked { .. } | ProviderError::TokenRejected => Self::NeedsReconnect,
            ProviderError::Rejected { .. } => Self::NotOffered,
            ProviderError::RateLimited { .. } => Self::RateLimited,
            _ => Self::Unavailable,
        }
    }
}

impl<'a> Context<'a> {
    /// The accounts of all enrollments, in their order.
    ///
    /// # Errors
    /// The first one, when no enrollment answers: of a single one its own.
    async fn accounts(&self) -> Result<(Vec<Found<'a>>, Vec<Failure>), ProviderError> {
        let asked = self.enrollments.iter().map(|enrollment| self.teller.accounts(enrollment.access_token));
        let (mut found, mut failures, mut first) = (Vec::new(), Vec::new(), None);
        for (enrollment, answer) in self.enrollments.iter().zip(join_all(asked).await) {
            match answer {
                Ok(accounts) => {
                    found.extend(accounts.into_iter().map(|account| Found { enrollment, account }));
                }
                Err(error) => {
                    let integration_id = enrollment.integration.to_string();
                    failures.push(Failure { integration_id, problem: Problem::of(&error) });
                    first.get_or_insert(error);
                }
            }
        }
        match first {
            Some(error) if failures.len() == self.enrollments.len() => Err(error),
            _ => Ok((found, failures)),
        }
    }
}

/// The part of a list that comes after the account named by the cursor, and whether more is left.
fn page<'a>(
    mut found: Vec<Found<'a>>,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> Result<(Vec<Found<'a>>, bool), ProviderError> {
    if let Some(cursor) = cursor {
        let place = found.iter().position(|found| found.account.id == cursor);
        let place = place.ok_or_else(|| invalid("/cursor", "is not of this list"))?;
        found.drain(..=place);
    }
    let limit = limit_of(limit);
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

fn limit_of(limit: Option<u32>) -> usize {
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT)
}

/// A word or an amount, as text: money is never a floating point number here.
fn word(text: &str) -> String {
    clean(text, MAX_WORD).0
}
