//! What a request looks like before anything of a user is in it.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::Deserialize;
use url::Url;

use super::value;
use crate::{ClientAuthentication, TokenRequestFormat};

/// Where a request goes, and what each of its kind carries.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestTemplate {
    #[serde(deserialize_with = "value::address")]
    pub(crate) url: Url,
    pub(crate) method: Option<Verb>,
    #[serde(default, deserialize_with = "value::parameters")]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "value::headers")]
    pub(crate) headers: HeaderMap,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verb {
    Get,
    Post,
}

/// How the client proves itself, and how bodies are written.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    #[serde(default)]
    authentication: Authentication,
    #[serde(default)]
    body: Body,
}

impl Client {
    pub(crate) const fn authentication(self) -> ClientAuthentication {
        match self.authentication {
            Authentication::Basic => ClientAuthentication::Basic,
            Authentication::None => ClientAuthentication::None,
            Authentication::Post => ClientAuthentication::Post,
        }
    }

    pub(crate) const fn format(self) -> TokenRequestFormat {
        match self.body {
            Body::Form => TokenRequestFormat::Form,
            Body::Json => TokenRequestFormat::Json,
        }
    }
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Authentication {
    #[default]
    Basic,
    None,
    Post,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    #[default]
    Form,
    Json,
}

/// The consent page.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    pub(crate) request: RequestTemplate,
    #[serde(default)]
    pub(crate) pkce: Pkce,
    /// What replaces parameters of the same names when an account is joined again.
    #[serde(default, deserialize_with = "value::parameters")]
    pub(crate) reconnect: BTreeMap<String, String>,
    /// The parameter that names the account to join again.
    pub(crate) account_hint: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pkce {
    None,
    #[default]
    S256,
}
