use serde_json::Value;

use super::{GoogleAccount, GoogleClient, MockGoogle, Rotation};
use crate::mock_provider::{Endpoint, Fault, PlantedFault, RecordedRequest};

/// What went over the wire.
impl MockGoogle {
    /// Every request since the start or the last [`MockGoogle::clear_requests`], in order of arrival; the newest
    /// 100,000 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.hub.log.requests()
    }

    /// How many requests this path got, those of that `grant_type` only where one is named.
    #[must_use]
    pub fn count(&self, path: &str, grant_type: Option<&str>) -> usize {
        self.hub.log.count(|request| {
            request.path == path
                && grant_type.is_none_or(|grant_type| request.form("grant_type") == Some(grant_type))
        })
    }

    /// How many requests this endpoint got.
    #[must_use]
    pub fn count_of(&self, endpoint: Endpoint) -> usize {
        self.hub.log.count(|request| request.endpoint == Some(endpoint))
    }

    /// How many requests this path was serving at once, at most.
    ///
    /// A request counts until it is carried out, even when its client has hung up.
    #[must_use]
    pub fn max_in_flight(&self, path: &str) -> usize {
        match path {
            super::AUTHORIZE_PATH => self.max_in_flight_of(Endpoint::Authorize),
            super::TOKEN_PATH => self.max_in_flight_of(Endpoint::Token),
            super::REVOKE_PATH => self.max_in_flight_of(Endpoint::Revoke),
            super::USERINFO_PATH => self.max_in_flight_of(Endpoint::UserInfo),
            _ => 0,
        }
    }

    /// How many requests this endpoint was serving at once, at most.
    #[must_use]
    pub fn max_in_flight_of(&self, endpoint: Endpoint) -> usize {
        self.hub.log.most_in_flight(endpoint)
    }

    /// How many requests with one and the same refresh token it was serving at once, at most: two mean that somebody's
    /// grant was refreshed twice.
    #[must_use]
    pub fn max_in_flight_of_one_token(&self) -> usize {
        self.hub.log.most_of_one_token()
    }

    /// Forgets the requests and the counters, and nothing else.
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

/// What happens at Google behind everybody's back.
impl MockGoogle {
    /// Adds an account.
    pub fn add_account(&self, account: GoogleAccount) {
        self.hub.site.state().accounts.push(account);
    }

    /// Adds an OAuth client.
    pub fn add_client(&self, client: GoogleClient) {
        self.hub.site.state().clients.push(client);
    }

    /// Replaces the secrets of a client.
    pub fn set_client_secrets(&self, client_id: &str, secrets: &[&str]) {
        let mut state = self.hub.site.state();
        for client in state.clients.iter_mut().filter(|client| client.client_id == client_id) {
            client.secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        }
    }

    /// Deletes a client: it is answered with `deleted_client`.
    pub fn delete_client(&self, client_id: &str) {
        let mut state = self.hub.site.state();
        for client in state.clients.iter_mut().filter(|client| client.client_id == client_id) {
            client.deleted = true;
        }
    }

    /// Deletes an account, by its id or address.
    pub fn delete_account(&self, sub_or_email: &str) {
        let mut state = self.hub.site.state();
        let sub = state.account(sub_or_email).map(|account| account.sub.clone());
        for account in state.accounts.iter_mut().filter(|account| Some(&account.sub) == sub.as_ref()) {
            account.deleted = true;
        }
    }

    /// Lets every access token expire that was issued so far. Refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        for access in self.hub.site.state().access.values_mut() {
            access.expired = true;
        }
    }

    /// Lets every code expire that was not exchanged.
    pub fn expire_codes(&self) {
        for code in self.hub.site.state().codes.values_mut() {
            code.expired = true;
        }
    }

    /// The person, by id or address, takes back all access in the settings of their account.
    pub fn revoke_by_user(&self, sub_or_email: &str) {
        let mut state = self.hub.site.state();
        if let Some(sub) = state.account(sub_or_email).map(|account| account.sub.clone()) {
            state.end_all(&sub, None);
        }
    }

    /// What later answers say of the lifetime of an access token; 3599 unless it is set. With a clock the token then
    /// really lives so long.
    pub fn set_expires_in(&self, seconds: i64) {
        self.hub.site.state().settings.expires_in = seconds;
    }

    /// What later exchanges say of the lifetime of a refresh token, as after a time-based consent.
    pub fn set_refresh_token_expires_in(&self, seconds: Option<i64>) {
        self.hub.site.state().settings.refresh_token_expires_in = seconds;
    }

    /// How refresh tokens are treated from now on.
    pub fn set_rotation(&self, rotation: Rotation) {
        self.hub.site.state().settings.rotation = rotation;
    }

    /// The `iss` of later callbacks (RFC 9207); `None`: they carry none.
    pub fn set_callback_issuer(&self, issuer: Option<&str>) {
        self.hub.site.state().settings.callback_issuer = issuer.map(str::to_owned);
    }

    /// Answers lists in pages of at most so many items, however many were asked for.
    pub fn set_page_size(&self, items: usize) {
        self.hub.site.state().settings.page_size = items;
    }
}

/// What Google knows.
impl MockGoogle {
    /// How many access tokens work now.
    #[must_use]
    pub fn live_access_tokens(&self) -> usize {
        let site = &self.hub.site;
        site.state().live_access_tokens(site.time.elapsed())
    }

    /// How many refresh tokens work now; a rotated one within its grace does not count.
    #[must_use]
    pub fn live_refresh_tokens(&self) -> usize {
        self.hub.site.state().live_refresh_tokens()
    }

    /// How many consents hold now.
    #[must_use]
    pub fn live_grants(&self) -> usize {
        let state = self.hub.site.state();
        state.grants.values().filter(|grant| grant.alive).count()
    }

    /// How often a rotated refresh token was used again, and its grant was ended for it.
    #[must_use]
    pub fn reuses(&self) -> usize {
        self.hub.site.state().reuses
    }

    /// Whether this access token works now.
    #[must_use]
    pub fn is_live(&self, access_token: &str) -> bool {
        let site = &self.hub.site;
        site.state().by_access_token(access_token, site.time.elapsed()).is_some()
    }

    /// The events in the account's calendar that were not deleted, in the order of their ids.
    #[must_use]
    pub fn events(&self, sub_or_email: &str) -> Vec<Value> {
        let mut state = self.hub.site.state();
        let Some(sub) = state.account(sub_or_email).map(|account| account.sub.clone()) else {
            return Vec::new();
        };
        state.calendar(&sub).events()
    }

    /// Every secret that it issued or that its clients have: tokens (identity tokens as well), codes and client secrets,
    /// live and dead. For searching logs.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.hub.site.state();
        let clients = state.clients.iter().flat_map(|client| client.secrets.iter());
        clients
            .chain(state.access.keys())
            .chain(state.refresh.keys())
            .chain(state.codes.keys())
            .chain(&state.id_tokens)
            .cloned()
            .collect()
    }
}
