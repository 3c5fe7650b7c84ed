//! Makes the schemas of answers say what they mean.

use serde_json::Value;

/// Of alternatives, those are left out that are a part of another by their name: everything would fit them. No schema
/// forbids further members: within `allOf` one would forbid what another one names, and new ones are to be expected.
pub(super) fn mend(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("additionalProperties") == Some(&Value::Bool(false)) {
                members.remove("additionalProperties");
            }
            // Without that, more than one may fit.
            if let Some(choices) = members.remove("oneOf") {
                members.insert("anyOf".to_owned(), choices);
            }
            if let Some(choices) = members.get_mut("anyOf").and_then(Value::as_array_mut)
                && choices.iter().any(|choice| !is_partial(choice))
            {
                choices.retain(|choice| !is_partial(choice));
            }
            members.values_mut().for_each(mend);
        }
        Value::Array(items) => items.iter_mut().for_each(mend),
        _ => {}
    }
}

fn is_partial(schema: &Value) -> bool {
    schema.get("$ref").and_then(Value::as_str).is_some_and(|reference| reference.contains("/partial"))
}
