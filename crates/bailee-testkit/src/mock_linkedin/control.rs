use serde_json::Value;
use url::Url;

use super::{
    ACCOUNT_ID, CLIENT_SECRET, MockLinkedIn, oauth,
    state::{LinkedInAccount, LinkedInMessage, LinkedInPost},
};
use crate::mock_provider::{ConsentRefused, Endpoint, Fault, PlantedFault, RecordedRequest, Visitor, pairs};

/// What went over the wire.
impl MockLinkedIn {
    /// Every request since the start or the last [`MockLinkedIn::clear_requests`], in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.hub.log.requests()
    }

    /// How many requests this endpoint got.
    #[must_use]
    pub fn count_of(&self, endpoint: Endpoint) -> usize {
        self.hub.log.count(|request| request.endpoint == Some(endpoint))
    }

    /// Forgets the requests, and nothing else.
    pub fn clear_requests(&self) {
        self.hub.log.clear();
    }

    /// Plants a fault: a standing rule, unless the returned value narrows it.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) -> PlantedFault<'_> {
        self.hub.faults.plant(endpoint, fault)
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.hub.faults.clear();
    }
}

/// What people do at LinkedIn.
impl MockLinkedIn {
    /// The account allows everything on this consent page, and is sent to the returned address. Where the app may not ask
    /// for a scope, that carries `unauthorized_scope_error`.
    ///
    /// # Errors
    /// [`ConsentRefused`] when the page shows an error.
    pub fn approve(&self, consent_page: &Url) -> Result<Url, ConsentRefused> {
        let asked = oauth::read(&pairs(consent_page.query().unwrap_or_default().as_bytes()))?;
        Ok(oauth::allow(&mut self.hub.site.state(), ACCOUNT_ID, &asked))
    }

    /// The account turns back on this consent page, and is sent to the returned address.
    ///
    /// # Errors
    /// [`ConsentRefused`] when the page shows an error.
    pub fn deny(&self, consent_page: &Url) -> Result<Url, ConsentRefused> {
        let asked = oauth::read(&pairs(consent_page.query().unwrap_or_default().as_bytes()))?;
        Ok(oauth::deny(&asked))
    }

    /// From now on the consent page waits for a person, who chooses an account and clicks *Allow* or *Deny*.
    pub fn show_consent_page(&self) {
        self.hub.site.state().visitor = Visitor::Person;
    }

    /// Adds an account, which can be chosen on the consent page.
    pub fn add_account(&self, account: LinkedInAccount) {
        self.hub.site.state().accounts.push(account);
    }

    /// Lets every access token expire that was issued so far. Refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        self.hub.site.state().grants.expire_access_tokens();
    }

    /// [`ACCOUNT_ID`] takes back all access in its settings.
    pub fn revoke_by_user(&self) {
        self.hub.site.state().grants.end_those(ACCOUNT_ID, |_, _| true);
    }

    /// What the snapshot of the inbox is made of.
    pub fn set_snapshot(&self, parts: Vec<Value>) {
        self.hub.site.state().snapshot = parts;
    }
}

/// What LinkedIn knows.
impl MockLinkedIn {
    /// The posts, oldest first, as people see them.
    #[must_use]
    pub fn posts(&self) -> Vec<LinkedInPost> {
        self.hub.site.state().posts.clone()
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<LinkedInMessage> {
        self.hub.site.state().messages.clone()
    }

    /// How many access tokens and refresh tokens work now.
    #[must_use]
    pub fn live_tokens(&self) -> (usize, usize) {
        self.hub.site.state().grants.live_tokens()
    }

    /// Every secret that it issued or that its client has, live and dead. For searching logs.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.hub.site.state();
        std::iter::once(CLIENT_SECRET.to_owned()).chain(state.grants.secrets()).collect()
    }
}
