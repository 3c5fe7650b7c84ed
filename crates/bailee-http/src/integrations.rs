use axum::{extract::State, http::Uri};
use bailee_core::{Action, IntegrationId, ProfileId, Status, store::IntegrationChange};
use bailee_engine::{Error, InputProblem, Tested};
use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    answer::Json,
    body::{Given, Members},
    callback::Posted,
    context::Context,
    error::HttpError,
    extract::{Id, IfMatch, Service, Signed},
    query::Query,
    view::{
        CallbackBody, ChangeBody, ConnectedView, DisconnectedView, IntegrationView, IntegrationsView,
        ValidatedView,
    },
};

/// How a test went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tested)]
pub(crate) struct TestedView {
    /// `ok`, `refused`, or `unreachable` where nothing can be said. Never what the other side answered.
    #[schema(example = "ok")]
    status: &'static str,
    /// How long it took, in milliseconds.
    latency_ms: u64,
}

impl From<Tested> for TestedView {
    fn from(tested: Tested) -> Self {
        Self {
            status: match tested.status {
                Status::Invalid => "refused",
                Status::Unknown => "unreachable",
                Status::Valid => "ok",
            },
            latency_ms: u64::try_from(tested.latency.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

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

/// Changes who may use an integration, and whether.
///
/// Only the named fields change. Whatever lets agents do more needs a person.
#[utoipa::path(
    patch,
    path = "/v1/integrations/{id}",
    operation_id = "update",
    tag = "integrations",
    params(
        ("id" = uuid::Uuid, Path, description = "The integration"),
        ("If-Match" = Option<String>, Header, pattern = r#"^(\*|"[0-9]{1,18}")$"#, description = "The `version` that was seen, in quotation marks; without it any version is changed"),
    ),
    request_body = ChangeBody,
    responses((status = OK, description = "The integration", body = IntegrationView)),
    extensions(("x-bailee-widens" = json!("sometimes"))),
)]
pub(crate) async fn update(
    Signed(session): Signed,
    Id(id): Id<IntegrationId>,
    IfMatch(version): IfMatch,
    State(context): State<Context>,
    body: Result<Members, HttpError>,
) -> Result<Json<IntegrationView>, HttpError> {
    let mut body = body?;
    let bound = match body.nullable_text("bound_profile_id")? {
        Given::Absent => None,
        Given::Null => Some(None),
        Given::Text(id) => Some(Some(
            ProfileId::new(id).map_err(|_| HttpError::field("bound_profile_id", InputProblem::Malformed))?,
        )),
    };
    let change = IntegrationChange {
        config: body.optional_object("config")?,
        enabled: body.optional_flag("enabled")?,
        scope: body.optional_scope()?,
        bound_profile: bound,
        is_default: body.optional_flag("is_default")?,
    };
    body.finish()?;
    Ok(Json(context.bailee.update(&session, id, version, change).await?.into()))
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
    Id(id): Id<IntegrationId>,
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
    Id(id): Id<IntegrationId>,
    State(context): State<Context>,
) -> Result<Json<ValidatedView>, HttpError> {
    Ok(Json(context.bailee.validate(&session.owner, id).await?.into()))
}

/// Tests a connection: sends a notification where it is a channel, else validates it. Told as one word.
#[utoipa::path(
    post,
    path = "/v1/integrations/{id}/test",
    operation_id = "test",
    tag = "integrations",
    params(("id" = uuid::Uuid, Path, description = "The integration")),
    responses((status = OK, description = "How it went", body = TestedView)),
)]
pub(crate) async fn test(
    Signed(session): Signed,
    Id(id): Id<IntegrationId>,
    State(context): State<Context>,
) -> Result<Json<TestedView>, HttpError> {
    Ok(Json(context.bailee.test(&session.owner, id).await?.into()))
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
    context.bailee.require_human(&session, Action::Connect).await?;
    let posted = Posted::read(&context, service, &parts.headers, body?)?;
    let (provider, state) = posted.flow();
    let owner = context.bailee.flow_owner(provider, state, session.owner.user_id()).await?;
    let session = context.finishing(&parts, &session, owner).await?.ok_or(Error::LinkInvalid)?;
    Ok(Json(posted.finish(&context, &session).await?.into()))
}
