use url::Url;

use super::{
    CLIENT_SECRET, MockX, oauth,
    state::{XAccount, XMessage, XPost},
};
use crate::mock_provider::{ConsentRefused, Endpoint, Fault, PlantedFault, RecordedRequest, Visitor, pairs};

/// What went over the wire.
impl MockX {
    /// Every request since the start or the last [`MockX::clear_requests`], in order of arrival.
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

    /// Removes all faults and all limits.
    pub fn heal(&self) {
        self.hub.faults.clear();
        self.hub.site.state().limits.clear();
    }

    /// Answers 429 at this endpoint of the API, with a limit that ends in so many seconds by the date of the answer.
    pub fn limit(&self, endpoint: Endpoint, seconds: i64) {
        self.hub.site.state().limits.insert(endpoint, seconds);
    }
}

/// What people do at X.
impl MockX {
    /// The first account allows everything on this consent page, and is sent to the returned address.
    ///
    /// # Errors
    /// [`ConsentRefused`] when the page shows an error.
    pub fn approve(&self, consent_page: &Url) -> Result<Url, ConsentRefused> {
        let mut state = self.hub.site.state();
        let asked = oauth::read(&pairs(consent_page.query().unwrap_or_default().as_bytes()))?;
        let nobody = ConsentRefused { error: "access_denied" };
        let account = state.accounts.first().ok_or(nobody)?.id.clone();
        Ok(oauth::allow(&mut state, &account, &asked))
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

    /// Adds an account. It can be written to and named, and chosen on the consent page.
    pub fn add_account(&self, account: XAccount) {
        self.hub.site.state().accounts.push(account);
    }

    /// An account, by its id, posts something; everybody follows everybody.
    pub fn add_post(&self, author_id: &str, text: &str) {
        self.hub.site.state().add_post(author_id, text, None);
    }

    /// An account writes to another, both by their ids.
    pub fn add_message(&self, sender_id: &str, recipient_id: &str, text: &str) {
        self.hub.site.state().add_message(sender_id, recipient_id, text);
    }

    /// Lets every access token expire that was issued so far. Refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        self.hub.site.state().grants.expire_access_tokens();
    }

    /// The account, by its id, takes back all access in its settings.
    pub fn revoke_by_user(&self, account_id: &str) {
        self.hub.site.state().grants.end_those(account_id, |_, _| true);
    }
}

/// What X knows.
impl MockX {
    /// The posts, oldest first.
    #[must_use]
    pub fn posts(&self) -> Vec<XPost> {
        self.hub.site.state().posts.clone()
    }

    /// The direct messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<XMessage> {
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
