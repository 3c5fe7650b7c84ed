use std::sync::Arc;

use bailee::{Provider, providers::Google};

use crate::upstreams::Upstreams;

/// What the host talks to.
pub(crate) enum Upstream {
    /// All providers, on this machine.
    Mocks(Box<Upstreams>),
    /// Google itself, and nothing else.
    Google(Box<Google>),
}

impl Upstream {
    /// The real Google where it is configured, else the mocks.
    pub(crate) async fn choose(base_url: &str) -> anyhow::Result<Self> {
        Ok(match Google::from_env()? {
            Some(google) => Self::Google(Box::new(google)),
            None => Self::Mocks(Box::new(Upstreams::start(base_url).await?)),
        })
    }

    /// The adapters.
    pub(crate) fn providers(&self) -> anyhow::Result<Vec<Arc<dyn Provider>>> {
        match self {
            Self::Google(google) => Ok(vec![Arc::new(google.as_ref().clone())]),
            Self::Mocks(mocks) => mocks.providers(),
        }
    }
}
