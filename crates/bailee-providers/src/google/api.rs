//! Authorized requests to Google's APIs.

use secrecy::SecretString;

use super::{Google, error};
use crate::api::Api;
pub(super) use crate::api::{Repeat, json};
use bailee_core::{ProviderError, ScopeSets};
use bailee_oauth::{Request, Response};

/// Sends a request with the token and returns its success. `needs` is what a missing consent is reported as.
pub(super) async fn send(
    google: &Google,
    request: Request,
    access_token: &SecretString,
    repeat: Repeat,
    needs: Option<&ScopeSets>,
) -> Result<Response, ProviderError> {
    let (http, token_hosts) = (google.oauth.http(), google.oauth.definition().token_hosts());
    let api = Api { http, token_hosts };
    api.send(request, access_token, repeat, |response| error::classify(response, needs)).await
}
