use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{
    ClientId, ConnectRequest, ConnectRequestId, FlowId, Owner, Parked, ParkedAnswer, PendingFlow,
    PendingStore, ProviderKey, StoreError, UserId,
    store::{FlowLimits, Take},
};
use chrono::{DateTime, Utc};

use crate::{
    SqlStore,
    connect::millis,
    entity::{Flow, Number},
    error::Failure,
    row::Record,
    statement::Statement,
    transaction::SqlTransaction,
    value::Value,
};

// Until the transaction ends, nobody else counts: limits hold and flows have an order.
pub(crate) static COUNT_UP: Statement =
    Statement::new("UPDATE bailee_counters SET value = value + 1 WHERE name = 'oauth_flows'");

static NUMBER: Statement = Statement::new("SELECT value FROM bailee_counters WHERE name = 'oauth_flows'");

static NOW: Statement = Statement::new("SELECT {now}");

// The inner query stands in a FROM, as MySQL deletes from no table that it selects from.
pub(crate) static GIVE_WAY: Statement = Statement::new(
    "DELETE FROM oauth_flows WHERE owner_key = :owner AND provider = :provider AND id NOT IN \
     (SELECT id FROM (SELECT id FROM oauth_flows WHERE owner_key = :owner AND provider = :provider \
     ORDER BY number DESC LIMIT :room) AS staying)",
);

pub(crate) static ALIVE: Statement =
    Statement::new("SELECT COUNT(*) FROM oauth_flows WHERE expires_ms > :now");

pub(crate) static PUT: Statement = Statement::new(
    "INSERT INTO oauth_flows (id, number, state_hash, owner_key, organization_id, user_id, provider, client, \
     redirect_uri, verifier, issuer, issuer_required, requested, return_to, proof_kind, proof_hash, reconnect_id, \
     handle_hash, parked_code, parked_error, expires_ms) \
     VALUES (:id, :number, :state, :owner, :organization, :user, :provider, :client, \
     :redirect_uri, :verifier, :issuer, :issuer_required, :requested, :return_to, :proof_kind, :proof, :reconnect, \
     :handle, :code, :error, :expires)",
);

pub(crate) static PEEK: Statement = Statement::selecting(
    Flow::COLUMNS,
    "SELECT {columns} FROM oauth_flows WHERE state_hash = :state AND provider = :provider AND expires_ms > {now}",
);

pub(crate) static PARK: Statement = Statement::new(
    "UPDATE oauth_flows SET handle_hash = :handle, parked_code = :code, parked_error = :error \
     WHERE id = :id AND handle_hash IS NULL AND expires_ms > {now}",
);

pub(crate) static FIND: Statement = Statement::selecting(
    Flow::COLUMNS,
    "SELECT {columns} FROM oauth_flows \
     WHERE state_hash = :state AND owner_key = :owner AND provider = :provider AND expires_ms > {now}",
);

pub(crate) static TAKE: Statement = Statement::new(
    "DELETE FROM oauth_flows WHERE id = :id AND state_hash = :state AND owner_key = :owner AND provider = :provider \
     AND proof_kind = :proof_kind AND proof_hash = :proof \
     AND ((:direct AND handle_hash IS NULL) OR handle_hash = :handle) AND expires_ms > {now}",
);

#[async_trait]
impl PendingStore for SqlStore {
    async fn put(
        &self,
        flow: PendingFlow,
        lifetime: Duration,
        limits: FlowLimits,
    ) -> Result<DateTime<Utc>, StoreError> {
        match self.try_put(&flow, lifetime, limits).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.try_put(&flow, lifetime, limits).await?)
    }

    async fn peek(
        &self,
        state_hash: &[u8; 32],
        provider: &ProviderKey,
    ) -> Result<Option<PendingFlow>, StoreError> {
        let values = [("state", Value::from(state_hash)), ("provider", provider.as_str().into())];
        let found: Option<Flow> = self.read_one(&PEEK, &values).await?;
        Ok(found.map(|flow| flow.0))
    }

    async fn park(&self, id: FlowId, parked: Parked) -> Result<bool, StoreError> {
        let id = id.to_string();
        let (code, error) = answer(&parked.answer);
        let values = [
            ("id", Value::from(&id)),
            ("handle", Value::from(&parked.handle_hash)),
            ("code", code.into()),
            ("error", error.into()),
        ];
        self.write_one(&PARK, &values).await
    }

    async fn take<'a>(&self, take: Take<'a>) -> Result<Option<PendingFlow>, StoreError> {
        let owner = take.owner.key();
        let [state, owner, provider] = [
            ("state", Value::from(&take.state_hash)),
            ("owner", owner.as_str().into()),
            ("provider", take.provider.as_str().into()),
        ];
        let Some(Flow(flow)) = self.read_one(&FIND, &[state, owner, provider]).await? else {
            return Ok(None);
        };
        if !take.proofs.contains(&flow.proof) {
            return Ok(None);
        }
        // Everything again, in the statement that decides.
        let id = flow.id.to_string();
        let values = [
            state,
            owner,
            provider,
            ("id", Value::from(&id)),
            ("proof_kind", Flow::proof_word(&flow.proof).into()),
            ("proof", Value::from(flow.proof.hash())),
            ("direct", take.handle_hash.is_none().into()),
            ("handle", take.handle_hash.as_ref().map(<[u8; 32]>::as_slice).into()),
        ];
        Ok(self.write_one(&TAKE, &values).await?.then_some(flow))
    }

    async fn put_request(
        &self,
        request: ConnectRequest,
        lifetime: Duration,
        most: u32,
    ) -> Result<DateTime<Utc>, StoreError> {
        match self.write_request(&request, lifetime, most).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.write_request(&request, lifetime, most).await?)
    }

    async fn request(
        &self,
        owner: &Owner,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError> {
        self.find_request(owner, id).await
    }

    async fn request_to_user(
        &self,
        user: &UserId,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError> {
        self.find_request_to_user(user, id).await
    }

    async fn take_request(&self, owner: &Owner, id: ConnectRequestId) -> Result<bool, StoreError> {
        self.use_request(owner, id).await
    }
}

impl SqlStore {
    async fn try_put(
        &self,
        flow: &PendingFlow,
        lifetime: Duration,
        limits: FlowLimits,
    ) -> Result<DateTime<Utc>, Failure> {
        let mut transaction = self.writer().await?.begin().await?;
        let put = put(&mut transaction, flow, lifetime, limits).await;
        transaction.end(put).await
    }
}

async fn put(
    transaction: &mut SqlTransaction,
    flow: &PendingFlow,
    lifetime: Duration,
    limits: FlowLimits,
) -> Result<DateTime<Utc>, Failure> {
    transaction.execute(&COUNT_UP, &[]).await?;
    let number = one(transaction.fetch(&NUMBER, &[]).await?)?;
    let now = one(transaction.fetch(&NOW, &[]).await?)?;
    make_room(transaction, flow, now, limits).await?;
    let expires_ms = now.saturating_add(millis(lifetime));
    let expires_at = DateTime::from_timestamp_millis(expires_ms).ok_or_else(|| Failure::refused("clock"))?;
    write(transaction, flow, number, expires_ms).await?;
    Ok(expires_at)
}

async fn make_room(
    transaction: &mut SqlTransaction,
    flow: &PendingFlow,
    now: i64,
    limits: FlowLimits,
) -> Result<(), Failure> {
    let owner = flow.owner.key();
    let room = limits.per_owner_and_provider.saturating_sub(1);
    let values = [
        ("owner", owner.as_str().into()),
        ("provider", Value::from(flow.provider.as_str())),
        ("room", i64::from(room).into()),
    ];
    transaction.execute(&GIVE_WAY, &values).await?;
    let alive = one(transaction.fetch(&ALIVE, &[("now", now.into())]).await?)?;
    if alive >= i64::from(limits.total) {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}

async fn write(
    transaction: &mut SqlTransaction,
    flow: &PendingFlow,
    number: i64,
    expires_ms: i64,
) -> Result<(), Failure> {
    let (id, owner) = (flow.id.to_string(), flow.owner.key());
    let reconnect = flow.reconnect.map(|id| id.to_string());
    let issuer = flow.issuer.as_ref();
    let parked = flow.parked.as_ref();
    let (code, error) = parked.map_or((None, None), |parked| answer(&parked.answer));
    let values = [
        ("id", Value::from(&id)),
        ("number", number.into()),
        ("state", Value::from(&flow.state_hash)),
        ("owner", owner.as_str().into()),
        ("organization", flow.owner.organization().map(AsRef::as_ref).into()),
        ("user", flow.owner.user_id().as_str().into()),
        ("provider", flow.provider.as_str().into()),
        ("client", flow.client.as_ref().map(ClientId::as_str).into()),
        ("redirect_uri", Value::from(&flow.redirect_uri)),
        ("verifier", Value::from(&flow.verifier)),
        ("issuer", issuer.map(|issuer| issuer.identifier.as_str()).into()),
        ("issuer_required", issuer.is_some_and(|issuer| issuer.required).into()),
        ("requested", flow.requested.as_str().into()),
        ("return_to", Value::from(&flow.return_to)),
        ("proof_kind", Flow::proof_word(&flow.proof).into()),
        ("proof", Value::from(flow.proof.hash())),
        ("reconnect", reconnect.as_deref().into()),
        ("handle", parked.map(|parked| parked.handle_hash.as_slice()).into()),
        ("code", code.into()),
        ("error", error.into()),
        ("expires", expires_ms.into()),
    ];
    transaction.execute(&PUT, &values).await?;
    Ok(())
}

/// For columns `parked_code` and `parked_error`.
fn answer(answer: &ParkedAnswer) -> (Option<&[u8]>, Option<&str>) {
    match answer {
        ParkedAnswer::Code(code) => (Some(code), None),
        ParkedAnswer::Error(error) => (None, Some(error)),
    }
}

fn one(mut numbers: Vec<Number>) -> Result<i64, Failure> {
    let number = numbers.pop().ok_or_else(|| Failure::refused("counter"))?;
    Ok(number.0)
}
