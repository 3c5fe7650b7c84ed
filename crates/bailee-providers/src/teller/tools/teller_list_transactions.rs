use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{super::api::is_id, Context, Failure, Failures, Found, MAX_NAME, is_rejected, limit_of, word};
use crate::{
    arguments::{self, invalid},
    text::clean,
    tool::Draft,
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "teller_list_transactions";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The account, from `teller_list_accounts`.
    #[schemars(length(min = 1, max = 128))]
    account_id: String,
    /// The first day, for example 2026-03-01.
    #[schemars(length(min = 10, max = 10))]
    start_date: Option<String>,
    /// The last day, which is included.
    #[schemars(length(min = 10, max = 10))]
    end_date: Option<String>,
    /// How many transactions at most; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the answer before.
    #[schemars(length(min = 1, max = 128))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The integration that the account is of, when it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    integration_id: Option<String>,
    /// The account.
    account_id: String,
    /// Of the amounts, as ISO 4217 writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// The transactions, the newest first.
    transactions: Vec<Transaction>,
    /// Enrollments that did not answer; the account may be of one of them.
    failures: Vec<Failure>,
    /// For the next call, when there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether something may have been left out.
    truncated: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Transaction {
    /// Its id; may change when it is booked.
    id: String,
    /// The day.
    date: String,
    /// A signed decimal number as text. What the sign means depends on the kind of account and on the bank.
    amount: String,
    /// What the bank says of it.
    description: String,
    /// Posted or pending.
    status: String,
    /// For example `card_payment`.
    r#type: String,
    /// What was booked after it: a decimal number as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    running_balance: Option<String>,
    /// For example dining.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// Who is at the other end.
    #[serde(skip_serializing_if = "Option::is_none")]
    counterparty: Option<String>,
}

/// What Teller answers (<https://teller.io/docs/api/account/transactions>).
#[derive(Debug, Deserialize)]
struct TellerTransaction {
    id: String,
    date: String,
    amount: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    status: String,
    #[serde(default, rename = "type")]
    kind: String,
    running_balance: Option<String>,
    #[serde(default)]
    details: Details,
}

#[derive(Debug, Default, Deserialize)]
struct Details {
    category: Option<String>,
    counterparty: Option<Counterparty>,
}

#[derive(Debug, Deserialize)]
struct Counterparty {
    name: Option<String>,
}

impl From<TellerTransaction> for Transaction {
    fn from(read: TellerTransaction) -> Self {
        let counterparty = read.details.counterparty.and_then(|counterparty| counterparty.name);
        Self {
            id: word(&read.id),
            date: word(&read.date),
            amount: word(&read.amount),
            description: clean(&read.description, MAX_NAME).0,
            status: word(&read.status),
            r#type: word(&read.kind),
            running_balance: read.running_balance.as_deref().map(word),
            category: read.details.category.as_deref().map(word),
            counterparty: counterparty.map(|name| clean(&name, MAX_NAME).0),
        }
    }
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "List bank transactions",
        description: "Lists transactions of one of the user's bank accounts, the newest first, in a window of days if \
                      wanted. Get the account_id from teller_list_accounts. Returns amounts as decimal text, descriptions \
                      and counterparties; pending ones may change until they are posted.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: &[],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /accounts", "GET /accounts/{account_id}/transactions"],
        page: "https://teller.io/docs/api/account/transactions",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    check(&input)?;
    let (found, mut failures) = find(context, &input.account_id).await?;
    let Some(found) = found else { return nothing(&input, failures) };
    if found.account.links.transactions.is_none() {
        return Err(invalid("/account_id", "is of a bank that does not tell transactions"));
    }
    let limit = limit_of(input.limit);
    let url = address(context, &found, &input, limit)?;
    let answer = context.teller.get(url, found.enrollment.access_token).await;
    let mut read: Vec<TellerTransaction> = match answer {
        Err(error) if is_rejected(&error) && context.enrollments.len() > 1 => {
            failures.add(found.enrollment, error);
            return nothing(&input, failures);
        }
        answer => answer?,
    };
    let truncated = read.len() >= limit;
    read.truncate(limit);
    let last = read.last().map(|transaction| transaction.id.clone());
    let shown = failures.shown();
    failures.output(&Output {
        integration_id: Some(found.integration_id()),
        account_id: word(&found.account.id),
        currency: Some(word(&found.account.currency)),
        transactions: read.into_iter().map(Transaction::from).collect(),
        failures: shown,
        next_cursor: last.filter(|_| truncated),
        truncated,
    })
}

/// The answer when the enrollment that has the account needs its owner.
fn nothing(input: &Input, failures: Failures) -> Result<ToolOutput, ProviderError> {
    let shown = failures.shown();
    failures.output(&Output {
        integration_id: None,
        account_id: word(&input.account_id),
        currency: None,
        transactions: Vec::new(),
        failures: shown,
        next_cursor: None,
        truncated: false,
    })
}

fn check(input: &Input) -> Result<(), ProviderError> {
    for (id, pointer) in [(Some(&input.account_id), "/account_id"), (input.cursor.as_ref(), "/cursor")] {
        if id.is_some_and(|id| !is_id(id)) {
            return Err(invalid(pointer, "is not an id"));
        }
    }
    let day = |text: &Option<String>, pointer| {
        let parse = |text: &String| NaiveDate::parse_from_str(text, "%Y-%m-%d");
        text.as_ref().map(parse).transpose().map_err(|_| invalid(pointer, "is not a date"))
    };
    let (start, end) = (day(&input.start_date, "/start_date")?, day(&input.end_date, "/end_date")?);
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        return Err(invalid("/end_date", "must not be before /start_date"));
    }
    Ok(())
}

/// The account, which must be of an enrollment that was granted for this call; `None` when one that needs its owner may
/// have it.
async fn find<'a>(
    context: &Context<'a>,
    account_id: &str,
) -> Result<(Option<Found<'a>>, Failures), ProviderError> {
    let (found, failures) = context.accounts().await?;
    let found = found.into_iter().find(|found| found.account.id == account_id);
    if found.is_some() || failures.has_rejected() {
        Ok((found, failures))
    } else if failures.is_empty() {
        Err(invalid("/account_id", "is not an account of a granted enrollment"))
    } else {
        // One that failed may have it.
        Err(ProviderError::Unavailable { retry_after: None })
    }
}

fn address(
    context: &Context<'_>,
    found: &Found<'_>,
    input: &Input,
    limit: usize,
) -> Result<Url, ProviderError> {
    let mut url = context.teller.url(&["accounts", &found.account.id, "transactions"])?;
    let mut query = url.query_pairs_mut();
    query.append_pair("count", &limit.to_string());
    for (name, value) in
        [("from_id", &input.cursor), ("start_date", &input.start_date), ("end_date", &input.end_date)]
    {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    drop(query);
    Ok(url)
}
