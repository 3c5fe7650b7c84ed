use std::fmt;

use axum::extract::{FromRequest, Request, rejection::BytesRejection};
use bailee_core::SecretString;
use bailee_engine::InputProblem;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use crate::error::HttpError;

/// The members of a JSON object, to be taken by name. What is wrong is told by our own names for the fields, never by
/// the text of the request. `serde_json` stops at 128 levels of nesting.
#[derive(Default)]
pub(crate) struct Members(Vec<(String, Value)>);

impl Members {
    /// Takes a text that must be there.
    pub(crate) fn secret(&mut self, name: &'static str) -> Result<SecretString, HttpError> {
        self.optional_secret(name)?.ok_or(HttpError::field(name, InputProblem::Missing))
    }

    /// Takes a text that may be missing or null.
    pub(crate) fn optional_secret(&mut self, name: &'static str) -> Result<Option<SecretString>, HttpError> {
        match self.take(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(SecretString::from(text))),
            Some(_) => Err(HttpError::field(name, InputProblem::Malformed)),
        }
    }

    /// Refuses what nobody took: a misspelt field is told, not overlooked.
    pub(crate) fn finish(self) -> Result<(), HttpError> {
        if self.0.is_empty() { Ok(()) } else { Err(HttpError::field("body", InputProblem::Malformed)) }
    }

    fn take(&mut self, name: &'static str) -> Result<Option<Value>, HttpError> {
        let Some(index) = self.0.iter().position(|(key, _)| key == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(index);
        if self.0.iter().any(|(key, _)| key == name) {
            return Err(HttpError::field(name, InputProblem::Duplicated));
        }
        Ok(Some(value))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl<S: Send + Sync> FromRequest<S> for Members {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        if !is_json(request.headers()) {
            return Err(HttpError::MediaType);
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        serde_json::from_slice(&body).map_err(|_| HttpError::field("body", InputProblem::Malformed))
    }
}

fn unread(rejection: &BytesRejection) -> HttpError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        HttpError::TooLarge
    } else {
        HttpError::field("body", InputProblem::Malformed)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = one.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// A mutation may come without a body; one that has a body says that it is JSON.
pub(crate) fn check_type(headers: &HeaderMap) -> Result<(), HttpError> {
    let empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
        && !headers.contains_key(header::TRANSFER_ENCODING);
    if is_json(headers) || (empty && !headers.contains_key(header::CONTENT_TYPE)) {
        Ok(())
    } else {
        Err(HttpError::MediaType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(json: &str) -> Result<Members, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn members_are_taken_by_name_and_the_rest_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let mut taken = members(r#"{"code":"c","verifier":null}"#)?;
        assert!(taken.secret("code").is_ok());
        assert!(taken.optional_secret("verifier")?.is_none());
        assert!(taken.finish().is_ok());
        assert!(members(r#"{"extra":1}"#)?.finish().is_err());
        Ok(())
    }

    #[test]
    fn a_missing_a_mistyped_and_a_repeated_member_are_told_by_name() -> Result<(), Box<dyn std::error::Error>>
    {
        for (json, problem) in [
            ("{}", "code is missing"),
            (r#"{"code":7}"#, "code is malformed"),
            (r#"{"code":"a","code":"a"}"#, "code is given more than once"),
        ] {
            let error = members(json)?.secret("code").err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(problem), "{json}");
        }
        Ok(())
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = format!("{{\"code\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(members(&deep).is_err());
    }

    #[test]
    fn a_body_that_is_no_json_is_refused_by_its_type() -> Result<(), Box<dyn std::error::Error>> {
        let check = |pairs: &[(&'static str, &str)]| -> Result<bool, Box<dyn std::error::Error>> {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse()?);
            }
            Ok(check_type(&headers).is_ok())
        };
        assert!(check(&[])?);
        assert!(check(&[("content-length", "0")])?);
        assert!(check(&[("content-type", "application/json; charset=utf-8"), ("content-length", "2")])?);
        assert!(!check(&[("content-type", "text/plain")])?);
        assert!(!check(&[("content-length", "2")])?);
        assert!(!check(&[("transfer-encoding", "chunked")])?);
        assert!(!check(&[("content-type", "application/json"), ("content-type", "text/plain")])?);
        Ok(())
    }
}
