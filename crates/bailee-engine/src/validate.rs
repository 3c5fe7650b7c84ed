use bailee_core::{
    Integration, Lifecycle, Owner, Provider, ProviderError, Status, StatusReason, Validate, store::Verdict,
};

use crate::{
    Bailee, Error, Limit, Live, TokenError, Which,
    engine::Inner,
    gate::Way,
    token::{Ask, Policy},
};

/// A fresh verdict.
#[derive(Clone, Debug)]
pub struct Validated {
    /// Whether the provider took the credential just now.
    pub is_valid: bool,
    /// The integration with the verdict.
    pub integration: Integration,
}

impl Bailee {
    /// Asks the provider whether the credential works, and keeps the verdict. An expired token is refreshed first; a
    /// refused one is refreshed once.
    ///
    /// # Errors
    /// - [`Error::Limited`] when the owner asks too often. What validates are is not in the ledger, nor is this.
    /// - [`Error::NotFound`], [`Error::UnknownProvider`], or [`Error::Ambiguous`] with the choices.
    /// - [`Error::Store`]. A provider that cannot be asked is no error: the verdict is [`Status::Unknown`].
    #[tracing::instrument(name = "bailee.validate", skip_all, err(level = "debug"))]
    pub async fn validate<'a>(
        &self,
        owner: &Owner,
        which: impl Into<Which<'a>> + Send,
    ) -> Result<Validated, Error> {
        self.inner().allow(owner, Limit::Validates, None).await?;
        self.validated(owner, which.into()).await
    }

    /// As [`Bailee::validate`], without counting it.
    pub(crate) async fn validated(&self, owner: &Owner, which: Which<'_>) -> Result<Validated, Error> {
        let row = self.inner().to_validate(owner, which).await?;
        let provider =
            std::sync::Arc::clone(self.inner().provider_of(&row.provider).ok_or(Error::UnknownProvider)?);
        let (status, reason, epoch) = self.verdict(owner, &row, provider.as_ref()).await?;
        if let Some(secret_epoch) = epoch {
            let verdict = Verdict { status, reason, secret_epoch };
            self.inner().judge((&row).into(), verdict).await?;
        }
        let integration = self.integration(owner, row.id).await?.ok_or(Error::NotFound)?;
        Ok(Validated {
            is_valid: integration.status == Status::Valid && status == Status::Valid,
            integration,
        })
    }

    /// The verdict, and the epoch of the token that it is about.
    async fn verdict(
        &self,
        owner: &Owner,
        row: &Integration,
        provider: &dyn Provider,
    ) -> Result<(Status, Option<StatusReason>, Option<i64>), Error> {
        let ask = Ask::of(owner, row.id, Policy::Internal);
        let mut live = match self.ask(ask).await {
            Ok(live) => live,
            Err(TokenError::Store(error)) => return Err(error.into()),
            Err(TokenError::NotConnected | TokenError::UnknownProvider) => return Err(Error::NotFound),
            // The store says so already.
            Err(TokenError::NeedsReconnect { reason, .. }) => {
                return Ok((Status::Invalid, Some(reason), None));
            }
            Err(error) => return self.unknown(row, error.reason()).await,
        };
        let mut answer = self.probe(provider, row, &live).await;
        if answer == Err(ProviderError::TokenRejected) {
            live = match self.rejected(&live).await {
                Ok(live) => live,
                Err(TokenError::NeedsReconnect { reason, .. }) => {
                    return Ok((Status::Invalid, Some(reason), Some(live.epoch())));
                }
                Err(error) => return self.unknown(row, error.reason()).await,
            };
            answer = self.probe(provider, row, &live).await;
        }
        let (status, reason) = match answer {
            Ok(Some(account)) if account != row.account.id => {
                (Status::Invalid, Some(StatusReason::AccountDiffers))
            }
            // Without a probe, a live token is all that can be known.
            Ok(_) | Err(ProviderError::Unsupported) => (Status::Valid, None),
            Err(ProviderError::GrantRevoked { .. }) => (Status::Invalid, Some(StatusReason::Revoked)),
            Err(ProviderError::TokenRejected) => (Status::Invalid, Some(StatusReason::Rejected)),
            Err(_) => (Status::Unknown, Some(StatusReason::Unavailable)),
        };
        Ok((status, reason, Some(live.epoch())))
    }

    async fn probe(
        &self,
        provider: &dyn Provider,
        row: &Integration,
        live: &Live,
    ) -> Result<Option<bailee_core::AccountId>, ProviderError> {
        let inner = self.inner();
        let way = Way::api(&row.provider, live.client(), Some(row.id));
        let probe = || {
            provider.validate(Validate {
                access_token: live.token(),
                further: live.all_further(),
                account: &row.account,
                config: &row.config,
            })
        };
        let validation = inner.repeatedly(&way, inner.timings.request, probe).await?;
        Ok(validation.account.map(|account| account.id))
    }

    async fn unknown(
        &self,
        row: &Integration,
        reason: Option<StatusReason>,
    ) -> Result<(Status, Option<StatusReason>, Option<i64>), Error> {
        let epoch = self.inner().stores.credentials.read(row.id).await?.map(|row| row.secret_epoch);
        Ok((Status::Unknown, reason.or(Some(StatusReason::Unavailable)), epoch))
    }
}

impl Inner {
    async fn to_validate(&self, owner: &Owner, which: Which<'_>) -> Result<Integration, Error> {
        let live = |row: &Integration| row.lifecycle != Lifecycle::Disconnecting;
        let mut rows = match which {
            Which::Id(id) => self.stores.integrations.find(owner, id).await?.into_iter().collect(),
            Which::Provider(name) => {
                let key = &self.named(name)?.descriptor().key;
                self.stores.integrations.of_provider(owner, key).await?
            }
        };
        rows.retain(live);
        if rows.len() > 1 {
            return Err(Error::Ambiguous { choices: rows.iter().map(|row| row.id).collect() });
        }
        rows.into_iter().next().ok_or(Error::NotFound)
    }
}
