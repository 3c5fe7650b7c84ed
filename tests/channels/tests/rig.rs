use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use async_trait::async_trait;
use axum::Router;
use bailee_core::{
    Action, Actor, Caller, Cardinality, ConnectKind, Counterpart, DirectoryError, Inbound, InboundMessage,
    Integration, LedgerRecord, Notification, OrganizationId, Owner, ProfileDirectory, ProfileId,
    SecretString, Session, ThreadDirectory, ThreadId, Transport,
    store::{IntegrationChange, LedgerFilter},
};
use bailee_engine::{Bailee, HookError, JoinOptions, JoinedAccount};
use bailee_http::{Authenticate, AuthenticateError};
use bailee_testkit::{MemoryStore, MockClock};
use http::{HeaderMap, HeaderValue, request::Parts};
use serde_json::{Value, json};
use test_support::key_ring;

use crate::pigeon::{Pigeon, SECRET_HEADER};

/// A host with three channels: `mail` is joined by a form, `bot` by a word or a form, `bank` by a widget. `safe` is none.
pub(crate) struct Rig {
    pub(crate) bailee: Bailee,
    pub(crate) clock: MockClock,
    pub(crate) mail: Pigeon,
    pub(crate) bot: Pigeon,
    pub(crate) bank: Pigeon,
    pub(crate) safe: Pigeon,
    pub(crate) host: Host,
    pub(crate) owner: Owner,
}

impl Rig {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let clock = MockClock::new();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let host = Host::default();
        let mail = Pigeon::new("mail", ConnectKind::Form, Cardinality::Many)?.deaf();
        let bot = Pigeon::new("bot", ConnectKind::Pairing, Cardinality::Many)?;
        let bank = Pigeon::new("bank", ConnectKind::Widget, Cardinality::Many)?;
        let safe = Pigeon::new("safe", ConnectKind::Form, Cardinality::Many)?.deaf().mute();
        let bailee = Bailee::builder(store, key_ring()?)
            .base_url("https://backend.example".parse()?)
            .clock(clock.clone())
            .profiles(host.clone())
            .threads(host.clone())
            .inbound(host.clone())
            .provider(mail.clone())
            .provider(bot.clone())
            .provider(bank.clone())
            .provider(safe.clone())
            .build()?;
        Ok(Self { bailee, clock, mail, bot, bank, safe, host, owner: Owner::user("u1")? })
    }

    pub(crate) fn session(&self, actor: Actor) -> Session {
        Session { owner: self.owner.clone(), actor, transport: Transport::Bearer }
    }

    pub(crate) fn human(&self) -> Session {
        self.session(Actor::Human)
    }

    pub(crate) fn caller(&self, profile: &str) -> anyhow::Result<Caller> {
        Ok(Caller::own(self.owner.clone(), profile)?)
    }

    pub(crate) async fn join(&self, provider: &str, address: &str) -> anyhow::Result<JoinedAccount> {
        let options = JoinOptions::new(provider, fields(address, "s3cret"));
        Ok(self.bailee.join(&self.human(), options).await?)
    }

    pub(crate) async fn change(
        &self,
        row: &Integration,
        change: IntegrationChange,
    ) -> anyhow::Result<Integration> {
        Ok(self.bailee.update(&self.human(), row.id, None, change).await?)
    }

    pub(crate) async fn row(&self, row: &Integration) -> anyhow::Result<Integration> {
        self.bailee.integration(&row.owner, row.id).await?.context("the integration is there")
    }

    pub(crate) async fn rows(&self) -> anyhow::Result<Vec<Integration>> {
        Ok(self.bailee.integrations(&self.owner, None, 100).await?.items)
    }

    /// The newest lines of an action.
    pub(crate) async fn lines(&self, action: Action) -> anyhow::Result<Vec<LedgerRecord>> {
        let filter = LedgerFilter { action: Some(action), ..LedgerFilter::default() };
        Ok(self.bailee.ledger(&self.owner, &filter, None, 100).await?)
    }

    /// Events arrive at a hook, with a secret.
    pub(crate) async fn deliver(
        &self,
        hook: (&str, &str),
        secret: &str,
        events: &Value,
    ) -> Result<(), HookError> {
        let mut headers = HeaderMap::new();
        if let Ok(secret) = HeaderValue::from_str(secret) {
            headers.insert(SECRET_HEADER, secret);
        }
        self.bailee.receive(hook.0, hook.1, &headers, events.to_string().as_bytes()).await
    }

    /// Time passes, and the background worker has a turn.
    pub(crate) async fn later(&self, duration: Duration) -> anyhow::Result<()> {
        self.clock.advance(duration);
        self.bailee.tick().await?;
        Ok(())
    }
}

/// What is entered into the form.
pub(crate) fn fields(address: &str, secret: &str) -> SecretString {
    SecretString::from(json!({ "address": address, "secret": secret }).to_string())
}

pub(crate) fn news() -> anyhow::Result<Notification> {
    Ok(Notification::new("playbook.finished", "Backup", "All is well.")?)
}

/// The host's directories, its inbox and its sign-in. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host(Arc<Mutex<Inbox>>);

#[derive(Debug, Default)]
struct Inbox {
    full: bool,
    /// Profiles that are no longer the owner's.
    gone: Vec<ProfileId>,
    messages: Vec<(Integration, InboundMessage)>,
}

impl Host {
    pub(crate) fn set_full(&self, full: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).full = full;
    }

    pub(crate) fn forget(&self, profile: ProfileId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).gone.push(profile);
    }

    pub(crate) fn messages(&self) -> Vec<(Integration, InboundMessage)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).messages.clone()
    }
}

#[async_trait]
impl Inbound for Host {
    async fn receive(&self, row: &Integration, message: &InboundMessage) -> Result<(), DirectoryError> {
        let mut inbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inbox.full {
            return Err(DirectoryError);
        }
        inbox.messages.push((row.clone(), message.clone()));
        Ok(())
    }
}

#[async_trait]
impl ProfileDirectory for Host {
    async fn owns(&self, _: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        let gone = self.0.lock().unwrap_or_else(PoisonError::into_inner).gone.contains(profile);
        Ok(!gone && ["p1", "p2"].contains(&profile.as_str()))
    }

    async fn list(&self, _: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        let all = ["p1", "p2"].map(ProfileId::new);
        Ok(all.into_iter().flatten().collect())
    }
}

/// One thread is the owner's.
#[async_trait]
impl ThreadDirectory for Host {
    async fn owns(&self, _: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError> {
        Ok(thread.as_str() == "t1")
    }

    async fn counterpart(&self, _: &Owner, _: &ThreadId) -> Result<Option<Counterpart>, DirectoryError> {
        Ok(None)
    }
}

/// `Authorization: Bearer human` or `Bearer agent`.
#[async_trait]
impl Authenticate for Host {
    async fn session(&self, parts: &Parts) -> Result<Session, AuthenticateError> {
        let name = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
        let actor = match name {
            Some("Bearer agent") => Actor::Agent,
            Some("Bearer human") => Actor::Human,
            _ => return Err(AuthenticateError::Unauthenticated),
        };
        let owner = Owner::user("u1").map_err(|_| AuthenticateError::Unauthenticated)?;
        Ok(Session { owner, actor, transport: Transport::Bearer })
    }

    async fn may_act_in(
        &self,
        _: &Parts,
        _: &Session,
        _: &OrganizationId,
    ) -> Result<bool, AuthenticateError> {
        Ok(false)
    }
}

pub(crate) fn router(rig: &Rig) -> Router {
    bailee_http::router(&rig.bailee, rig.host.clone())
}
