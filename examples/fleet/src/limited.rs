//! A token endpoint with a rate limit, whose refresh tokens are used once.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use axum::{
    Form, Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use bailee::{Clock as _, SystemClock};
use serde::Deserialize;
use serde_json::json;
use tokio::{net::TcpListener, task::AbortHandle};
use url::Url;

use crate::fill::LIFETIME;

const SECOND: Duration = Duration::from_secs(1);

/// The refresh token of a user after so many refreshes.
pub(crate) fn refresh_token(user: u32, generation: u32) -> String {
    format!("refresh-{user}-{generation}")
}

/// The access token of a user after so many refreshes.
pub(crate) fn access_token(user: u32, generation: u32) -> String {
    format!("access-{user}-{generation}")
}

/// The provider on loopback. Dropping it ends it.
pub(crate) struct Limited {
    pub(crate) url: Url,
    desk: Arc<Desk>,
    serving: AbortHandle,
}

/// What the provider saw.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Refreshes that were carried out.
    pub(crate) refreshes: u32,
    /// Refresh tokens that were used a second time, or twice at once: their grants are dead now.
    pub(crate) duplicates: u32,
    /// The most requests within any second, those included that were too many.
    pub(crate) most_per_second: usize,
    /// Requests that were answered with 429.
    pub(crate) refused: u32,
}

struct Desk {
    clock: SystemClock,
    limit: usize,
    endpoint: Duration,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    grants: HashMap<u32, Grant>,
    /// When the requests of the last second came, and those of them that were not too many.
    came: VecDeque<Duration>,
    admitted: VecDeque<Duration>,
    seen: Seen,
}

#[derive(Clone, Copy, Default)]
struct Grant {
    generation: u32,
    under_way: bool,
    dead: bool,
}

#[derive(Deserialize)]
struct Request {
    refresh_token: String,
}

impl Limited {
    /// Carries out `limit` requests within any second and takes `endpoint` for each.
    pub(crate) async fn start(limit: u32, endpoint: Duration) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let (clock, limit) = (SystemClock::new(), limit as usize);
        let desk = Arc::new(Desk { clock, limit, endpoint, books: Mutex::default() });
        let app = Router::new().route("/token", post(token)).with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await }).abort_handle();
        Ok(Self { url, desk, serving })
    }

    pub(crate) fn seen(&self) -> Seen {
        self.desk.books().seen
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn token(State(desk): State<Arc<Desk>>, Form(request): Form<Request>) -> Response {
    // In its own task: a provider carries on when its client hangs up.
    let work = tokio::spawn(async move { desk.serve(&request.refresh_token).await });
    work.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

impl Desk {
    async fn serve(&self, presented: &str) -> Response {
        if !self.admit() {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response();
        }
        let Some(user) = self.begin(presented) else {
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
        };
        self.clock.sleep(self.endpoint).await;
        let generation = self.finish(user);
        Json(json!({
            "access_token": access_token(user, generation),
            "refresh_token": refresh_token(user, generation),
            "expires_in": LIFETIME.as_secs(),
            "token_type": "Bearer",
        }))
        .into_response()
    }

    /// Counts a request, and tells whether it is one too many.
    fn admit(&self) -> bool {
        let now = self.clock.monotonic();
        let Books { came, admitted, seen, .. } = &mut *self.books();
        for window in [&mut *came, &mut *admitted] {
            while window.front().is_some_and(|at| now.saturating_sub(*at) >= SECOND) {
                window.pop_front();
            }
        }
        came.push_back(now);
        seen.most_per_second = seen.most_per_second.max(came.len());
        let admit = admitted.len() < self.limit;
        if admit {
            admitted.push_back(now);
        } else {
            seen.refused += 1;
        }
        admit
    }

    /// Whose token it is. One that was used before, or is being used, ends the grant.
    fn begin(&self, presented: &str) -> Option<u32> {
        let (user, generation) = presented.strip_prefix("refresh-")?.split_once('-')?;
        let (user, generation): (u32, u32) = (user.parse().ok()?, generation.parse().ok()?);
        let Books { grants, seen, .. } = &mut *self.books();
        let grant = grants.entry(user).or_default();
        if grant.under_way || grant.generation != generation {
            grant.dead = true;
            seen.duplicates += 1;
        }
        if grant.dead {
            return None;
        }
        grant.under_way = true;
        Some(user)
    }

    fn finish(&self, user: u32) -> u32 {
        let Books { grants, seen, .. } = &mut *self.books();
        let grant = grants.entry(user).or_default();
        grant.under_way = false;
        grant.generation += 1;
        seen.refreshes += 1;
        grant.generation
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
