//! Authorized requests to Google's APIs.

use secrecy::SecretString;

use super::{Google, error};
use crate::api::Api;
pub(super) use crate::api::{Repeat, json};
use bailee_core::ProviderError;
use bailee_oauth::{Request, Response};

/// Sends a request with the token and returns its success.
pub(super) async fn send(
    google: &Google,
    request: Request,
    access_token: &SecretString,
    repeat: Repeat,
    asked: error::Asked<'_>,
) -> Result<Response, ProviderError> {
    let (http, token_hosts) = (google.oauth.http(), google.oauth.definition().token_hosts());
    let api = Api { http, token_hosts };
    api.send(request, access_token, repeat, |response| error::classify(response, asked)).await
}
