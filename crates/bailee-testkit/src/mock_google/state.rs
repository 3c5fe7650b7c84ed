use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::{GoogleAccount, GoogleClient, calendar::Calendar, drive::Drive, gmail::Mailbox, scope::Scopes};
pub(super) use crate::mock_provider::object;

/// How the mock treats a refresh token that was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// It stays, and no answer to a refresh names another: as Google does.
    #[default]
    Off,
    /// It is replaced, and the old one is good for so many uses more. A use after those ends the whole grant.
    Grace(u32),
    /// It is replaced; a second use ends the whole grant.
    Strict,
}

/// All that the mock knows.
pub(super) struct State {
    pub(super) accounts: Vec<GoogleAccount>,
    pub(super) clients: Vec<GoogleClient>,
    pub(super) grants: BTreeMap<u64, Grant>,
    pub(super) codes: HashMap<String, Code>,
    /// Token to grant; a token stays known when it dies.
    pub(super) access: HashMap<String, Access>,
    pub(super) refresh: HashMap<String, RefreshToken>,
    pub(super) id_tokens: Vec<String>,
    pub(super) calendars: HashMap<String, Calendar>,
    pub(super) drives: HashMap<String, Drive>,
    pub(super) mailboxes: HashMap<String, Mailbox>,
    pub(super) settings: Settings,
    pub(super) serial: u64,
    pub(super) reuses: usize,
}

/// What a test can set.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) rotation: Rotation,
    pub(super) expires_in: i64,
    pub(super) refresh_token_expires_in: Option<i64>,
    /// The `iss` of callbacks; `None`: none is sent.
    pub(super) callback_issuer: Option<String>,
    pub(super) page_size: usize,
    pub(super) refresh_token_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rotation: Rotation::Off,
            expires_in: 3599,
            refresh_token_expires_in: None,
            callback_issuer: Some(super::ISSUER.to_owned()),
            page_size: usize::MAX,
            refresh_token_limit: 100,
        }
    }
}

/// What one consent gave. All tokens of it are one family.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) sub: String,
    pub(super) client_id: String,
    pub(super) project: String,
    pub(super) scopes: Scopes,
    pub(super) alive: bool,
    /// Whether a consent, and not only an exchange, made it: Google then gives a refresh token.
    pub(super) offline: bool,
    pub(super) nonce: Option<String>,
}

pub(super) struct Code {
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    pub(super) issued: Option<Duration>,
    pub(super) expired: bool,
    /// The grant that it became.
    pub(super) used: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) grant: u64,
    pub(super) expired: bool,
    /// By the test's clock, where there is one.
    pub(super) expires: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(super) struct RefreshToken {
    pub(super) grant: u64,
    pub(super) serial: u64,
    pub(super) alive: bool,
    /// Uses that are left, once it was replaced.
    pub(super) replaced: Option<u32>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            accounts: Vec::new(),
            clients: Vec::new(),
            grants: BTreeMap::new(),
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            id_tokens: Vec::new(),
            calendars: HashMap::new(),
            drives: HashMap::new(),
            mailboxes: HashMap::new(),
            settings: Settings::default(),
            serial: 0,
            reuses: 0,
        }
    }

    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(super) fn client(&self, client_id: &str) -> Option<&GoogleClient> {
        self.clients.iter().find(|client| client.client_id == client_id)
    }

    /// By id or address; an address is compared without case.
    pub(super) fn account(&self, hint: &str) -> Option<&GoogleAccount> {
        self.accounts.iter().find(|account| {
            !account.deleted && (account.sub == hint || account.email.eq_ignore_ascii_case(hint))
        })
    }

    pub(super) fn account_by_sub(&self, sub: &str) -> Option<&GoogleAccount> {
        self.accounts.iter().find(|account| account.sub == sub)
    }

    pub(super) fn is_live(&self, grant: u64) -> bool {
        self.grants.get(&grant).is_some_and(|grant| grant.alive)
    }

    /// Ends one grant with all its tokens.
    pub(super) fn end(&mut self, grant: u64) {
        if let Some(grant) = self.grants.get_mut(&grant) {
            grant.alive = false;
        }
    }

    /// Ends every grant of the account to the project.
    pub(super) fn end_all(&mut self, sub: &str, project: Option<&str>) {
        for grant in self.grants.values_mut() {
            if grant.sub == sub && project.is_none_or(|project| grant.project == project) {
                grant.alive = false;
            }
        }
    }

    /// Whether the account ever consented to the client.
    pub(super) fn has_consented(&self, sub: &str, client_id: &str) -> bool {
        self.grants.values().any(|grant| grant.alive && grant.sub == sub && grant.client_id == client_id)
    }

    /// What the account granted to any client of the project.
    pub(super) fn granted_before(&self, sub: &str, project: &str) -> Scopes {
        self.grants
            .values()
            .filter(|grant| grant.alive && grant.sub == sub && grant.project == project)
            .flat_map(|grant| grant.scopes.iter().cloned())
            .collect()
    }

    /// The live access token's grant.
    pub(super) fn by_access_token(&self, token: &str, now: Option<Duration>) -> Option<&Grant> {
        let access = self.access.get(token)?;
        let too_late = access.expires.zip(now).is_some_and(|(expires, now)| now >= expires);
        if access.expired || too_late {
            return None;
        }
        self.grants.get(&access.grant).filter(|grant| grant.alive)
    }

    pub(super) fn live_refresh_tokens(&self) -> usize {
        self.refresh
            .values()
            .filter(|token| token.alive && token.replaced.is_none() && self.is_live(token.grant))
            .count()
    }

    pub(super) fn live_access_tokens(&self, now: Option<Duration>) -> usize {
        self.access.keys().filter(|token| self.by_access_token(token, now).is_some()).count()
    }

    /// The account's calendar, made at its first use.
    pub(super) fn calendar(&mut self, sub: &str) -> &mut Calendar {
        self.calendars.entry(sub.to_owned()).or_default()
    }

    /// The account's mailbox, made at its first use.
    pub(super) fn mailbox(&mut self, sub: &str) -> &mut Mailbox {
        self.mailboxes.entry(sub.to_owned()).or_default()
    }

    /// The account's files, made at their first use.
    pub(super) fn drive(&mut self, sub: &str) -> &mut Drive {
        self.drives.entry(sub.to_owned()).or_default()
    }
}
