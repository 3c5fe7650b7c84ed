use http::Method;
use url::Url;

use super::{
    AUTHORIZE_PATH, CLIENT_ID, MockSlack, TEAM_NAME, USER_ID,
    state::{Code, Redirects, State},
};
use crate::mock_provider::{
    Answer, Choice, Decision, Question, RecordedRequest, Visitor, dead_end, is_loopback, pairs, redirect,
    token,
};

/// The people of the workspace.
const PEOPLE: [(&str, &str); 2] = [(USER_ID, "Ada"), ("U0BOB", "Bob")];

/// The consent page showed an error instead of a question.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the consent page shows an error ({error})")]
pub struct ConsentError {
    /// A word for it, for example `bad_redirect_uri`.
    pub error: &'static str,
}

/// What stands in the query of the consent page.
struct Asked {
    redirect_uri: Url,
    /// As it was spelt.
    redirect_text: String,
    bot_scopes: Vec<String>,
    user_scopes: Vec<String>,
    state: Option<String>,
}

/// `GET` and `POST /oauth/v2/authorize`: without a page for people, [`USER_ID`] allows everything.
pub(super) fn page(state: &mut State, request: &RecordedRequest) -> Answer {
    let asked = match read(state, &request.query) {
        Ok(asked) => asked,
        Err(refused) => return dead_end(refused.error),
    };
    if request.method == Method::GET && state.visitor == Visitor::Program {
        return redirect(&allow(state, USER_ID, &asked));
    }
    let scopes = asked.bot_scopes.iter().chain(&asked.user_scopes);
    let question = Question {
        provider: "Slack",
        app: CLIENT_ID,
        accounts: PEOPLE.map(|(id, name)| Choice::new(id, format!("{name} in {TEAM_NAME}"))).into(),
        hinted: None,
        scopes: scopes.map(|scope| Choice::new(scope, scope)).collect(),
        granular: false,
        redirect_uri: &asked.redirect_uri,
    };
    question.answer(request, |decision| match decision {
        Decision::Allow { account, .. } => Ok(allow(state, account, &asked)),
        Decision::Deny => Ok(callback(&asked, ("error", "access_denied"))),
    })
}

fn read(state: &State, query: &[(String, String)]) -> Result<Asked, ConsentError> {
    let refused = |error| ConsentError { error };
    let asked = |name: &str| query.iter().find(|(mine, _)| mine == name).map(|(_, value)| value.clone());
    if asked("client_id").as_deref() != Some(CLIENT_ID) {
        return Err(refused("invalid_client_id"));
    }
    if asked("code_challenge").is_some() {
        return Err(refused("pkce_not_allowed"));
    }
    let redirect_text = asked("redirect_uri").ok_or(refused("bad_redirect_uri"))?;
    let redirect_uri: Url = redirect_text.parse().map_err(|_| refused("bad_redirect_uri"))?;
    let loopback = state.redirects == Redirects::Loopback && is_loopback(&redirect_uri);
    if redirect_uri.scheme() != "https" && !loopback {
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
    Ok(Asked { redirect_uri, redirect_text, bot_scopes, user_scopes, state: asked("state") })
}

fn allow(state: &mut State, user: &str, asked: &Asked) -> Url {
    let code = Code {
        redirect_uri: asked.redirect_text.clone(),
        user: user.to_owned(),
        bot_scopes: asked.bot_scopes.clone(),
        user_scopes: asked.user_scopes.clone(),
        used: false,
    };
    let text = token("1234.5678.mock-code-");
    state.codes.insert(text.clone(), code);
    callback(asked, ("code", &text))
}

fn callback(asked: &Asked, outcome: (&str, &str)) -> Url {
    let state = asked.state.as_deref().map(|state| ("state", state));
    let mut callback = asked.redirect_uri.clone();
    callback.query_pairs_mut().extend_pairs([outcome]).extend_pairs(state);
    callback
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
        let mut state = self.hub.site.state();
        let asked = opened(&state, page)?;
        Ok(allow(&mut state, user, &asked))
    }

    /// Somebody turns back on this consent page, and is sent to the returned address.
    ///
    /// # Errors
    /// As [`MockSlack::approve`].
    pub fn deny(&self, page: &Url) -> Result<Url, ConsentError> {
        let asked = opened(&self.hub.site.state(), page)?;
        Ok(callback(&asked, ("error", "access_denied")))
    }

    /// From now on the consent page waits for a person, who chooses who they are and clicks *Allow* or *Deny*.
    pub fn show_consent_page(&self) {
        self.hub.site.state().visitor = Visitor::Person;
    }
}

fn opened(state: &State, page: &Url) -> Result<Asked, ConsentError> {
    if page.path() != AUTHORIZE_PATH {
        return Err(ConsentError { error: "not_found" });
    }
    read(state, &pairs(page.query().unwrap_or_default().as_bytes()))
}
