use std::collections::BTreeMap;

use axum::{extract::State, http::Uri};
use bailee_core::{Action, AgentTask, TaskId, TaskStatus};
use bailee_engine::{Accepted, InputProblem};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answer::Json,
    body::Members,
    context::Context,
    error::HttpError,
    extract::{Id, Signed},
    query::Query,
    threads::CounterpartView,
};

/// A meeting that an agent, or another party through a thread, proposes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub(crate) struct TaskView {
    id: Uuid,
    /// The profile that was asked.
    profile_id: String,
    /// The thread through which it was asked; null when the owner's own agent did.
    #[schema(required)]
    thread_id: Option<String>,
    /// Text of whoever proposes it.
    title: String,
    /// When it may begin, any of these.
    slots: Vec<DateTime<Utc>>,
    duration_minutes: u32,
    /// `pending`, `accepting`, `accepted` or `declined`.
    #[schema(example = "pending")]
    status: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<AgentTask> for TaskView {
    fn from(task: AgentTask) -> Self {
        Self {
            id: *task.id.as_uuid(),
            profile_id: task.profile.to_string(),
            thread_id: task.thread.map(|thread| thread.to_string()),
            title: task.proposal.title,
            slots: task.proposal.slots,
            duration_minutes: task.proposal.duration_minutes,
            status: task.status.as_str(),
            created_at: task.created_at,
            updated_at: task.updated_at,
        }
    }
}

/// Part of the owner's tasks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tasks)]
pub(crate) struct TasksView {
    tasks: Vec<TaskView>,
    /// Who is at the other end of their threads, by `thread_id`, as far as the host knows.
    counterparts: BTreeMap<String, CounterpartView>,
    /// What to pass as `cursor` for the next part; null at the end.
    #[schema(required)]
    next_cursor: Option<Uuid>,
}

/// An accepted task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AcceptedTask)]
pub(crate) struct AcceptedView {
    task: TaskView,
    /// What was booked; null where no account that can book is connected.
    #[schema(required, value_type = Option<Object>)]
    booked: Option<serde_json::Value>,
}

impl From<Accepted> for AcceptedView {
    fn from(accepted: Accepted) -> Self {
        Self { task: accepted.task.into(), booked: accepted.booked.map(|booked| booked.content) }
    }
}

/// Which of the proposed beginnings.
#[derive(ToSchema)]
#[schema(as = Acceptance)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
pub(crate) struct AcceptBody {
    /// One of `slots`; the first one by default.
    start: Option<DateTime<Utc>>,
}

/// The owner's tasks, the newest first.
#[utoipa::path(
    get,
    path = "/v1/tasks",
    operation_id = "tasks",
    tag = "tasks",
    params(
        ("status" = Option<String>, Query, pattern = "^(accepted|accepting|declined|pending)$", description = "`pending`, `accepting`, `accepted` or `declined`; all by default"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "How many; 100 by default"),
        ("cursor" = Option<uuid::Uuid>, Query, description = "`next_cursor` of the part before"),
    ),
    responses((status = OK, description = "The tasks", body = TasksView)),
)]
pub(crate) async fn list(
    Signed(session): Signed,
    State(context): State<Context>,
    uri: Uri,
) -> Result<Json<TasksView>, HttpError> {
    let query = Query::of(&uri);
    let (limit, cursor) = query.page()?;
    let status = query.get("status")?.map(|word| TaskStatus::parse(&word)).transpose();
    let status = status.map_err(|_| HttpError::field("status", InputProblem::Malformed))?;
    let tasks = context.bailee.tasks(&session.owner, status, cursor, limit).await?;
    let full = tasks.len() == limit as usize;
    let next_cursor = tasks.last().filter(|_| full).map(|last| *last.id.as_uuid());
    let threads = tasks.iter().filter_map(|task| task.thread.as_ref());
    let counterparts = context.bailee.counterparts(&session.owner, threads).await?;
    let counterparts = counterparts.into_iter().map(|(id, counterpart)| (id.to_string(), counterpart.into()));
    Ok(Json(TasksView {
        tasks: tasks.into_iter().map(TaskView::from).collect(),
        counterparts: counterparts.collect(),
        next_cursor,
    }))
}

/// Accepts a proposal, and books the meeting where the profile has an account that can.
///
/// Only a person may.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/accept",
    operation_id = "accept_task",
    tag = "tasks",
    params(("id" = uuid::Uuid, Path, description = "The task")),
    request_body = AcceptBody,
    responses((status = OK, description = "The task, and what was booked", body = AcceptedView)),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn accept(
    Signed(session): Signed,
    Id(id): Id<TaskId>,
    State(context): State<Context>,
    body: Result<Members, HttpError>,
) -> Result<Json<AcceptedView>, HttpError> {
    context.bailee.require_human(&session, Action::Task).await?;
    let mut body = body?;
    let start = body.nullable_text("start")?.text();
    body.finish()?;
    let start = start.map(|start| start.parse::<DateTime<Utc>>()).transpose();
    let start = start.map_err(|_| HttpError::field("start", InputProblem::Malformed))?;
    Ok(Json(context.bailee.accept_task(&session, id, start).await?.into()))
}

/// Declines a proposal.
#[utoipa::path(
    post,
    path = "/v1/tasks/{id}/decline",
    operation_id = "decline_task",
    tag = "tasks",
    params(("id" = uuid::Uuid, Path, description = "The task")),
    responses((status = OK, description = "The task", body = TaskView)),
)]
pub(crate) async fn decline(
    Signed(session): Signed,
    Id(id): Id<TaskId>,
    State(context): State<Context>,
) -> Result<Json<TaskView>, HttpError> {
    Ok(Json(context.bailee.decline_task(&session, id).await?.into()))
}
