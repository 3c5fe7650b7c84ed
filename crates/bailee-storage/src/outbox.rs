use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{
    Account, ClientId, Outbox, OutboxId, OutboxItem, OutboxJob, OutboxMessage, Owner, ProviderKey, StoreError,
};

use crate::{
    SqlStore, connect::millis, entity::OutboxRow, error::Failure, row::Record, statement::Statement,
    transaction::SqlTransaction, value::Value,
};

static ADD: Statement = Statement::new(
    "INSERT INTO outbox (id, kind, integration_id, organization_id, user_id, provider, client, account_id, \
     account_label, secret, created_ms, due_ms, attempts, claim) \
     VALUES (:id, :kind, :integration, :organization, :user, :provider, :client, :account, \
     :label, :secret, {now}, {now} + :delay, 0, NULL)",
);

pub(crate) static DUE: Statement = Statement::selecting(
    OutboxRow::COLUMNS,
    "SELECT {columns} FROM outbox WHERE due_ms <= {now_once} ORDER BY created_ms, id LIMIT :limit",
);

// A claim puts the moment off at which the message is due: one that lapses is due again.
pub(crate) static CLAIM: Statement = Statement::new(
    "UPDATE outbox SET claim = :claim, due_ms = {now} + :duration \
     WHERE id = :id AND due_ms = :seen AND attempts = :attempts AND due_ms <= {now}",
);

static COMPLETE: Statement = Statement::new("DELETE FROM outbox WHERE id = :id");

pub(crate) static POSTPONE: Statement = Statement::new(
    "UPDATE outbox SET claim = NULL, due_ms = {now} + :delay, attempts = attempts + 1 \
     WHERE id = :id AND claim = :claim",
);

#[async_trait]
impl Outbox for SqlStore {
    async fn add(&self, message: OutboxMessage, delay: Duration) -> Result<(), StoreError> {
        let id = message.id.to_string();
        let columns = Columns::of(&message.job)?;
        match self.writer().await?.execute(&ADD, &columns.values(&id, delay)).await {
            Err(StoreError::Conflict) => Ok(()),
            result => result.map(drop),
        }
    }

    async fn claim(
        &self,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let writer = self.writer().await?;
        let due: Vec<OutboxRow> = writer.fetch(&DUE, &[("limit", i64::from(limit).into())]).await?;
        let mut claimed = Vec::with_capacity(due.len());
        for message in due {
            let id = message.message.id.to_string();
            let values = [
                ("id", Value::from(&id)),
                ("seen", message.due_ms.into()),
                ("attempts", message.attempts.into()),
                ("claim", Value::from(&claim)),
                ("duration", millis(duration).into()),
            ];
            if writer.execute(&CLAIM, &values).await? == 1 {
                claimed.push(message.claimed(claim));
            }
        }
        Ok(claimed)
    }

    async fn complete(&self, id: OutboxId) -> Result<(), StoreError> {
        let id = id.to_string();
        self.write_one(&COMPLETE, &[("id", Value::from(&id))]).await.map(drop)
    }

    async fn postpone(&self, id: OutboxId, claim: [u8; 16], delay: Duration) -> Result<bool, StoreError> {
        let id = id.to_string();
        let values =
            [("id", Value::from(&id)), ("claim", Value::from(&claim)), ("delay", millis(delay).into())];
        self.write_one(&POSTPONE, &values).await
    }
}

/// Writes a message as a part of a transaction.
pub(crate) async fn write(
    transaction: &mut SqlTransaction,
    message: &OutboxMessage,
    delay: Duration,
) -> Result<(), Failure> {
    let id = message.id.to_string();
    let columns = Columns::of(&message.job)?;
    transaction.execute(&ADD, &columns.values(&id, delay)).await?;
    Ok(())
}

/// A job as the columns of its row.
#[derive(Default)]
struct Columns<'a> {
    kind: &'static str,
    integration: Option<String>,
    owner: Option<&'a Owner>,
    provider: Option<&'a ProviderKey>,
    client: Option<&'a ClientId>,
    account: Option<&'a Account>,
    sealed: Option<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(job: &'a OutboxJob) -> Result<Self, Failure> {
        match job {
            OutboxJob::Disconnect { integration } => {
                Ok(Self { kind: "disconnect", integration: Some(integration.to_string()), ..Self::default() })
            }
            OutboxJob::Notify { owner, integration, provider, sealed } => Ok(Self {
                kind: "notify",
                integration: Some(integration.to_string()),
                owner: Some(owner),
                provider: Some(provider),
                sealed: Some(sealed),
                ..Self::default()
            }),
            OutboxJob::RevokeGrant { owner, provider, client, account, sealed } => Ok(Self {
                kind: "revoke_grant",
                integration: None,
                owner: Some(owner),
                provider: Some(provider),
                client: client.as_ref(),
                account: Some(account),
                sealed: Some(sealed),
            }),
            _ => Err(Failure::refused("outbox job")),
        }
    }

    fn values<'v>(&'v self, id: &'v str, delay: Duration) -> [(&'static str, Value<'v>); 11] {
        let organization = self.owner.and_then(Owner::organization);
        [
            ("id", id.into()),
            ("kind", self.kind.into()),
            ("integration", self.integration.as_deref().into()),
            ("organization", organization.map(AsRef::as_ref).into()),
            ("user", self.owner.map(|owner| owner.user_id().as_str()).into()),
            ("provider", self.provider.map(ProviderKey::as_str).into()),
            ("client", self.client.map(ClientId::as_str).into()),
            ("account", self.account.map(|account| account.id.as_str()).into()),
            ("label", self.account.and_then(|account| account.label.as_deref()).into()),
            ("secret", self.sealed.into()),
            ("delay", millis(delay).into()),
        ]
    }
}
