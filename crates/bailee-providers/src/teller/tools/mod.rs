//! What agents can read of bank accounts. A call may touch several enrollments, each an integration of its own: every
//! result names the one that it is of, and an enrollment that fails is told beside the others: to the agent as a
//! [`Failure`], and to the engine where its owner has to mend it.

mod teller_get_balances;
mod teller_list_accounts;
mod teller_list_transactions;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Teller, api::TellerAccount};
use crate::{
    arguments::invalid,
    text::clean,
    tool::{self, Draft},
};
use bailee_core::{IntegrationId, ProviderError, Tool, ToolAccount, ToolCall, ToolOutput};

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

/// The enrollments that did not answer.
#[derive(Debug, Default)]
struct Failures(Vec<(IntegrationId, ProviderError)>);

impl Failures {
    fn add(&mut self, enrollment: &ToolAccount<'_>, error: ProviderError) {
        self.0.push((enrollment.integration, error));
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them needs its owner.
    fn has_rejected(&self) -> bool {
        self.0.iter().any(|(_, error)| is_rejected(error))
    }

    /// For the agent.
    fn shown(&self) -> Vec<Failure> {
        let shown = |(id, error): &(IntegrationId, ProviderError)| Failure {
            integration_id: id.to_string(),
            problem: Problem::of(error),
        };
        self.0.iter().map(shown).collect()
    }

    /// A result, with those that need their owner.
    fn output(self, content: &impl Serialize) -> Result<ToolOutput, ProviderError> {
        let output = tool::output(content)?;
        Ok(self.0.into_iter().fold(output, |output, (id, error)| output.with_rejected(id, error)))
    }
}

const fn is_rejected(error: &ProviderError) -> bool {
    matches!(error, ProviderError::GrantRevoked { .. } | ProviderError::TokenRejected)
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
            error if is_rejected(error) => Self::NeedsReconnect,
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
    /// The first one, when no enrollment answers, and either all of them need their owner or none does: it speaks of all.
    async fn accounts(&self) -> Result<(Vec<Found<'a>>, Failures), ProviderError> {
        let asked = self.enrollments.iter().map(|enrollment| self.teller.accounts(enrollment.access_token));
        let (mut found, mut failures) = (Vec::new(), Failures::default());
        for (enrollment, answer) in self.enrollments.iter().zip(join_all(asked).await) {
            match answer {
                Ok(accounts) => {
                    found.extend(accounts.into_iter().map(|account| Found { enrollment, account }));
                }
                Err(error) => failures.add(enrollment, error),
            }
        }
        let rejected = failures.0.iter().filter(|(_, error)| is_rejected(error)).count();
        match failures.0.first() {
            Some((_, error))
                if failures.0.len() == self.enrollments.len()
                    && (rejected == 0 || rejected == failures.0.len()) =>
            {
                Err(error.clone())
            }
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
