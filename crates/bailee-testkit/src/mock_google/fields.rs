//! Partial answers: the `fields` parameter that all of Google's APIs take.

use std::collections::BTreeMap;

use serde_json::Value;

use super::api_error;
use crate::mock_provider::Answer;

/// What a mask asks of one object; an empty mask asks for all of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mask(BTreeMap<String, Self>);

/// Leaves what the mask names, for example `nextPageToken,items(id,start/date)`.
pub(super) fn select(answer: Answer, mask: &str) -> Answer {
    let mut rest = mask;
    let (Some(mask), "") = (Mask::read(&mut rest), rest) else {
        return api_error::error(
            http::StatusCode::BAD_REQUEST,
            "global",
            "invalidParameter",
            "Invalid field selection",
        );
    };
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(value) => Answer { body: mask.apply(&value).to_string().into(), ..answer },
        Err(_) => answer,
    }
}

impl Mask {
    /// Reads a list up to a closing bracket or the end; `None` when it is not one.
    fn read(rest: &mut &str) -> Option<Self> {
        let mut mask = Self::default();
        loop {
            mask.read_entry(rest)?;
            match rest.strip_prefix(',') {
                Some(next) => *rest = next,
                None => return Some(mask),
            }
        }
    }

    /// `name`, `name/entry` or `name(list)`.
    fn read_entry(&mut self, rest: &mut &str) -> Option<()> {
        let end = rest
            .find(|character: char| !character.is_ascii_alphanumeric() && character != '*')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        *rest = after;
        let inner = self.0.entry(name.to_owned()).or_default();
        if let Some(next) = rest.strip_prefix('/') {
            *rest = next;
            inner.read_entry(rest)
        } else if let Some(list) = rest.strip_prefix('(') {
            *rest = list;
            *inner = Self::read(rest)?;
            *rest = rest.strip_prefix(')')?;
            Some(())
        } else {
            Some(())
        }
    }

    fn apply(&self, value: &Value) -> Value {
        if self.0.is_empty() || self.0.contains_key("*") {
            return value.clone();
        }
        match value {
            Value::Array(items) => items.iter().map(|item| self.apply(item)).collect(),
            Value::Object(members) => self
                .0
                .iter()
                .filter_map(|(name, mask)| Some((name.clone(), mask.apply(members.get(name)?))))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selected(mask: &str, value: &Value) -> Option<Value> {
        let mut rest = mask;
        let mask = Mask::read(&mut rest).filter(|_| rest.is_empty())?;
        Some(mask.apply(value))
    }

    #[test]
    fn a_mask_leaves_what_it_names() {
        let list = json!({ "kind": "k", "next": "n", "items": [{ "id": 1, "start": { "date": "d", "zone": "z" } }] });
        assert_eq!(
            selected("next,items(id,start/date)", &list),
            Some(json!({ "next": "n", "items": [{ "id": 1, "start": { "date": "d" } }] }))
        );
        assert_eq!(selected("items/id", &list), Some(json!({ "items": [{ "id": 1 }] })));
    }

    #[test]
    fn a_broken_mask_is_none() {
        for mask in ["", "a,", "a(b", "a)b", "a(b))", "a//b"] {
            assert_eq!(selected(mask, &json!({})), None, "{mask}");
        }
    }
}
