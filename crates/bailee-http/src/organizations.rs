use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri},
    response::Response,
};
use bailee_core::{Action, Integration};
use bailee_engine::{Bailee, Error};

use crate::{
    answer::Json,
    authorize::{self, ConnectLinkView},
    body::Members,
    callback::Posted,
    context::Context,
    error::HttpError,
    extract::{Member, Service},
    query::Query,
    view::{CallbackBody, ConnectedView, ConnectionsView, DisconnectedView, ValidatedView},
};

/// The current user's integrations, and the providers that can be connected.
#[utoipa::path(
    get,
    path = "/api/organizations/{organization_id}/integrations",
    operation_id = "organization_integrations",
    tag = "organizations",
    params(
        ("organization_id" = String, Path, description = "The organization, as the host names it"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 100 by default"),
        ("cursor" = Option<uuid::Uuid>, Query, description = "`next_cursor` of the part before"),
    ),
    responses((status = OK, description = "The integrations and the providers", body = ConnectionsView)),
)]
pub(crate) async fn list(
    Member(session): Member,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<ConnectionsView>, HttpError> {
    let (limit, cursor) = Query::of(&uri).page()?;
    let page = context.bailee.integrations(&session.owner, cursor, limit).await?;
    Ok(Json(ConnectionsView::new(page, context.bailee.providers())))
}

/// Validates an existing connection and keeps the verdict.
#[utoipa::path(
    post,
    path = "/api/organizations/{organization_id}/integrations/{service}",
    operation_id = "organization_validate",
    tag = "organizations",
    params(
        ("organization_id" = String, Path, description = "The organization, as the host names it"),
        ("service" = String, Path, description = "The key of a provider or one of its aliases"),
        ("integration_id" = Option<uuid::Uuid>, Query, description = "Which one, where there are several"),
    ),
    responses(
        (status = OK, description = "The verdict", body = ValidatedView),
        (status = CONFLICT, description = "Several are connected: choose one of `choices`", body = crate::error::Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn validate(
    Member(session): Member,
    Service(service): Service,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<ValidatedView>, HttpError> {
    let (bailee, owner) = (&context.bailee, &session.owner);
    let validated = match Query::of(&uri).integration_id()? {
        Some(id) => {
            let row = bailee.integration(owner, id).await?.ok_or(Error::NotFound)?;
            check_service(bailee, &service, &row)?;
            bailee.validate(owner, id).await?
        }
        None => bailee.validate(owner, service.as_str()).await?,
    };
    Ok(Json(validated.into()))
}

/// Begins a connect, or a reconnect: where to send the browser. JSON to a fetch, never a redirect.
#[utoipa::path(
    get,
    path = "/api/organizations/{organization_id}/integrations/{service}/auth_link",
    operation_id = "organization_auth_link",
    tag = "organizations",
    params(
        ("organization_id" = String, Path, description = "The organization, as the host names it"),
        ("service" = String, Path, description = "The key of a provider or one of its aliases"),
        ("challenge" = Option<String>, Query, pattern = "^[0-9a-f]{64}$", description = "SHA-256 of a random verifier that the page keeps, as 64 lower-case hexadecimal digits. Without it, this browser is known by a nonce cookie, which a bearer cannot use"),
        ("return_to" = Option<String>, Query, description = "The name of a registered page to return to; `integrations` by default"),
        ("integration_id" = Option<uuid::Uuid>, Query, description = "The integration to reconnect"),
        ("X-Bailee-Request" = Option<String>, Header, description = "`1`, where a cookie signs in"),
    ),
    responses((status = OK, description = "Where to send the browser", body = ConnectLinkView)),
)]
pub(crate) async fn auth_link(
    Member(session): Member,
    Service(service): Service,
    State(context): State<Context>,
    request: Request,
) -> Result<Response, HttpError> {
    authorize::begin(&context, &session, service, &request.into_parts().0).await
}

/// Finishes a connect that was handed over to the page.
#[utoipa::path(
    post,
    path = "/api/organizations/{organization_id}/integrations/{service}/callback",
    operation_id = "organization_callback",
    tag = "organizations",
    params(
        ("organization_id" = String, Path, description = "The organization, as the host names it"),
        ("service" = String, Path, description = "The key of a provider or one of its aliases"),
    ),
    request_body = CallbackBody,
    responses((status = OK, description = "The integration", body = ConnectedView)),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn finish(
    Member(session): Member,
    Service(service): Service,
    State(context): State<Context>,
    headers: HeaderMap,
    body: Result<Members, HttpError>,
) -> Result<Json<ConnectedView>, HttpError> {
    context.bailee.require_human(&session, Action::Connect).await?;
    let posted = Posted::read(&context, service, &headers, body?)?;
    Ok(Json(posted.finish(&context, &session).await?.into()))
}

/// Disconnects: the tools are gone at once, and the grant is revoked at the provider.
#[utoipa::path(
    delete,
    path = "/api/organizations/{organization_id}/integrations/{service}",
    operation_id = "organization_disconnect",
    tag = "organizations",
    params(
        ("organization_id" = String, Path, description = "The organization, as the host names it"),
        ("service" = String, Path, description = "The key of a provider or one of its aliases"),
        ("integration_id" = Option<uuid::Uuid>, Query, description = "Which one, where there are several"),
    ),
    responses(
        (status = OK, description = "What became of the grant", body = DisconnectedView),
        (status = CONFLICT, description = "Several are connected: choose one of `choices`", body = crate::error::Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn disconnect(
    Member(session): Member,
    Service(service): Service,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<DisconnectedView>, HttpError> {
    let (bailee, owner) = (&context.bailee, &session.owner);
    let disconnected = match Query::of(&uri).integration_id()? {
        Some(id) => {
            // One that is being disconnected is not read any more; to repeat it is harmless.
            if let Some(row) = bailee.integration(owner, id).await? {
                check_service(bailee, &service, &row)?;
            }
            bailee.disconnect(owner, id).await?
        }
        None => bailee.disconnect(owner, service.as_str()).await?,
    };
    Ok(Json(disconnected.into()))
}

/// An integration of another provider than the one in the path is not there.
fn check_service(bailee: &Bailee, service: &str, row: &Integration) -> Result<(), HttpError> {
    let answers = bailee.providers().into_iter().any(|provider| {
        let names = || std::iter::once(&provider.key).chain(&provider.aliases);
        provider.key == row.provider && names().any(|name| name.as_str() == service)
    });
    if answers { Ok(()) } else { Err(Error::NotFound.into()) }
}
