use std::{collections::BTreeMap, time::Duration};

use bailee_core::{
    Caller, Credential, IntegrationId, Lifecycle, Owner, RefreshMode, SecretString, Status, StatusReason,
    store::{CredentialRow, Selector, Verdict},
};
use chrono::DateTime;

use super::{Live, Policy, TokenError};
use crate::{
    Bailee, Which,
    engine::Inner,
    refresh::{Landed, Obtained, Outcome},
    telemetry,
};

/// One request for a token.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    owner: Owner,
    which: Selector,
    policy: Policy,
    /// How long the token must live; `None`: the default, and a shorter one is better than none.
    need: Option<Duration>,
}

impl Ask {
    pub(crate) fn of(owner: &Owner, id: IntegrationId, policy: Policy) -> Self {
        Self { owner: owner.clone(), which: Selector::Id(id), policy, need: None }
    }

    fn new(inner: &Inner, owner: &Owner, which: Which<'_>, policy: Policy) -> Result<Self, TokenError> {
        let which = inner.selector(which).ok_or(TokenError::UnknownProvider)?;
        Ok(Self { owner: owner.clone(), which, policy, need: None })
    }
}

impl Bailee {
    /// A live token of the owner's integration.
    ///
    /// One statement when the row is fresh. A token that is about to expire is handed out while it is alive and
    /// renewed in the background; an expired one is refreshed exactly once, however many callers in however many
    /// processes ask, and all of them get the result.
    ///
    /// # Errors
    /// See [`TokenError`]: each says what to do.
    pub async fn token<'a>(
        &self,
        owner: &Owner,
        which: impl Into<Which<'a>> + Send,
    ) -> Result<Live, TokenError> {
        self.ask(Ask::new(self.inner(), owner, which.into(), Policy::Owner)?).await
    }

    /// As [`Bailee::token`], for a token that lives at least `min_life` longer.
    ///
    /// # Errors
    /// See [`TokenError`]. A token that lives shorter is [`TokenError::Unavailable`], unless the provider issues no
    /// longer ones: then the newest is returned as it is.
    pub async fn token_for<'a>(
        &self,
        owner: &Owner,
        which: impl Into<Which<'a>> + Send,
        min_life: Duration,
    ) -> Result<Live, TokenError> {
        let ask = Ask::new(self.inner(), owner, which.into(), Policy::Owner)?;
        self.ask(Ask { need: Some(min_life), ..ask }).await
    }

    /// As [`Bailee::token`], for one of the owner's own agents: only within the scope of the integration.
    ///
    /// # Errors
    /// See [`TokenError`]. A counterpart is always [`TokenError::OutOfScope`], as is a profile that is not the owner's.
    pub async fn token_as<'a>(
        &self,
        caller: &Caller,
        which: impl Into<Which<'a>> + Send,
    ) -> Result<Live, TokenError> {
        if caller.is_counterpart() {
            return Err(TokenError::OutOfScope);
        }
        match self.inner().stranger(caller).await {
            Ok(None) => {}
            Ok(Some(_)) => return Err(TokenError::OutOfScope),
            Err(_) => return Err(TokenError::Unavailable { retry_after: None }),
        }
        let policy = Policy::Caller(caller.clone());
        self.ask(Ask::new(self.inner(), caller.owner(), which.into(), policy)?).await
    }

    /// Reports that the provider answered 401 to this token, and asks for a better one: the newer one where somebody
    /// refreshed meanwhile, else one forced refresh. What was allowed is checked again.
    ///
    /// # Errors
    /// See [`TokenError`]. A token that came from a forced refresh and is refused too is
    /// [`TokenError::NeedsReconnect`]: there is no loop.
    pub async fn rejected(&self, live: &Live) -> Result<Live, TokenError> {
        let row = self.row(&live.ask).await?;
        if row.secret_epoch == live.epoch && (live.forced || !row.refreshable) {
            let verdict = Verdict {
                status: Status::Invalid,
                reason: Some(StatusReason::Rejected),
                secret_epoch: live.epoch,
            };
            self.inner().judge((&row).into(), verdict).await?;
            return Err(TokenError::NeedsReconnect { integration: row.id, reason: StatusReason::Rejected });
        }
        let ask = Ask { which: Selector::Id(live.integration), ..live.ask.clone() };
        let mut newer = self.pursue(ask, Some(live.epoch)).await?;
        newer.forced = true;
        Ok(newer)
    }

    pub(crate) async fn ask(&self, ask: Ask) -> Result<Live, TokenError> {
        self.pursue(ask, None).await
    }

    async fn row(&self, ask: &Ask) -> Result<CredentialRow, TokenError> {
        ask.policy.choose(self.inner().stores.integrations.credentials(&ask.owner, &ask.which).await?)
    }

    /// Reads, decides, waits for a refresh where one is needed, and reads again: what was allowed before the wait is
    /// checked after it.
    #[tracing::instrument(name = "bailee.token", level = "debug", skip_all, err(level = "debug"))]
    async fn pursue(&self, ask: Ask, refused: Option<i64>) -> Result<Live, TokenError> {
        let inner = self.inner();
        let mut row = self.row(&ask).await?;
        let first_epoch = refused.unwrap_or(row.secret_epoch);
        let mut deadline = None;
        loop {
            let newer = row.secret_epoch != first_epoch;
            match inner.assess(&row, &ask, newer, refused == Some(row.secret_epoch))? {
                Standing::Good => return Ok(Live { refreshed: newer, ..inner.live(row, ask)? }),
                Standing::GoodButAgeing => {
                    inner.refresh_ahead(&row);
                    return inner.live(row, ask);
                }
                Standing::Expired => {}
            }
            let now = inner.clock.monotonic();
            let deadline = *deadline.get_or_insert(now + inner.timings.wait);
            let landed =
                inner.board(&row, refused == Some(row.secret_epoch), deadline.saturating_sub(now)).await;
            telemetry::waited(&row.provider, inner.clock.monotonic().saturating_sub(now));
            let reread = self.row(&ask).await;
            match (landed, reread) {
                (Some(Landed::Renewed(obtained)), Ok(fresh))
                    if fresh.secret_epoch < obtained.secret_epoch =>
                {
                    return Inner::unwritten(&fresh, &obtained, ask);
                }
                // The store is gone just now; what it allowed at the beginning of this very call is the last word.
                (Some(Landed::Renewed(obtained)), Err(TokenError::Store(_))) => {
                    return Inner::unwritten(&row, &obtained, ask);
                }
                (_, Err(error)) => return Err(error),
                (Some(Landed::Renewed(_) | Landed::Other(Outcome::Served | Outcome::Gone)), Ok(fresh)) => {
                    row = fresh;
                }
                (Some(Landed::Other(Outcome::Busy)), Ok(fresh)) if inner.clock.monotonic() < deadline => {
                    row = fresh;
                }
                (Some(Landed::Other(outcome)), Ok(fresh)) => {
                    return inner.failed(fresh, ask, refused, &outcome);
                }
                (None, Ok(fresh)) => return inner.failed(fresh, ask, refused, &Outcome::Busy),
            }
            if inner.clock.monotonic() >= deadline && row.secret_epoch == first_epoch {
                return inner.failed(row, ask, refused, &Outcome::Busy);
            }
        }
    }
}

enum Standing {
    Good,
    GoodButAgeing,
    Expired,
}

impl Inner {
    /// S0 and S1: what the row itself says.
    fn assess(
        &self,
        row: &CredentialRow,
        ask: &Ask,
        newer: bool,
        refused: bool,
    ) -> Result<Standing, TokenError> {
        if row.lifecycle == Lifecycle::NeedsReconnect {
            let reason = row.dead_reason.unwrap_or(StatusReason::Revoked);
            return Err(TokenError::NeedsReconnect { integration: row.id, reason });
        }
        if refused {
            return Ok(Standing::Expired);
        }
        let alive = row.lives_for(Duration::ZERO);
        // The newest token that there is, however short it lives.
        if alive && (newer || !row.refreshable) {
            return Ok(Standing::Good);
        }
        if !row.lives_for(ask.need.unwrap_or_else(|| self.floor(row))) {
            // A refresh failed a moment ago: what is alive is served until it may be tried again.
            let gated = row.next_refresh_ms > row.now_ms && alive && ask.need.is_none();
            return Ok(if gated { Standing::Good } else { Standing::Expired });
        }
        let ahead =
            self.provider_of(&row.provider).is_some_and(|p| p.descriptor().refresh == RefreshMode::Ahead);
        let ageing = ahead && row.refreshable && !row.lives_for(self.soft_margin(row));
        Ok(if ageing { Standing::GoodButAgeing } else { Standing::Good })
    }

    /// A refresh did not bring a token: the old one is served while it is alive, unless it was refused or a longer
    /// life was asked for.
    fn failed(
        &self,
        row: CredentialRow,
        ask: Ask,
        refused: Option<i64>,
        outcome: &Outcome,
    ) -> Result<Live, TokenError> {
        if row.lifecycle == Lifecycle::NeedsReconnect {
            let reason = row.dead_reason.unwrap_or(StatusReason::Revoked);
            return Err(TokenError::NeedsReconnect { integration: row.id, reason });
        }
        let usable =
            refused != Some(row.secret_epoch) && ask.need.is_none() && row.access_expires_ms.is_some();
        if usable && row.lives_for(Duration::ZERO) {
            return self.live(row, ask);
        }
        Err(match outcome {
            Outcome::Config => TokenError::Config,
            Outcome::NeedsReconnect(reason) => {
                TokenError::NeedsReconnect { integration: row.id, reason: *reason }
            }
            Outcome::Sealed(error) => TokenError::Vault(*error),
            Outcome::Store(error) => TokenError::Store(error.clone()),
            Outcome::Unavailable(retry_after) => TokenError::Unavailable { retry_after: *retry_after },
            Outcome::Busy | Outcome::Gone | Outcome::Renewed | Outcome::Served => {
                TokenError::Unavailable { retry_after: Some(Duration::from_secs(1)) }
            }
        })
    }

    fn live(&self, row: CredentialRow, ask: Ask) -> Result<Live, TokenError> {
        let Credential { access_token, extra, .. } = self.open_credential(&row)?;
        let further = self.further(&row.provider, extra);
        Ok(live(row, ask, access_token, further))
    }

    /// A token that was obtained and is not written yet.
    fn unwritten(row: &CredentialRow, obtained: &Obtained, ask: Ask) -> Result<Live, TokenError> {
        ask.policy.check(row)?;
        if obtained.access_expires_ms.is_some_and(|expires| expires <= row.now_ms) {
            return Err(TokenError::Unavailable { retry_after: None });
        }
        let row = CredentialRow {
            secret_epoch: obtained.secret_epoch,
            access_expires_ms: obtained.access_expires_ms,
            granted: obtained.granted.clone().or_else(|| row.granted.clone()),
            ..row.clone()
        };
        Ok(Live {
            refreshed: true,
            ..live(row, ask, obtained.access_token.clone(), obtained.further.clone())
        })
    }
}

fn live(row: CredentialRow, ask: Ask, token: SecretString, further: BTreeMap<String, SecretString>) -> Live {
    Live {
        token,
        further,
        integration: row.id,
        client: row.client,
        provider: row.provider,
        account: row.account,
        expires_at: row.access_expires_ms.and_then(DateTime::from_timestamp_millis),
        requested: row.requested,
        granted: row.granted,
        epoch: row.secret_epoch,
        ask,
        forced: false,
        refreshed: false,
    }
}
