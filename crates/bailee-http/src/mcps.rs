use axum::{extract::State, http::Uri};
use bailee_core::{Caller, ProfileId};
use bailee_engine::{Error, InputProblem, McpServer, McpWarning};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{answer::Json, context::Context, error::HttpError, extract::Member, query::Query};

/// Tools as servers of the Model Context Protocol.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mcps)]
pub(crate) struct McpsView {
    mcps: Vec<McpView>,
}

/// Tools of one provider that are offered together as one server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mcp)]
pub(crate) struct McpView {
    /// Its key: the last part of its address.
    #[schema(example = "google_calendar")]
    key: String,
    /// Its name for people.
    name: &'static str,
    /// The key of the provider.
    #[schema(example = "google")]
    provider: String,
    /// Where agents reach it.
    #[schema(format = "uri")]
    url: String,
    /// Whether an account is connected that is of use for it.
    connected: bool,
    /// What stands in the way: `disabled`, `invalid`, `missing_grant` or `not_connected`; null where nothing does.
    #[schema(required)]
    warning: Option<&'static str>,
    /// The page where the owner can mend that.
    #[schema(format = "uri")]
    connect_url: String,
    /// The names of its tools.
    tools: Vec<String>,
}

impl From<McpServer> for McpView {
    fn from(server: McpServer) -> Self {
        let definition = server.definition;
        Self {
            key: definition.key.to_string(),
            name: definition.name,
            provider: definition.provider.to_string(),
            url: server.url.into(),
            connected: server.connected,
            warning: server.warning.map(McpWarning::as_str),
            connect_url: server.connect_url.into(),
            tools: definition.tools.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The predefined servers with their connection state; with a profile, those that are granted to it.
#[utoipa::path(
    get,
    path = "/api/organizations/{organization_id}/mcps",
    operation_id = "organization_mcps",
    tag = "organizations",
    params(
        ("organization_id" = String, Path, description = "The organization, as the host names it"),
        ("profile_id" = Option<String>, Query, pattern = r"^[^\x00-\x1F\x7F-\x9F]{1,128}$", description = "A profile of the user; without it, all servers are listed"),
    ),
    responses((status = OK, description = "The servers", body = McpsView)),
)]
pub(crate) async fn list(
    Member(session): Member,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<McpsView>, HttpError> {
    let (bailee, owner) = (&context.bailee, session.owner);
    let servers = match Query::of(&uri).parsed::<ProfileId>("profile_id")? {
        Some(profile) => {
            if !bailee.profiles(&owner).await?.iter().any(|known| known.id == profile) {
                return Err(HttpError::field("profile_id", InputProblem::Unknown));
            }
            bailee.mcp_servers(&Caller::own(owner, profile).map_err(Error::from)?).await
        }
        None => bailee.mcp_definitions(&owner).await,
    };
    let servers = servers.map_err(Error::from)?;
    Ok(Json(McpsView { mcps: servers.into_iter().map(McpView::from).collect() }))
}
