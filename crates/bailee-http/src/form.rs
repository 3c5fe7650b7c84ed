use axum::body::Body;
use bailee_engine::InputProblem;
use http::{HeaderMap, header};
use url::form_urlencoded;

use crate::{context::Context, error::HttpError};

/// The most that a form of ours has.
const LARGEST: usize = 4 * 1024;

/// How the owner answers a request to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Continue,
    NotNow,
}

/// Reads the form of the connect page, and checks that it is one that we gave to this very browser.
///
/// A plain form has no header of its own, so it shows the random value that the browser keeps in a cookie of ours:
/// another site can neither read nor set that (`__Host-`).
pub(crate) async fn read(context: &Context, headers: &HeaderMap, body: Body) -> Result<Answer, HttpError> {
    context.origins.check_form(headers)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(HttpError::MediaType);
    }
    let body = axum::body::to_bytes(body, LARGEST).await.map_err(|_| HttpError::TooLarge)?;
    let proof = field(&body, "proof")?.ok_or(HttpError::CrossSite)?;
    if !context.has_proof(headers, &proof) {
        return Err(HttpError::CrossSite);
    }
    match field(&body, "answer")?.as_deref() {
        Some("continue") => Ok(Answer::Continue),
        Some("not_now") => Ok(Answer::NotNow),
        Some(_) => Err(HttpError::field("answer", InputProblem::Malformed)),
        None => Err(HttpError::field("answer", InputProblem::Missing)),
    }
}

fn field(body: &[u8], name: &'static str) -> Result<Option<String>, HttpError> {
    let mut values = form_urlencoded::parse(body).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|(_, value)| value.into_owned())),
        (_, Some(_)) => Err(HttpError::field(name, InputProblem::Duplicated)),
    }
}
