//! Who is signed in, their profiles, what these may do, and what they did.

use axum::{extract::State, http::Uri};
use bailee_core::{
    Action, Actor, Caller, IntegrationId, LedgerRecord, PermissionFlag, Profile, ProfileId, ThreadId,
    Transport, store::LedgerFilter,
};
use bailee_engine::{Error, GrantedTool, InputProblem};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{answer::Json, context::Context, error::HttpError, extract::Signed, query::Query};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    user_id: String,
    /// The organization that the session acts in.
    #[schema(required)]
    organization_id: Option<String>,
    /// `human`, `agent` or `service`. Whatever lets agents do more needs a `human`.
    #[schema(example = "human")]
    actor: &'static str,
    /// How the sign-in travels: `cookie` or `bearer`.
    #[schema(example = "cookie")]
    transport: &'static str,
}

/// The owner's profiles.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profiles)]
pub(crate) struct ProfilesView {
    profiles: Vec<ProfileView>,
}

/// An agent of the owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileView {
    id: String,
    /// For people.
    name: String,
    /// Its picture.
    #[schema(required)]
    avatar_url: Option<String>,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.id.to_string(),
            name: profile.name,
            avatar_url: profile.avatar_url.map(String::from),
        }
    }
}

/// The tools that a profile may use just now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tools)]
pub(crate) struct ToolsView {
    tools: Vec<ToolView>,
}

/// A tool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tool)]
pub(crate) struct ToolView {
    name: String,
    title: &'static str,
    description: &'static str,
    /// `read` or `write`.
    effect: &'static str,
    /// What a counterpart needs; null: never for one.
    #[schema(required)]
    flag: Option<&'static str>,
    /// Whose tool it is; null for those that need no account.
    #[schema(required)]
    provider: Option<String>,
    /// The integrations that it may be called with.
    integration_ids: Vec<Uuid>,
}

impl From<GrantedTool> for ToolView {
    fn from(granted: GrantedTool) -> Self {
        let tool = granted.tool();
        Self {
            name: tool.name.to_string(),
            title: tool.title,
            description: tool.description,
            effect: tool.effect.as_str(),
            flag: tool.flag.map(PermissionFlag::as_str),
            provider: granted.provider().map(ToString::to_string),
            integration_ids: granted.integrations().iter().map(|id| *id.as_uuid()).collect(),
        }
    }
}

/// Part of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ledger)]
pub(crate) struct LedgerView {
    entries: Vec<EntryView>,
    /// What to pass as `cursor` for the next part; null at the end.
    #[schema(required)]
    next_cursor: Option<Uuid>,
}

/// Something that was done, or refused. Never the value of an argument.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct EntryView {
    id: Uuid,
    at: DateTime<Utc>,
    /// For example `call`, `connect` or `thread_permissions`.
    #[schema(example = "call")]
    action: &'static str,
    /// `ok`, `denied`, `started`, `tool_error`, `rate_limited`, `cancelled` or `unknown`.
    #[schema(example = "ok")]
    outcome: &'static str,
    /// Why it was refused, for example `missing_flag`.
    #[schema(required)]
    refusal: Option<String>,
    /// The rule that refused.
    #[schema(required)]
    rule: Option<String>,
    #[schema(required)]
    profile_id: Option<String>,
    #[schema(required)]
    thread_id: Option<String>,
    #[schema(required)]
    tool: Option<String>,
    #[schema(required)]
    provider: Option<String>,
    #[schema(required)]
    integration_id: Option<Uuid>,
    /// The client of the agent, as it names itself.
    #[schema(required)]
    client: Option<String>,
    /// The version of the protocol that the client speaks.
    #[schema(required)]
    protocol_version: Option<String>,
    /// The names of the arguments.
    arguments: Vec<String>,
    /// What changed.
    changed: Vec<String>,
    #[schema(required)]
    latency_ms: Option<i64>,
    /// The HTTP status of the provider, where it refused.
    #[schema(required)]
    provider_status: Option<u16>,
    /// What the provider calls the request.
    #[schema(required)]
    provider_request_id: Option<String>,
    /// Whether an access token was refreshed for it.
    #[schema(required)]
    token_refreshed: Option<bool>,
    /// Who is at the other end of the thread.
    #[schema(required)]
    counterpart: Option<String>,
}

impl From<LedgerRecord> for EntryView {
    fn from(record: LedgerRecord) -> Self {
        Self {
            id: *record.id.as_uuid(),
            at: record.at,
            action: record.action.as_str(),
            outcome: record.outcome.as_str(),
            refusal: record.refusal,
            rule: record.rule,
            profile_id: record.profile.map(|profile| profile.to_string()),
            thread_id: record.thread.map(|thread| thread.to_string()),
            tool: record.tool.map(|tool| tool.to_string()),
            provider: record.provider.map(|provider| provider.to_string()),
            integration_id: record.integration.map(|id| *id.as_uuid()),
            client: record.details.client,
            protocol_version: record.details.protocol_version,
            arguments: record.details.arguments.into_keys().collect(),
            changed: record.details.changed,
            latency_ms: record.latency_ms,
            provider_status: record.provider_status,
            provider_request_id: record.provider_request_id,
            token_refreshed: record.token_refreshed,
            counterpart: record.details.counterpart,
        }
    }
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/v1/session",
    operation_id = "session",
    tag = "agents",
    responses((status = OK, description = "The session", body = SessionView)),
)]
pub(crate) async fn session(Signed(session): Signed) -> Json<SessionView> {
    Json(SessionView {
        user_id: session.owner.user_id().to_string(),
        organization_id: session.owner.organization().map(ToString::to_string),
        actor: match session.actor {
            Actor::Agent => "agent",
            Actor::Human => "human",
            Actor::Service => "service",
        },
        transport: match session.transport {
            Transport::Bearer => "bearer",
            Transport::Cookie => "cookie",
        },
    })
}

/// The owner's profiles, as the host knows them.
#[utoipa::path(
    get,
    path = "/v1/profiles",
    operation_id = "profiles",
    tag = "agents",
    responses((status = OK, description = "The profiles", body = ProfilesView)),
)]
pub(crate) async fn profiles(
    Signed(session): Signed,
    State(context): State<Context>,
) -> Result<Json<ProfilesView>, HttpError> {
    let profiles = context.bailee.profiles(&session.owner).await?;
    Ok(Json(ProfilesView { profiles: profiles.into_iter().map(ProfileView::from).collect() }))
}

/// The tools that a profile may use just now, or a counterpart that asks it through a thread.
#[utoipa::path(
    get,
    path = "/v1/tools",
    operation_id = "tools",
    tag = "agents",
    params(
        ("profile_id" = String, Query, pattern = r"^[^\x00-\x1F\x7F-\x9F]{1,128}$", description = "The profile"),
        ("thread_id" = Option<String>, Query, pattern = r"^[^\x00-\x1F\x7F-\x9F]{1,128}$", description = "The thread through which a counterpart asks"),
    ),
    responses((status = OK, description = "The tools", body = ToolsView)),
)]
pub(crate) async fn tools(
    Signed(session): Signed,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<ToolsView>, HttpError> {
    let query = Query::of(&uri);
    let profile: ProfileId =
        query.parsed("profile_id")?.ok_or(HttpError::field("profile_id", InputProblem::Missing))?;
    let thread: Option<ThreadId> = query.parsed("thread_id")?;
    let caller = match thread {
        Some(thread) => Caller::counterpart(session.owner, profile, thread),
        None => Caller::own(session.owner, profile),
    };
    let caller = caller.map_err(Error::from)?;
    let tools = context.bailee.tools(&caller).await.map_err(Error::from)?;
    Ok(Json(ToolsView { tools: tools.into_iter().map(ToolView::from).collect() }))
}

/// What was done and refused with the owner's accounts, the newest first.
#[utoipa::path(
    get,
    path = "/v1/ledger",
    operation_id = "ledger",
    tag = "agents",
    params(
        ("thread_id" = Option<String>, Query, pattern = r"^[^\x00-\x1F\x7F-\x9F]{1,128}$", description = "Of this thread alone"),
        ("integration_id" = Option<uuid::Uuid>, Query, description = "Of this integration alone"),
        ("action" = Option<String>, Query, description = "Of this action alone, for example `call`"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 100 by default"),
        ("cursor" = Option<uuid::Uuid>, Query, description = "`next_cursor` of the part before"),
    ),
    responses((status = OK, description = "The entries", body = LedgerView)),
)]
pub(crate) async fn ledger(
    Signed(session): Signed,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<LedgerView>, HttpError> {
    let query = Query::of(&uri);
    let (limit, cursor) = query.page()?;
    let action = query.get("action")?.map(|word| Action::parse(&word)).transpose();
    let filter = LedgerFilter {
        thread: query.parsed("thread_id")?,
        integration: query.parsed::<IntegrationId>("integration_id")?,
        action: action.map_err(|_| HttpError::field("action", InputProblem::Malformed))?,
    };
    let entries = context.bailee.ledger(&session.owner, &filter, cursor, limit).await.map_err(Error::from)?;
    let full = entries.len() == limit as usize;
    let next_cursor = entries.last().filter(|_| full).map(|last| *last.id.as_uuid());
    Ok(Json(LedgerView { entries: entries.into_iter().map(EntryView::from).collect(), next_cursor }))
}
