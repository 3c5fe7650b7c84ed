//! Rows of each table, as the words of the core.

mod agent_run;
mod agent_task;
mod connect_request;
mod event_row;
mod flow;
mod idempotency_key;
mod key_count;
mod leaving;
mod ledger_entry;
mod outbox_row;
mod owner_version;
mod scope;
mod thread_permission;
mod user_integration;
mod user_secret;

pub(crate) use event_row::{EventRow, RowState};
pub(crate) use flow::Flow;
pub(crate) use idempotency_key::Before;
pub(crate) use key_count::{NextKey, OfKey, OfKeyColumn, key_counts};
pub(crate) use leaving::MatchingRows;
pub(crate) use outbox_row::OutboxRow;
pub(crate) use owner_version::OwnerVersion;
pub(crate) use scope::{profiles_text, scope_word};
pub(crate) use thread_permission::OpenThread;
pub(crate) use user_integration::config_text;

use bailee_core::{Account, AccountId, InvalidId, OrganizationId, Owner, StoreError, UserId};

use crate::row::{Cells, Columns, Record};
use scope::scope;

/// Sorts behind every id: those are digits, lower-case letters and hyphens.
pub(crate) const AFTER_ALL_IDS: &str = "~";

/// One number, under the name `value`.
pub(crate) struct Number(pub(crate) i64);

impl Record for Number {
    const TABLE: &'static str = "(none)";
    const COLUMNS: &'static [&'static str] = &["value"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        cells.int().map(Self)
    }
}

/// Columns `organization_id`, `user_id`.
fn owner<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Owner, StoreError> {
    let organization = cells.parsed_or_null(OrganizationId::new)?;
    let user = cells.parsed(UserId::new)?;
    build_owner(organization, user).map_err(|_| cells.inconsistent())
}

fn build_owner(organization: Option<OrganizationId>, user: UserId) -> Result<Owner, InvalidId> {
    match organization {
        Some(organization) => Owner::member(organization, user),
        None => Owner::user(user),
    }
}

/// Columns `account_id`, `account_label`.
fn account<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Account, StoreError> {
    Ok(Account { id: cells.parsed(AccountId::new)?, label: cells.text_or_null()? })
}
