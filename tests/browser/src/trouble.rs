use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::sync::Semaphore;

/// What happens to requests on their way to the host.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// They are answered with this status, and do not reach it.
    Answer(StatusCode),
    /// They reach it when the door opens.
    Hold(Door),
    /// They are answered well, with this, and do not reach it.
    Reply(Value),
}

/// Shut until somebody opens it.
#[derive(Clone, Debug)]
pub struct Door(Arc<Semaphore>);

impl Default for Door {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Door {
    /// Lets everything through, from now on.
    pub fn open(&self) {
        self.0.close();
    }

    async fn pass(&self) {
        // There is never a permit: this ends when it is closed, which is when the door is open.
        let _ = self.0.acquire().await;
    }
}

/// A request that the host got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `POST` …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Without its question mark.
    pub query: String,
}

/// What lies between the browser and the host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    planted: Vec<(String, String, Trouble)>,
    seen: Vec<Seen>,
}

impl Way {
    pub(crate) fn plant(&self, method: &str, path: &str, trouble: Trouble) {
        self.with(|log| log.planted.push((method.to_owned(), path.to_owned(), trouble)));
    }

    pub(crate) fn clear(&self) {
        self.with(|log| log.planted.clear());
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.with(|log| log.seen.clone())
    }

    fn note(&self, seen: Seen) -> Option<Trouble> {
        self.with(|log| {
            let meets = |(method, path, _): &&(String, String, Trouble)| {
                *method == seen.method && seen.path.starts_with(path.as_str())
            };
            let trouble = log.planted.iter().find(meets).map(|(_, _, trouble)| trouble.clone());
            log.seen.push(seen);
            trouble
        })
    }

    fn with<T>(&self, then: impl FnOnce(&mut Log) -> T) -> T {
        then(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Lets a request through, or not.
pub(crate) async fn pass(State(way): State<Way>, request: Request, next: Next) -> Response {
    let seen = Seen {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
    };
    match way.note(seen) {
        Some(Trouble::Answer(status)) => return status.into_response(),
        Some(Trouble::Hold(door)) => door.pass().await,
        Some(Trouble::Reply(body)) => return Json(body).into_response(),
        None => {}
    }
    next.run(request).await
}
