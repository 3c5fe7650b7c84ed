use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, Failure, Failures, Found, Problem, page, word};
use crate::{
    arguments::{self, invalid},
    tool::Draft,
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "teller_get_balances";

/// How many accounts are asked at once: each answer is fetched from the bank itself.
const AT_ONCE: usize = 4;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The only account to ask, from `teller_list_accounts`; all if absent.
    #[schemars(length(min = 1, max = 128))]
    account_id: Option<String>,
    /// How many accounts at most; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the answer before.
    #[schemars(length(min = 1, max = 128))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The balances, one entry for each account.
    balances: Vec<Balance>,
    /// Enrollments that did not answer; their accounts are missing.
    failures: Vec<Failure>,
    /// For the next call, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether something was left out.
    truncated: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Balance {
    /// The integration that it is of.
    integration_id: String,
    /// The account.
    account_id: String,
    /// Of the amounts, as ISO 4217 writes it.
    currency: String,
    /// What is booked: a decimal number as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<String>,
    /// What can be spent: a decimal number as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<String>,
    /// Why there are no amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

#[derive(Debug, Deserialize)]
struct Amounts {
    ledger: Option<String>,
    available: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Get bank balances",
        description: "Reads the balances of the user's bank accounts, live from the banks, of one account or of all that \
                      were granted. Returns booked and available amounts as decimal text with their currency; an account \
                      whose bank does not answer has a problem instead.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: &[],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /accounts", "GET /accounts/{account_id}/balances"],
        page: "https://teller.io/docs/api/account/balances",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let (mut found, mut failures) = context.accounts().await?;
    if let Some(account_id) = &input.account_id {
        found.retain(|found| found.account.id == *account_id);
        // One that failed may have it.
        if found.is_empty() && failures.is_empty() {
            return Err(invalid("/account_id", "is not an account of a granted enrollment"));
        }
    }
    let (found, truncated) = page(found, input.cursor.as_deref(), input.limit)?;
    let mut answers = Vec::with_capacity(found.len());
    for some in found.chunks(AT_ONCE) {
        answers.extend(join_all(some.iter().map(|found| amounts(context, found))).await);
    }
    if let ([_], [Err(error)]) = (context.enrollments, answers.as_slice()) {
        return Err(error.clone());
    }
    let shown = failures.shown();
    note(&mut failures, &found, &answers);
    let balances = found.iter().zip(answers).map(|(found, answer)| Balance::of(found, answer)).collect();
    let last = found.last().map(|found| found.account.id.clone());
    failures.output(&Output { balances, failures: shown, next_cursor: last.filter(|_| truncated), truncated })
}

/// Adds the enrollments that were refused after they had told their accounts: the agent learns it from each balance.
fn note(failures: &mut Failures, found: &[Found<'_>], answers: &[Result<Option<Amounts>, ProviderError>]) {
    for (found, answer) in found.iter().zip(answers) {
        if let Err(error) = answer {
            failures.add(found.enrollment, error.clone());
        }
    }
}

/// `None` where the bank does not offer it: then nobody is asked.
async fn amounts(context: &Context<'_>, found: &Found<'_>) -> Result<Option<Amounts>, ProviderError> {
    if found.account.links.balances.is_none() {
        return Ok(None);
    }
    let url = context.teller.url(&["accounts", &found.account.id, "balances"])?;
    context.teller.get(url, found.enrollment.access_token).await.map(Some)
}

impl Balance {
    fn of(found: &Found<'_>, answer: Result<Option<Amounts>, ProviderError>) -> Self {
        let (amounts, problem) = match answer {
            Ok(Some(amounts)) => (Some(amounts), None),
            Ok(None) => (None, Some(Problem::NotOffered)),
            Err(error) => (None, Some(Problem::of(&error))),
        };
        let Amounts { ledger, available } = amounts.unwrap_or(Amounts { ledger: None, available: None });
        Self {
            integration_id: found.integration_id(),
            account_id: word(&found.account.id),
            currency: word(&found.account.currency),
            ledger: ledger.as_deref().map(word),
            available: available.as_deref().map(word),
            problem,
        }
    }
}
