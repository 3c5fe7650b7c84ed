use std::fmt::Write as _;

use http::{Method, StatusCode};
use url::Url;

use super::{Answer, RecordedRequest, dead_end, escape, page, redirect};

/// What a consent page asks a person.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// Whose page it is.
    pub(crate) provider: &'a str,
    /// The app that asks, by its client id.
    pub(crate) app: &'a str,
    /// Whom the person can be.
    pub(crate) accounts: Vec<Choice>,
    /// The account that is chosen at first; else the first one.
    pub(crate) hinted: Option<&'a str>,
    pub(crate) scopes: Vec<Choice>,
    /// Whether the person can leave scopes out.
    pub(crate) granular: bool,
    /// Where the browser goes from here.
    pub(crate) redirect_uri: &'a Url,
}

/// Something to choose.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
}

/// Who opens a consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Somebody who looks at it and decides.
    Person,
    /// A test that follows redirects: everything is allowed at once.
    Program,
}

/// What the person chose.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// This account, with these of the scopes.
    Allow { account: String, scopes: Vec<String> },
    /// Nothing.
    Deny,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, words: impl Into<String>) -> Self {
        Self { value: value.into(), words: words.into() }
    }
}

impl Question<'_> {
    /// Shows the page; when the person has sent it, goes where `decide` says, or nowhere with its word.
    pub(crate) fn answer(
        &self,
        request: &RecordedRequest,
        decide: impl FnOnce(&Decision) -> Result<Url, &'static str>,
    ) -> Answer {
        if request.method != Method::POST {
            return self.page();
        }
        let url = self.decision(request).ok_or("invalid_request").and_then(|decision| decide(&decision));
        url.map_or_else(dead_end, |url| redirect(&url))
    }

    /// What was sent, if it can be chosen on this page.
    fn decision(&self, request: &RecordedRequest) -> Option<Decision> {
        match request.form("decision")? {
            "allow" => {
                let account = match request.form("account") {
                    Some(chosen) => self.accounts.iter().find(|account| account.value == chosen)?,
                    None => self.accounts.get(self.chosen())?,
                };
                Some(Decision::Allow { account: account.value.clone(), scopes: self.ticked(request)? })
            }
            "deny" => Some(Decision::Deny),
            _ => None,
        }
    }

    /// The account that is chosen at first.
    fn chosen(&self) -> usize {
        let hinted = self.hinted.and_then(|hint| self.accounts.iter().position(|one| one.value == hint));
        hinted.unwrap_or_default()
    }

    fn ticked(&self, request: &RecordedRequest) -> Option<Vec<String>> {
        let asked = || self.scopes.iter().map(|scope| scope.value.clone());
        if !self.granular {
            return Some(asked().collect());
        }
        let ticked = || request.form.iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope);
        ticked().all(|scope| asked().any(|asked| asked == *scope)).then(|| ticked().cloned().collect())
    }

    /// A form that is sent to its own address.
    fn page(&self) -> Answer {
        let (provider, app) = (escape(self.provider), escape(self.app));
        let (accounts, scopes) = (radios("account", &self.accounts, self.chosen()), self.scopes());
        let body = format!(
            "<main><h1>Allow access to your {provider} account?</h1>\
             <p>The app <strong>{app}</strong> asks for it. \
             This is the consent page of a mock: no real account is involved.</p>\
             <form method=\"post\"><fieldset><legend>Choose an account</legend>{accounts}</fieldset>{scopes}\
             <p><button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button> \
             <button type=\"submit\" name=\"decision\" value=\"deny\" formnovalidate>Deny</button></p></form></main>"
        );
        // Browsers hold the redirect that follows a form against `form-action` too.
        let next = self.redirect_uri.origin().ascii_serialization();
        let directives = format!("frame-ancestors 'none'; form-action 'self' {next}");
        page(StatusCode::OK, &format!("Sign in - Mock of {}", self.provider), &body, &directives)
    }

    /// As boxes, or as a list where it is all or nothing.
    fn scopes(&self) -> String {
        let mut html = String::new();
        for (index, Choice { value, words }) in self.scopes.iter().enumerate() {
            let (value, words) = (escape(value), escape(words));
            let _ = if self.granular {
                write!(
                    html,
                    "<p><input type=\"checkbox\" name=\"scope\" id=\"scope-{index}\" value=\"{value}\" checked>\
                     <label for=\"scope-{index}\">{words}</label> <small>{value}</small></p>"
                )
            } else {
                write!(html, "<li>{words} <small>{value}</small></li>")
            };
        }
        if self.granular {
            format!("<fieldset><legend>Select what the app can access</legend>{html}</fieldset>")
        } else {
            format!("<h2>What the app can access</h2><ul>{html}</ul>")
        }
    }
}

/// A button for each, of which one can be chosen.
pub(crate) fn radios(name: &str, choices: &[Choice], chosen: usize) -> String {
    let mut html = String::new();
    for (index, Choice { value, words }) in choices.iter().enumerate() {
        let checked = if index == chosen { " checked" } else { "" };
        let (value, words) = (escape(value), escape(words));
        let _ = write!(
            html,
            "<p><input type=\"radio\" name=\"{name}\" id=\"{name}-{index}\" value=\"{value}\" required{checked}>\
             <label for=\"{name}-{index}\">{words}</label></p>"
        );
    }
    html
}
