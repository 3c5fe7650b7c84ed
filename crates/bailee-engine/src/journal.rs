//! Lines of the ledger.

use std::time::Duration;

use bailee_core::{
    Action, Actor, IntegrationId, LedgerDetails, LedgerEntry, LedgerId, LedgerRecord, Outcome, Owner,
    ProfileId, ProviderError, ProviderKey, Refusal, Session, StoreError, ThreadId, ToolName,
    store::{Completion, LedgerFilter},
};

use crate::{Bailee, Error, ToolError, engine::Inner, telemetry, twice::twice};

/// A line that is being put together.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) owner: Owner,
    pub(crate) action: Action,
    pub(crate) outcome: Outcome,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) profile: Option<ProfileId>,
    pub(crate) thread: Option<ThreadId>,
    pub(crate) tool: Option<ToolName>,
    pub(crate) provider: Option<ProviderKey>,
    pub(crate) integration: Option<IntegrationId>,
    pub(crate) details: LedgerDetails,
    /// How a call ended that is written when it has ended.
    pub(crate) ended: Option<Completion>,
}

impl Line {
    pub(crate) fn new(owner: &Owner, action: Action, outcome: Outcome) -> Self {
        Self {
            owner: owner.clone(),
            action,
            outcome,
            refusal: None,
            profile: None,
            thread: None,
            tool: None,
            provider: None,
            integration: None,
            details: LedgerDetails::default(),
            ended: None,
        }
    }
}

/// The line of a call that ended with an error.
pub(crate) fn of_error(mut line: Line, error: &ToolError) -> Line {
    line.outcome = outcome(error);
    if let ToolError::Refused { refusal, .. } = error {
        line.refusal = Some(*refusal);
    }
    line
}

/// How a call that ended with an error ended.
pub(crate) const fn outcome(error: &ToolError) -> Outcome {
    match error {
        ToolError::Refused { .. } => Outcome::Denied,
        ToolError::Provider(ProviderError::OutcomeUnknown) => Outcome::Unknown,
        ToolError::Limited(_) | ToolError::Provider(ProviderError::RateLimited { .. }) => {
            Outcome::RateLimited
        }
        _ => Outcome::ToolError,
    }
}

/// How a dispatched call ended.
pub(crate) fn completion(
    result: &Result<bailee_core::ToolOutput, ToolError>,
    latency: Duration,
    token_refreshed: bool,
) -> Completion {
    let failed = |error| Completion {
        outcome: outcome(error),
        latency,
        bytes_out: 0,
        truncated: false,
        provider_status: match error {
            ToolError::Provider(ProviderError::Rejected { status, .. }) => Some(*status),
            _ => None,
        },
        provider_request_id: None,
        token_refreshed,
    };
    result.as_ref().map_or_else(failed, |output| Completion {
        outcome: Outcome::Ok,
        latency,
        bytes_out: size(&output.content),
        truncated: output.content.get("truncated").and_then(serde_json::Value::as_bool).unwrap_or_default(),
        provider_status: None,
        provider_request_id: output.request_id.clone(),
        token_refreshed,
    })
}

/// As compact JSON, without making it.
fn size(value: &serde_json::Value) -> u64 {
    struct Counter(u64);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // A counter takes everything.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

impl Bailee {
    /// Refuses whoever is not a person, and writes that into the ledger: for what widens what agents can do.
    ///
    /// # Errors
    /// [`Error::HumanNeeded`].
    pub async fn require_human(&self, session: &Session, action: Action) -> Result<(), Error> {
        if session.actor == Actor::Human {
            return Ok(());
        }
        self.inner().note(Line::new(&session.owner, action, Outcome::Denied)).await;
        Err(Error::HumanNeeded)
    }

    /// A page of what was done and refused, the newest first; `limit` is cut to 1 ..= [`Bailee::MAX_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ledger(
        &self,
        owner: &Owner,
        filter: &LedgerFilter,
        before: Option<LedgerId>,
        limit: u32,
    ) -> Result<Vec<LedgerRecord>, StoreError> {
        self.inner().stores.ledger.entries(owner, filter, before, limit.clamp(1, Self::MAX_PAGE)).await
    }
}

impl Inner {
    /// Writes a line of what has happened or was refused. A ledger that is down is told to the log: what happened cannot
    /// be taken back.
    pub(crate) async fn note(&self, line: Line) {
        if let Err(error) = self.write(line).await {
            telemetry::ledger_error();
            tracing::error!(%error, "a line of the ledger is lost");
        }
    }

    /// Writes a line and returns its id.
    pub(crate) async fn write(&self, line: Line) -> Result<LedgerId, StoreError> {
        if let Some(refusal) = line.refusal {
            telemetry::refused(refusal);
        }
        let id = self.ledger_id().map_err(|_| StoreError::Unavailable)?;
        tracing::info!(
            target: "bailee.ledger",
            action = %line.action,
            outcome = %line.outcome,
            ledger.id = %id,
            owner = %line.owner,
            refusal = line.refusal.map(Refusal::as_str),
            profile = line.profile.as_ref().map(ProfileId::as_str),
            thread = line.thread.as_ref().map(ThreadId::as_str),
            tool = line.tool.as_ref().map(ToolName::as_str),
            integration.id = line.integration.map(tracing::field::display),
            "ledger"
        );
        let entry = LedgerEntry {
            id,
            owner: line.owner,
            action: line.action,
            outcome: line.outcome,
            refusal: line.refusal,
            profile: line.profile,
            thread: line.thread,
            tool: line.tool,
            provider: line.provider,
            integration: line.integration,
            details: line.details,
            ended: line.ended,
        };
        twice(|| self.stores.ledger.append(entry.clone())).await?;
        Ok(id)
    }

    /// Says how a call ended.
    pub(crate) async fn complete(&self, id: LedgerId, completion: Completion) {
        let outcome = completion.outcome;
        match twice(|| self.stores.ledger.complete_entry(id, completion.clone())).await {
            Ok(_) => tracing::info!(target: "bailee.ledger", outcome = %outcome, ledger.id = %id, "ledger"),
            Err(error) => {
                telemetry::ledger_error();
                tracing::error!(ledger.id = %id, %error, "the end of a call is not in the ledger");
            }
        }
    }
}
