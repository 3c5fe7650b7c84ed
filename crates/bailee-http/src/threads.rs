use axum::extract::State;
use bailee_core::{PermissionFlag, store::ThreadGrant};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    answer::Json,
    body::Members,
    context::Context,
    error::HttpError,
    extract::{IfMatch, Signed, Thread},
};

/// What a counterpart may do in a thread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThreadPermissions)]
#[expect(clippy::struct_excessive_bools, reason = "it is the shape on the wire")]
pub(crate) struct PermissionsView {
    /// Every tool of a provider that writes.
    can_post_on_my_behalf: bool,
    /// `list_calendar_events`: free and busy times.
    can_query_availability: bool,
    /// `propose_meeting`: a task that a person decides.
    can_request_meetings: bool,
    /// No tool: the owner's card in the briefing.
    can_view_full_profile: bool,
    /// Grows with every change; 0: nobody ever set it.
    version: i64,
}

impl From<ThreadGrant> for PermissionsView {
    fn from(grant: ThreadGrant) -> Self {
        let allow = |flag| grant.permissions.allow(flag);
        Self {
            can_post_on_my_behalf: allow(PermissionFlag::CanPostOnMyBehalf),
            can_query_availability: allow(PermissionFlag::CanQueryAvailability),
            can_request_meetings: allow(PermissionFlag::CanRequestMeetings),
            can_view_full_profile: allow(PermissionFlag::CanViewFullProfile),
            version: grant.version,
        }
    }
}

/// All four flags.
#[derive(ToSchema)]
#[schema(as = NewThreadPermissions)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
#[expect(clippy::struct_excessive_bools, reason = "it is the shape on the wire")]
pub(crate) struct PermissionsBody {
    can_post_on_my_behalf: bool,
    can_query_availability: bool,
    can_request_meetings: bool,
    can_view_full_profile: bool,
}

/// What the counterpart of a thread may do; nothing until somebody sets it.
#[utoipa::path(
    get,
    path = "/v1/threads/{thread_id}/permissions",
    operation_id = "thread_permissions",
    tag = "threads",
    params(("thread_id" = String, Path, description = "The thread, as the host names it")),
    responses((status = OK, description = "The flags", body = PermissionsView)),
)]
pub(crate) async fn permissions(
    Signed(session): Signed,
    Thread(thread): Thread,
    State(context): State<Context>,
) -> Result<Json<PermissionsView>, HttpError> {
    Ok(Json(context.bailee.thread_permissions(&session.owner, &thread).await?.into()))
}

/// Sets what the counterpart of a thread may do, from its next call on.
///
/// Turning a flag on needs a person.
#[utoipa::path(
    put,
    path = "/v1/threads/{thread_id}/permissions",
    operation_id = "set_thread_permissions",
    tag = "threads",
    params(
        ("thread_id" = String, Path, description = "The thread, as the host names it"),
        ("If-Match" = Option<String>, Header, pattern = r#"^(\*|"[0-9]{1,18}")$"#, description = "The `version` that was seen, in quotation marks"),
    ),
    request_body = PermissionsBody,
    responses((status = OK, description = "The flags", body = PermissionsView)),
    extensions(("x-bailee-widens" = json!("sometimes"))),
)]
pub(crate) async fn set_permissions(
    Signed(session): Signed,
    Thread(thread): Thread,
    IfMatch(version): IfMatch,
    State(context): State<Context>,
    body: Result<Members, HttpError>,
) -> Result<Json<PermissionsView>, HttpError> {
    let mut body = body?;
    let permissions = body.thread_permissions()?;
    body.finish()?;
    let grant = context.bailee.set_thread_permissions(&session, &thread, permissions, version).await?;
    Ok(Json(grant.into()))
}
