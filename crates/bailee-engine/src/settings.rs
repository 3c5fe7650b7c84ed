//! Settings of integrations: what fits, and what people are shown of them.

use std::{collections::HashMap, sync::Arc};

use bailee_core::{Integration, Provider, ProviderKey};
use serde_json::{Map, Value};

use crate::{BuildError, Error, InputProblem, arguments::Arguments};

/// Stands for what is kept to itself.
const HIDDEN: &str = "••••";
/// A secret that is shorter would be given away by its end.
const LONG_ENOUGH: usize = 12;
/// How many characters of the end are shown.
const HINT: usize = 2;

/// The settings that each provider has.
#[derive(Default)]
pub(crate) struct Settings(HashMap<ProviderKey, Rules>);

struct Rules {
    schema: Arguments,
    /// Those that the owner may change; the rest belongs to the account.
    names: Vec<String>,
    sensitive: Vec<String>,
}

impl Settings {
    pub(crate) fn new(providers: &[Arc<dyn Provider>]) -> Result<Self, BuildError> {
        let mut all = HashMap::new();
        for descriptor in providers.iter().map(|provider| provider.descriptor()) {
            let Some(schema) = &descriptor.settings else { continue };
            let broken = || BuildError::Settings { provider: descriptor.key.clone() };
            let properties = schema.get("properties").and_then(Value::as_object).ok_or_else(broken)?;
            let hidden = |rule: &Value| rule.get("writeOnly") == Some(&Value::Bool(true));
            let sensitive = properties.iter().filter(|(_, rule)| hidden(rule)).map(|(name, _)| name.clone());
            let rules = Rules {
                schema: Arguments::new(schema).ok_or_else(broken)?,
                names: properties.keys().cloned().collect(),
                sensitive: sensitive.collect(),
            };
            all.insert(descriptor.key.clone(), rules);
        }
        Ok(Self(all))
    }

    /// An integration as people are shown it.
    pub(crate) fn shown(&self, mut row: Integration) -> Integration {
        let sensitive = self.0.get(&row.provider).map(|rules| rules.sensitive.as_slice());
        for name in sensitive.unwrap_or_default() {
            if let Some(value) = row.config.get_mut(name) {
                *value = Value::String(hint(value));
            }
        }
        row
    }

    /// Settings as they are to be kept, of which the owner gave back what they were shown. What is not theirs to change
    /// stays, whether it was given back or not.
    pub(crate) fn kept(
        &self,
        row: &Integration,
        mut given: Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        let none = Error::invalid("config", InputProblem::NotApplicable);
        let rules = self.0.get(&row.provider).ok_or(none)?;
        for name in &rules.sensitive {
            let before = row.config.get(name);
            if let Some(before) =
                before.filter(|before| given.get(name) == Some(&Value::String(hint(before))))
            {
                given.insert(name.clone(), before.clone());
            }
        }
        let theirs = |name: &String| rules.names.contains(name);
        given.retain(|name, value| theirs(name) || row.config.get(name) != Some(value));
        let given = Value::Object(given);
        rules.schema.check(&given).map_err(|_| Error::invalid("config", InputProblem::Malformed))?;
        let mut kept = row.config.clone();
        kept.retain(|name, _| !theirs(name));
        if let Value::Object(given) = given {
            kept.extend(given);
        }
        Ok(kept)
    }
}

/// Enough to recognize a value, and too little to use it.
fn hint(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let length = text.chars().count();
    let end: String = text.chars().skip(if length >= LONG_ENOUGH { length - HINT } else { length }).collect();
    format!("{HIDDEN}{end}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_secret_is_recognized_by_its_end_and_a_short_one_by_nothing() {
        assert_eq!(hint(&json!("https://hooks.example/42")), "••••42");
        assert_eq!(hint(&json!("elevenchars")), "••••");
        assert_eq!(hint(&json!("ümläutsäöü42")), "••••42");
        assert_eq!(hint(&json!(["a list"])), "••••");
    }
}
