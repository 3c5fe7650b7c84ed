use axum::{extract::State, http::Uri};
use bailee_core::{Counterpart, PermissionFlag, ProfileId, ThreadId, store::ThreadGrant};
use bailee_engine::{FlagAccess, MissingConnection, OfferedTool, ThreadAccess};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    answer::Json,
    body::Members,
    context::Context,
    error::HttpError,
    extract::{IfMatch, Signed, Thread},
    query::Query,
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

/// What a counterpart may do in a thread, and what each flag is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Thread)]
pub(crate) struct ThreadView {
    thread_id: String,
    /// Who is at the other end; null where nobody knows.
    #[schema(required)]
    counterpart: Option<CounterpartView>,
    permissions: PermissionsView,
    flags: FlagsView,
}

/// Who is at the other end of a thread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counterpart)]
pub(crate) struct CounterpartView {
    name: String,
    /// Whether the host checked that it is who it says it is.
    verified: bool,
}

impl From<Counterpart> for CounterpartView {
    fn from(Counterpart { name, verified }: Counterpart) -> Self {
        Self { name, verified }
    }
}

/// What each flag is about, be it on or off.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ThreadFlags)]
#[expect(clippy::struct_field_names, reason = "it is the shape on the wire")]
pub(crate) struct FlagsView {
    can_post_on_my_behalf: FlagView,
    can_query_availability: FlagView,
    can_request_meetings: FlagView,
    can_view_full_profile: FlagView,
}

/// What a flag unlocks.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ThreadFlag)]
pub(crate) struct FlagView {
    /// The tools that it unlocks and that work just now.
    tools: Vec<UnlockedToolView>,
    /// What would have to be connected for more.
    missing: Vec<MissingView>,
}

/// A tool that a flag unlocks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnlockedTool)]
pub(crate) struct UnlockedToolView {
    name: String,
    title: &'static str,
    /// Whose tool it is; null for those that need no account.
    #[schema(required)]
    provider: Option<String>,
}

/// A provider that is not connected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MissingConnection)]
pub(crate) struct MissingView {
    /// Its key.
    #[schema(example = "google")]
    provider: String,
    /// What is not connected, for people.
    #[schema(example = "Google Calendar")]
    name: &'static str,
}

impl ThreadView {
    fn new(thread: &ThreadId, access: ThreadAccess) -> Self {
        let mut flags = FlagsView::default();
        for FlagAccess { flag, tools, missing } in access.flags {
            let view = match flag {
                PermissionFlag::CanPostOnMyBehalf => &mut flags.can_post_on_my_behalf,
                PermissionFlag::CanQueryAvailability => &mut flags.can_query_availability,
                PermissionFlag::CanRequestMeetings => &mut flags.can_request_meetings,
                PermissionFlag::CanViewFullProfile => &mut flags.can_view_full_profile,
            };
            view.tools = tools.iter().map(UnlockedToolView::from).collect();
            view.missing = missing.into_iter().map(MissingView::from).collect();
        }
        Self {
            thread_id: thread.to_string(),
            counterpart: access.counterpart.map(CounterpartView::from),
            permissions: access.grant.into(),
            flags,
        }
    }
}

impl From<&OfferedTool> for UnlockedToolView {
    fn from(offered: &OfferedTool) -> Self {
        let tool = offered.tool();
        let provider = offered.provider().map(ToString::to_string);
        Self { name: tool.name.to_string(), title: tool.title, provider }
    }
}

impl From<MissingConnection> for MissingView {
    fn from(missing: MissingConnection) -> Self {
        Self { provider: missing.provider.to_string(), name: missing.name }
    }
}

/// What a counterpart may do in a thread, and what each flag would unlock.
#[utoipa::path(
    get,
    path = "/v1/threads/{thread_id}",
    operation_id = "thread",
    tag = "threads",
    params(
        ("thread_id" = String, Path, description = "The thread, as the host names it"),
        ("profile_id" = Option<String>, Query, pattern = r"^[^\x00-\x1F\x7F-\x9F]{1,128}$", description = "The profile that answers in the thread; without it, what any of them can do"),
    ),
    responses((status = OK, description = "The thread", body = ThreadView)),
)]
pub(crate) async fn thread(
    Signed(session): Signed,
    Thread(thread): Thread,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<ThreadView>, HttpError> {
    let profile: Option<ProfileId> = Query::of(&uri).parsed("profile_id")?;
    let access = context.bailee.thread(&session.owner, &thread, profile.as_ref()).await?;
    Ok(Json(ThreadView::new(&thread, access)))
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
