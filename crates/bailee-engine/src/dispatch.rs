//! A call, from its tokens to its line in the ledger.

use std::sync::Arc;

use bailee_core::{
    Caller, Effect, Integration, IntegrationId, LedgerId, MacPurpose, Outcome, ProviderError, Refusal,
    Status, ToolAccount, ToolCall, ToolOutput, store::Completion,
};
use serde_json::Value;

use crate::{
    Bailee, Live, TokenError, ToolError,
    catalogue::{Entry, Source},
    engine::hex,
    gate::Way,
    journal::{Line, completion, of_error},
    output::fit,
    quota::Slot,
    telemetry,
    token::{Ask, Policy},
};

/// A call whose arguments fit.
pub(crate) struct Dispatch {
    pub(crate) bailee: Bailee,
    pub(crate) caller: Caller,
    pub(crate) entry: Arc<Entry>,
    pub(crate) chosen: Vec<IntegrationId>,
    /// What the ledger is told of every outcome.
    pub(crate) line: Line,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) arguments: Value,
    /// Held to the end of the call, also when its caller goes away.
    pub(crate) _slot: Slot,
}

impl Dispatch {
    /// A token for each account.
    pub(crate) async fn lives(&self) -> Result<Vec<Live>, ToolError> {
        let mut lives = Vec::with_capacity(self.chosen.len());
        for id in &self.chosen {
            let ask = Ask::of(self.caller.owner(), *id, Policy::Caller(self.caller.clone()));
            match self.bailee.ask(ask).await {
                Ok(live) => lives.push(live),
                Err(error) => {
                    let error = self.without_token(error);
                    self.bailee.inner().note(of_error(self.line(), &error)).await;
                    return Err(error);
                }
            }
        }
        Ok(lives)
    }

    /// A call that reads: in the ledger when it has ended.
    pub(crate) async fn read(&self) -> Result<ToolOutput, ToolError> {
        let lives = self.lives().await?;
        let inner = self.bailee.inner();
        let begun = inner.clock.monotonic();
        let (result, refreshed) = self.checked(lives).await;
        if let Err(error @ ToolError::Refused { .. }) = &result {
            inner.note(of_error(self.line(), error)).await;
            return result;
        }
        let ended = completion(&result, inner.clock.monotonic().saturating_sub(begun), refreshed);
        telemetry::called(self.line.provider.as_ref(), ended.outcome, ended.latency);
        inner.note(Line { outcome: ended.outcome, ended: Some(ended), ..self.line() }).await;
        result
    }

    /// A call that writes: in the ledger before it is dispatched.
    pub(crate) async fn write(&self, lives: Vec<Live>) -> Result<ToolOutput, ToolError> {
        let inner = self.bailee.inner();
        let mut line = self.line();
        line.outcome = Outcome::Started;
        let id = inner.write(line).await?;
        let begun = inner.clock.monotonic();
        let (result, token_refreshed) = self.checked(lives).await;
        let took = inner.clock.monotonic().saturating_sub(begun);
        self.end(id, completion(&result, took, token_refreshed)).await;
        result
    }

    async fn end(&self, id: LedgerId, completion: Completion) {
        telemetry::called(self.line.provider.as_ref(), completion.outcome, completion.latency);
        self.bailee.inner().complete(id, completion).await;
    }

    /// Looks once more, and calls. Tells too whether a token was refreshed for it.
    async fn checked(&self, lives: Vec<Live>) -> (Result<ToolOutput, ToolError>, bool) {
        let mut refreshed = lives.iter().any(Live::refreshed);
        (self.looked_at(lives, &mut refreshed).await, refreshed)
    }

    async fn looked_at(&self, lives: Vec<Live>, refreshed: &mut bool) -> Result<ToolOutput, ToolError> {
        let inner = self.bailee.inner();
        let snapshot = inner.snapshot(&self.caller).await?;
        let rows = snapshot
            .resolve(&self.caller, &self.entry)
            .map_err(|refusal| inner.refused(&self.caller, refusal))?;
        if let Some(gone) = self.chosen.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
            tracing::debug!(integration.id = %gone, "access was taken back between check and call");
            return Err(inner.refused(&self.caller, Refusal::NotConnected));
        }
        self.answered(lives, &rows, refreshed).await
    }

    /// Within the time that a call may take.
    pub(crate) async fn timed(
        &self,
        lives: &[Live],
        rows: &[&Integration],
    ) -> Result<ToolOutput, ProviderError> {
        let inner = self.bailee.inner();
        let limit = inner.timings.call;
        let outcome = match &self.entry.source {
            Source::Builtin(_) | Source::Host(_) => inner.within(limit, self.carry_out(lives, rows)).await,
            Source::Provider(provider) => {
                // All of them are of one owner; what holds back one of them may hold back the others.
                let first = lives.first();
                let (client, account) = (first.and_then(Live::client), first.map(Live::integration));
                let way = Way::api(&provider.descriptor().key, client, account);
                match self.entry.tool.effect {
                    Effect::Read => inner.repeatedly(&way, limit, || self.carry_out(lives, rows)).await,
                    Effect::Write => inner.through(&way, limit, self.carry_out(lives, rows)).await,
                }
            }
        };
        match outcome {
            // Nothing was changed, whether or not it was carried out.
            Err(ProviderError::OutcomeUnknown) if self.entry.tool.effect == Effect::Read => {
                Err(ProviderError::Unavailable { retry_after: None })
            }
            other => other,
        }
    }

    async fn carry_out(&self, lives: &[Live], rows: &[&Integration]) -> Result<ToolOutput, ProviderError> {
        let output = match &self.entry.source {
            Source::Builtin(builtin) => {
                let client = self.line.details.client.as_deref();
                builtin.call(&self.bailee, &self.caller, client, &self.arguments).await?
            }
            Source::Host(tool) => tool.call(&self.caller, &self.arguments).await?,
            Source::Provider(provider) => {
                let of = |live: &Live| rows.iter().find(|row| row.id == live.integration());
                let accounts: Vec<ToolAccount<'_>> = lives
                    .iter()
                    .filter_map(|live| {
                        Some(ToolAccount {
                            integration: live.integration(),
                            account: live.account(),
                            access_token: live.token(),
                            config: &of(live)?.config,
                        })
                    })
                    .collect();
                let unavailable = |_| ProviderError::Unavailable { retry_after: None };
                let id = self.bailee.inner().call_id().map_err(unavailable)?;
                let call = ToolCall {
                    tool: &self.entry.tool.name,
                    arguments: &self.arguments,
                    accounts: &accounts,
                    idempotency_key: self.idempotency_key.as_deref(),
                    id,
                    now: self.bailee.inner().clock.now(),
                };
                provider.call(call).await?
            }
        };
        if output.content.is_object() {
            Ok(fit(output, &self.entry.tool.output_schema))
        } else {
            Err(ProviderError::Malformed { problem: "the result of the tool is not an object" })
        }
    }

    /// What the provider says of the grant is the owner's to mend.
    pub(crate) fn failed(&self, error: ProviderError) -> ToolError {
        match error {
            ProviderError::MissingGrant { .. } => {
                self.bailee.inner().refused(&self.caller, Refusal::MissingGrant)
            }
            ProviderError::GrantRevoked { .. } => {
                self.bailee.inner().refused(&self.caller, Refusal::NotUsable(Status::Invalid))
            }
            other => ToolError::Provider(other),
        }
    }

    pub(crate) fn without_token(&self, error: TokenError) -> ToolError {
        let refused = |refusal| self.bailee.inner().refused(&self.caller, refusal);
        match error {
            TokenError::Disabled => refused(Refusal::Disabled),
            TokenError::NeedsReconnect { .. } => refused(Refusal::NotUsable(Status::Invalid)),
            TokenError::NotConnected | TokenError::UnknownProvider => refused(Refusal::NotConnected),
            TokenError::OutOfScope => refused(Refusal::OutOfScope),
            TokenError::Store(error) => ToolError::Store(error),
            other => ToolError::Token(other),
        }
    }

    /// The line of a call that was answered with the result of the one before it.
    pub(crate) fn line_of_repetition(&self) -> Line {
        let mut line = self.line();
        line.outcome = Outcome::Ok;
        line
    }

    pub(crate) fn line(&self) -> Line {
        let mut line = self.line.clone();
        let vault = &self.bailee.inner().vault;
        for (name, value) in self.arguments.as_object().into_iter().flatten() {
            let mac = vault.mac(MacPurpose::Arguments, value.to_string().as_bytes());
            line.details.arguments.insert(name.clone(), hex(&mac));
        }
        let key = self.idempotency_key.as_ref();
        line.details.idempotency_key =
            key.map(|key| hex(&vault.mac(MacPurpose::IdempotencyKey, key.as_bytes())));
        line
    }
}

/// For what is told of an integration to an agent.
pub(crate) fn summary(row: &Integration) -> Value {
    serde_json::json!({
        "integration_id": row.id.to_string(),
        "provider": row.provider.as_str(),
        "account": row.account.label.as_deref().unwrap_or_else(|| row.account.id.as_str()),
        "status": row.status.as_str(),
        "missing_scopes": row.missing().iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
