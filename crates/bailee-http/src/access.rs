//! What agents can do with each integration.

use axum::extract::State;
use bailee_core::{Access, ToolName};
use bailee_engine::{IntegrationAccess, OfferedTool, ProfileAccess, ThreadName};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{answer::Json, context::Context, error::HttpError, extract::Signed};

/// What agents can do with the user's integrations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Accesses)]
pub(crate) struct AccessesView {
    integrations: Vec<AccessView>,
}

/// What agents can do with an integration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Access)]
pub(crate) struct AccessView {
    /// The id of the integration.
    id: Uuid,
    /// What its consent allows: `read` or `read_write`; null where nothing can be said.
    #[schema(required, example = "read")]
    access: Option<&'static str>,
    /// The enabled tools that its grant allows.
    tools: Vec<AllowedToolView>,
    /// Those that lack an OAuth scope.
    lacking: Vec<LackingToolView>,
    /// Every profile of the user.
    profiles: Vec<ProfileAccessView>,
    /// Threads in which a counterpart can use a tool with it just now; at most 20.
    threads: Vec<ThreadNameView>,
}

/// A tool that a grant allows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AllowedTool)]
pub(crate) struct AllowedToolView {
    name: String,
    title: &'static str,
    /// `read` or `write`.
    #[schema(example = "read")]
    effect: &'static str,
}

/// A tool that a grant does not allow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LackingTool)]
pub(crate) struct LackingToolView {
    name: String,
    title: &'static str,
}

/// What an integration means to a profile.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProfileAccess)]
pub(crate) struct ProfileAccessView {
    /// The id of the profile.
    id: String,
    /// Whether the scope of the integration lets the profile use it.
    granted: bool,
    /// The names of the tools that the profile has through this integration alone; where it is not granted, of those that
    /// it would gain.
    tools: Vec<String>,
}

/// A thread for people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThreadName)]
pub(crate) struct ThreadNameView {
    id: String,
    /// The name of the counterpart; null where nobody knows it.
    #[schema(required)]
    name: Option<String>,
}

impl From<IntegrationAccess> for AccessView {
    fn from(access: IntegrationAccess) -> Self {
        Self {
            id: *access.id.as_uuid(),
            access: access.access.map(Access::as_str),
            tools: access.tools.iter().map(AllowedToolView::from).collect(),
            lacking: access.lacking.iter().map(LackingToolView::from).collect(),
            profiles: access.profiles.into_iter().map(ProfileAccessView::from).collect(),
            threads: access.threads.into_iter().map(ThreadNameView::from).collect(),
        }
    }
}

impl From<&OfferedTool> for AllowedToolView {
    fn from(tool: &OfferedTool) -> Self {
        let tool = tool.tool();
        Self { name: tool.name.to_string(), title: tool.title, effect: tool.effect.as_str() }
    }
}

impl From<&OfferedTool> for LackingToolView {
    fn from(tool: &OfferedTool) -> Self {
        let tool = tool.tool();
        Self { name: tool.name.to_string(), title: tool.title }
    }
}

impl From<ProfileAccess> for ProfileAccessView {
    fn from(access: ProfileAccess) -> Self {
        Self {
            id: access.id.to_string(),
            granted: access.granted,
            tools: access.tools.iter().map(ToolName::to_string).collect(),
        }
    }
}

impl From<ThreadName> for ThreadNameView {
    fn from(thread: ThreadName) -> Self {
        Self { id: thread.id.to_string(), name: thread.name }
    }
}

/// What agents can do with each integration of the session's owner.
#[utoipa::path(
    get,
    path = "/v1/access",
    operation_id = "access",
    tag = "integrations",
    responses((status = OK, description = "The integrations", body = AccessesView)),
)]
pub(crate) async fn list(
    Signed(session): Signed,
    State(context): State<Context>,
) -> Result<Json<AccessesView>, HttpError> {
    let integrations = context.bailee.access(&session.owner).await?;
    Ok(Json(AccessesView { integrations: integrations.into_iter().map(AccessView::from).collect() }))
}
