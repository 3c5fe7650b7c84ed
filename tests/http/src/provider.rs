use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{
    Account, AccountId, Alias, Begin, Begun, Capabilities, Cardinality, ClientId, ClientRegistration,
    ConnectKind, Credential, Effect, Exchange, ExposeSecret as _, Grant, Issuer, OAuthScopes, Provider,
    ProviderDescriptor, ProviderError, ProviderKey, RefreshMode, RevocationReach, Revoke, Rotation,
    ScopeSets, SecretString, Tool, ToolCall, ToolHints, ToolName, ToolOutput, Validate, Validation,
};
use serde_json::json;

/// An OAuth provider with a memory, in this process. Clones share it.
#[derive(Clone, Debug)]
pub struct FakeProvider {
    descriptor: Arc<ProviderDescriptor>,
    registrations: Arc<[ClientRegistration]>,
    tools: Vec<Tool>,
    world: Arc<Mutex<World>>,
}

#[derive(Debug, Default)]
struct World {
    codes: BTreeMap<String, String>,
    /// The verifier of each begun connect, and the redirect URI that it was begun with.
    verifiers: BTreeMap<String, url::Url>,
    tokens: BTreeMap<String, String>,
    exchanges: usize,
    revocations: usize,
    fault: Fault,
}

/// How the provider misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Not at all.
    #[default]
    None,
    /// Beginning a connect never ends.
    Hangs,
    /// Beginning a connect panics.
    Panics,
    /// An exchange finds the provider down.
    Down,
}

impl FakeProvider {
    /// One of this key, with the alias `<key>_mail`, the issuer `https://<key>.example`, and the tool `list_<key>`.
    ///
    /// # Errors
    /// When the key is none.
    pub fn new(key: &str, name: &'static str, cardinality: Cardinality) -> anyhow::Result<Self> {
        let alias =
            Alias { key: ProviderKey::new(format!("{key}_mail"))?, scopes: OAuthScopes::parse("mail")? };
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new(key)?,
            name,
            description: "Connect messages",
            account_url: Some(format!("https://{key}.example/apps").parse()?),
            aliases: vec![alias],
            definitions: Vec::new(),
            connect: ConnectKind::OAuth,
            form: None,
            widget: None,
            settings: None,
            cardinality,
            capabilities: Capabilities::REVOKE | Capabilities::VALIDATE,
            requested: OAuthScopes::parse("calendar mail")?,
            reading: OAuthScopes::parse("calendar mail")?,
            refresh: RefreshMode::Lazy,
            rotation: Rotation::Static,
            revocation: RevocationReach::Grant,
            issuer: Some(Issuer { identifier: format!("https://{key}.example"), required: false }),
            token_hosts: vec![format!("{key}.example")],
        };
        let registration = ClientRegistration::new(
            ClientId::new(format!("client-of-{key}"))?,
            SecretString::from("canary-client-secret"),
        );
        Ok(Self {
            descriptor: Arc::new(descriptor),
            registrations: [registration].into(),
            tools: vec![tool(&format!("list_{key}"), Effect::Read, "mail")?],
            world: Arc::default(),
        })
    }

    /// With the tool `send_<key>`, whose OAuth scope is more than a connect asks for.
    ///
    /// # Errors
    /// When the name is none.
    pub fn sending(mut self) -> anyhow::Result<Self> {
        let key = &self.descriptor.key;
        let scope = format!("https://{key}.example/auth/<b>send_all");
        self.tools.push(tool(&format!("send_{key}"), Effect::Write, &scope)?);
        Ok(self)
    }

    /// With settings: a `channel` that everybody may see, and an `address` that nobody is shown.
    #[must_use]
    pub fn with_settings(mut self) -> Self {
        let settings = json!({
            "type": "object",
            "properties": {
                "channel": { "type": "string", "maxLength": 40 },
                "address": { "type": "string", "maxLength": 200, "writeOnly": true },
            },
            "additionalProperties": false,
        });
        let descriptor =
            ProviderDescriptor { settings: Some(settings), ..ProviderDescriptor::clone(&self.descriptor) };
        self.descriptor = Arc::new(descriptor);
        self
    }

    /// Joined otherwise than by OAuth.
    #[must_use]
    pub fn joined_by(mut self, kind: ConnectKind) -> Self {
        let descriptor = ProviderDescriptor { connect: kind, ..ProviderDescriptor::clone(&self.descriptor) };
        self.descriptor = Arc::new(descriptor);
        self
    }

    /// The user of this account consents: the code that the provider sends back with the browser.
    #[must_use]
    pub fn consent(&self, account: &str) -> String {
        let mut world = self.world();
        let code = format!("canary-code-{}-{}", self.descriptor.key, world.codes.len());
        world.codes.insert(code.clone(), account.to_owned());
        code
    }

    /// How many exchanges were asked for.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.world().exchanges
    }

    /// How many revocations were asked for.
    #[must_use]
    pub fn revocations(&self) -> usize {
        self.world().revocations
    }

    /// The provider forgets all tokens: its users took the access away there.
    pub fn forget(&self) {
        self.world().tokens.clear();
    }

    /// The provider misbehaves from now on.
    pub fn fail(&self, fault: Fault) {
        self.world().fault = fault;
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self) -> Fault {
        self.world().fault
    }
}

fn tool(name: &str, effect: Effect, scope: &str) -> anyhow::Result<Tool> {
    Ok(Tool {
        name: ToolName::new(name)?,
        title: "A tool",
        description: "Does something.",
        effect,
        flag: None,
        hints: ToolHints::default(),
        needs_account: true,
        scopes: ScopeSets::new(vec![OAuthScopes::parse(scope)?]),
        input_schema: json!({ "type": "object" }),
        output_schema: json!({ "type": "object" }),
    })
}

#[async_trait]
impl Provider for FakeProvider {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        &self.registrations
    }

    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    async fn begin<'a>(&self, request: Begin<'a>) -> Result<Begun, ProviderError> {
        match self.fault() {
            Fault::Hangs => std::future::pending().await,
            #[expect(clippy::panic, reason = "what a panic inside a handler becomes is tested")]
            Fault::Panics => panic!("canary-panic"),
            Fault::None | Fault::Down => {}
        }
        let asked = OAuthScopes::parse(if request.alias.is_some() { "mail" } else { "calendar mail" });
        let requested = asked.map_err(|_| ProviderError::Unsupported)?.union(request.already_granted);
        let verifier = request.pkce_verifier.expose_secret().to_owned();
        self.world().verifiers.insert(verifier, request.redirect_uri.clone());
        let mut url: url::Url = format!("https://{}.example/authorize", self.descriptor.key)
            .parse()
            .map_err(|_| ProviderError::Unsupported)?;
        url.query_pairs_mut()
            .append_pair("redirect_uri", request.redirect_uri.as_str())
            .append_pair("scope", requested.as_str())
            .append_pair("state", request.state.expose_secret());
        Ok(Begun { url, requested })
    }

    async fn exchange<'a>(&self, request: Exchange<'a>) -> Result<Grant, ProviderError> {
        let mut world = self.world();
        world.exchanges += 1;
        if world.fault == Fault::Down {
            return Err(ProviderError::Unavailable { retry_after: Some(Duration::from_secs(7)) });
        }
        let revoked = ProviderError::GrantRevoked { reason: "invalid_grant" };
        let account = world.codes.remove(request.code.expose_secret()).ok_or_else(|| revoked.clone())?;
        // The redirect URI of both legs must be the same (RFC 6749 §4.1.3).
        let begun_with = world.verifiers.remove(request.pkce_verifier.expose_secret());
        if begun_with.as_ref() != Some(request.redirect_uri) {
            return Err(revoked);
        }
        let token = format!("canary-token-{}-{}", self.descriptor.key, world.exchanges);
        world.tokens.insert(token.clone(), account.clone());
        let id = AccountId::new(account.clone());
        Ok(Grant {
            credential: Credential::new(SecretString::from(token)),
            account: Account {
                id: id.map_err(|_| ProviderError::Malformed { problem: "no account" })?,
                label: Some(format!("<b>{account}</b>")),
            },
            expires_in: None,
            granted: Some(request.requested.clone()),
            config: serde_json::Map::new(),
        })
    }

    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        let account = self.world().tokens.get(request.access_token.expose_secret()).cloned();
        let id =
            account.and_then(|account| AccountId::new(account).ok()).ok_or(ProviderError::TokenRejected)?;
        Ok(Validation { account: Some(Account { id, label: None }) })
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        let mut world = self.world();
        world.revocations += 1;
        let token = request.credential.access_token.expose_secret();
        world.tokens.remove(token).map(drop).ok_or(ProviderError::AlreadyDone)
    }

    async fn call<'a>(&self, _call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        Err(ProviderError::Unsupported)
    }
}
