//! Tool arguments: their schema, and their check against it with an error that names the field.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use bailee_core::ProviderError;

/// The JSON Schema 2020-12 of a type: in one piece, without titles, absent instead of null.
pub(crate) fn schema<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        // The description of the root is the tool's own.
        root.remove("description");
    }
    schema
}

/// Reads arguments that fit `schema`; a null member is an absent one.
///
/// # Errors
/// [`ProviderError::InvalidArguments`] with the first place that does not fit.
pub(crate) fn read<T: DeserializeOwned>(arguments: &Value, schema: &Value) -> Result<T, ProviderError> {
    let mut arguments = arguments.clone();
    if let Some(members) = arguments.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    check(&arguments, schema, &mut String::new())?;
    serde_json::from_value(arguments).map_err(|_| invalid("", "do not fit the schema of the tool"))
}

/// Whether a value fits `schema`.
///
/// # Errors
/// [`ProviderError::InvalidArguments`] with the first place that does not.
#[cfg(any(feature = "email", feature = "telegram", feature = "teller", feature = "webhook"))]
pub(crate) fn fits(value: &Value, schema: &Value) -> Result<(), ProviderError> {
    check(value, schema, &mut String::new())
}

pub(crate) fn invalid(pointer: &str, problem: &'static str) -> ProviderError {
    ProviderError::InvalidArguments { pointer: pointer.to_owned(), problem }
}

/// Schemars writes `T | null` for an option, and titles and formats that no agent needs.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.remove("format");
            if members.get("title").is_some_and(Value::is_string) {
                members.remove("title");
            }
            if members.get("default") == Some(&Value::Null) {
                members.remove("default");
            }
            without_null(members);
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn without_null(members: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = members.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Value::Array(mut choices)) = members.remove("anyOf") else {
        return;
    };
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    match choices.as_slice() {
        [Value::Object(only)] => {
            for (name, value) in only {
                members.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        _ => {
            members.insert("anyOf".to_owned(), Value::Array(choices));
        }
    }
}

/// The part of JSON Schema that our tools use.
fn check(value: &Value, schema: &Value, pointer: &mut String) -> Result<(), ProviderError> {
    let problem = match (schema.get("type"), value) {
        (Some(Value::Array(types)), _) => {
            let fits = types.iter().filter_map(Value::as_str).any(|name| is_of(value, name));
            (!fits).then_some("is not of one of the allowed types")
        }
        (Some(Value::String(name)), _) => match (name.as_str(), value) {
            ("object", Value::Object(members)) => return check_object(members, schema, pointer),
            ("array", Value::Array(items)) => return check_array(items, schema, pointer),
            ("string", Value::String(text)) => string_problem(text, schema),
            ("integer", Value::Number(number)) => integer_problem(number, schema),
            (name, value) if is_of(value, name) => None,
            ("object", _) => Some("must be an object"),
            ("array", _) => Some("must be a list"),
            ("string", _) => Some("must be a text"),
            ("integer", _) => Some("must be a whole number"),
            ("number", _) => Some("must be a number"),
            ("boolean", _) => Some("must be true or false"),
            _ => Some("is of an unknown type"),
        },
        _ => None,
    };
    problem.map_or(Ok(()), |problem| Err(invalid(pointer, problem)))
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        _ => false,
    }
}

fn check_object(
    members: &Map<String, Value>,
    schema: &Value,
    pointer: &mut String,
) -> Result<(), ProviderError> {
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Err(invalid(&format!("{pointer}/{name}"), "is missing"));
        }
    }
    let known = schema.get("properties").and_then(Value::as_object);
    for (name, value) in members {
        let Some(schema) = known.and_then(|known| known.get(name)) else {
            // A member of any name: only where the schema says so, as for the properties of a page.
            if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                return Err(invalid(pointer, "has a member that the schema does not know"));
            }
            continue;
        };
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(name);
        check(value, schema, pointer)?;
        pointer.truncate(length);
    }
    Ok(())
}

fn check_array(items: &[Value], schema: &Value, pointer: &mut String) -> Result<(), ProviderError> {
    if limit(schema, "maxItems").is_some_and(|max| items.len() > max) {
        return Err(invalid(pointer, "has too many items"));
    }
    if limit(schema, "minItems").is_some_and(|min| items.len() < min) {
        return Err(invalid(pointer, "has too few items"));
    }
    let Some(item_schema) = schema.get("items") else {
        return Ok(());
    };
    for (index, item) in items.iter().enumerate() {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&index.to_string());
        check(item, item_schema, pointer)?;
        pointer.truncate(length);
    }
    Ok(())
}

fn string_problem(text: &str, schema: &Value) -> Option<&'static str> {
    let length = text.chars().count();
    if let Some(words) = schema.get("enum").and_then(Value::as_array)
        && !words.iter().any(|word| word == text)
    {
        return Some("is not one of the allowed words");
    }
    if limit(schema, "minLength").is_some_and(|min| length < min) {
        return Some("is too short");
    }
    limit(schema, "maxLength").is_some_and(|max| length > max).then_some("is too long")
}

fn integer_problem(number: &serde_json::Number, schema: &Value) -> Option<&'static str> {
    let Some(number) = number.as_i64() else {
        return Some("must be a whole number");
    };
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    if bound("minimum").is_some_and(|min| number < min) {
        return Some("is too small");
    }
    bound("maximum").is_some_and(|max| number > max).then_some("is too large")
}

fn limit(schema: &Value, name: &str) -> Option<usize> {
    schema.get(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok())
}
