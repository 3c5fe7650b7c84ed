//! Requests to the Web API, whose errors are successes by their status.

use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::{Slack, error};
use crate::api::{Api, Repeat, json};
use bailee_core::{Provider as _, ProviderError};
use bailee_oauth::{Request, Response};

impl Slack {
    /// The address of a method.
    pub(super) fn method(&self, name: &'static str) -> Result<Url, ProviderError> {
        self.api.join(name).map_err(|_| ProviderError::Unsupported)
    }

    /// Posts JSON with the token and returns what is `ok`.
    pub(super) async fn post(
        &self,
        method: &'static str,
        body: &Value,
        access_token: &SecretString,
        repeat: Repeat,
    ) -> Result<Value, ProviderError> {
        let request = Request::post(self.method(method)?).json(body);
        let response = self.api().send(request, access_token, repeat, error::of_status).await?;
        ok(&response, repeat)
    }

    /// Posts a form that authenticates itself.
    pub(super) async fn post_form(
        &self,
        method: &'static str,
        fields: &[(&str, &str)],
    ) -> Result<(), ProviderError> {
        let request = Request::post(self.method(method)?).form(fields.iter().copied());
        let response = self.api().exchange(request, Repeat::Safe).await?;
        if !response.status().is_success() {
            return Err(error::of_status(&response));
        }
        ok(&response, Repeat::Safe).map(drop)
    }

    fn api(&self) -> Api<'_> {
        Api { http: self.oauth.http(), token_hosts: &self.descriptor().token_hosts }
    }
}

fn ok(response: &Response, repeat: Repeat) -> Result<Value, ProviderError> {
    let body: Value = json(response, repeat)?;
    match body.get("ok").and_then(Value::as_bool) {
        Some(true) => Ok(body),
        Some(false) => {
            let word = body.get("error").and_then(Value::as_str).unwrap_or_default();
            Err(match error::of_word(word, response) {
                error @ ProviderError::Unavailable { .. } => repeat.unclear(error),
                other => other,
            })
        }
        None => Err(repeat.unclear(ProviderError::Malformed {
            problem: "the answer does not say whether it is a success",
        })),
    }
}
