use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, Failure, Found, MAX_NAME, page, word};
use crate::{arguments, text::clean, tool::Draft};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "teller_list_accounts";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
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
    /// The accounts.
    accounts: Vec<BankAccount>,
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
struct BankAccount {
    /// The integration that it is of.
    integration_id: String,
    /// The id for the other tools.
    account_id: String,
    /// The bank.
    institution: String,
    /// Its name at the bank.
    name: String,
    /// Depository or credit.
    r#type: String,
    /// For example checking, savings or `credit_card`.
    subtype: String,
    /// Open or closed.
    status: String,
    /// Of its amounts, as ISO 4217 writes it.
    currency: String,
    /// The last digits of its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_four: Option<String>,
    /// Whether the bank tells its balances.
    has_balances: bool,
    /// Whether the bank tells its transactions.
    has_transactions: bool,
}

impl BankAccount {
    fn read(found: &Found<'_>) -> Self {
        let account = &found.account;
        Self {
            integration_id: found.integration_id(),
            account_id: word(&account.id),
            institution: clean(&account.institution.name, MAX_NAME).0,
            name: clean(&account.name, MAX_NAME).0,
            r#type: word(&account.kind),
            subtype: word(&account.subtype),
            status: word(&account.status),
            currency: word(&account.currency),
            last_four: account.last_four.as_deref().map(word),
            has_balances: account.links.balances.is_some(),
            has_transactions: account.links.transactions.is_some(),
        }
    }
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "List bank accounts",
        description: "Lists the user's bank accounts of all granted enrollments, without balances. Use it first to get \
                      the account_id that the other tools take. Returns bank, name, type, currency and the last digits; \
                      never full account numbers.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: &[],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /accounts"],
        page: "https://teller.io/docs/api/accounts",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let (found, failures) = context.accounts().await?;
    let (found, truncated) = page(found, input.cursor.as_deref(), input.limit)?;
    let accounts: Vec<BankAccount> = found.iter().map(BankAccount::read).collect();
    let last = found.last().map(|found| found.account.id.clone());
    let shown = failures.shown();
    failures.output(&Output { accounts, failures: shown, next_cursor: last.filter(|_| truncated), truncated })
}
