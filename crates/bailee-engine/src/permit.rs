use std::sync::Arc;

use bailee_core::{Action, Caller, Effect, IntegrationId, Outcome, ProviderError, Refusal, Tool, ToolOutput};
use serde_json::Value;

use crate::{
    Bailee, Limit, ToolError,
    catalogue::Entry,
    dispatch::Dispatch,
    engine::Inner,
    journal::{Line, of_error},
};

/// What is known of the request that a call came with: words for the ledger, which decide nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOrigin {
    /// Which credential the caller had, as the host names it. Never the credential itself.
    pub auth_id: Option<String>,
    /// The client, as it names itself.
    pub client: Option<String>,
    /// The version of the protocol that the client speaks.
    pub protocol_version: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// The trace that the request belongs to (W3C Trace Context, `traceparent`).
    pub traceparent: Option<String>,
}

/// Proof that scope and flags were checked for one call of one tool. Spent by calling.
///
/// ```compile_fail,E0382
/// # async fn twice(permit: bailee_engine::Permit) {
/// let first = permit.call(serde_json::json!({})).await;
/// let second = permit.call(serde_json::json!({})).await; // a permit is spent by calling
/// # }
/// ```
#[must_use = "a permit allows a call and is none"]
#[derive(Debug)]
pub struct Permit {
    bailee: Bailee,
    caller: Caller,
    entry: Arc<Entry>,
    integrations: Vec<IntegrationId>,
    /// The versions of the integrations that were looked at.
    versions: Vec<i64>,
    /// What the ledger is told of every outcome.
    line: Line,
}

impl Bailee {
    /// Asks for one call of one tool, by the rules of [`decide`](bailee_core::decide) on state that is read now.
    ///
    /// # Errors
    /// - [`ToolError::Limited`] when more is asked for than [`Limits`](crate::Limits) allow.
    /// - [`ToolError::Refused`] with the rule that refused; for the owner's own agent with the page where the owner can
    ///   mend it, where they can. Every refusal is in the ledger.
    /// - [`ToolError::Store`].
    pub async fn authorize(&self, caller: &Caller, tool: &str) -> Result<Permit, ToolError> {
        self.authorize_from(caller, tool, CallOrigin::default()).await
    }

    /// As [`Bailee::authorize`], with what the ledger shall know of the request.
    ///
    /// # Errors
    /// As [`Bailee::authorize`].
    pub async fn authorize_from(
        &self,
        caller: &Caller,
        tool: &str,
        origin: CallOrigin,
    ) -> Result<Permit, ToolError> {
        let inner = self.inner();
        let entry = inner.catalogue.get(tool);
        let mut line = Line::of(caller, entry.map(Arc::as_ref), origin);
        // Before anything is looked up: a flood of refusals would fill the ledger as well.
        inner.allow(caller, Limit::ToolCalls, Some(&line)).await?;
        let snapshot = inner.snapshot(caller).await?;
        line.details.flags_version = caller.thread().map(|_| snapshot.thread.version);
        line.details.counterpart = inner.counterpart(caller).await;
        let resolved = entry.ok_or(Refusal::UnknownTool);
        match resolved.and_then(|entry| Ok((entry, snapshot.resolve(caller, entry)?))) {
            Ok((entry, rows)) => Ok(Permit {
                bailee: self.clone(),
                caller: caller.clone(),
                entry: Arc::clone(entry),
                integrations: rows.iter().map(|row| row.id).collect(),
                versions: rows.iter().map(|row| row.version).collect(),
                line,
            }),
            Err(refusal) => {
                inner.note(Line { refusal: Some(refusal), ..line }).await;
                Err(inner.refused(caller, refusal))
            }
        }
    }
}

impl Permit {
    /// The tool.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        &self.entry.tool
    }

    /// Who may call it.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The integrations that were granted.
    #[must_use]
    pub fn integrations(&self) -> &[IntegrationId] {
        &self.integrations
    }

    /// Calls the tool, once.
    ///
    /// # Behaviour
    /// - With several granted integrations, `/integration_id` of the arguments names one of them. Without it a tool that
    ///   reads gets all of them.
    /// - A call that writes is carried out once for each `/idempotency_key` of the caller, and answered with the same
    ///   result for a day; the key is handed on to providers that can tell repetitions apart too.
    /// - The result is without control characters, and cut to 40,000 characters of compact JSON.
    /// - Arguments are checked against the schema of the tool before anything else happens.
    /// - Flags, scope and state are read once more just before the dispatch: what was taken back meanwhile is refused.
    /// - A call that writes is in the ledger before it is dispatched, and once dispatched it is carried out and recorded
    ///   also when this future is dropped; [`Background::shutdown`](crate::Background::shutdown) waits for it.
    /// - A token that the provider refuses is refreshed once, and the call then repeated: nothing was carried out.
    ///
    /// # Errors
    /// See [`ToolError`].
    #[tracing::instrument(name = "bailee.call", skip_all, fields(tool = %self.entry.tool.name), err(level = "debug"))]
    pub async fn call(self, arguments: Value) -> Result<ToolOutput, ToolError> {
        let Self { bailee, caller, entry, integrations, versions, mut line } = self;
        let slot = bailee.inner().enter(&caller, &line).await?;
        let Meant { chosen, idempotency_key, arguments } = match meant(&entry, &integrations, arguments) {
            Ok(meant) => meant,
            Err((error, named)) => {
                line.integration = named;
                bailee.inner().note(of_error(line, &error)).await;
                return Err(error);
            }
        };
        if let [only] = chosen.as_slice() {
            let version = integrations.iter().zip(versions).find(|(id, _)| *id == only);
            line.details.integration_version = version.map(|(_, version)| version);
            line.integration = Some(*only);
        }
        let effect = entry.tool.effect;
        let dispatch = Dispatch {
            bailee: bailee.clone(),
            caller,
            entry,
            chosen,
            line,
            idempotency_key: idempotency_key.clone(),
            arguments,
            _slot: slot,
        };
        match (effect, idempotency_key) {
            (Effect::Read, _) => dispatch.read().await,
            (Effect::Write, Some(key)) => {
                // All of it goes on without its caller: a key that was taken must come to an end.
                let writing = bailee.inner().flights.spawn(async move { dispatch.once(&key).await });
                writing.await.unwrap_or(Err(ToolError::Provider(ProviderError::OutcomeUnknown)))
            }
            (Effect::Write, None) => {
                let lives = dispatch.lives().await?;
                let writing = bailee.inner().flights.spawn(async move { dispatch.write(lives).await });
                // It was cut off with its runtime.
                writing.await.unwrap_or(Err(ToolError::Provider(ProviderError::OutcomeUnknown)))
            }
        }
    }
}

/// The longest idempotency key, in bytes.
pub(crate) const LONGEST_KEY: usize = 255;

/// What a call means.
struct Meant {
    chosen: Vec<IntegrationId>,
    idempotency_key: Option<String>,
    /// Those of the tool itself.
    arguments: Value,
}

/// Takes out of the arguments what is the same for all tools.
fn meant(
    entry: &Entry,
    granted: &[IntegrationId],
    mut arguments: Value,
) -> Result<Meant, (ToolError, Option<IntegrationId>)> {
    let invalid = |pointer: &str, problem| {
        (ToolError::Provider(ProviderError::InvalidArguments { pointer: pointer.to_owned(), problem }), None)
    };
    let mut take = |name, applies: bool| match arguments.as_object_mut().filter(|_| applies) {
        Some(members) => members.remove(name),
        None => None,
    };
    let named = take("integration_id", entry.provider().is_some());
    let idempotency_key = match take("idempotency_key", entry.tool.effect == Effect::Write) {
        None => None,
        Some(Value::String(key)) if (1..=LONGEST_KEY).contains(&key.len()) => Some(key),
        Some(_) => return Err(invalid("/idempotency_key", "is not a text of 1 to 255 bytes")),
    };
    entry.arguments.check(&arguments).map_err(|error| (ToolError::Provider(error), None))?;
    let id: Option<IntegrationId> = match named {
        None => None,
        Some(Value::String(text)) => {
            Some(text.parse().map_err(|_| invalid("/integration_id", "is not the id of an integration"))?)
        }
        Some(_) => return Err(invalid("/integration_id", "is of the wrong type")),
    };
    match id {
        Some(id) if granted.contains(&id) => Ok(Meant { chosen: vec![id], idempotency_key, arguments }),
        // Unknown, foreign, out of scope: all the same.
        Some(id) => Err((ToolError::Refused { refusal: Refusal::NotConnected, connect_url: None }, Some(id))),
        None if granted.len() > 1 && entry.tool.effect == Effect::Write => {
            Err((ToolError::Ambiguous { choices: granted.to_vec() }, None))
        }
        None => Ok(Meant { chosen: granted.to_vec(), idempotency_key, arguments }),
    }
}

impl Inner {
    /// Who is at the other end of the caller's thread, as far as the host knows.
    async fn counterpart(&self, caller: &Caller) -> Option<String> {
        let counterpart = self.at_the_other_end(caller.owner(), caller.thread()?).await.ok().flatten();
        counterpart.map(|counterpart| counterpart.name)
    }

    /// A refusal as the caller gets it.
    pub(crate) fn refused(&self, caller: &Caller, refusal: Refusal) -> ToolError {
        let mendable =
            matches!(refusal, Refusal::MissingGrant | Refusal::NotConnected | Refusal::NotUsable(_));
        let page = || self.return_url(crate::builder::DEFAULT_RETURN_TARGET);
        ToolError::Refused {
            refusal,
            connect_url: if mendable && !caller.is_counterpart() { page() } else { None },
        }
    }
}

impl Line {
    /// A call that is refused, until more is known.
    fn of(caller: &Caller, entry: Option<&Entry>, origin: CallOrigin) -> Self {
        let mut line = Self::new(caller.owner(), Action::Call, Outcome::Denied);
        line.profile = Some(caller.profile().clone());
        line.thread = caller.thread().cloned();
        line.tool = entry.map(|entry| entry.tool.name.clone());
        line.provider = entry.and_then(Entry::provider).map(|provider| provider.descriptor().key.clone());
        let sets = entry.into_iter().flat_map(|entry| entry.tool.scopes.iter());
        line.details.scopes_required = sets.map(|set| set.as_str().to_owned()).collect();
        let CallOrigin { auth_id, client, protocol_version, request_id, traceparent } = origin;
        line.details.auth_id = auth_id;
        line.details.client = client;
        line.details.protocol_version = protocol_version;
        line.details.request_id = request_id;
        line.details.traceparent = traceparent;
        line
    }
}
