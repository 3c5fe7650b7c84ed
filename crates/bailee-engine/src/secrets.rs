use bailee_core::{
    Action, Caller, Decision, ErrorKind, ExposeSecret, Outcome, Owner, ProviderKey, Refusal, Scope,
    SealContext, SealPurpose, Sealed, SecretId, SecretName, SecretString, Session, StoreError, Subject,
    ThreadPermissions, UserSecret, VaultError, Wanted, decide,
    store::{NewSecret, Resealed, SealedSecret, SecretChange},
};

use crate::{Bailee, Error, InputProblem, Limit, engine::Inner, journal::Line, update::reaches_more};

/// Named secrets are of no provider.
const NO_PROVIDER: &str = "secret";

/// Why a secret was not handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Withheld(Refusal);

/// Why there is no secret for a caller.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// There is none of that name for this caller: unknown, out of scope, or asked for by a counterpart.
    #[error("there is no such secret")]
    NotFound,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The value did not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl SecretError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
            Self::Vault(_) => ErrorKind::Config,
        }
    }
}

impl Bailee {
    /// The longest value of a secret, in bytes.
    pub const MAX_SECRET: usize = 64 * 1024;

    /// A page of the owner's secrets in the order of their ids, without the values; `limit` is cut to
    /// 1 ..= [`Bailee::MAX_PAGE`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn secrets(
        &self,
        owner: &Owner,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<UserSecret>, Error> {
        let limit = limit.clamp(1, Self::MAX_PAGE);
        Ok(self.inner().stores.secrets.list_secrets(owner, after, limit).await?)
    }

    /// Keeps a new secret.
    ///
    /// # Errors
    /// - [`Error::HumanNeeded`]; it is in the ledger. [`Error::Taken`] when the owner has one of that name.
    /// - [`Error::Invalid`] names `value` or `profile_ids`. [`Error::Limited`], [`Error::Store`], [`Error::Vault`].
    pub async fn create_secret(
        &self,
        session: &Session,
        name: SecretName,
        value: &SecretString,
        scope: Scope,
    ) -> Result<UserSecret, Error> {
        let inner = self.inner();
        inner.allow_write(session).await?;
        self.require_human(session, Action::SecretWrite).await?;
        check_value(value)?;
        inner.known_scope(&session.owner, Some(&scope)).await?;
        let id = inner.secret_id()?;
        let sealed = inner.seal_secret(&session.owner, id, 1, value)?;
        let new = NewSecret { id, owner: session.owner.clone(), name, scope, sealed };
        let secret = inner.stores.secrets.insert_secret(new).await.map_err(|error| match error {
            StoreError::Conflict => Error::Taken,
            other => Error::Store(other),
        })?;
        inner.note(line(session, Outcome::Ok, "created")).await;
        Ok(secret)
    }

    /// Changes the value of a secret, its scope, or both.
    ///
    /// # Behaviour
    /// - `version` is the one that was shown; `None` takes whatever is there.
    /// - A new value or a wider scope needs a person.
    ///
    /// # Errors
    /// As [`Bailee::create_secret`], and [`Error::NotFound`], [`Error::Stale`].
    pub async fn update_secret(
        &self,
        session: &Session,
        id: SecretId,
        version: Option<i64>,
        value: Option<&SecretString>,
        scope: Option<Scope>,
    ) -> Result<UserSecret, Error> {
        let inner = self.inner();
        inner.allow_write(session).await?;
        let secret = inner.stores.secrets.find_secret(&session.owner, id).await?.ok_or(Error::NotFound)?;
        if version.is_some_and(|version| version != secret.version) {
            return Err(Error::Stale);
        }
        inner.known_scope(&session.owner, scope.as_ref()).await?;
        let wider = scope.as_ref().is_some_and(|scope| reaches_more((&secret.scope, None), (scope, None)));
        if value.is_some() || wider {
            self.require_human(session, Action::SecretWrite).await?;
        }
        let sealed = match value {
            Some(value) => {
                check_value(value)?;
                Some(inner.seal_secret(&session.owner, id, secret.version + 1, value)?)
            }
            None => None,
        };
        let change = SecretChange { scope, sealed };
        let updated = inner.stores.secrets.update_secret(&session.owner, id, secret.version, change).await?;
        let updated = updated.ok_or(Error::Stale)?;
        inner.note(line(session, Outcome::Ok, "changed")).await;
        Ok(updated)
    }

    /// Erases a secret.
    ///
    /// # Errors
    /// [`Error::Limited`], [`Error::NotFound`], [`Error::Store`].
    pub async fn delete_secret(&self, session: &Session, id: SecretId) -> Result<(), Error> {
        let inner = self.inner();
        inner.allow_write(session).await?;
        if !inner.stores.secrets.delete_secret(&session.owner, id).await? {
            return Err(Error::NotFound);
        }
        inner.note(line(session, Outcome::Ok, "erased")).await;
        Ok(())
    }

    /// The value of a secret, for one of the owner's own agents and within the scope of the secret.
    ///
    /// # Errors
    /// See [`SecretError`]. A counterpart never gets one.
    pub async fn secret(&self, caller: &Caller, name: &SecretName) -> Result<SecretString, SecretError> {
        let inner = self.inner();
        let found = match inner.stranger(caller).await? {
            Some(refusal) => Err(Withheld(refusal)),
            None => match inner.stores.secrets.sealed_secret(caller.owner(), name).await? {
                None => Err(Withheld(Refusal::NotConnected)),
                Some(found) => {
                    let subject = Subject::from(&found.secret.scope);
                    match decide(caller, ThreadPermissions::NONE, Wanted::Secret, Some(subject)) {
                        Decision::Allow => Ok(found),
                        Decision::Refuse(refusal) => Err(Withheld(refusal)),
                        _ => Err(Withheld(Refusal::UnknownTool)),
                    }
                }
            },
        };
        let mut line = Line::new(caller.owner(), Action::SecretRead, Outcome::Ok);
        line.profile = Some(caller.profile().clone());
        line.thread = caller.thread().cloned();
        match found {
            Err(Withheld(refusal)) => {
                inner.note(Line { outcome: Outcome::Denied, refusal: Some(refusal), ..line }).await;
                Err(SecretError::NotFound)
            }
            Ok(found) => {
                let value =
                    inner.open_secret(caller.owner(), found.secret.id, found.secret_epoch, &found.sealed)?;
                inner.note(line).await;
                Ok(value)
            }
        }
    }
}

fn check_value(value: &SecretString) -> Result<(), Error> {
    match value.expose_secret().len() {
        0 => Err(Error::invalid("value", InputProblem::Missing)),
        length if length > Bailee::MAX_SECRET => Err(Error::invalid("value", InputProblem::TooLong)),
        _ => Ok(()),
    }
}

fn line(session: &Session, outcome: Outcome, word: &str) -> Line {
    let mut line = Line::new(&session.owner, Action::SecretWrite, outcome);
    line.details.changed = vec![word.to_owned()];
    line
}

impl Inner {
    async fn allow_write(&self, session: &Session) -> Result<(), Error> {
        let line = Line::new(&session.owner, Action::SecretWrite, Outcome::RateLimited);
        Ok(self.allow(&session.owner, Limit::SecretWrites, Some(&line)).await?)
    }

    fn seal_secret(
        &self,
        owner: &Owner,
        id: SecretId,
        epoch: i64,
        value: &SecretString,
    ) -> Result<Sealed, VaultError> {
        let (id, provider) = (id.to_string(), no_provider()?);
        let context = secret_context(owner, &id, &provider, epoch);
        self.vault.seal(&context, value.expose_secret().as_bytes())
    }

    /// The same value under the key that seals now.
    pub(crate) fn reseal_secret(&self, found: &SealedSecret) -> Result<Resealed<SecretId>, VaultError> {
        let SealedSecret { secret, sealed, secret_epoch } = found;
        let value = self.open_secret(&secret.owner, secret.id, *secret_epoch, sealed)?;
        let sealed = self.seal_secret(&secret.owner, secret.id, *secret_epoch, &value)?;
        Ok(Resealed { id: secret.id, secret_epoch: *secret_epoch, sealed })
    }

    fn open_secret(
        &self,
        owner: &Owner,
        id: SecretId,
        epoch: i64,
        sealed: &Sealed,
    ) -> Result<SecretString, VaultError> {
        let (id, provider) = (id.to_string(), no_provider()?);
        let value = self.vault.open(&secret_context(owner, &id, &provider, epoch), &sealed.bytes)?;
        std::str::from_utf8(value.expose_secret()).map(SecretString::from).map_err(|_| VaultError::Tampered)
    }
}

fn no_provider() -> Result<ProviderKey, VaultError> {
    ProviderKey::new(NO_PROVIDER).map_err(|_| VaultError::Failed)
}

fn secret_context<'a>(
    owner: &'a Owner,
    id: &'a str,
    provider: &'a ProviderKey,
    epoch: i64,
) -> SealContext<'a> {
    SealContext { purpose: SealPurpose::UserSecret, owner, id, provider, epoch: epoch.unsigned_abs() }
}
