//! Accounts that are joined by a widget of the provider.

use std::{fmt, sync::Arc};

use bailee_core::{
    Action, ConnectKind, ExposeSecret, Lifecycle, ProviderError, Scope, SecretString, Session, store::Take,
};

use crate::{
    Bailee, Connected, Error,
    join::{JoinedAccount, Joining},
};

/// What the page sends when a widget is done.
#[derive(Clone)]
pub struct WidgetCallback {
    /// The provider: its key or an alias.
    pub provider: String,
    /// The word that the widget was given.
    pub word: SecretString,
    /// What the widget handed over: a JSON object.
    pub fields: SecretString,
    /// The value of the browser's nonce cookie.
    pub nonce: Option<SecretString>,
    /// The verifier that the page kept.
    pub verifier: Option<SecretString>,
}

impl fmt::Debug for WidgetCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WidgetCallback").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl Bailee {
    /// Finishes a connect whose widget is done.
    ///
    /// # Errors
    /// - [`Error::HumanNeeded`]; nothing is used up.
    /// - [`Error::LinkInvalid`] when word, provider, owner or browser do not match, or it was used or expired.
    /// - [`Error::Provider`] when what the widget handed over is not what the provider signed.
    #[tracing::instrument(name = "bailee.widget_callback", skip_all, fields(provider = %callback.provider), err(level = "debug"))]
    pub async fn widget_callback(
        &self,
        session: &Session,
        callback: WidgetCallback,
    ) -> Result<Connected, Error> {
        self.require_human(session, Action::Connect).await?;
        let inner = self.inner();
        let provider = Arc::clone(inner.provider(&callback.provider).ok_or(Error::LinkInvalid)?);
        let key = &provider.descriptor().key;
        if provider.descriptor().connect != ConnectKind::Widget {
            return Err(ProviderError::Unsupported.into());
        }
        inner.forms.check(key, &callback.fields)?;
        let proofs = inner.proofs(callback.nonce.as_ref(), callback.verifier.as_ref());
        let take = Take {
            state_hash: inner.vault.digest(callback.word.expose_secret().as_bytes()),
            provider: key,
            owner: &session.owner,
            proofs: &proofs,
            handle_hash: None,
        };
        let flow = inner.stores.pending.take(take).await?.ok_or(Error::LinkInvalid)?;
        let existing = match flow.reconnect {
            Some(id) => inner.stores.integrations.find(&session.owner, id).await?,
            None => None,
        };
        let joining = Joining {
            owner: session.owner.clone(),
            existing: existing.filter(|row| row.lifecycle != Lifecycle::Disconnecting),
            provider,
            word: callback.word,
            fields: callback.fields,
            scope: Scope::All,
            bound_profile: None,
        };
        let JoinedAccount { integration, reconnected, .. } = self.carry(joining).await?;
        Ok(Connected { integration, reconnected })
    }
}
