use bailee::{
    KeyRing, SecretString,
    providers::{
        ConfigError,
        registry::{self, Configured},
    },
    vault::KeyRingError,
};

/// What the command reads from the environment.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `BAILEE_BASE_URL`.
    pub(crate) base_url: Option<String>,
    /// `BAILEE_DATABASE_URL`, which often has a password in it.
    pub(crate) database_url: Option<SecretString>,
    /// `BAILEE_KEYS`, or the file of `BAILEE_KEYS_FILE`, and `BAILEE_KEYS_RETIRED`.
    pub(crate) keys: Result<KeyRing, KeyRingError>,
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
            keys: KeyRing::from_env("BAILEE_KEYS"),
            providers: registry::each_from_env(),
        }
    }
}
