use axum::{Extension, Json, Router, extract::State, http::StatusCode, routing::post};
use bailee::{Bailee, Caller, ExposeSecret as _, Owner};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sign_in::DemoUser;

/// The host begins runs of agents: here for whoever is signed in, as whatever is asked for.
///
/// Whether profile and thread are the owner's need not be asked here: it is asked whenever the run uses a tool.
pub(crate) fn router(bailee: &Bailee) -> Router {
    Router::new().route("/demo/runs", post(begin)).with_state(bailee.clone())
}

#[derive(Debug, Deserialize)]
struct Wanted {
    profile: String,
    thread: Option<String>,
}

async fn begin(
    State(bailee): State<Bailee>,
    Extension(user): Extension<DemoUser>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Value>, StatusCode> {
    let caller = wanted.caller(user.owner()).map_err(|_| StatusCode::BAD_REQUEST)?;
    let run = bailee.run_token(&caller, Bailee::MAX_RUN).await;
    let run = run.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(json!({ "token": run.token.expose_secret(), "expires_at": run.expires_at.to_rfc3339() })))
}

impl Wanted {
    fn caller(self, owner: Owner) -> Result<Caller, bailee::InvalidId> {
        match self.thread {
            None => Caller::own(owner, self.profile),
            Some(thread) => Caller::counterpart(owner, self.profile, thread),
        }
    }
}
