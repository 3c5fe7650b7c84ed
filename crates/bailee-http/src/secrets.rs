use axum::{extract::State, http::Uri};
use bailee_core::{Action, Scope, SecretId, SecretName, UserSecret};
use bailee_engine::InputProblem;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answer::Json,
    body::Members,
    context::Context,
    error::HttpError,
    extract::{Id, IfMatch, Signed},
    query::Query,
    view::scope_words,
};

/// A named secret without its value, which is never read back over HTTP.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secret)]
pub(crate) struct SecretView {
    id: Uuid,
    #[schema(example = "crm_key")]
    name: String,
    /// Which profiles may use it: `all`, or `agents` for those in `profile_ids`.
    #[schema(example = "all")]
    scope: &'static str,
    profile_ids: Vec<String>,
    /// Grows with every change.
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<UserSecret> for SecretView {
    fn from(secret: UserSecret) -> Self {
        let (scope, profile_ids) = scope_words(&secret.scope);
        Self {
            id: *secret.id.as_uuid(),
            name: secret.name.to_string(),
            scope,
            profile_ids,
            version: secret.version,
            created_at: secret.created_at,
            updated_at: secret.updated_at,
        }
    }
}

/// Part of the owner's secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secrets)]
pub(crate) struct SecretsView {
    secrets: Vec<SecretView>,
    /// What to pass as `cursor` for the next part; null at the end.
    #[schema(required)]
    next_cursor: Option<Uuid>,
}

/// A new secret.
#[derive(ToSchema)]
#[schema(as = NewSecret)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
pub(crate) struct NewSecretBody {
    /// 1 to 128 characters of `[A-Za-z0-9_.-]`.
    #[schema(pattern = "^[A-Za-z0-9_.-]{1,128}$")]
    name: String,
    /// 1 to 65 536 bytes.
    #[schema(write_only, min_length = 1)]
    value: String,
    /// `all`, which is the default, or `agents` together with `profile_ids`.
    #[schema(pattern = "^(agents|all)$")]
    scope: Option<String>,
    #[schema(nullable = false, max_items = 200)]
    profile_ids: Option<Vec<String>>,
}

/// What changes of a secret; what is left out stays.
#[derive(ToSchema)]
#[schema(as = SecretChange)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
pub(crate) struct SecretChangeBody {
    /// 1 to 65 536 bytes.
    #[schema(write_only, min_length = 1)]
    value: Option<String>,
    /// `all`, or `agents` together with `profile_ids`.
    #[schema(pattern = "^(agents|all)$")]
    scope: Option<String>,
    #[schema(nullable = false, max_items = 200)]
    profile_ids: Option<Vec<String>>,
}

/// What became of something that is gone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erased)]
pub(crate) struct ErasedView {
    /// Always true.
    erased: bool,
}

/// The names of the owner's secrets, in the order of their ids.
#[utoipa::path(
    get,
    path = "/v1/secrets",
    operation_id = "secrets",
    tag = "secrets",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 100 by default"),
        ("cursor" = Option<uuid::Uuid>, Query, description = "`next_cursor` of the part before"),
    ),
    responses((status = OK, description = "The secrets", body = SecretsView)),
)]
pub(crate) async fn list(
    Signed(session): Signed,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<SecretsView>, HttpError> {
    let (limit, cursor) = Query::of(&uri).page()?;
    let secrets = context.bailee.secrets(&session.owner, cursor, limit).await?;
    let full = secrets.len() == limit as usize;
    let next_cursor = secrets.last().filter(|_| full).map(|last| *last.id.as_uuid());
    Ok(Json(SecretsView { secrets: secrets.into_iter().map(SecretView::from).collect(), next_cursor }))
}

/// Keeps a secret.
#[utoipa::path(
    post,
    path = "/v1/secrets",
    operation_id = "create_secret",
    tag = "secrets",
    request_body = NewSecretBody,
    responses((status = OK, description = "The secret, without its value", body = SecretView)),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn create(
    Signed(session): Signed,
    State(context): State<Context>,
    body: Result<Members, HttpError>,
) -> Result<Json<SecretView>, HttpError> {
    context.bailee.require_human(&session, Action::SecretWrite).await?;
    let mut body = body?;
    let missing = HttpError::field("name", InputProblem::Missing);
    let name = body.nullable_text("name")?.text().ok_or(missing)?;
    let name = SecretName::new(name).map_err(|_| HttpError::field("name", InputProblem::Malformed))?;
    let value = body.secret("value")?;
    let scope = body.optional_scope()?.unwrap_or(Scope::All);
    body.finish()?;
    Ok(Json(context.bailee.create_secret(&session, name, &value, scope).await?.into()))
}

/// Changes the value of a secret, who may use it, or both.
#[utoipa::path(
    patch,
    path = "/v1/secrets/{id}",
    operation_id = "update_secret",
    tag = "secrets",
    params(
        ("id" = uuid::Uuid, Path, description = "The secret"),
        ("If-Match" = Option<String>, Header, pattern = r#"^(\*|"[0-9]{1,18}")$"#, description = "The `version` that was seen, in quotation marks"),
    ),
    request_body = SecretChangeBody,
    responses((status = OK, description = "The secret, without its value", body = SecretView)),
    extensions(("x-bailee-widens" = json!("sometimes"))),
)]
pub(crate) async fn update(
    Signed(session): Signed,
    Id(id): Id<SecretId>,
    IfMatch(version): IfMatch,
    State(context): State<Context>,
    body: Result<Members, HttpError>,
) -> Result<Json<SecretView>, HttpError> {
    let mut body = body?;
    let value = body.optional_secret("value")?;
    let scope = body.optional_scope()?;
    body.finish()?;
    let secret = context.bailee.update_secret(&session, id, version, value.as_ref(), scope).await?;
    Ok(Json(secret.into()))
}

/// Erases a secret.
#[utoipa::path(
    delete,
    path = "/v1/secrets/{id}",
    operation_id = "delete_secret",
    tag = "secrets",
    params(("id" = uuid::Uuid, Path, description = "The secret")),
    responses((status = OK, description = "It is gone", body = ErasedView)),
)]
pub(crate) async fn delete(
    Signed(session): Signed,
    Id(id): Id<SecretId>,
    State(context): State<Context>,
) -> Result<Json<ErasedView>, HttpError> {
    context.bailee.delete_secret(&session, id).await?;
    Ok(Json(ErasedView { erased: true }))
}
