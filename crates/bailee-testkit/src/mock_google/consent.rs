use std::fmt;

use url::Url;

use super::{
    MockGoogle,
    authorize::{PageError, decide, read},
    scope::canonical,
};
use crate::mock_provider::{Decision, pairs};

/// The consent page showed an error instead of a question, or cannot be answered so.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsentError {
    /// The page shows this error, and the browser goes nowhere.
    #[error("the consent page shows an error ({error})")]
    Page {
        /// Google's word for it, for example `redirect_uri_mismatch`.
        error: &'static str,
    },
    /// The mock has no such account.
    #[error("the mock has no such account")]
    UnknownAccount,
}

/// Without the query, which holds `state`.
impl fmt::Debug for Consent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("account", &self.account)
            .field("unticked", &self.unticked)
            .finish_non_exhaustive()
    }
}

impl From<PageError> for ConsentError {
    fn from(error: PageError) -> Self {
        Self::Page { error: error.0 }
    }
}

/// A person before the consent page, for tests without a browser. Goes through the code of the page.
#[must_use = "nobody has clicked yet"]
pub struct Consent<'a> {
    google: &'a MockGoogle,
    query: Vec<(String, String)>,
    account: Option<String>,
    unticked: Vec<String>,
}

impl Consent<'_> {
    /// Chooses this account, by its id or address; else the hinted one, else the first.
    pub fn account(mut self, sub_or_email: &str) -> Self {
        self.account = Some(sub_or_email.to_owned());
        self
    }

    /// Unticks this scope; `email` and its URL are the same.
    pub fn without(mut self, scope: &str) -> Self {
        self.unticked.push(canonical(scope).to_owned());
        self
    }

    /// Clicks *Allow*, and returns the address that the browser is sent to.
    ///
    /// # Errors
    /// [`ConsentError`] when the page shows an error, or the account is unknown.
    pub fn allow(self) -> Result<Url, ConsentError> {
        let site = &self.google.hub.site;
        let mut state = site.state();
        let asked = read(&state, &self.query)?;
        let account = match (&self.account, &asked.login_hint) {
            (Some(chosen), _) => state.account(chosen),
            (None, Some(hint)) if state.account(hint).is_some() => state.account(hint),
            (None, _) => state.accounts.iter().find(|account| !account.deleted),
        };
        let account = account.ok_or(ConsentError::UnknownAccount)?.sub.clone();
        let scopes = asked
            .scopes
            .iter()
            .filter(|scope| !self.unticked.iter().any(|unticked| unticked == canonical(scope)))
            .cloned()
            .collect();
        Ok(decide(&mut state, &site.time, &asked, &Decision::Allow { account, scopes })?)
    }

    /// Clicks *Deny*, and returns the address that the browser is sent to.
    ///
    /// # Errors
    /// [`ConsentError::Page`] when the page shows an error.
    pub fn deny(self) -> Result<Url, ConsentError> {
        let site = &self.google.hub.site;
        let mut state = site.state();
        let asked = read(&state, &self.query)?;
        Ok(decide(&mut state, &site.time, &asked, &Decision::Deny)?)
    }
}

impl MockGoogle {
    /// A person opens this consent page.
    pub fn consent(&self, authorize_url: &Url) -> Consent<'_> {
        Consent {
            google: self,
            query: pairs(authorize_url.query().unwrap_or_default().as_bytes()),
            account: None,
            unticked: Vec::new(),
        }
    }

    /// A person allows everything, and is sent to the returned address.
    ///
    /// # Errors
    /// [`ConsentError::Page`] when the page shows an error.
    pub fn approve(&self, authorize_url: &Url) -> Result<Url, ConsentError> {
        self.consent(authorize_url).allow()
    }
}
