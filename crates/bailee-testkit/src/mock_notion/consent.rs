use http::{Method, StatusCode, header};
use url::Url;

use super::{
    CLIENT_ID, MockNotion,
    state::{Code, State},
};
use crate::mock_provider::{Answer, RecordedRequest, pairs, token};

/// The consent page showed an error instead of a question.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the consent page shows an error ({parameter})")]
pub struct NotionConsentError {
    /// The parameter that is wrong.
    pub parameter: &'static str,
}

/// `GET` and `POST /v1/oauth/authorize`.
pub(super) fn page(state: &mut State, request: &RecordedRequest) -> Answer {
    if let Err(error) = callback(&request.query) {
        return Answer::html(StatusCode::BAD_REQUEST, format!("<!doctype html><p>{error}</p>"));
    }
    if request.method == Method::GET {
        let form = "<!doctype html><html lang=\"en\"><title>Mock workspace</title>\
                    <h1>Share pages with the connection?</h1><form method=\"post\">\
                    <button name=\"decision\" value=\"allow\">Allow access</button> \
                    <button name=\"decision\" value=\"deny\">Cancel</button></form></html>";
        return Answer::html(StatusCode::OK, form.to_owned());
    }
    let allowed = request.form("decision") == Some("allow");
    match decide(state, &request.query, allowed) {
        Ok(callback) => Answer::empty(StatusCode::SEE_OTHER).with(header::LOCATION, callback.as_str()),
        Err(error) => Answer::html(StatusCode::BAD_REQUEST, format!("<!doctype html><p>{error}</p>")),
    }
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

fn decide(state: &mut State, query: &[(String, String)], allowed: bool) -> Result<Url, NotionConsentError> {
    let (mut url, redirect_uri) = callback(query)?;
    if allowed {
        let code = token("03e2b1c7-mock-code-");
        url.query_pairs_mut().append_pair("code", &code);
        state.codes.insert(code, Code { redirect_uri, used: None });
    } else {
        url.query_pairs_mut().append_pair("error", "access_denied");
    }
    Ok(url)
}

impl MockNotion {
    /// A person picks every page and allows access, and is sent to the returned address.
    ///
    /// # Errors
    /// [`NotionConsentError`] when the page shows an error.
    pub fn approve(&self, authorize_url: &Url) -> Result<Url, NotionConsentError> {
        self.decide(authorize_url, true)
    }

    /// A person cancels, and is sent to the returned address.
    ///
    /// # Errors
    /// [`NotionConsentError`] when the page shows an error.
    pub fn deny(&self, authorize_url: &Url) -> Result<Url, NotionConsentError> {
        self.decide(authorize_url, false)
    }

    fn decide(&self, authorize_url: &Url, allowed: bool) -> Result<Url, NotionConsentError> {
        let query = pairs(authorize_url.query().unwrap_or_default().as_bytes());
        decide(&mut self.hub.site.state(), &query, allowed)
    }
}
