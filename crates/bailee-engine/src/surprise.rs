//! What providers do otherwise than is said of them.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use bailee_core::{Credential, ExposeSecret, ProviderKey, Renewal, Rotation, Surprise};

use crate::telemetry;

/// What was logged of each provider: once in the life of a process is enough, the metric counts the rest.
#[derive(Debug, Default)]
pub(crate) struct Surprises(Mutex<HashSet<(ProviderKey, Surprise)>>);

impl Surprises {
    /// Compares what a refresh brought with what is said of the provider.
    pub(crate) fn look(
        &self,
        provider: &ProviderKey,
        rotation: Rotation,
        before: &Credential,
        renewal: &Renewal,
    ) {
        let rotated = (rotates(rotation) != has_rotated(before, renewal)).then_some(Surprise::Rotation);
        for fact in renewal.surprises.iter().copied().chain(rotated) {
            telemetry::surprised(provider, fact.as_str());
            if self.is_new(provider, fact) {
                tracing::warn!(%provider, fact = fact.as_str(), "a provider does not do what its definition says");
            }
        }
    }

    fn is_new(&self, provider: &ProviderKey, fact: Surprise) -> bool {
        // Nothing panics while it is held.
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((provider.clone(), fact))
    }
}

const fn rotates(rotation: Rotation) -> bool {
    !matches!(rotation, Rotation::Static)
}

/// Whether the refresh token is another one now.
fn has_rotated(before: &Credential, renewal: &Renewal) -> bool {
    let before = before.refresh_token.as_ref().map(ExposeSecret::expose_secret);
    renewal.refresh_token.as_ref().is_some_and(|token| Some(token.expose_secret()) != before)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use bailee_core::{InvalidId, SecretString};

    use super::*;

    fn rotated(next: Option<&str>) -> bool {
        let before = Credential::new(SecretString::from("a")).with_refresh_token(SecretString::from("r1"));
        let renewal = Renewal {
            access_token: SecretString::from("b"),
            refresh_token: next.map(SecretString::from),
            extra: BTreeMap::new(),
            expires_in: None,
            granted: None,
            surprises: Vec::new(),
        };
        has_rotated(&before, &renewal)
    }

    #[test]
    fn a_refresh_token_that_is_left_out_or_the_same_was_not_rotated() {
        assert!(!rotated(None));
        assert!(!rotated(Some("r1")));
        assert!(rotated(Some("r2")));
        assert!(!rotates(Rotation::Static));
        assert!(rotates(Rotation::Strict) && rotates(Rotation::Grace(Duration::ZERO)));
    }

    #[test]
    fn each_fact_of_a_provider_is_logged_once() -> Result<(), InvalidId> {
        let surprises = Surprises::default();
        let (one, other) = (ProviderKey::new("one")?, ProviderKey::new("other")?);
        assert!(surprises.is_new(&one, Surprise::Rotation));
        assert!(!surprises.is_new(&one, Surprise::Rotation));
        assert!(surprises.is_new(&one, Surprise::Lifetime));
        assert!(surprises.is_new(&other, Surprise::Rotation));
        Ok(())
    }
}
