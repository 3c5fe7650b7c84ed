use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::error::HttpError;

/// A value as JSON, with 200.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let mut response = Response::new(Body::from(body));
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Err(_) => HttpError::Failed.into_response(),
        }
    }
}

/// A redirect that is followed with GET (RFC 9110 §15.4.4). Its address may hold a handle: not for logs.
pub(crate) fn see_other(location: &url::Url) -> Result<Response, HttpError> {
    let mut location = HeaderValue::try_from(location.as_str()).map_err(|_| HttpError::Failed)?;
    location.set_sensitive(true);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}
