use bailee::{
    SecretString,
    providers::{
        ConfigError,
        registry::{self, Configured},
    },
};

/// What the command reads from the environment.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `BAILEE_BASE_URL`.
    pub(crate) base_url: Option<String>,
    /// `BAILEE_DATABASE_URL`, which often has a password in it.
    pub(crate) database_url: Option<SecretString>,
    pub(crate) providers: Result<Vec<Configured>, ConfigError>,
}

impl Settings {
    /// An empty variable is not set.
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub(crate) fn from_env() -> Self {
        let set = |name| {
            std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        Self {
            base_url: set("BAILEE_BASE_URL"),
            database_url: set("BAILEE_DATABASE_URL").map(SecretString::from),
            providers: registry::each_from_env(),
        }
    }
}
