use std::{fmt::Debug, sync::Arc};

use super::{
    Answer, Endpoint, Fault, RecordedRequest,
    alter::{refusal, spoil},
    fault::FaultPlan,
    log::{Flight, RequestLog},
};

/// The part of a mock that knows its provider. Answers at once: waiting is the business of the faults.
pub(crate) trait Site: Debug + Send + Sync + 'static {
    /// What a request is for; `None`: nothing of that name is here.
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint>;

    /// Carries a request out.
    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer;
}

/// A site with its log and its faults.
#[derive(Debug)]
pub(crate) struct Hub<S> {
    pub(crate) site: S,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) faults: FaultPlan,
}

/// How a request ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Answer, and then what still happens to it on its way.
    Answer(Answer, Option<Fault>),
    /// Close the connection.
    Cut,
}

impl<S: Site> Hub<S> {
    pub(crate) fn new(site: S) -> Self {
        Self { site, log: Arc::new(RequestLog::default()), faults: FaultPlan::default() }
    }

    /// Notes the request as it arrives.
    pub(crate) fn arrive(&self, request: &mut RecordedRequest) -> Flight {
        request.endpoint = self.site.route(request);
        self.log.note(request.clone())
    }

    /// Carries the request out, or does what the next fault says.
    pub(crate) async fn carry_out(&self, request: &RecordedRequest) -> Outcome {
        let Some(endpoint) = request.endpoint else {
            return Outcome::Answer(Answer::empty(http::StatusCode::NOT_FOUND), None);
        };
        let Some(fault) = self.faults.take(endpoint, request) else {
            return Outcome::Answer(self.site.answer(endpoint, request), None);
        };
        if let Some(refusal) = refusal(&fault) {
            return refusal;
        }
        match &fault {
            Fault::Delay(duration) => wait(*duration).await,
            Fault::Hold(gate) => gate.pass().await,
            _ => {}
        }
        let answer = self.site.answer(endpoint, request);
        match &fault {
            Fault::DropAfterProcessing => Outcome::Cut,
            Fault::HoldAnswer(gate) => {
                gate.pass().await;
                Outcome::Answer(answer, None)
            }
            _ => Outcome::Answer(spoil(answer, &fault), Some(fault)),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a slow provider is slow by the wall clock: its client's deadline runs on that one"
)]
pub(crate) async fn wait(duration: std::time::Duration) {
    tokio::time::sleep(duration).await;
}
