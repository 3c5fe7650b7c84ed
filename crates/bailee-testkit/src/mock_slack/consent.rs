use url::Url;

use super::{
    CLIENT_ID, MockSlack, USER_ID,
    state::{Code, Redirects},
};
use crate::mock_provider::{is_loopback, token};

/// The consent page showed an error instead of a question.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the consent page shows an error ({error})")]
pub struct ConsentError {
    /// A word for it, for example `bad_redirect_uri`.
    pub error: &'static str,
}

impl MockSlack {
    /// [`USER_ID`] allows everything on this consent page, and is sent to the returned address.
    ///
    /// # Errors
    /// [`ConsentError`] when the page shows an error.
    pub fn approve(&self, page: &Url) -> Result<Url, ConsentError> {
        self.approve_as(page, USER_ID)
    }

    /// As [`MockSlack::approve`], by another person of the workspace.
    ///
    /// # Errors
    /// As [`MockSlack::approve`].
    pub fn approve_as(&self, page: &Url, user: &str) -> Result<Url, ConsentError> {
        let refused = |error| ConsentError { error };
        let asked = |name: &str| {
            page.query_pairs().find(|(mine, _)| mine == name).map(|(_, value)| value.into_owned())
        };
        if page.path() != "/oauth/v2/authorize" {
            return Err(refused("not_found"));
        }
        if asked("client_id").as_deref() != Some(CLIENT_ID) {
            return Err(refused("invalid_client_id"));
        }
        if asked("code_challenge").is_some() {
            return Err(refused("pkce_not_allowed"));
        }
        let redirect_uri = asked("redirect_uri").ok_or(refused("bad_redirect_uri"))?;
        let mut callback: Url = redirect_uri.parse().map_err(|_| refused("bad_redirect_uri"))?;
        let loopback = self.hub.site.state().redirects == Redirects::LoopbackToo && is_loopback(&callback);
        if callback.scheme() != "https" && !loopback {
            return Err(refused("bad_redirect_uri"));
        }
        let scopes = |name| -> Vec<String> {
            let list = asked(name).unwrap_or_default();
            list.split(',').filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
        };
        let (bot_scopes, user_scopes) = (scopes("scope"), scopes("user_scope"));
        if bot_scopes.is_empty() && user_scopes.is_empty() {
            return Err(refused("no_scopes"));
        }
        let code = Code { redirect_uri, user: user.to_owned(), bot_scopes, user_scopes, used: false };
        let text = token("1234.5678.mock-code-");
        self.hub.site.state().codes.insert(text.clone(), code);
        callback.query_pairs_mut().append_pair("code", &text);
        if let Some(state) = asked("state") {
            callback.query_pairs_mut().append_pair("state", &state);
        }
        Ok(callback)
    }
}
