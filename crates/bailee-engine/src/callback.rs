use std::fmt;

use bailee_core::{
    Action, BrowserProof, ExposeSecret, Integration, Owner, Parked, ParkedAnswer, PendingFlow, Provider,
    SealContext, SealPurpose, SecretString, Session, UserId, store::Take,
};
use url::Url;

use crate::{
    Bailee, Error, InputProblem,
    engine::{Inner, hex},
};

/// The longest authorization code that is taken. RFC 6749 sets none; the longest seen is a few hundred bytes.
const LONGEST_CODE: usize = 4096;

/// What a provider sent back with the browser.
#[derive(Clone)]
pub struct Returned {
    /// The provider whose callback was called: its key or an alias.
    pub provider: String,
    /// The `state`.
    pub state: SecretString,
    /// The authorization code, on success.
    pub code: Option<SecretString>,
    /// The error word, on failure.
    pub error: Option<String>,
    /// The issuer (RFC 9207).
    pub iss: Option<String>,
}

impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returned").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// What the page sends to finish a connect that was handed over to it.
#[derive(Clone)]
pub struct Callback {
    /// The provider: its key or an alias.
    pub provider: String,
    /// The `state`, as the page's address shows it.
    pub state: SecretString,
    /// The single-use handle, as the page's address shows it.
    pub handle: SecretString,
    /// The value of the browser's nonce cookie.
    pub nonce: Option<SecretString>,
    /// The verifier that the page kept.
    pub verifier: Option<SecretString>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// What became of a browser that returned from a provider.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "one value for each callback, moved once")]
pub enum Arrival {
    /// It was the browser that began, and its user is signed in: connected.
    Finished {
        /// The integration.
        connected: Connected,
        /// Where to go on.
        location: Url,
    },
    /// The answer waits for the page, which must prove itself.
    HandedOver {
        /// The page, with the single-use handle. Not for logs.
        location: Url,
    },
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished { connected, .. } => {
                f.debug_struct("Finished").field("connected", connected).finish()
            }
            Self::HandedOver { .. } => f.write_str("HandedOver(..)"),
        }
    }
}

/// A finished connect.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The integration.
    pub integration: Integration,
    /// Whether it was there before.
    pub reconnected: bool,
}

impl Bailee {
    /// Takes a browser that returned from a provider, at `<base_url>/api/oauth/<provider>/callback`.
    ///
    /// With the session and the nonce cookie that began the flow, it finishes here. Any other arrival uses up nothing
    /// of the user's: the answer is sealed into the flow, once, and waits for the page.
    ///
    /// # Errors
    /// - [`Error::LinkInvalid`]: unknown, used, expired or foreign `state`, or an answer of another issuer.
    /// - [`Error::Invalid`] names `code`.
    /// - [`Error::ConsentDenied`], [`Error::AccountMismatch`], [`Error::HumanNeeded`], [`Error::Provider`] from a
    ///   flow that finishes here. While the provider is known to be down, nothing is used up.
    #[tracing::instrument(name = "bailee.arrived", skip_all, fields(provider = %returned.provider), err(level = "debug"))]
    pub async fn arrived(
        &self,
        returned: Returned,
        session: Option<&Session>,
        nonce: Option<&SecretString>,
    ) -> Result<Arrival, Error> {
        let inner = self.inner();
        let (provider, state_hash) = inner.flow_key(&returned.provider, &returned.state)?;
        let key = &provider.descriptor().key;
        let answer = Answer::of(&returned)?;
        let flow = inner.stores.pending.peek(&state_hash, key).await?.ok_or(Error::LinkInvalid)?;
        if flow.issuer.as_ref().is_some_and(|issuer| issuer.check(returned.iss.as_deref()).is_err()) {
            tracing::warn!(flow.id = %flow.id, "an answer of another issuer was refused");
            return Err(Error::LinkInvalid);
        }
        if let (Some(session), Some(nonce)) = (session, nonce) {
            let proofs = [BrowserProof::Nonce(inner.vault.digest(nonce.expose_secret().as_bytes()))];
            if session.owner == flow.owner && proofs.contains(&flow.proof) {
                self.require_human(session, Action::Connect).await?;
                if matches!(answer, Answer::Code(_)) {
                    inner.can_exchange(provider.as_ref(), flow.client.as_ref())?;
                }
                let take = Take {
                    state_hash,
                    provider: key,
                    owner: &session.owner,
                    proofs: &proofs,
                    handle_hash: None,
                };
                let flow = inner.stores.pending.take(take).await?.ok_or(Error::LinkInvalid)?;
                let location = inner.return_url(&flow.return_to).ok_or(Error::LinkInvalid)?;
                let connected = self.finish(flow, answer).await?;
                return Ok(Arrival::Finished { connected, location });
            }
        }
        let location = inner.park(provider.as_ref(), &flow, &returned.state, answer).await?;
        Ok(Arrival::HandedOver { location })
    }

    /// Finishes a connect that was handed over to the page.
    ///
    /// # Errors
    /// - [`Error::HumanNeeded`] for a session that is not a person's; nothing is used up.
    /// - [`Error::LinkInvalid`] when state, handle, provider, owner or browser do not match, or it was used or
    ///   expired; nothing is used up.
    /// - [`Error::ConsentDenied`], [`Error::AccountMismatch`], [`Error::Provider`] as the provider answered. While it
    ///   is known to be down, nothing is used up.
    #[tracing::instrument(name = "bailee.callback", skip_all, fields(provider = %callback.provider), err(level = "debug"))]
    pub async fn callback(&self, session: &Session, callback: Callback) -> Result<Connected, Error> {
        self.require_human(session, Action::Connect).await?;
        let inner = self.inner();
        let (provider, state_hash) = inner.flow_key(&callback.provider, &callback.state)?;
        let key = &provider.descriptor().key;
        let peeked = inner.stores.pending.peek(&state_hash, key).await?;
        let coded = |flow: &PendingFlow| {
            let answer = flow.parked.as_ref().map(|parked| &parked.answer);
            flow.owner == session.owner && matches!(answer, Some(ParkedAnswer::Code(_)))
        };
        if let Some(flow) = peeked.filter(coded) {
            inner.can_exchange(provider.as_ref(), flow.client.as_ref())?;
        }
        let proofs = inner.proofs(callback.nonce.as_ref(), callback.verifier.as_ref());
        let take = Take {
            state_hash,
            provider: key,
            owner: &session.owner,
            proofs: &proofs,
            handle_hash: Some(inner.vault.digest(callback.handle.expose_secret().as_bytes())),
        };
        let flow = inner.stores.pending.take(take).await?.ok_or(Error::LinkInvalid)?;
        let answer = inner.parked_answer(&flow)?;
        self.finish(flow, answer).await
    }

    /// Whose flow a `state` belongs to, told only to the user who began it: so that a face can check again that the
    /// user may act in the organization that the flow names.
    ///
    /// # Errors
    /// [`Error::LinkInvalid`] when it is unknown, used, expired or another user's.
    pub async fn flow_owner(
        &self,
        provider: &str,
        state: &SecretString,
        user: &UserId,
    ) -> Result<Owner, Error> {
        let (provider, state_hash) = self.inner().flow_key(provider, state)?;
        let flow = self.inner().stores.pending.peek(&state_hash, &provider.descriptor().key).await?;
        flow.map(|flow| flow.owner).filter(|owner| owner.user_id() == user).ok_or(Error::LinkInvalid)
    }
}

/// What the provider answered, checked for its form.
pub(crate) enum Answer {
    Code(SecretString),
    Denied(&'static str),
}

impl Answer {
    fn of(returned: &Returned) -> Result<Self, Error> {
        match (&returned.error, &returned.code) {
            (Some(error), None) => Ok(Self::Denied(error_word(error))),
            (None, Some(code)) => {
                let text = code.expose_secret();
                let problem = if text.is_empty() {
                    InputProblem::Missing
                } else if text.len() > LONGEST_CODE {
                    InputProblem::TooLong
                } else if text.chars().any(char::is_control) {
                    InputProblem::Malformed
                } else {
                    return Ok(Self::Code(code.clone()));
                };
                Err(Error::invalid("code", problem))
            }
            (Some(_), Some(_)) => Err(Error::invalid("code", InputProblem::NotApplicable)),
            (None, None) => Err(Error::invalid("code", InputProblem::Missing)),
        }
    }
}

/// The provider's word where RFC 6749 §4.1.2.1 or OpenID Connect Core §3.1.2.6 knows it, or several providers say it.
/// Its text is never repeated.
fn error_word(word: &str) -> &'static str {
    const WORDS: [&str; 14] = [
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unauthorized_scope_error",
        "unsupported_response_type",
        "user_cancelled_authorize",
        "user_cancelled_login",
    ];
    WORDS.into_iter().find(|known| *known == word).unwrap_or("other")
}

impl Inner {
    /// What a finishing browser proves itself with.
    pub(crate) fn proofs(
        &self,
        nonce: Option<&SecretString>,
        verifier: Option<&SecretString>,
    ) -> Vec<BrowserProof> {
        let digest = |secret: &SecretString| self.vault.digest(secret.expose_secret().as_bytes());
        let nonce = nonce.map(|nonce| BrowserProof::Nonce(digest(nonce)));
        nonce.into_iter().chain(verifier.map(|verifier| BrowserProof::Challenge(digest(verifier)))).collect()
    }

    fn flow_key(
        &self,
        provider: &str,
        state: &SecretString,
    ) -> Result<(&std::sync::Arc<dyn Provider>, [u8; 32]), Error> {
        // An unknown provider answers like an unknown state: the callback is open to everybody.
        let provider = self.provider(provider).ok_or(Error::LinkInvalid)?;
        Ok((provider, self.vault.digest(state.expose_secret().as_bytes())))
    }

    /// Seals the answer into the flow and makes the address of the page that fetches it.
    async fn park(
        &self,
        provider: &dyn Provider,
        flow: &PendingFlow,
        state: &SecretString,
        answer: Answer,
    ) -> Result<Url, Error> {
        let handle = self.random::<32>()?;
        let handle = SecretString::from(hex(&handle));
        let (answer, denied) = match answer {
            Answer::Code(code) => {
                let id = flow.id.to_string();
                let sealed = self.vault.seal(&flow_context(flow, &id), code.expose_secret().as_bytes())?;
                (ParkedAnswer::Code(sealed.bytes), None)
            }
            Answer::Denied(word) => (ParkedAnswer::Error(word.to_owned()), Some(word)),
        };
        let parked = Parked { handle_hash: self.vault.digest(handle.expose_secret().as_bytes()), answer };
        if !self.stores.pending.park(flow.id, parked).await? {
            return Err(Error::LinkInvalid);
        }
        let mut location = self.return_url(&flow.return_to).ok_or(Error::LinkInvalid)?;
        if let Ok(mut path) = location.path_segments_mut() {
            path.extend([provider.descriptor().key.as_str(), "callback"]);
        }
        location
            .query_pairs_mut()
            .append_pair("code", handle.expose_secret())
            .append_pair("state", state.expose_secret())
            .extend_pairs(denied.map(|word| ("error", word)));
        Ok(location)
    }

    fn parked_answer(&self, flow: &PendingFlow) -> Result<Answer, Error> {
        match flow.parked.as_ref().map(|parked| &parked.answer) {
            Some(ParkedAnswer::Code(sealed)) => {
                let id = flow.id.to_string();
                let code = self.vault.open(&flow_context(flow, &id), sealed)?;
                let code = std::str::from_utf8(code.expose_secret()).map_err(|_| Error::LinkInvalid)?;
                Ok(Answer::Code(SecretString::from(code)))
            }
            Some(ParkedAnswer::Error(word)) => Ok(Answer::Denied(error_word(word))),
            None => Err(Error::LinkInvalid),
        }
    }

    pub(crate) fn pkce_verifier(&self, flow: &PendingFlow) -> Result<SecretString, Error> {
        let id = flow.id.to_string();
        let context = SealContext { purpose: SealPurpose::PkceVerifier, epoch: 1, ..flow_context(flow, &id) };
        let verifier = self.vault.open(&context, &flow.verifier)?;
        std::str::from_utf8(verifier.expose_secret()).map(SecretString::from).map_err(|_| Error::LinkInvalid)
    }
}

/// The code of a flow is sealed beside its verifier: the epochs 1 and 2 keep them apart.
fn flow_context<'a>(flow: &'a PendingFlow, id: &'a str) -> SealContext<'a> {
    SealContext {
        purpose: SealPurpose::PkceVerifier,
        owner: &flow.owner,
        id,
        provider: &flow.provider,
        epoch: 2,
    }
}
