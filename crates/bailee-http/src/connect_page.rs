//! The page to which an agent leads its owner, and the page where a connect that began there ends. Both work without
//! scripts and without other files; with one more file they look better.

use axum::{
    extract::{Request, State},
    response::Response,
};
use bailee_core::{Action, ConnectRequestId};
use http::{HeaderValue, StatusCode, header, request::Parts};
use utoipa::ToSchema;

use crate::{
    connects::Asked,
    consent,
    context::Context,
    error::HttpError,
    extract::Id,
    form::{self, Answer},
    page::{self, Page},
};

/// What the form of the page sends.
#[derive(ToSchema)]
#[schema(as = ConnectAnswer)]
#[expect(dead_code, reason = "the form is read field by field; this describes it")]
pub(crate) struct AnswerBody {
    /// `continue` or `not_now`.
    #[schema(example = "not_now", pattern = "^(continue|not_now)$")]
    answer: String,
    /// What the page holds, for the browser that it was made for.
    #[schema(write_only)]
    proof: String,
}

/// The page that asks the owner whether to connect what an agent wants to use.
#[utoipa::path(
    get,
    path = "/integrations/connect/{id}",
    operation_id = "connect_page",
    tag = "pages",
    params(("id" = String, Path, description = "The request")),
    responses(
        (status = OK, description = "The question, with a form", body = String, content_type = "text/html"),
        (status = "4XX", description = "A page that says why not", body = String, content_type = "text/html"),
        (status = "5XX", description = "A page that says so", body = String, content_type = "text/html"),
    ),
)]
pub(crate) async fn show(
    id: Result<Id<ConnectRequestId>, HttpError>,
    State(context): State<Context>,
    parts: Parts,
) -> Response {
    shown(&context, id, &parts).await.unwrap_or_else(|error| page::refused(&context.style, &error))
}

/// Answers the page. Whatever the answer is, the request is used up.
///
/// Only a person may answer. What follows is a page with a link to the provider: no redirect.
#[utoipa::path(
    post,
    path = "/integrations/connect/{id}",
    operation_id = "answer_connect",
    tag = "pages",
    params(("id" = String, Path, description = "The request")),
    request_body(content = AnswerBody, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = OK, description = "A page that leads on", body = String, content_type = "text/html"),
        (status = "4XX", description = "A page that says why not", body = String, content_type = "text/html"),
        (status = "5XX", description = "A page that says so", body = String, content_type = "text/html"),
    ),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn answer(
    id: Result<Id<ConnectRequestId>, HttpError>,
    State(context): State<Context>,
    request: Request,
) -> Response {
    answered(&context, id, request).await.unwrap_or_else(|error| page::refused(&context.style, &error))
}

/// The page where a connect ends that an agent asked for.
#[utoipa::path(
    get,
    path = "/integrations/connected",
    operation_id = "connected_page",
    tag = "pages",
    responses((status = OK, description = "It is done", body = String, content_type = "text/html")),
    security(()),
)]
pub(crate) async fn connected(State(context): State<Context>) -> Response {
    let main = "<h1>Connected. You can return to your agent.</h1>\n<p>You can close this page.</p>\n";
    Page { title: "Connected", head: "", main }.answer(&context.style, StatusCode::OK)
}

async fn shown(
    context: &Context,
    id: Result<Id<ConnectRequestId>, HttpError>,
    parts: &Parts,
) -> Result<Response, HttpError> {
    let session = context.session(parts).await?;
    let Id(id) = id?;
    let asked = Asked::find(context, parts, &session, id).await?;
    let profile = asked.profile_name(context).await?;
    let (proof, cookie) = context.form_proof(&parts.headers)?;
    Ok(with_cookie(consent::question(&context.style, &asked, &profile, &proof), cookie))
}

async fn answered(
    context: &Context,
    id: Result<Id<ConnectRequestId>, HttpError>,
    request: Request,
) -> Result<Response, HttpError> {
    let (parts, body) = request.into_parts();
    let session = context.session(&parts).await?;
    context.bailee.require_human(&session, Action::Connect).await?;
    let answer = form::read(context, &parts.headers, body).await?;
    let Id(id) = id?;
    let Asked { request, name, .. } = Asked::find(context, &parts, &session, id).await?;
    let (owner, id) = (&request.owner, id.to_string());
    match answer {
        Answer::Continue => {
            let (nonce, cookie) = context.nonce(&parts.headers)?;
            let link = context.bailee.accept_connect_request(owner, &id, nonce).await?;
            Ok(with_cookie(consent::leading_on(&context.style, name, &link), cookie))
        }
        Answer::NotNow => {
            context.bailee.decline_connect_request(owner, &id).await?;
            let sentence = "You can return to your agent.";
            Ok(page::told(&context.style, StatusCode::OK, "Nothing was connected", sentence))
        }
    }
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}
