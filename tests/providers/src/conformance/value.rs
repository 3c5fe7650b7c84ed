//! Texts, JSON and masks of fields against their schemas.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// A parameter's text against its type, its words and its bounds.
pub(super) fn text_fits(parameter: &Value, value: &str) -> Result<()> {
    if let Some(words) = parameter.get("enum").and_then(Value::as_array) {
        ensure!(words.iter().any(|word| word == value), "is none of the described words");
    }
    match parameter.get("type").and_then(Value::as_str) {
        Some("integer") => {
            let number: i64 = value.parse().context("is no integer")?;
            let bound = |name: &str| -> Option<i64> { parameter.get(name)?.as_str()?.parse().ok() };
            ensure!(bound("minimum").is_none_or(|least| number >= least), "is too small");
            ensure!(bound("maximum").is_none_or(|most| number <= most), "is too large");
        }
        Some("boolean") => ensure!(matches!(value, "true" | "false"), "is no boolean"),
        _ => {}
    }
    if parameter.get("format").and_then(Value::as_str) == Some("date-time") {
        chrono::DateTime::parse_from_rfc3339(value).context("is no time with an offset")?;
    }
    Ok(())
}

pub(super) fn definition<'a>(description: &'a Value, name: &str) -> Result<&'a Value> {
    description
        .get("schemas")
        .and_then(|schemas| schemas.get(name))
        .with_context(|| format!("the description has no schema {name}"))
}

/// The schema itself, or the one that it refers to.
fn resolved<'a>(description: &'a Value, schema: &'a Value) -> Result<&'a Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(name) => definition(description, name),
        None => Ok(schema),
    }
}

pub(super) fn value_fits(description: &Value, schema: &Value, value: &Value, place: &str) -> Result<()> {
    let schema = resolved(description, schema)?;
    match (schema.get("type").and_then(Value::as_str), value) {
        (Some("object"), Value::Object(members)) => {
            let known = schema.get("properties").and_then(Value::as_object);
            let others = schema.get("additionalProperties");
            for (name, member) in members {
                let place = format!("{place}.{name}");
                let schema = known.and_then(|known| known.get(name)).or(others);
                let schema = schema.with_context(|| format!("{place} is not described"))?;
                value_fits(description, schema, member, &place)?;
            }
        }
        (Some("array"), Value::Array(items)) => {
            let schema = schema.get("items").with_context(|| format!("{place} has no items"))?;
            for item in items {
                value_fits(description, schema, item, &format!("{place}[]"))?;
            }
        }
        (Some("string"), Value::String(text)) => {
            text_fits(schema, text).with_context(|| place.to_owned())?;
        }
        (Some("boolean"), Value::Bool(_))
        | (Some("integer" | "number"), Value::Number(_))
        | (Some("any"), _) => {}
        (kind, _) => anyhow::bail!("{place} is not {}", kind.unwrap_or("described")),
    }
    Ok(())
}

/// Every name of a `fields` mask, for example `items(id,start),nextPageToken`.
pub(super) fn mask_fits(description: &Value, schema: &Value, mask: &str) -> Result<()> {
    let mut rest = mask;
    let schema = resolved(description, schema)?;
    while !rest.is_empty() {
        let end = rest.find([',', '(']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let member = name.split('/').try_fold(schema, |schema, part| {
            let schema = resolved(description, schema)?;
            let schema = schema.get("items").map_or(Ok(schema), |items| resolved(description, items))?;
            schema
                .get("properties")
                .and_then(|properties| properties.get(part))
                .with_context(|| format!("the mask names an unknown field {part}"))
        })?;
        rest = match after.strip_prefix('(') {
            Some(inner) => {
                let close = matching_bracket(inner).context("the mask has an open bracket")?;
                let (inner, after) = inner.split_at(close);
                let member = member.get("items").unwrap_or(member);
                mask_fits(description, member, inner)?;
                after.strip_prefix(')').unwrap_or(after)
            }
            None => after,
        };
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Ok(())
}

/// Where the bracket closes that was opened before this text.
fn matching_bracket(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(index),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}
