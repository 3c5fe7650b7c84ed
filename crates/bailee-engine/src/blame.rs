//! What the answer to a call says of the credentials that it was made with.

use bailee_core::{
    Effect, Integration, IntegrationId, OAuthScopes, ProviderError, Refusal, Status, StatusReason,
    ToolOutput, store::Verdict,
};

use crate::{Live, ToolError, dispatch::Dispatch, events::Subject};

impl Dispatch {
    /// Calls. Tokens that the provider refuses are refreshed once, and the call then repeated.
    pub(crate) async fn answered(
        &self,
        mut lives: Vec<Live>,
        rows: &[&Integration],
        refreshed: &mut bool,
    ) -> Result<ToolOutput, ToolError> {
        let first = self.timed(&lives, rows).await;
        let (mut renewed, mut dead) = (false, None);
        for live in with_refused_token(&first, &mut lives) {
            match self.bailee.rejected(live).await {
                Ok(newer) => {
                    *live = newer;
                    renewed = true;
                }
                Err(error) => dead = Some(error),
            }
        }
        *refreshed |= renewed;
        match dead {
            Some(error) if first.is_err() => return Err(self.without_token(error)),
            _ => {}
        }
        // What wrote for some of the accounts must not write again.
        if !renewed || (first.is_ok() && self.entry.tool.effect == Effect::Write) {
            return self.told(first, &lives).await;
        }
        let second = self.timed(&lives, rows).await;
        for live in with_refused_token(&second, &mut lives) {
            // Notes that the provider refuses a fresh token.
            let _ = self.bailee.rejected(live).await;
        }
        if second == Err(ProviderError::TokenRejected) {
            return Err(self.bailee.inner().refused(&self.caller, Refusal::NotUsable(Status::Invalid)));
        }
        self.told(second, &lives).await
    }

    /// A result as the caller learns it. What the provider says of a grant is noted.
    async fn told(
        &self,
        result: Result<ToolOutput, ProviderError>,
        lives: &[Live],
    ) -> Result<ToolOutput, ToolError> {
        let is_gone = |live: &&Live| match &result {
            Ok(output) => {
                named(output, live.integration(), |error| matches!(error, ProviderError::GrantRevoked { .. }))
            }
            Err(error) => matches!(error, ProviderError::GrantRevoked { .. }),
        };
        for live in lives.iter().filter(is_gone) {
            self.gone(live).await;
        }
        if let Err(ProviderError::MissingGrant { scopes }) = &result {
            self.learn(scopes).await;
        }
        result.map_err(|error| self.failed(error))
    }

    /// Notes that the provider no longer accepts a grant.
    async fn gone(&self, live: &Live) {
        let (inner, owner, id) = (self.bailee.inner(), self.caller.owner(), live.integration());
        let reason = Some(StatusReason::Revoked);
        let verdict = Verdict { status: Status::Invalid, reason, secret_epoch: live.epoch() };
        let subject = Subject { owner, provider: live.provider(), integration: id };
        if let Err(error) = inner.judge(subject, verdict).await {
            tracing::warn!(integration.id = %id, %error, "a grant that is gone is not noted");
        }
    }

    /// Notes OAuth scopes that the provider missed, so that the tool is not offered before the owner grants them.
    async fn learn(&self, scopes: &OAuthScopes) {
        // Of several accounts it is not known which one it was.
        let [id] = self.chosen.as_slice() else { return };
        let inner = self.bailee.inner();
        let owner = self.caller.owner();
        let Ok(Some(row)) = inner.stores.integrations.find(owner, *id).await else { return };
        let missed = if scopes.is_empty() { self.entry.tool.scopes.alone() } else { scopes.clone() };
        let lacking = row.lacking.union(&missed);
        if lacking == row.lacking {
            return;
        }
        match inner.stores.integrations.set_lacking(owner, *id, row.version, lacking).await {
            Ok(_) => inner.announce(owner),
            Err(error) => tracing::warn!(integration.id = %id, %error, "missing OAuth scopes are not noted"),
        }
    }
}

/// Those whose token was refused: all of them, or those that the output names.
fn with_refused_token<'a>(
    result: &'a Result<ToolOutput, ProviderError>,
    lives: &'a mut [Live],
) -> impl Iterator<Item = &'a mut Live> {
    lives.iter_mut().filter(move |live| match result {
        Ok(output) => named(output, live.integration(), |error| *error == ProviderError::TokenRejected),
        Err(error) => *error == ProviderError::TokenRejected,
    })
}

fn named(output: &ToolOutput, id: IntegrationId, is: impl Fn(&ProviderError) -> bool) -> bool {
    output.rejected.iter().any(|(rejected, error)| *rejected == id && is(error))
}
