use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::{ConfigError, arguments, form};
use bailee_core::{
    Capabilities, Cardinality, ConnectKind, OAuthScopes, ProviderDescriptor, ProviderKey, RefreshMode,
    RevocationReach, Rotation,
};

/// A bot of the user's own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    /// The token of the bot, as `@BotFather` gave it.
    #[serde(deserialize_with = "form::secret")]
    #[schemars(with = "String", length(min = 1, max = 128), extend("writeOnly" = true))]
    pub(super) bot_token: SecretString,
    /// Whether to take the bot over from other software that receives its messages now; without it the bot is left alone.
    pub(super) replace_webhook: Option<bool>,
}

pub(super) fn new() -> Result<ProviderDescriptor, ConfigError> {
    Ok(ProviderDescriptor {
        key: ProviderKey::new("telegram").map_err(|_| ConfigError::Invalid { what: "telegram" })?,
        name: "Telegram",
        description: "Connect a Telegram bot for messages and notifications",
        account_url: None,
        aliases: Vec::new(),
        definitions: Vec::new(),
        connect: ConnectKind::Pairing,
        form: Some(arguments::schema::<Fields>()),
        widget: None,
        settings: None,
        cardinality: Cardinality::Many,
        capabilities: Capabilities::NOTIFY
            | Capabilities::RECEIVE
            | Capabilities::REVOKE
            | Capabilities::VALIDATE,
        requested: OAuthScopes::default(),
        reading: OAuthScopes::default(),
        refresh: RefreshMode::Lazy,
        rotation: Rotation::Static,
        revocation: RevocationReach::Grant,
        issuer: None,
        token_hosts: vec!["api.telegram.org".to_owned()],
    })
}
