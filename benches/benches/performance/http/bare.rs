use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
    routing::get,
};
use bailee_core::{Integration, Owner, ProfileId, Scope, StatusReason};
use bailee_engine::{Bailee, ConnectOptions, Error};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::{LIST, USER};

#[derive(Clone)]
struct Host {
    bailee: Bailee,
    owner: Owner,
}

/// Handlers that authenticate nobody: the owner is always the same one.
pub(super) fn router(bailee: Bailee) -> anyhow::Result<Router> {
    let host = Host { bailee, owner: Owner::user(USER)? };
    Ok(Router::new()
        .route(LIST, get(list))
        .route("/v1/integrations/{service}/authorize", get(link))
        .with_state(host))
}

async fn list(State(host): State<Host>) -> Result<Response, StatusCode> {
    let page = host.bailee.integrations(&host.owner, None, Bailee::MAX_PAGE).await.map_err(failed)?;
    let integrations = page.items.iter().map(Row::from).collect();
    Ok(Json(Rows { integrations, next_cursor: page.next.map(|id| *id.as_uuid()) }).into_response())
}

async fn link(State(host): State<Host>, uri: Uri) -> Result<Json<Link>, StatusCode> {
    let challenge = uri.query().and_then(|query| query.strip_prefix("challenge="));
    let options = ConnectOptions::with_challenge("google", challenge.ok_or(StatusCode::BAD_REQUEST)?);
    let link = host.bailee.connect(&host.owner, options).await.map_err(failed)?;
    Ok(Json(Link { url: link.url, expires_at: link.expires_at }))
}

fn failed(_: Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[derive(Serialize)]
struct Link {
    url: Url,
    expires_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct Rows<'a> {
    integrations: Vec<Row<'a>>,
    next_cursor: Option<Uuid>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: Uuid,
    provider: &'a str,
    oauth_user_id: &'a str,
    account_label: Option<&'a str>,
    scope: &'static str,
    profile_ids: Vec<&'a str>,
    bound_profile_id: Option<&'a str>,
    is_default: bool,
    enabled: bool,
    lifecycle: &'static str,
    status: &'static str,
    status_reason: Option<&'static str>,
    requested_scopes: Vec<&'a str>,
    granted_scopes: Option<Vec<&'a str>>,
    missing_scopes: Vec<String>,
    config: &'a Map<String, Value>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    validated_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

impl<'a> From<&'a Integration> for Row<'a> {
    fn from(row: &'a Integration) -> Self {
        let (scope, profile_ids) = match &row.scope {
            Scope::Agents(profiles) => ("agents", profiles.iter().map(ProfileId::as_str).collect()),
            Scope::All => ("all", Vec::new()),
        };
        Self {
            id: *row.id.as_uuid(),
            provider: row.provider.as_str(),
            oauth_user_id: row.account.id.as_str(),
            account_label: row.account.label.as_deref(),
            scope,
            profile_ids,
            bound_profile_id: row.bound_profile.as_ref().map(ProfileId::as_str),
            is_default: row.is_default,
            enabled: row.enabled,
            lifecycle: row.lifecycle.as_str(),
            status: row.status.as_str(),
            status_reason: row.status_reason.map(StatusReason::as_str),
            requested_scopes: row.requested.iter().collect(),
            granted_scopes: row.granted.as_ref().map(|granted| granted.iter().collect()),
            missing_scopes: row.missing().iter().map(str::to_owned).collect(),
            config: &row.config,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            validated_at: row.validated_at,
            expires_at: row.expires_at,
        }
    }
}
