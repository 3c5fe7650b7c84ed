use axum::{extract::State, http::Uri};
use bailee_engine::Error;
use http::request::Parts;

use crate::{
    answer::Json,
    body::Members,
    callback,
    context::Context,
    error::HttpError,
    extract::{Id, Service, Signed},
    query::Query,
    view::{CallbackBody, ConnectedView, DisconnectedView, IntegrationsView, ValidatedView},
};

/// The integrations of the session's owner, in the order of their ids.
#[utoipa::path(
    get,
    path = "/v1/integrations",
    operation_id = "integrations",
    tag = "integrations",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 100 by default"),
        ("cursor" = Option<uuid::Uuid>, Query, description = "`next_cursor` of the part before"),
    ),
    responses((status = OK, description = "The integrations", body = IntegrationsView)),
)]
pub(crate) async fn list(
    Signed(session): Signed,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<IntegrationsView>, HttpError> {
    let (limit, cursor) = Query::of(&uri).page()?;
    Ok(Json(context.bailee.integrations(&session.owner, cursor, limit).await?.into()))
}

/// Disconnects: the tools are gone at once, and the grant is revoked at the provider.
#[utoipa::path(
    delete,
    path = "/v1/integrations/{id}",
    operation_id = "disconnect",
    tag = "integrations",
    params(("id" = uuid::Uuid, Path, description = "The integration")),
    responses((status = OK, description = "What became of the grant", body = DisconnectedView)),
)]
pub(crate) async fn disconnect(
    Signed(session): Signed,
    Id(id): Id,
    State(context): State<Context>,
) -> Result<Json<DisconnectedView>, HttpError> {
    Ok(Json(context.bailee.disconnect(&session.owner, id).await?.into()))
}

/// Validates a connection and keeps the verdict.
#[utoipa::path(
    post,
    path = "/v1/integrations/{id}/validate",
    operation_id = "validate",
    tag = "integrations",
    params(("id" = uuid::Uuid, Path, description = "The integration")),
    responses((status = OK, description = "The verdict", body = ValidatedView)),
)]
pub(crate) async fn validate(
    Signed(session): Signed,
    Id(id): Id,
    State(context): State<Context>,
) -> Result<Json<ValidatedView>, HttpError> {
    Ok(Json(context.bailee.validate(&session.owner, id).await?.into()))
}

/// Finishes a connect that was handed over to the page, in whichever organization it was begun.
#[utoipa::path(
    post,
    path = "/v1/integrations/{service}/callback",
    operation_id = "callback",
    tag = "integrations",
    params(("service" = String, Path, description = "The key of a provider or one of its aliases")),
    request_body = CallbackBody,
    responses((status = OK, description = "The integration", body = ConnectedView)),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn finish(
    Signed(session): Signed,
    Service(service): Service,
    State(context): State<Context>,
    parts: Parts,
    body: Result<Members, HttpError>,
) -> Result<Json<ConnectedView>, HttpError> {
    callback::require_human(&session)?;
    let callback = callback::posted(&context, service, &parts.headers, body?)?;
    let bailee = &context.bailee;
    let owner = bailee.flow_owner(&callback.provider, &callback.state, session.owner.user_id()).await?;
    let session = context.finishing(&parts, &session, owner).await?.ok_or(Error::LinkInvalid)?;
    Ok(Json(bailee.callback(&session, callback).await?.into()))
}
