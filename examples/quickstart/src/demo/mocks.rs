//! What happens at the providers: here their mocks are told to do it.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use bailee_testkit::mock_teller::{CHASE, PNC};
use serde_json::{Value, json};

use super::Demo;
use crate::{sign_in::DemoUser, upstream::Upstream, upstreams::Upstreams};

pub(super) fn router() -> Router<Demo> {
    Router::new().route("/demo/mocks/{event}", post(happen))
}

async fn happen(
    State(upstream): State<Arc<Upstream>>,
    Extension(_): Extension<DemoUser>,
    Path(event): Path<String>,
    // Nothing is in it; that it must be JSON keeps the forms of other origins out.
    Json(_): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let Upstream::Mocks(mocks) = upstream.as_ref() else { return Err(StatusCode::NOT_FOUND) };
    let said = match event.as_str() {
        "google-expires" => {
            mocks.google.expire_access_tokens();
            "Google's tokens have expired. The next use refreshes them, and nobody notices."
        }
        "google-revoked" => {
            for account in Upstreams::GOOGLE_ACCOUNTS {
                mocks.google.revoke_by_user(account);
            }
            "Access was taken away at Google. Validate shows it, or the next use."
        }
        "teller-breaks" => {
            for bank in [CHASE, PNC] {
                mocks.teller.disconnect(bank, ".credentials_invalid");
            }
            "The banks want their user to sign in again. Validate shows it; Reconnect repairs it."
        }
        _ => return Err(StatusCode::NOT_FOUND),
    };
    Ok(Json(json!({ "said": said })))
}
