use std::collections::{BTreeSet, HashMap};

use http::StatusCode;
use serde_json::{Value, json};

use crate::mock_provider::{Answer, Visitor, token};

/// Whom a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bot,
    User,
}

/// What a person allowed, until it is exchanged.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) redirect_uri: String,
    pub(super) user: String,
    pub(super) bot_scopes: Vec<String>,
    pub(super) user_scopes: Vec<String>,
    pub(super) used: bool,
}

#[derive(Clone)]
pub(super) struct Access {
    pub(super) kind: Kind,
    pub(super) user: String,
    pub(super) alive: bool,
    pub(super) expired: bool,
}

#[derive(Clone)]
pub(super) struct Refresh {
    pub(super) kind: Kind,
    pub(super) user: String,
    pub(super) alive: bool,
}

/// Where people may be sent back to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    /// Secured addresses, as Slack wants it.
    Https,
    /// Plain addresses of this machine too.
    Loopback,
}

/// All that the mock knows.
pub(super) struct State {
    /// Whom the consent page waits for.
    pub(super) visitor: Visitor,
    pub(super) redirects: Redirects,
    pub(super) rotation: bool,
    pub(super) may_uninstall: bool,
    pub(super) installed: bool,
    pub(super) codes: HashMap<String, Code>,
    pub(super) access: HashMap<String, Access>,
    pub(super) refresh: HashMap<String, Refresh>,
    /// What the bot may, and what people may through the app.
    pub(super) bot_scopes: BTreeSet<String>,
    pub(super) user_scopes: BTreeSet<String>,
    /// Bodies of `chat.postMessage` that were taken, with the conversation that each went to.
    pub(super) messages: Vec<(String, Value)>,
}

/// Parts of an answer.
pub(super) type Members = Vec<(&'static str, Option<Value>)>;

/// A word of Slack's for what is wrong.
pub(super) type Refused = &'static str;

impl State {
    pub(super) fn new(rotation: bool) -> Self {
        Self {
            visitor: Visitor::Program,
            redirects: Redirects::Https,
            rotation,
            may_uninstall: true,
            installed: false,
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            bot_scopes: BTreeSet::new(),
            user_scopes: BTreeSet::new(),
            messages: Vec::new(),
        }
    }

    /// The live token of that text.
    pub(super) fn live(&self, text: Option<&str>) -> Result<&Access, Refused> {
        let access = self.access.get(text.ok_or("not_authed")?).ok_or("invalid_auth")?;
        match access {
            Access { alive: false, .. } => Err("token_revoked"),
            Access { expired: true, .. } => Err("token_expired"),
            live => Ok(live),
        }
    }

    /// Tokens of a kind, as members of an answer.
    pub(super) fn issue(&mut self, kind: Kind, user: &str) -> Members {
        let prefix = match (kind, self.rotation) {
            (Kind::Bot, false) => "xoxb-mock-",
            (Kind::Bot, true) => "xoxe.xoxb-1-mock-",
            (Kind::User, false) => "xoxp-mock-",
            (Kind::User, true) => "xoxe.xoxp-1-mock-",
        };
        let shared = self.access.iter().find(|(_, access)| {
            access.alive && access.kind == kind && (kind == Kind::Bot || access.user == user)
        });
        let text = match shared.filter(|_| !self.rotation) {
            Some((text, _)) => text.clone(),
            None => token(prefix),
        };
        let access = Access { kind, user: user.to_owned(), alive: true, expired: false };
        self.access.insert(text.clone(), access);
        let token_type = if kind == Kind::Bot { "bot" } else { "user" };
        let refresh = self.rotation.then(|| token("xoxe-1-mock-"));
        if let Some(refresh) = &refresh {
            self.refresh.insert(refresh.clone(), Refresh { kind, user: user.to_owned(), alive: true });
        }
        vec![
            ("access_token", Some(json!(text))),
            ("token_type", Some(json!(token_type))),
            ("expires_in", refresh.is_some().then(|| json!(43_200))),
            ("refresh_token", refresh.map(Value::from)),
        ]
    }

    /// The app leaves the workspace.
    pub(super) fn uninstall(&mut self) {
        self.installed = false;
        self.bot_scopes.clear();
        self.user_scopes.clear();
        self.access.values_mut().for_each(|access| access.alive = false);
        self.refresh.values_mut().for_each(|refresh| refresh.alive = false);
    }
}

/// What Slack answers: 200, whatever happened.
pub(super) fn answer(tried: Result<Value, Refused>) -> Answer {
    let body = tried.unwrap_or_else(|word| json!({ "ok": false, "error": word }));
    Answer::json(StatusCode::OK, &body)
}

pub(super) fn listed(scopes: &BTreeSet<String>) -> String {
    scopes.iter().cloned().collect::<Vec<_>>().join(",")
}
