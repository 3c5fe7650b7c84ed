use bailee_oauth::HttpClientError;

/// A provider cannot be built from its configuration. Names variables, never what is in them.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The HTTP client cannot be built.
    #[error("the HTTP client of the providers cannot be built")]
    HttpClient(#[from] HttpClientError),
    /// A value is not what it should be.
    #[error("{what} is not usable")]
    Invalid {
        /// Which value, for example `GOOGLE_CLIENT_ID`.
        what: &'static str,
    },
    /// One of several variables that belong together is not set.
    #[error("{variable} is not set, although the others of its provider are")]
    Missing {
        /// Which one.
        variable: &'static str,
    },
    /// The provider has no tool of that name.
    #[error("there is no tool named {name:?}")]
    UnknownTool {
        /// The name that was asked for.
        name: String,
    },
}

#[cfg(any(
    feature = "google",
    feature = "linkedin",
    feature = "notion",
    feature = "slack",
    feature = "x"
))]
pub(crate) use with_registration::registration;

#[cfg(any(feature = "google", feature = "linkedin", feature = "notion", feature = "slack", feature = "x"))]
mod with_registration {
    use bailee_core::{ClientId, ClientRegistration};

    use super::ConfigError;

    /// The OAuth client of two variables: none when neither is set. An empty variable is not set.
    pub(crate) fn registration(
        lookup: impl Fn(&str) -> Option<String>,
        id: &'static str,
        secret: &'static str,
    ) -> Result<Option<ClientRegistration>, ConfigError> {
        let set = |name| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        match (set(id), set(secret)) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ConfigError::Missing { variable: id }),
            (Some(_), None) => Err(ConfigError::Missing { variable: secret }),
            (Some(client), Some(secret)) => {
                let client = ClientId::new(client).map_err(|_| ConfigError::Invalid { what: id })?;
                Ok(Some(ClientRegistration::new(client, secret.into())))
            }
        }
    }
}
