//! Arguments of calls, against the schema of their tool.

use bailee_core::ProviderError;
use jsonschema::{Draft, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;

/// The longest pointer that is told: a name in it may be the caller's.
const LONGEST_POINTER: usize = 200;

/// What a tool takes, compiled.
pub(crate) struct Arguments(Validator);

impl Arguments {
    /// `None` when the schema is not one (JSON Schema 2020-12), or refers to another document.
    pub(crate) fn new(schema: &Value) -> Option<Self> {
        jsonschema::options().with_draft(Draft::Draft202012).build(schema).ok().map(Self)
    }

    /// The first place that does not fit, told without any of the content.
    pub(crate) fn check(&self, arguments: &Value) -> Result<(), ProviderError> {
        match self.0.iter_errors(arguments).next() {
            None => Ok(()),
            Some(error) => Err(told(&error)),
        }
    }
}

fn told(error: &ValidationError<'_>) -> ProviderError {
    let mut pointer = error.instance_path().as_str().to_owned();
    let problem = match error.kind() {
        ValidationErrorKind::Required { property } => {
            if let Some(name) = property.as_str() {
                pointer.push('/');
                pointer.push_str(name);
            }
            "is missing"
        }
        ValidationErrorKind::AdditionalProperties { .. }
        | ValidationErrorKind::UnevaluatedProperties { .. } => "has a field that is not known",
        ValidationErrorKind::Type { .. } => "is of the wrong type",
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            "is none of the values that are allowed"
        }
        ValidationErrorKind::MinLength { .. } | ValidationErrorKind::MinItems { .. } => "is too short",
        ValidationErrorKind::MaxLength { .. } | ValidationErrorKind::MaxItems { .. } => "is too long",
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::ExclusiveMinimum { .. } => "is too small",
        ValidationErrorKind::Maximum { .. } | ValidationErrorKind::ExclusiveMaximum { .. } => "is too large",
        ValidationErrorKind::Format { .. } | ValidationErrorKind::Pattern { .. } => "is malformed",
        ValidationErrorKind::UniqueItems => "holds something twice",
        _ => "does not fit the schema of the tool",
    };
    if pointer.len() > LONGEST_POINTER || pointer.chars().any(char::is_control) {
        pointer.clear();
    }
    ProviderError::InvalidArguments { pointer, problem }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem(arguments: &Value) -> Option<(String, &'static str)> {
        let schema = json!({
            "type": "object",
            "properties": {
                "title": { "type": "string", "minLength": 1, "maxLength": 3 },
                "slots": { "type": "array", "items": { "type": "integer", "minimum": 1 } },
                "kind": { "enum": ["a", "b"] },
            },
            "required": ["title"],
            "additionalProperties": false,
        });
        match Arguments::new(&schema)?.check(arguments) {
            Err(ProviderError::InvalidArguments { pointer, problem }) => Some((pointer, problem)),
            _ => None,
        }
    }

    #[test]
    fn the_place_that_does_not_fit_is_named_and_its_content_is_not() {
        let told = |pointer: &str, problem| Some((pointer.to_owned(), problem));
        assert_eq!(problem(&json!({ "title": "a" })), None);
        assert_eq!(problem(&json!({})), told("/title", "is missing"));
        assert_eq!(problem(&json!({ "title": 1 })), told("/title", "is of the wrong type"));
        assert_eq!(
            problem(&json!({ "title": "a", "x": "secret" })),
            told("", "has a field that is not known")
        );
        assert_eq!(problem(&json!({ "title": "abcd" })), told("/title", "is too long"));
        assert_eq!(problem(&json!({ "title": "a", "slots": [1, 0] })), told("/slots/1", "is too small"));
        let other = problem(&json!({ "title": "a", "kind": "c" }));
        assert_eq!(other, told("/kind", "is none of the values that are allowed"));
        assert_eq!(problem(&json!("secret")), told("", "is of the wrong type"));
    }

    #[test]
    fn a_schema_that_is_none_is_refused() {
        assert!(Arguments::new(&json!({ "type": 5 })).is_none());
        assert!(Arguments::new(&json!({ "$ref": "https://elsewhere.example/schema" })).is_none());
    }
}
