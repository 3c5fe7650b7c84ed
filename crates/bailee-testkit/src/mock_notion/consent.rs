use url::Url;

use super::{
    CLIENT_ID, MockNotion, WORKSPACE_ID,
    state::{Code, State, Tenant},
};
use crate::mock_provider::{Answer, Choice, Decision, Question, RecordedRequest, dead_end, pairs, token};

/// The consent page showed an error instead of a question.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the consent page shows an error ({parameter})")]
pub struct NotionConsentError {
    /// The parameter that is wrong.
    pub parameter: &'static str,
}

/// What the connection may do where it may do everything, in plain words.
const CAPABILITIES: [(&str, &str); 3] = [
    ("read_content", "View the pages that you choose"),
    ("insert_content", "Insert content into them"),
    ("update_content", "Update their content"),
];

/// `GET` and `POST /v1/oauth/authorize`.
pub(super) fn page(state: &mut State, request: &RecordedRequest) -> Answer {
    let (callback, _) = match callback(&request.query) {
        Ok(callback) => callback,
        Err(error) => return dead_end(error.parameter),
    };
    let workspace = |tenant: &Tenant| Choice::new(&tenant.workspace_id, &tenant.workspace_name);
    let granted = |(name, words): &(&'static str, &'static str)| {
        state.settings.capabilities.contains(*name).then(|| Choice::new(*name, *words))
    };
    let question = Question {
        provider: "Notion",
        app: CLIENT_ID,
        accounts: state.tenants.iter().map(workspace).collect(),
        hinted: None,
        scopes: CAPABILITIES.iter().filter_map(granted).collect(),
        granular: false,
        redirect_uri: &callback,
    };
    question
        .answer(request, |decision| decide(state, &request.query, decision).map_err(|error| error.parameter))
}

/// Where the browser is to go, and the redirect URI as it was spelt.
fn callback(query: &[(String, String)]) -> Result<(Url, String), NotionConsentError> {
    let one = |name: &'static str| {
        let mut values = query.iter().filter(|(mine, _)| mine == name).map(|(_, value)| value.as_str());
        let first = values.next();
        first.filter(|_| values.next().is_none()).ok_or(NotionConsentError { parameter: name })
    };
    for (name, value) in [("client_id", CLIENT_ID), ("response_type", "code"), ("owner", "user")] {
        if one(name)? != value {
            return Err(NotionConsentError { parameter: name });
        }
    }
    let text = one("redirect_uri")?;
    let wrong = NotionConsentError { parameter: "redirect_uri" };
    let mut url = Url::parse(text).map_err(|_| wrong)?;
    if let Ok(state) = one("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok((url, text.to_owned()))
}

fn decide(
    state: &mut State,
    query: &[(String, String)],
    decision: &Decision,
) -> Result<Url, NotionConsentError> {
    let (mut url, redirect_uri) = callback(query)?;
    match decision {
        Decision::Allow { account, .. } => {
            let known = state.tenants.iter().position(|tenant| tenant.workspace_id == *account);
            let tenant = known.ok_or(NotionConsentError { parameter: "account" })?;
            let code = token("03e2b1c7-mock-code-");
            url.query_pairs_mut().append_pair("code", &code);
            state.codes.insert(code, Code { redirect_uri, tenant, used: None });
        }
        Decision::Deny => {
            url.query_pairs_mut().append_pair("error", "access_denied");
        }
    }
    Ok(url)
}

impl MockNotion {
    /// A person picks every page of [`WORKSPACE_ID`] and allows access, and is sent to the returned address.
    ///
    /// # Errors
    /// [`NotionConsentError`] when the page shows an error.
    pub fn approve(&self, authorize_url: &Url) -> Result<Url, NotionConsentError> {
        let account = WORKSPACE_ID.to_owned();
        self.decide(authorize_url, &Decision::Allow { account, scopes: Vec::new() })
    }

    /// A person cancels, and is sent to the returned address.
    ///
    /// # Errors
    /// [`NotionConsentError`] when the page shows an error.
    pub fn deny(&self, authorize_url: &Url) -> Result<Url, NotionConsentError> {
        self.decide(authorize_url, &Decision::Deny)
    }

    fn decide(&self, authorize_url: &Url, decision: &Decision) -> Result<Url, NotionConsentError> {
        let query = pairs(authorize_url.query().unwrap_or_default().as_bytes());
        decide(&mut self.hub.site.state(), &query, decision)
    }
}
