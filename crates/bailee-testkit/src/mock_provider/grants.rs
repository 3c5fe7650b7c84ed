use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};

use super::{RecordedRequest, consent::Asked, token};

/// The consents of a mock authorization server, and the codes and tokens that came of them. What dies stays known.
#[derive(Default)]
pub(crate) struct Grants {
    consents: BTreeMap<u64, Grant>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Token>,
    refresh: HashMap<String, Token>,
    serial: u64,
}

/// What one consent gave.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) account: String,
    pub(crate) client_id: String,
    pub(crate) scopes: BTreeSet<String>,
    alive: bool,
}

struct Code {
    grant: Grant,
    redirect_uri: String,
    challenge: Option<String>,
    /// The grant that it became.
    used: Option<u64>,
}

struct Token {
    grant: u64,
    fate: Fate,
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Alive,
    Expired,
    Revoked,
    /// There never was one.
    Unknown,
    /// A refresh token that was replaced.
    Used,
}

/// Why a code gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeError {
    /// It is for another client, another redirect URI or another verifier.
    Mismatch,
    /// It is not there, or no more.
    NotFound,
}

impl Grants {
    /// A code of a consent that the account gave.
    pub(crate) fn new_code(&mut self, prefix: &str, account: &str, asked: &Asked) -> String {
        let grant = Grant {
            account: account.to_owned(),
            client_id: asked.client_id.clone(),
            scopes: asked.scopes.iter().cloned().collect(),
            alive: true,
        };
        let (redirect_uri, challenge) = (asked.redirect_text.clone(), asked.challenge.clone());
        let text = token(prefix);
        self.codes.insert(text.clone(), Code { grant, redirect_uri, challenge, used: None });
        text
    }

    /// A grant for the code of a token request. Used a second time, a code ends what came of it (RFC 6749 §4.1.2).
    pub(crate) fn redeem(&mut self, request: &RecordedRequest, client_id: &str) -> Result<u64, CodeError> {
        let known =
            self.codes.get_mut(request.form("code").unwrap_or_default()).ok_or(CodeError::NotFound)?;
        if let Some(id) = known.used {
            self.end(id);
            return Err(CodeError::NotFound);
        }
        let verifier = request.form("code_verifier");
        let same = request.form("redirect_uri") == Some(known.redirect_uri.as_str())
            && known.grant.client_id == client_id
            && verifier.map(s256) == known.challenge;
        if !same {
            return Err(CodeError::Mismatch);
        }
        self.serial += 1;
        known.used = Some(self.serial);
        self.consents.insert(self.serial, known.grant.clone());
        Ok(self.serial)
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Grant> {
        self.consents.get(&id)
    }

    pub(crate) fn new_access_token(&mut self, prefix: &str, grant: u64) -> String {
        let text = token(prefix);
        self.access.insert(text.clone(), Token { grant, fate: Fate::Alive });
        text
    }

    pub(crate) fn new_refresh_token(&mut self, prefix: &str, grant: u64) -> String {
        let text = token(prefix);
        self.refresh.insert(text.clone(), Token { grant, fate: Fate::Alive });
        text
    }

    pub(crate) fn access_fate(&self, text: &str) -> Fate {
        self.fate(self.access.get(text))
    }

    /// The grant of a live access token.
    pub(crate) fn by_access_token(&self, text: &str) -> Option<&Grant> {
        let token = self.access.get(text)?;
        (self.fate(Some(token)) == Fate::Alive).then(|| self.consents.get(&token.grant))?
    }

    /// What became of a refresh token, and its grant where this client has one.
    pub(crate) fn by_refresh_token(&self, text: &str, client_id: &str) -> (Fate, Option<u64>) {
        let token = self.refresh.get(text).filter(|token| {
            self.consents.get(&token.grant).is_some_and(|grant| grant.client_id == client_id)
        });
        (self.fate(token), token.map(|token| token.grant))
    }

    fn fate(&self, token: Option<&Token>) -> Fate {
        match token {
            None => Fate::Unknown,
            Some(token) if !self.consents.get(&token.grant).is_some_and(|grant| grant.alive) => Fate::Revoked,
            Some(token) => token.fate,
        }
    }

    /// From now on the refresh token is one that was replaced.
    pub(crate) fn replace(&mut self, refresh_token: &str) {
        if let Some(token) = self.refresh.get_mut(refresh_token) {
            token.fate = Fate::Used;
        }
    }

    /// Ends one token, of either kind. Tells whether it was alive.
    pub(crate) fn revoke(&mut self, text: &str) -> bool {
        let known = self.refresh.get(text).or_else(|| self.access.get(text));
        let alive = self.fate(known) == Fate::Alive;
        for tokens in [&mut self.refresh, &mut self.access] {
            if let Some(token) = tokens.get_mut(text).filter(|_| alive) {
                token.fate = Fate::Revoked;
            }
        }
        alive
    }

    /// Ends one grant with all its tokens.
    pub(crate) fn end(&mut self, id: u64) {
        if let Some(grant) = self.consents.get_mut(&id) {
            grant.alive = false;
        }
    }

    /// Ends the grants of an account, of which this holds.
    pub(crate) fn end_those(&mut self, account: &str, which: impl Fn(u64, &Grant) -> bool) {
        for (id, grant) in &mut self.consents {
            if grant.account == account && which(*id, grant) {
                grant.alive = false;
            }
        }
    }

    /// Lets every access token expire that was issued so far.
    pub(crate) fn expire_access_tokens(&mut self) {
        for token in self.access.values_mut().filter(|token| token.fate == Fate::Alive) {
            token.fate = Fate::Expired;
        }
    }

    /// How many access tokens and refresh tokens work now.
    pub(crate) fn live_tokens(&self) -> (usize, usize) {
        let live = |tokens: &HashMap<String, Token>| {
            tokens.values().filter(|token| self.fate(Some(token)) == Fate::Alive).count()
        };
        (live(&self.access), live(&self.refresh))
    }

    /// Every code and token, live and dead.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = String> {
        self.codes.keys().chain(self.access.keys()).chain(self.refresh.keys()).cloned()
    }
}

/// BASE64URL(SHA-256(verifier)), RFC 7636 §4.6.
fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// It is made of secrets.
impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").finish_non_exhaustive()
    }
}
