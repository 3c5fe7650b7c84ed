//! The provider: an account is joined by a form with an API key, and agents pin notes to its board.

use std::sync::Arc;

use async_trait::async_trait;
use bailee_core::{
    Account, AccountId, Capabilities, Cardinality, ConnectKind, Credential, Effect, ExposeSecret as _, Grant,
    InvalidId, Join, Joined, OAuthScopes, PermissionFlag, Provider, ProviderDescriptor, ProviderError,
    ProviderKey, RefreshMode, RevocationReach, Revoke, Rotation, ScopeSets, SecretString, Tool, ToolCall,
    ToolHints, ToolName, ToolOutput, Validate, Validation,
};
use serde_json::{Map, Value, json};

use crate::service::Wire;

const MALFORMED: ProviderError = ProviderError::Malformed { problem: "not what Corkboard documents" };

/// Boards of Corkboard.
#[derive(Clone, Debug)]
pub struct Corkboard {
    descriptor: ProviderDescriptor,
    tools: [Tool; 1],
    wire: Arc<dyn Wire>,
}

impl Corkboard {
    /// Corkboard, reached over `wire`.
    ///
    /// # Errors
    /// Never: its names are well formed.
    pub fn new(wire: impl Wire + 'static) -> Result<Self, InvalidId> {
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new("corkboard")?,
            name: "Corkboard",
            description: "Connect your corkboard",
            account_url: None,
            aliases: Vec::new(),
            definitions: Vec::new(),
            connect: ConnectKind::Form,
            form: Some(object("api_key", "A key of the board; it begins with cork_.", true)),
            widget: None,
            settings: None,
            cardinality: Cardinality::One,
            capabilities: Capabilities::REVOKE | Capabilities::VALIDATE,
            requested: OAuthScopes::default(),
            reading: OAuthScopes::default(),
            refresh: RefreshMode::Lazy,
            rotation: Rotation::Static,
            revocation: RevocationReach::Grant,
            issuer: None,
            token_hosts: vec!["api.corkboard.example".to_owned()],
        };
        Ok(Self { descriptor, tools: [pin_note()?], wire: Arc::new(wire) })
    }

    async fn ask(&self, request: &str, key: &SecretString, body: Value) -> Result<Value, ProviderError> {
        let unavailable = ProviderError::Unavailable { retry_after: None };
        // What only reads may be asked again; of anything else nobody knows whether it happened.
        let lost = if request.starts_with("GET ") { unavailable } else { ProviderError::OutcomeUnknown };
        match self.wire.send(request, key, body).await {
            Some((200..=299, body)) => serde_json::from_str(&body).map_err(|_| MALFORMED),
            Some((401, _)) => Err(ProviderError::TokenRejected),
            Some((429, _)) => Err(ProviderError::RateLimited { retry_after: None }),
            Some((status @ 300..=499, _)) => Err(ProviderError::Rejected { status, code: "other" }),
            _ => Err(lost),
        }
    }

    async fn account(&self, key: &SecretString) -> Result<Account, ProviderError> {
        let board = self.ask("GET /board", key, Value::Null).await?;
        let id = board.get("id").and_then(Value::as_str).and_then(|id| AccountId::new(id).ok());
        let label = board.get("name").and_then(Value::as_str).map(str::to_owned);
        Ok(Account { id: id.ok_or(MALFORMED)?, label })
    }
}

#[async_trait]
impl Provider for Corkboard {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }
    fn tools(&self) -> &[Tool] {
        &self.tools
    }
    async fn join<'a>(&self, join: Join<'a>) -> Result<Joined, ProviderError> {
        let fields: Result<Map<_, _>, _> = serde_json::from_str(join.fields.expose_secret());
        let fields = fields.map_err(|_| invalid("", "must be an object"))?;
        let key = fields.get("api_key").and_then(Value::as_str).filter(|key| key.starts_with("cork_"));
        let key = SecretString::from(key.ok_or_else(|| invalid("/api_key", "must begin with cork_"))?);
        let account = self.account(&key).await.map_err(|error| match error {
            ProviderError::TokenRejected => ProviderError::GrantRevoked { reason: "invalid_key" },
            other => other,
        })?;
        let (credential, config) = (Credential::new(key), Map::new());
        let grant = Grant { credential, account, expires_in: None, granted: None, config };
        Ok(Joined { grant, shown_once: None, link: None })
    }
    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        Ok(Validation { account: Some(self.account(request.access_token).await?) })
    }
    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        match self.ask("DELETE /key", &request.credential.access_token, Value::Null).await {
            Err(ProviderError::TokenRejected) => Err(ProviderError::AlreadyDone),
            answer => answer.map(drop),
        }
    }
    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        let account = call.accounts.first().filter(|_| call.tool.as_str() == "pin_note");
        let account = account.ok_or(ProviderError::Unsupported)?;
        let only = call.arguments.as_object().filter(|members| members.len() == 1);
        let note = only.and_then(|it| it.get("text")?.as_str()).filter(|note| note.chars().count() <= 280);
        let note = note.ok_or_else(|| invalid("/text", "must be at most 280 characters"))?;
        let pinned = self.ask("POST /notes", account.access_token, json!({ "text": note })).await?;
        Ok(ToolOutput::new(json!({ "id": pinned.get("id").and_then(Value::as_str).ok_or(MALFORMED)? })))
    }
}

fn pin_note() -> Result<Tool, InvalidId> {
    Ok(Tool {
        name: ToolName::new("pin_note")?,
        title: "Pin a note",
        description: "Pins a note to the board of the user, for everybody who visits it.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        needs_account: true,
        scopes: ScopeSets::default(),
        input_schema: object("text", "What the note says, in at most 280 characters.", false),
        output_schema: object("id", "The id of the note.", false),
    })
}

/// The schema of an object with this one text.
fn object(name: &str, says: &str, secret: bool) -> Value {
    let text = json!({ "type": "string", "description": says, "maxLength": 280, "writeOnly": secret });
    json!({ "type": "object", "properties": { name: text }, "required": [name], "additionalProperties": false })
}

fn invalid(pointer: &str, problem: &'static str) -> ProviderError {
    ProviderError::InvalidArguments { pointer: pointer.to_owned(), problem }
}
