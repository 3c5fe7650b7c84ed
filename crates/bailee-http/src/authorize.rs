use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bailee_core::{Session, Transport};
use bailee_engine::{ConnectLink, ConnectOptions, InputProblem};
use chrono::{DateTime, Utc};
use http::{header, request::Parts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    answer::Json,
    context::Context,
    error::HttpError,
    extract::{Service, Signed},
    query::Query,
};

/// Where to send the browser.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectLink)]
pub(crate) struct ConnectLinkView {
    /// The provider's consent page, the chat with a bot, or the page that shows the widget. For this browser alone.
    #[schema(format = "uri")]
    url: String,
    /// What the page at `url` hands to the provider's widget; only where the account is joined by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    widget: Option<serde_json::Map<String, serde_json::Value>>,
    /// Until when the connect can be finished.
    expires_at: DateTime<Utc>,
}

impl From<ConnectLink> for ConnectLinkView {
    fn from(link: ConnectLink) -> Self {
        Self { url: link.url.into(), widget: link.widget, expires_at: link.expires_at }
    }
}

/// Begins a connect, or a reconnect: where to send the browser. JSON to a fetch, never a redirect.
///
/// For providers whose accounts are joined on a consent page or by a widget; others answer `unsupported`.
#[utoipa::path(
    get,
    path = "/v1/integrations/{service}/authorize",
    operation_id = "authorize",
    tag = "integrations",
    params(
        ("service" = String, Path, description = "The key of a provider or one of its aliases"),
        ("challenge" = Option<String>, Query, pattern = "^[0-9a-f]{64}$", description = "SHA-256 of a random verifier that the page keeps, as 64 lower-case hexadecimal digits. Without it, this browser is known by a nonce cookie, which a bearer cannot use"),
        ("return_to" = Option<String>, Query, description = "The name of a registered page to return to; `integrations` by default"),
        ("integration_id" = Option<uuid::Uuid>, Query, description = "The integration to reconnect"),
        ("X-Bailee-Request" = Option<String>, Header, description = "`1`, where a cookie signs in"),
    ),
    responses((status = OK, description = "Where to send the browser", body = ConnectLinkView)),
)]
pub(crate) async fn authorize(
    Signed(session): Signed,
    Service(service): Service,
    State(context): State<Context>,
    request: Request,
) -> Result<Response, HttpError> {
    begin(&context, &session, service, &request.into_parts().0).await
}

/// Begins a connect for the browser that asks: by the challenge of its page, else by its nonce cookie.
pub(crate) async fn begin(
    context: &Context,
    session: &Session,
    service: String,
    parts: &Parts,
) -> Result<Response, HttpError> {
    // A GET that begins something: as strict as a mutation (CVE-2015-9284).
    context.origins.check(session, parts)?;
    let query = Query::of(&parts.uri);
    let (mut options, cookie) = match query.get("challenge")? {
        Some(challenge) => (ConnectOptions::with_challenge(service, challenge), None),
        None if session.transport == Transport::Bearer => {
            return Err(HttpError::field("challenge", InputProblem::Missing));
        }
        None => {
            let (nonce, cookie) = context.nonce(&parts.headers)?;
            (ConnectOptions::with_nonce(service, nonce), cookie)
        }
    };
    if let Some(target) = query.get("return_to")? {
        options = options.return_to(target);
    }
    if let Some(id) = query.integration_id()? {
        options = options.integration(id);
    }
    let link = context.bailee.connect(&session.owner, options).await?;
    let mut response = Json(ConnectLinkView::from(link)).into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}
