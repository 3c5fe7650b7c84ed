use std::fmt;

use axum::extract::{FromRequest, Request, rejection::BytesRejection};
use bailee_core::{PermissionFlag, ProfileId, ProfileIds, Scope, SecretString, ThreadPermissions};
use bailee_engine::InputProblem;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::{context::Context, error::HttpError};

/// The members of a JSON object, to be taken by name. What is wrong is told by our own names for the fields, never by
/// the text of the request.
#[derive(Default)]
pub(crate) struct Members(Vec<(String, Value)>);

/// A text that may be missing, or null.
#[derive(Debug)]
pub(crate) enum Given {
    Absent,
    Null,
    Text(String),
}

impl Given {
    /// The text, where it makes no difference why there is none.
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Text(text) => Some(text),
        }
    }
}

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

    /// Takes a switch that may be missing.
    pub(crate) fn optional_flag(&mut self, name: &'static str) -> Result<Option<bool>, HttpError> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(HttpError::field(name, InputProblem::Malformed)),
        }
    }

    /// Takes an object that may be missing.
    pub(crate) fn optional_object(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Map<String, Value>>, HttpError> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(HttpError::field(name, InputProblem::Malformed)),
        }
    }

    /// Takes a text that may be missing, or null, which is told apart.
    pub(crate) fn nullable_text(&mut self, name: &'static str) -> Result<Given, HttpError> {
        match self.take(name)? {
            None => Ok(Given::Absent),
            Some(Value::Null) => Ok(Given::Null),
            Some(Value::String(text)) => Ok(Given::Text(text)),
            Some(_) => Err(HttpError::field(name, InputProblem::Malformed)),
        }
    }

    /// Takes `scope` and `profile_ids`, which belong together.
    pub(crate) fn optional_scope(&mut self) -> Result<Option<Scope>, HttpError> {
        let malformed = |name| HttpError::field(name, InputProblem::Malformed);
        let profiles = match self.take("profile_ids")? {
            None => None,
            Some(Value::Array(ids)) => Some(
                ids.into_iter()
                    .map(|id| ProfileId::new(id.as_str()?).ok())
                    .collect::<Option<Vec<_>>>()
                    .ok_or(malformed("profile_ids"))?,
            ),
            Some(_) => return Err(malformed("profile_ids")),
        };
        match (self.nullable_text("scope")?.text().as_deref(), profiles) {
            (None, None) => Ok(None),
            (Some("all"), None) => Ok(Some(Scope::All)),
            (Some("all"), Some(ids)) if ids.is_empty() => Ok(Some(Scope::All)),
            (Some("agents"), Some(ids)) => {
                let ids = ProfileIds::new(ids)
                    .map_err(|_| HttpError::field("profile_ids", InputProblem::TooLong))?;
                Ok(Some(Scope::Agents(ids)))
            }
            (Some("agents"), None) => Err(HttpError::field("profile_ids", InputProblem::Missing)),
            (Some("all"), Some(_)) => Err(HttpError::field("profile_ids", InputProblem::NotApplicable)),
            (None, Some(_)) => Err(HttpError::field("scope", InputProblem::Missing)),
            (Some(_), _) => Err(malformed("scope")),
        }
    }

    /// Takes all four flags of a thread.
    pub(crate) fn thread_permissions(&mut self) -> Result<ThreadPermissions, HttpError> {
        let mut permissions = ThreadPermissions::NONE;
        for flag in PermissionFlag::ALL {
            let name = flag.as_str();
            let on = self.optional_flag(name)?.ok_or(HttpError::field(name, InputProblem::Missing))?;
            permissions.set(flag, on);
        }
        Ok(permissions)
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

impl FromRequest<Context> for Members {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &Context) -> Result<Self, HttpError> {
        if !is_json(request.headers()) {
            return Err(HttpError::MediaType);
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        let malformed = HttpError::field("body", InputProblem::Malformed);
        if is_deeper_than(state.bailee.limits().json_depth, &body) {
            return Err(malformed);
        }
        serde_json::from_slice(&body).map_err(|_| malformed)
    }
}

/// Whether the JSON is nested deeper than that, by its brackets outside of texts: what is no JSON is told by the parser,
/// which has an end of its own at 127.
fn is_deeper_than(most: usize, json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > most
    })
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
    fn brackets_count_outside_of_texts_alone() {
        assert!(!is_deeper_than(2, br#"{"a":["[[[[\"[[[["],"b":[1],"c":[2]}"#));
        assert!(is_deeper_than(2, br#"{"a":[[]]}"#));
        assert!(is_deeper_than(2, b"[[[[[["));
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
