use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{
    Account, AccountId, Capabilities, Cardinality, ConnectKind, Credential, Delivered, Delivery,
    ExposeSecret as _, Grant, Join, Joined, Notify, OAuthScopes, Pairing, Provider, ProviderDescriptor,
    ProviderError, ProviderKey, Received, ReceivedEvent, RefreshMode, RevocationReach, Revoke, Rotation,
    SecretString, Start, Started, StatusReason, Tool, ToolCall, ToolOutput, WidgetSources,
};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

/// The secret of the hook that all accounts share.
pub(crate) const SHARED_SECRET: &str = "shared-hook-secret";

/// The header of a hook's secret.
pub(crate) const SECRET_HEADER: &str = "x-pigeon-secret";

/// A provider with a memory, in this process, that is joined without OAuth. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Pigeon {
    descriptor: Arc<ProviderDescriptor>,
    loft: Arc<Mutex<Loft>>,
}

#[derive(Debug, Default)]
struct Loft {
    sent: Vec<Sent>,
    faults: VecDeque<ProviderError>,
    revoked: Vec<String>,
    hooks: Vec<String>,
    /// The ids of all notifications that were tried.
    tried: Vec<String>,
    stubborn: bool,
    held: Option<Arc<Semaphore>>,
}

/// A notification that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) account: String,
    pub(crate) token: String,
    pub(crate) title: String,
    pub(crate) id: String,
}

impl Pigeon {
    pub(crate) fn new(key: &str, connect: ConnectKind, cardinality: Cardinality) -> anyhow::Result<Self> {
        let form = json!({
            "type": "object",
            "properties": {
                "address": { "type": "string", "minLength": 1 },
                "secret": { "type": "string", "writeOnly": true },
                "word": { "type": "string" },
            },
            "required": ["address", "secret"],
            "additionalProperties": false,
        });
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new(key)?,
            name: "Pigeon",
            description: "Connect a pigeon",
            account_url: None,
            aliases: Vec::new(),
            definitions: Vec::new(),
            connect,
            form: Some(form),
            widget: (connect == ConnectKind::Widget).then(|| widget(key)).transpose()?,
            settings: Some(json!({
                "type": "object",
                "properties": {
                    "greeting": { "type": "string" },
                    "pin": { "type": "string", "writeOnly": true },
                },
                "additionalProperties": false,
            })),
            cardinality,
            capabilities: Capabilities::NOTIFY | Capabilities::RECEIVE | Capabilities::REVOKE,
            requested: OAuthScopes::default(),
            reading: OAuthScopes::default(),
            refresh: RefreshMode::Lazy,
            rotation: Rotation::Static,
            revocation: RevocationReach::Grant,
            issuer: None,
            token_hosts: vec!["pigeon.example".to_owned()],
        };
        Ok(Self { descriptor: Arc::new(descriptor), loft: Arc::default() })
    }

    /// One that hears nothing of what happens at the provider.
    pub(crate) fn deaf(mut self) -> Self {
        let capabilities = Capabilities::NOTIFY | Capabilities::REVOKE;
        self.descriptor = Arc::new(ProviderDescriptor { capabilities, ..(*self.descriptor).clone() });
        self
    }

    /// One that takes no notification, whatever it is asked.
    pub(crate) fn mute(mut self) -> Self {
        let capabilities = self.descriptor.capabilities.difference(Capabilities::NOTIFY);
        self.descriptor = Arc::new(ProviderDescriptor { capabilities, ..(*self.descriptor).clone() });
        self
    }

    /// From now on it revokes nothing.
    pub(crate) fn refuse_to_revoke(&self) {
        self.loft().stubborn = true;
    }

    /// From now on what joins and what notifies waits for a permit.
    pub(crate) fn hold(&self) -> Arc<Semaphore> {
        let held = Arc::new(Semaphore::new(0));
        self.loft().held = Some(Arc::clone(&held));
        held
    }

    /// The ids of the notifications that were tried, in order.
    pub(crate) fn tried(&self) -> Vec<String> {
        self.loft().tried.clone()
    }

    async fn pass(&self) {
        let held = self.loft().held.clone();
        if let Some(held) = held {
            // It is never closed.
            let _ = held.acquire().await;
        }
    }

    /// The next attempts fail like this, one after the other.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = ProviderError>) {
        self.loft().faults.extend(faults);
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.loft().sent.clone()
    }

    pub(crate) fn revoked(&self) -> Vec<String> {
        self.loft().revoked.clone()
    }

    /// The addresses of the hooks that it was told, in order.
    pub(crate) fn hooks(&self) -> Vec<String> {
        self.loft().hooks.clone()
    }

    fn loft(&self) -> MutexGuard<'_, Loft> {
        self.loft.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn widget(key: &str) -> anyhow::Result<WidgetSources> {
    Ok(WidgetSources {
        script: format!("https://cdn.{key}.example/widget.js").parse()?,
        frame: format!("https://{key}.example/").parse()?,
        setup: "export default function open() {}",
    })
}

fn account(id: &str) -> Result<Account, ProviderError> {
    let malformed = |_| ProviderError::Malformed { problem: "no account" };
    Ok(Account { id: AccountId::new(id).map_err(malformed)?, label: Some(format!("@{id}")) })
}

#[async_trait]
impl Provider for Pigeon {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn tools(&self) -> &[Tool] {
        &[]
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        let mut loft = self.loft();
        if loft.stubborn {
            return Err(ProviderError::Unavailable { retry_after: None });
        }
        loft.revoked.push(request.credential.access_token.expose_secret().to_owned());
        Ok(())
    }

    async fn call<'a>(&self, _call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn start<'a>(&self, start: Start<'a>) -> Result<Started, ProviderError> {
        let word = start.word.expose_secret();
        self.loft().hooks.push(start.hook.to_string());
        match self.descriptor.connect {
            ConnectKind::Widget => {
                let account = start.account.map(|account| account.id.to_string());
                let widget = json!({ "nonce": word, "account": account });
                widget.as_object().cloned().map(Started::Widget).ok_or(ProviderError::Unsupported)
            }
            _ => format!("https://pigeon.example/?start={word}")
                .parse()
                .map(Started::Link)
                .map_err(|_| ProviderError::Unsupported),
        }
    }

    async fn join<'a>(&self, join: Join<'a>) -> Result<Joined, ProviderError> {
        let fields: Value =
            serde_json::from_str(join.fields.expose_secret()).map_err(|_| ProviderError::Unsupported)?;
        let text = |name| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        if self.descriptor.connect == ConnectKind::Widget && text("word") != join.word.expose_secret() {
            return Err(ProviderError::Rejected { status: 400, code: "signature" });
        }
        if text("address") == "nowhere" {
            let (pointer, problem) = ("/address".to_owned(), "leads nowhere");
            return Err(ProviderError::InvalidArguments { pointer, problem });
        }
        if text("secret") == "wrong" {
            return Err(ProviderError::GrantRevoked { reason: "refused" });
        }
        self.loft().hooks.push(join.hook.to_string());
        self.pass().await;
        let mut credential = Credential::new(SecretString::from(text("secret")));
        credential.extra.insert("hook_secret".to_owned(), join.random.clone());
        let mut config = Map::new();
        config.insert("rounds".to_owned(), json!(u8::from(join.previous.is_some())));
        let link = format!("https://pigeon.example/?start={}", join.word.expose_secret());
        Ok(Joined {
            grant: Grant {
                credential,
                account: account(text("address"))?,
                expires_in: (text("address") == "mortal").then_some(Duration::from_hours(1)),
                granted: None,
                config,
            },
            shown_once: Some(join.random.clone()),
            link: if self.descriptor.connect == ConnectKind::Pairing { link.parse().ok() } else { None },
        })
    }

    async fn notify<'a>(&self, notify: Notify<'a>) -> Result<Delivered, ProviderError> {
        self.pass().await;
        let mut loft = self.loft();
        loft.tried.push(notify.id.to_string());
        if let Some(fault) = loft.faults.pop_front() {
            return Err(fault);
        }
        loft.sent.push(Sent {
            account: notify.account.account.id.to_string(),
            token: notify.account.access_token.expose_secret().to_owned(),
            title: notify.notification.title().to_owned(),
            id: notify.id.to_string(),
        });
        Ok(Delivered { reference: Some(format!("message {}", loft.sent.len())) })
    }

    async fn receive<'a>(&self, delivery: Delivery<'a>) -> Result<Vec<Received>, ProviderError> {
        let own = delivery.to.and_then(|to| to.credential.extra.get("hook_secret"));
        let expected = match (delivery.to.is_some(), own) {
            (true, Some(own)) => own.expose_secret(),
            (true, None) => return Err(ProviderError::TokenRejected),
            (false, _) => SHARED_SECRET,
        };
        let given = delivery.headers.get(SECRET_HEADER).and_then(|value| value.to_str().ok());
        if given != Some(expected) {
            return Err(ProviderError::TokenRejected);
        }
        let malformed = || ProviderError::Malformed { problem: "no list of events" };
        let events: Vec<Value> = serde_json::from_slice(delivery.body).map_err(|_| malformed())?;
        events.iter().map(|event| read(event).ok_or_else(malformed)).collect()
    }
}

fn read(event: &Value) -> Option<Received> {
    let text = |name| event.get(name).and_then(Value::as_str);
    let account = account(text("account")?).ok()?;
    let happened = match text("kind")? {
        "ended" => ReceivedEvent::Ended { account: account.id, reason: StatusReason::Revoked },
        "message" => ReceivedEvent::Message { account: account.id, content: event.clone() },
        "word" => ReceivedEvent::Paired(Pairing {
            word: SecretString::from(text("word")?),
            account,
            credential: Some(Credential::new(SecretString::from("shared"))),
            config: json!({ "chat": 7 }).as_object().cloned()?,
        }),
        _ => return None,
    };
    Some(Received { id: text("id")?.to_owned(), event: happened })
}
