use bailee_core::{InvalidId, ProviderKey, SinkName, ToolName};

/// Why a [`Builder`](crate::Builder) does not build. Each names the setting to mend.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A definition of a provider has a key to which the provider does not answer.
    #[error("no provider answers to the key of the definition {key}")]
    Definition {
        /// The key.
        key: ProviderKey,
    },
    /// Two providers, or a provider and an alias, answer to one key.
    #[error("two providers answer to `{key}`")]
    DuplicateProvider {
        /// The key.
        key: ProviderKey,
    },
    /// Two sinks of events have one name.
    #[error("two sinks of events are called `{name}`")]
    DuplicateSink {
        /// The name.
        name: SinkName,
    },
    /// Two tools have one name.
    #[error("two tools are called `{tool}`")]
    DuplicateTool {
        /// The name.
        tool: ToolName,
    },
    /// The form of a provider is not described by a JSON Schema of an object.
    #[error("the form of {provider} is not described by a schema")]
    Form {
        /// The provider.
        provider: ProviderKey,
    },
    /// A name is not one, for example that of a sink of events. Does not happen for the names of ours.
    #[error(transparent)]
    InvalidName(#[from] InvalidId),
    /// The base URL is not `https://…` (or `http://` to a loopback address) or has a query, a fragment or a password.
    #[error("`{setting}` must be an https URL without query, fragment and credentials")]
    InvalidUrl {
        /// The setting.
        setting: &'static str,
    },
    /// Callbacks need to know where they return to: `base_url` was not set.
    #[error("`base_url` is not set (BAILEE_BASE_URL): callbacks have nowhere to return to")]
    MissingBaseUrl,
    /// A return target has no absolute path of ours.
    #[error("the return target `{name}` must be a path that begins with one `/`")]
    ReturnTarget {
        /// Its name.
        name: String,
    },
    /// The settings of a provider are not described by a JSON Schema of an object.
    #[error("the settings of {provider} are not described by a schema")]
    Settings {
        /// The provider.
        provider: ProviderKey,
    },
    /// The timings contradict each other.
    #[error("the timings contradict each other: {rule}")]
    Timings {
        /// Which rule they break.
        rule: &'static str,
    },
    /// The input schema of a tool is no JSON Schema 2020-12, or refers to another document.
    #[error("the input schema of the tool `{tool}` cannot be used")]
    ToolSchema {
        /// The tool.
        tool: ToolName,
    },
}
