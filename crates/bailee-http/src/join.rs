use axum::extract::State;
use bailee_core::{Action, ExposeSecret, IntegrationId, ProfileId, SecretString};
use bailee_engine::{ConnectLink, InputProblem, JoinOptions, JoinedAccount};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answer::Json,
    authorize::ConnectLinkView,
    body::Members,
    context::Context,
    error::HttpError,
    extract::{Service, Signed},
    view::IntegrationView,
};

/// What joins an account by a form.
#[derive(Debug, ToSchema)]
#[schema(as = Join)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
pub(crate) struct JoinBody {
    /// The key of the provider.
    provider: String,
    /// What the user entered into the provider's `form`.
    #[schema(write_only, value_type = Object)]
    fields: serde_json::Map<String, serde_json::Value>,
    /// The integration to join again, with the same account.
    integration_id: Option<Uuid>,
    /// `all` or `agents`; `all` by default. One that is joined again keeps its own.
    scope: Option<String>,
    /// The profiles of the scope `agents`.
    profile_ids: Option<Vec<String>>,
    /// The one profile that it speaks for.
    bound_profile_id: Option<String>,
}

/// What joins an account of a provider by its form; without `fields`, a one-time word does.
#[derive(Debug, ToSchema)]
#[schema(as = Connect)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
pub(crate) struct ConnectBody {
    /// What the user entered into the provider's `form`.
    #[schema(write_only, value_type = Option<Object>)]
    fields: Option<serde_json::Map<String, serde_json::Value>>,
    /// The integration to join again, with the same account.
    integration_id: Option<Uuid>,
    /// `all` or `agents`; `all` by default. One that is joined again keeps its own.
    scope: Option<String>,
    /// The profiles of the scope `agents`.
    profile_ids: Option<Vec<String>>,
    /// The one profile that it speaks for.
    bound_profile_id: Option<String>,
}

/// An account that was joined, or what the user has to open for that.
#[derive(Serialize, ToSchema)]
#[schema(as = Joined)]
pub(crate) struct JoinedView {
    /// The integration; null while the user has not opened `link`.
    #[schema(required)]
    integration: Option<IntegrationView>,
    /// Whether it was there before.
    reconnected: bool,
    /// What the user needs at the other end, for example to verify signatures. It is shown this once.
    #[schema(required, read_only)]
    secret: Option<String>,
    /// What the user has to open, so that the account knows whose it is.
    #[schema(required)]
    link: Option<ConnectLinkView>,
}

impl From<JoinedAccount> for JoinedView {
    fn from(joined: JoinedAccount) -> Self {
        Self {
            integration: Some(joined.integration.into()),
            reconnected: joined.reconnected,
            secret: joined.shown_once.map(|secret| secret.expose_secret().to_owned()),
            link: joined.link.map(ConnectLinkView::from),
        }
    }
}

impl From<ConnectLink> for JoinedView {
    fn from(link: ConnectLink) -> Self {
        Self { integration: None, reconnected: false, secret: None, link: Some(link.into()) }
    }
}

/// Joins an account by a form: an address to write to, a mail server, a bot.
#[utoipa::path(
    post,
    path = "/v1/integrations",
    operation_id = "join",
    tag = "integrations",
    request_body = JoinBody,
    responses((status = CREATED, description = "The integration", body = JoinedView)),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn create(
    Signed(session): Signed,
    State(context): State<Context>,
    body: Result<Members, HttpError>,
) -> Result<(StatusCode, Json<JoinedView>), HttpError> {
    context.bailee.require_human(&session, Action::Connect).await?;
    let mut body = body?;
    let missing = HttpError::field("provider", InputProblem::Missing);
    let provider = body.nullable_text("provider")?.text().ok_or(missing)?;
    let options = options(&provider, &mut body)?;
    body.finish()?;
    let options = options.ok_or(HttpError::field("fields", InputProblem::Missing))?;
    Ok((StatusCode::CREATED, Json(context.bailee.join(&session, options).await?.into())))
}

/// Joins an account of a provider by its form or, without `fields`, by a one-time word that the user sends.
#[utoipa::path(
    post,
    path = "/v1/integrations/{service}/connect",
    operation_id = "connect",
    tag = "integrations",
    params(("service" = String, Path, description = "The key of a provider or one of its aliases")),
    request_body = ConnectBody,
    responses((status = OK, description = "The integration, or what the user has to open", body = JoinedView)),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn connect(
    Signed(session): Signed,
    Service(service): Service,
    State(context): State<Context>,
    body: Result<Members, HttpError>,
) -> Result<Json<JoinedView>, HttpError> {
    context.bailee.require_human(&session, Action::Connect).await?;
    let mut body = body?;
    let options = options(&service, &mut body)?;
    body.finish()?;
    Ok(Json(match options {
        Some(options) => context.bailee.join(&session, options).await?.into(),
        None => context.bailee.pair(&session, &service).await?.into(),
    }))
}

/// Reads what the form was filled with; `None` without `fields`.
fn options(provider: &str, body: &mut Members) -> Result<Option<JoinOptions>, HttpError> {
    let malformed = |field| HttpError::field(field, InputProblem::Malformed);
    let fields = body.optional_object("fields")?;
    let id = body.nullable_text("integration_id")?.text();
    let id: Option<IntegrationId> =
        id.map(|id| id.parse()).transpose().map_err(|_| malformed("integration_id"))?;
    let scope = body.optional_scope()?;
    let bound = body.nullable_text("bound_profile_id")?.text();
    let bound = bound.map(ProfileId::new).transpose().map_err(|_| malformed("bound_profile_id"))?;
    let Some(fields) = fields else {
        return Ok(None);
    };
    let fields = SecretString::from(serde_json::Value::Object(fields).to_string());
    let mut options = JoinOptions::new(provider, fields);
    if let Some(id) = id {
        options = options.integration(id);
    }
    if let Some(scope) = scope {
        options = options.scope(scope);
    }
    if let Some(bound) = bound {
        options = options.bound_profile(bound);
    }
    Ok(Some(options))
}
