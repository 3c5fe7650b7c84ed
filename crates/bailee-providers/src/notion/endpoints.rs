use std::fmt;

use url::Url;

use crate::ConfigError;
use bailee_oauth::OAuthDefinition;

const DEFINITION: &str = include_str!("notion.toml");

/// Where Notion is asked: consent, tokens and API have one origin.
#[derive(Clone)]
pub struct NotionEndpoints {
    pub(super) definition: OAuthDefinition,
    /// The base of the API, `…/v1`.
    pub(super) api: Url,
}

/// The host only: a gateway may have its key in the address.
impl fmt::Debug for NotionEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotionEndpoints").field("api", &self.api.host_str()).finish_non_exhaustive()
    }
}

impl NotionEndpoints {
    /// Notion's own, as its OpenAPI description names them.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] never happens for these addresses.
    pub fn public() -> Result<Self, ConfigError> {
        let api = "https://api.notion.com/v1";
        Ok(Self {
            definition: definition()?,
            api: Url::parse(api).map_err(|_| ConfigError::Invalid { what: api })?,
        })
    }

    /// The same paths on another origin: what a mock or a gateway serves.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when `origin` has no host.
    pub fn at(origin: &Url) -> Result<Self, ConfigError> {
        let invalid = ConfigError::Invalid { what: "the origin of the endpoints" };
        Ok(Self {
            definition: definition()?.at(origin).map_err(|_| invalid.clone())?,
            api: origin.join("/v1").map_err(|_| invalid)?,
        })
    }
}

fn definition() -> Result<OAuthDefinition, ConfigError> {
    OAuthDefinition::from_toml(DEFINITION).map_err(|_| ConfigError::Invalid { what: "notion.toml" })
}
