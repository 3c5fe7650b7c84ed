//! What is kept of a mail server: where it is and how to sign in, in one secret text.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::form;
use bailee_core::ProviderError;

/// How a connection is secured. There is no way without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(super) enum Security {
    // From the first byte, as on port 465. (A documented variant would leave the `enum` of the schema.)
    #[serde(rename = "implicit_tls")]
    ImplicitTls,
    // As on port 587.
    #[serde(rename = "starttls")]
    StartTls,
}

/// The access token of an integration, read. Where the password goes is kept beside it, out of reach of the settings.
#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) username: String,
    #[serde(deserialize_with = "form::secret")]
    pub(super) password: SecretString,
    pub(super) from_address: String,
}

#[derive(Serialize)]
struct Written<'a> {
    host: &'a str,
    port: u16,
    security: Security,
    username: &'a str,
    password: &'a str,
    from_address: &'a str,
}

impl Login {
    pub(super) fn read(access_token: &SecretString) -> Result<Self, ProviderError> {
        serde_json::from_str(access_token.expose_secret()).map_err(|_| ProviderError::TokenRejected)
    }

    /// The secret text: a JSON object.
    pub(super) fn write(&self) -> Result<SecretString, ProviderError> {
        let Self { host, port, security, username, password, from_address } = self;
        let password = password.expose_secret();
        let written = Written { host, port: *port, security: *security, username, password, from_address };
        let text = serde_json::to_string(&written).map_err(|_| ProviderError::Unsupported)?;
        Ok(SecretString::from(text))
    }
}
