//! Calls under a key of the caller, which happen once.

use std::{collections::BTreeMap, time::Duration};

use bailee_core::{
    ExposeSecret as _, ProviderError, ProviderKey, SealContext, SealPurpose, StoreError, ToolOutput,
    VaultError,
    store::{CallKey, CallState},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ToolError, builtin::invalid, dispatch::Dispatch, engine::hex, journal::of_error, twice::twice};

/// Results of calls are of no provider.
const NO_PROVIDER: &str = "call";

/// For how long a result is kept under its key.
const RESULT_LIFETIME: Duration = Duration::from_hours(24);

/// What is kept of a call.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Of the arguments and the accounts, so that a key is not used for another call.
    digest: String,
    content: Value,
}

impl Dispatch {
    /// A call that writes, under the caller's key: carried out once, and answered with the same result from then on.
    ///
    /// A call whose outcome is unknown keeps its key: whoever repeats it is told to look first.
    pub(crate) async fn once(mut self, key: &str) -> Result<ToolOutput, ToolError> {
        let hash = self.key_hash(key);
        // Providers that tell repetitions apart must not do so across callers either.
        self.idempotency_key = Some(hex(&hash));
        let inner = self.bailee.inner();
        let claim = inner.random::<16>().map_err(|_| StoreError::Unavailable)?;
        let call = CallKey { owner: self.caller.owner(), tool: &self.entry.tool.name, hash: &hash };
        let begun = inner.stores.calls.begin_call(call, claim, RESULT_LIFETIME).await;
        if begun.is_err() {
            // It may have begun all the same, and nobody would end it.
            let _ = inner.stores.calls.forget_call(call, claim).await;
        }
        match begun? {
            CallState::First => {}
            CallState::Begun(age) => {
                // A call, with a refresh before it, takes no longer than this.
                let error = if age <= inner.timings.call * 2 + inner.timings.wait {
                    ToolError::InProgress
                } else {
                    ToolError::Provider(ProviderError::OutcomeUnknown)
                };
                return Err(self.noted(error).await);
            }
            CallState::Ended(sealed) => {
                return match self.kept(&hash, &sealed) {
                    Ok(output) => {
                        inner.note(self.line_of_repetition()).await;
                        Ok(output)
                    }
                    Err(error) => Err(self.noted(error).await),
                };
            }
        }
        let result = match self.lives().await {
            Ok(lives) => self.write(lives).await,
            Err(error) => Err(error),
        };
        if let Err(error) = self.settle(call, claim, &result).await {
            tracing::warn!(%error, "the result of a call is not kept: its key stays taken");
        }
        result
    }

    /// Keeps a result under its key, or gives the key back where nothing was done.
    async fn settle(
        &self,
        call: CallKey<'_>,
        claim: [u8; 16],
        result: &Result<ToolOutput, ToolError>,
    ) -> Result<(), StoreError> {
        let calls = &self.bailee.inner().stores.calls;
        match result {
            Ok(output) => {
                let sealed = self.seal(call.hash, output).map_err(|_| StoreError::Unavailable)?;
                twice(|| calls.end_call(call, claim, sealed.clone())).await.map(drop)
            }
            Err(ToolError::Provider(ProviderError::OutcomeUnknown | ProviderError::Malformed { .. })) => {
                Ok(())
            }
            Err(_) => calls.forget_call(call, claim).await.map(drop),
        }
    }

    async fn noted(&self, error: ToolError) -> ToolError {
        self.bailee.inner().note(of_error(self.line(), &error)).await;
        error
    }

    /// Who asks is part of it: another profile or thread cannot find the result by guessing the key.
    fn key_hash(&self, key: &str) -> [u8; 32] {
        let thread = self.caller.thread().map_or("", |thread| thread.as_str());
        // Neither profiles nor threads hold a control character.
        let text = format!("{}\0{thread}\0{key}", self.caller.profile());
        self.bailee.inner().vault.digest(text.as_bytes())
    }

    fn call_digest(&self) -> String {
        let accounts: Vec<String> = self.chosen.iter().map(ToString::to_string).collect();
        let text = format!("{}\0{}", accounts.join(","), ordered(&self.arguments));
        hex(&self.bailee.inner().vault.digest(text.as_bytes()))
    }

    fn seal(&self, hash: &[u8; 32], output: &ToolOutput) -> Result<bailee_core::Sealed, VaultError> {
        let kept = Kept { digest: self.call_digest(), content: output.content.clone() };
        let text = serde_json::to_vec(&kept).map_err(|_| VaultError::Failed)?;
        self.in_context(hash, |context| self.bailee.inner().vault.seal(&context, &text))
    }

    fn kept(&self, hash: &[u8; 32], sealed: &[u8]) -> Result<ToolOutput, ToolError> {
        // A result that cannot be read any more is of a call that happened.
        let unknown = ToolError::Provider(ProviderError::OutcomeUnknown);
        let opened = self.in_context(hash, |context| self.bailee.inner().vault.open(&context, sealed));
        let text = opened.map_err(|_| unknown.clone())?;
        let kept: Kept = serde_json::from_slice(text.expose_secret()).map_err(|_| unknown)?;
        if kept.digest == self.call_digest() {
            Ok(ToolOutput::new(kept.content))
        } else {
            Err(ToolError::Provider(invalid("/idempotency_key", "was used for another call")))
        }
    }

    fn in_context<T>(
        &self,
        hash: &[u8; 32],
        work: impl FnOnce(SealContext<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let provider = ProviderKey::new(NO_PROVIDER).map_err(|_| VaultError::Failed)?;
        work(SealContext {
            purpose: SealPurpose::Idempotency,
            owner: self.caller.owner(),
            id: &hex(hash),
            provider: &provider,
            epoch: 1,
        })
    }
}

/// The same value with the members of its objects in the order of their names: a host may build `serde_json` so that they
/// keep the order in which they came, which means nothing (RFC 8259 §4).
fn ordered(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(ordered).collect(),
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            Value::Object(members.into_iter().map(|(name, value)| (name.clone(), ordered(value))).collect())
        }
        other => other.clone(),
    }
}
