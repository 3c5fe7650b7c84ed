//! What joins an account without OAuth: a JSON object that holds secrets.

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};
use serde::{
    Deserialize,
    de::{DeserializeOwned, Deserializer},
};
use serde_json::Value;

use crate::arguments::{fits, invalid};
use bailee_core::ProviderError;

/// Reads the fields of a join that fit `schema`; a null member is an absent one.
///
/// What is read on the way is wiped.
///
/// # Errors
/// [`ProviderError::InvalidArguments`] with the first place that does not fit.
pub(crate) fn read<T: DeserializeOwned>(fields: &SecretString, schema: &Value) -> Result<T, ProviderError> {
    let tree = serde_json::from_str(fields.expose_secret()).map_err(|_| invalid("", "is not JSON"))?;
    let mut tree = Wiped(tree);
    if let Some(members) = tree.0.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    fits(&tree.0, schema)?;
    T::deserialize(&tree.0).map_err(|_| invalid("", "does not fit the schema of the form"))
}

/// For a member that is a secret: `#[serde(deserialize_with = "form::secret")]`.
pub(crate) fn secret<'de, D: Deserializer<'de>>(reader: D) -> Result<SecretString, D::Error> {
    String::deserialize(reader).map(SecretString::from)
}

/// As [`secret`], for a member that may be absent; needs `#[serde(default)]` as well.
#[cfg(any(test, feature = "webhook"))]
pub(crate) fn optional_secret<'de, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<SecretString>, D::Error> {
    secret(reader).map(Some)
}

/// A tree whose texts are overwritten when it is dropped.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::String(text) => text.zeroize(),
        Value::Bool(_) | Value::Null | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;
    use crate::arguments::schema;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Fields {
        /// Where.
        host: String,
        /// With what.
        #[serde(deserialize_with = "secret")]
        #[schemars(with = "String", length(min = 3), extend("writeOnly" = true))]
        password: SecretString,
        /// With what else.
        #[serde(default, deserialize_with = "optional_secret")]
        #[schemars(with = "Option<String>", extend("writeOnly" = true))]
        code: Option<SecretString>,
    }

    fn fields(text: &str) -> Result<Fields, ProviderError> {
        read(&SecretString::from(text), &schema::<Fields>())
    }

    fn pointer(text: &str) -> Option<String> {
        match fields(text) {
            Err(ProviderError::InvalidArguments { pointer, .. }) => Some(pointer),
            _ => None,
        }
    }

    #[test]
    fn secrets_are_read_as_secrets() -> Result<(), ProviderError> {
        let read = fields(r#"{"host":"a","password":"p\"w","code":null}"#)?;
        assert_eq!(read.password.expose_secret(), "p\"w");
        assert!(read.code.is_none() && read.host == "a");
        assert!(fields(r#"{"host":"a","password":"pwd","code":"c"}"#)?.code.is_some());
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_place() {
        assert_eq!(pointer("{"), Some(String::new()));
        assert_eq!(pointer("[]"), Some(String::new()));
        assert_eq!(pointer(r#"{"host":"a"}"#).as_deref(), Some("/password"));
        assert_eq!(pointer(r#"{"host":"a","password":null}"#).as_deref(), Some("/password"));
        assert_eq!(pointer(r#"{"host":"a","password":"pw"}"#).as_deref(), Some("/password"));
        assert_eq!(pointer(r#"{"host":"a","password":"pwd","secret-name":1}"#), Some(String::new()));
    }

    #[test]
    fn the_schema_says_which_members_are_secret() {
        let schema = schema::<Fields>();
        assert_eq!(schema["properties"]["password"]["writeOnly"], true);
        assert_eq!(schema["properties"]["code"]["writeOnly"], true);
        assert_eq!(schema["properties"]["code"]["type"], "string");
    }
}
