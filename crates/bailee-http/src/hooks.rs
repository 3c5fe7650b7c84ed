use axum::{
    body::Bytes,
    extract::{Path, State},
};
use bailee_core::ProviderError;
use bailee_engine::{Error, HookError, InputProblem};
use http::{HeaderMap, StatusCode};

use crate::{
    context::Context,
    error::{HttpError, PROBLEM_JSON, Problem},
};

/// Where providers send what happens by itself. Nothing is believed before their signature was checked.
#[utoipa::path(
    post,
    path = "/api/hooks/{provider}/{opaque}",
    operation_id = "hook",
    tag = "hooks",
    params(
        ("provider" = String, Path, description = "The key of a provider"),
        ("opaque" = String, Path, description = "Which hook of it; part of the address that the provider was given"),
    ),
    request_body(content = String, content_type = "application/json", description = "What the provider sends, at most 1 MiB"),
    responses(
        (status = NO_CONTENT, description = "Taken"),
        (status = BAD_REQUEST, description = "It cannot be read", body = Problem, content_type = PROBLEM_JSON),
        (status = NOT_FOUND, description = "There is no such hook, or it is not from the provider", body = Problem, content_type = PROBLEM_JSON),
        (status = PAYLOAD_TOO_LARGE, description = "It is larger than 1 MiB", body = Problem, content_type = PROBLEM_JSON),
        (status = BAD_GATEWAY, description = "Send it again later", body = Problem, content_type = PROBLEM_JSON),
        (status = SERVICE_UNAVAILABLE, description = "Send it again later", body = Problem, content_type = PROBLEM_JSON),
    ),
    security(()),
)]
pub(crate) async fn receive(
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    State(context): State<Context>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<StatusCode, HttpError> {
    let Path((provider, opaque)) = path.map_err(|_| Error::NotFound)?;
    let body = body.map_err(|_| HttpError::TooLarge)?;
    match context.bailee.receive(&provider, &opaque, &headers, &body).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(HookError::NotFound) => Err(Error::NotFound.into()),
        Err(HookError::Malformed) => Err(HttpError::field("body", InputProblem::Malformed)),
        Err(_) => Err(Error::Provider(ProviderError::Unavailable { retry_after: None }).into()),
    }
}
