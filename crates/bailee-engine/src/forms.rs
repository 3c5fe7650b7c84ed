//! What people enter to join an account, against the form of its provider.

use std::{collections::HashMap, sync::Arc};

use bailee_core::{ExposeSecret, Provider, ProviderError, ProviderKey, SecretString};
use serde_json::Value;

use crate::{BuildError, Error, InputProblem, arguments::Arguments};

/// The forms of the providers, compiled.
#[derive(Default)]
pub(crate) struct Forms(HashMap<ProviderKey, Arguments>);

impl Forms {
    pub(crate) fn new(providers: &[Arc<dyn Provider>]) -> Result<Self, BuildError> {
        let mut all = HashMap::new();
        for descriptor in providers.iter().map(|provider| provider.descriptor()) {
            let Some(form) = &descriptor.form else { continue };
            let broken = || BuildError::Form { provider: descriptor.key.clone() };
            all.insert(descriptor.key.clone(), Arguments::new(form).ok_or_else(broken)?);
        }
        Ok(Self(all))
    }

    pub(crate) fn check(&self, provider: &ProviderKey, fields: &SecretString) -> Result<(), Error> {
        let form = self.0.get(provider).ok_or(ProviderError::Unsupported)?;
        let malformed = |_| Error::invalid("fields", InputProblem::Malformed);
        let fields: Value = serde_json::from_str(fields.expose_secret()).map_err(malformed)?;
        Ok(form.check(&fields)?)
    }
}
