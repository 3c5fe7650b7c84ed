use bailee_core::{
    Action, AgentTask, Caller, Outcome, Owner, Proposal, ProviderError, Session, TaskId, TaskStatus,
    ToolOutput, store::NewTask,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{Bailee, Error, InputProblem, ToolError, builtin::invalid, engine::Inner, journal::Line};

/// The tool that books an accepted meeting, of whichever provider has one.
const BOOKING: &str = "create_event";

/// The most undecided tasks of one owner: whoever may propose must not be able to bury the others.
const MOST_PENDING: u64 = 100;

/// An accepted task, and what followed from it.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The task.
    pub task: AgentTask,
    /// What was booked; `None` where no account that can book is connected for the profile.
    pub booked: Option<ToolOutput>,
}

impl Bailee {
    /// A page of the owner's tasks, the newest first; `limit` is cut to 1 ..= [`Bailee::MAX_PAGE`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tasks(
        &self,
        owner: &Owner,
        status: Option<TaskStatus>,
        before: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<AgentTask>, Error> {
        let limit = limit.clamp(1, Self::MAX_PAGE);
        Ok(self.inner().stores.tasks.list_tasks(owner, status, before, limit).await?)
    }

    /// Accepts a proposal: books the meeting where the profile has a connected account that can, and says so.
    ///
    /// # Behaviour
    /// - `start` is one of the proposal's slots; `None` takes the first.
    /// - Of parallel answers one counts. When the booking fails the task is pending again; when its outcome is unknown it
    ///   stays accepted, so that nothing is booked twice.
    /// - One whose acceptance was cut off can be accepted again a few minutes later.
    ///
    /// # Errors
    /// - [`Error::HumanNeeded`] for a session that is not a person's.
    /// - [`Error::NotFound`] for an unknown or foreign task, [`Error::Decided`] for one that is no longer pending.
    /// - [`Error::Invalid`] names `start`. [`Error::Provider`] when the booking failed.
    pub async fn accept_task(
        &self,
        session: &Session,
        id: TaskId,
        start: Option<DateTime<Utc>>,
    ) -> Result<Accepted, Error> {
        let task = self.to_decide(session, id).await?;
        let start = match start {
            None => task.proposal.slots.first().copied().ok_or(Error::NotFound)?,
            Some(start) if task.proposal.slots.contains(&start) => start,
            Some(_) => return Err(Error::invalid("start", InputProblem::Unknown)),
        };
        let tasks = &self.inner().stores.tasks;
        tasks
            .move_task(&session.owner, id, task.status, TaskStatus::Accepting)
            .await?
            .ok_or(Error::Decided)?;
        let bailee = self.clone();
        let (session, booked) = (session.clone(), task.clone());
        let work = async move { bailee.settle(&session, booked, start).await };
        // It was cut off with its runtime: the task stays where a person finds it.
        self.inner().flights.spawn(work).await.unwrap_or(Err(Error::Provider(ProviderError::OutcomeUnknown)))
    }

    /// Declines a proposal.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Decided`].
    pub async fn decline_task(&self, session: &Session, id: TaskId) -> Result<AgentTask, Error> {
        let inner = self.inner();
        let task = inner.stores.tasks.find_task(&session.owner, id).await?.ok_or(Error::NotFound)?;
        let declined = inner
            .stores
            .tasks
            .move_task(&session.owner, id, TaskStatus::Pending, TaskStatus::Declined)
            .await?
            .ok_or(Error::Decided)?;
        inner.note(decision(session, &task, Outcome::Ok, "declined")).await;
        Ok(declined)
    }

    /// A task for a person to accept: a pending one, or one whose acceptance was cut off. What that booked is not booked again.
    async fn to_decide(&self, session: &Session, id: TaskId) -> Result<AgentTask, Error> {
        self.require_human(session, Action::Task).await?;
        let inner = self.inner();
        let task = inner.stores.tasks.find_task(&session.owner, id).await?.ok_or(Error::NotFound)?;
        let left = task.status == TaskStatus::Accepting && inner.is_left(&task);
        if task.status == TaskStatus::Pending || left { Ok(task) } else { Err(Error::Decided) }
    }

    /// Books, and writes how the task ended.
    async fn settle(
        &self,
        session: &Session,
        task: AgentTask,
        start: DateTime<Utc>,
    ) -> Result<Accepted, Error> {
        let booked = self.book(&task, start).await;
        let undone =
            matches!(&booked, Err(error) if *error != Error::Provider(ProviderError::OutcomeUnknown));
        let to = if undone { TaskStatus::Pending } else { TaskStatus::Accepted };
        let inner = self.inner();
        let moved = inner.stores.tasks.move_task(&session.owner, task.id, TaskStatus::Accepting, to).await?;
        let outcome = if undone { Outcome::ToolError } else { Outcome::Ok };
        inner.note(decision(session, &task, outcome, "accepted")).await;
        Ok(Accepted { task: moved.ok_or(Error::Decided)?, booked: booked? })
    }

    /// As the owner's own agent: within what the owner granted to the profile that was asked.
    async fn book(&self, task: &AgentTask, start: DateTime<Utc>) -> Result<Option<ToolOutput>, Error> {
        let caller = Caller::own(task.owner.clone(), task.profile.clone())?;
        let offered = self.tools(&caller).await?;
        let Some(tool) = offered.iter().find(|tool| tool.tool().name.as_str() == BOOKING) else {
            return Ok(None);
        };
        let minutes = TimeDelta::minutes(i64::from(task.proposal.duration_minutes));
        let mut arguments = json!({
            "summary": task.proposal.title,
            "start": start.to_rfc3339(),
            "end": (start + minutes).to_rfc3339(),
            // The same acceptance never books twice, where the provider can tell.
            "idempotency_key": task.id.to_string(),
        });
        if let [first, _, ..] = tool.integrations()
            && let Some(members) = arguments.as_object_mut()
        {
            members.insert("integration_id".to_owned(), json!(first.to_string()));
        }
        let permit = self.authorize(&caller, BOOKING).await.map_err(booking_error)?;
        permit.call(arguments).await.map(Some).map_err(booking_error)
    }
}

fn booking_error(error: ToolError) -> Error {
    match error {
        ToolError::Provider(error) => Error::Provider(error),
        ToolError::Store(error) => Error::Store(error),
        _ => Error::Provider(ProviderError::Unavailable { retry_after: None }),
    }
}

fn decision(session: &Session, task: &AgentTask, outcome: Outcome, word: &str) -> Line {
    let mut line = Line::new(&session.owner, Action::Task, outcome);
    line.profile = Some(task.profile.clone());
    line.thread.clone_from(&task.thread);
    line.details.changed = vec![word.to_owned()];
    line
}

impl Inner {
    /// Whether an acceptance has gone on for so long that nobody carries it out any more, though clocks differ.
    fn is_left(&self, task: &AgentTask) -> bool {
        let longest = (self.timings.call * 2 + self.timings.wait) * 2;
        (self.clock.now() - task.updated_at).to_std().is_ok_and(|age| age > longest)
    }

    /// Writes a proposal for the owner to decide.
    pub(crate) async fn propose(
        &self,
        caller: &Caller,
        proposal: Proposal,
    ) -> Result<AgentTask, ProviderError> {
        if proposal.title.trim().is_empty() || proposal.title.chars().any(char::is_control) {
            return Err(invalid("/title", "holds nothing that can be read, or a control character"));
        }
        let now = self.clock.now();
        if let Some(at) = proposal.slots.iter().position(|slot| *slot <= now) {
            return Err(invalid(&format!("/slots/{at}"), "is in the past"));
        }
        let unavailable = |_| ProviderError::Unavailable { retry_after: None };
        let tasks = &self.stores.tasks;
        if tasks.pending_tasks(caller.owner()).await.map_err(unavailable)? >= MOST_PENDING {
            return Err(ProviderError::RateLimited { retry_after: None });
        }
        let new = NewTask {
            id: self.task_id().map_err(|_| ProviderError::Unavailable { retry_after: None })?,
            owner: caller.owner().clone(),
            profile: caller.profile().clone(),
            thread: caller.thread().cloned(),
            proposal,
        };
        let id = new.id;
        match tasks.insert_task(new).await {
            Ok(task) => Ok(task),
            // Where its answer was lost, it may be there.
            Err(error) => {
                let found = tasks.find_task(caller.owner(), id).await.map_err(unavailable)?;
                found.ok_or_else(|| unavailable(error))
            }
        }
    }
}
