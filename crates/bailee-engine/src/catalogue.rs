//! Every tool that there is, in one order, each with who carries it out.

use std::{collections::HashMap, fmt, sync::Arc};

use bailee_core::{Effect, HostTool, Provider, ProviderKey, Tool};
use serde_json::{Map, Value, json};

use crate::{BuildError, arguments::Arguments, builtin::Builtin, permit::LONGEST_KEY};

/// The tools, in the order in which they are listed: by provider as the host added them and as the provider lists them,
/// then those of the host, then ours.
pub(crate) struct Catalogue {
    entries: Vec<Arc<Entry>>,
    by_name: HashMap<String, Arc<Entry>>,
}

/// One tool.
pub(crate) struct Entry {
    pub(crate) tool: Tool,
    pub(crate) source: Source,
    pub(crate) arguments: Arguments,
    /// The schemas as a caller is told them, made once: they are the most of every list.
    pub(crate) input: Arc<Map<String, Value>>,
    pub(crate) output: Arc<Map<String, Value>>,
}

/// Who carries a tool out.
#[derive(Clone)]
pub(crate) enum Source {
    Builtin(Builtin),
    Host(Arc<dyn HostTool>),
    Provider(Arc<dyn Provider>),
}

impl Catalogue {
    pub(crate) fn new(
        providers: &[Arc<dyn Provider>],
        host: &[Arc<dyn HostTool>],
        builtins: Vec<(Tool, Builtin)>,
    ) -> Result<Self, BuildError> {
        let of_providers = providers.iter().flat_map(|provider| {
            provider.tools().iter().map(|tool| (tool.clone(), Source::Provider(Arc::clone(provider))))
        });
        let of_host = host.iter().map(|tool| (tool.tool().clone(), Source::Host(Arc::clone(tool))));
        let ours = builtins.into_iter().map(|(tool, builtin)| (tool, Source::Builtin(builtin)));
        let mut catalogue = Self { entries: Vec::new(), by_name: HashMap::new() };
        for (mut tool, source) in of_providers.chain(of_host).chain(ours) {
            // Said by who carries it out, not by the tool itself: an account cannot be forgotten.
            tool.needs_account = matches!(source, Source::Provider(_));
            let name = tool.name.clone();
            let arguments =
                Arguments::new(&tool.input_schema).ok_or(BuildError::ToolSchema { tool: name.clone() })?;
            let (input, output) = (Arc::new(input(&tool)), Arc::new(object(&tool.output_schema)));
            let entry = Arc::new(Entry { tool, source, arguments, input, output });
            if catalogue.by_name.insert(name.as_str().to_owned(), Arc::clone(&entry)).is_some() {
                return Err(BuildError::DuplicateTool { tool: name });
            }
            catalogue.entries.push(entry);
        }
        Ok(catalogue)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Entry>> {
        self.by_name.get(name)
    }

    /// The tools of a provider.
    pub(crate) fn of<'a>(&'a self, key: &'a ProviderKey) -> impl Iterator<Item = &'a Arc<Entry>> {
        let is_theirs = |entry: &Entry| entry.provider().is_some_and(|it| it.descriptor().key == *key);
        self.entries.iter().filter(move |entry| is_theirs(entry))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.iter()
    }
}

/// What a call takes, with the key of tools that write.
fn input(tool: &Tool) -> Map<String, Value> {
    let mut schema = object(&tool.input_schema);
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(properties) = properties.filter(|_| tool.effect == Effect::Write) {
        properties.insert(
            "idempotency_key".to_owned(),
            json!({
                "type": "string", "minLength": 1, "maxLength": LONGEST_KEY,
                "description": "A text of your choice: a call that is repeated with it is carried out once.",
            }),
        );
    }
    schema
}

/// A schema of tools is an object. One that is `true` or `false` says nothing that could be told.
fn object(schema: &Value) -> Map<String, Value> {
    schema.as_object().cloned().unwrap_or_default()
}

/// A tool that is offered, whoever may use it.
#[derive(Clone, Debug)]
pub struct OfferedTool(Arc<Entry>);

impl OfferedTool {
    pub(crate) fn new(entry: &Arc<Entry>) -> Self {
        Self(Arc::clone(entry))
    }

    /// The tool, as it is in the catalogue.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        &self.0.tool
    }

    /// Whose tool it is; `None` for the tools of the host and ours.
    #[must_use]
    pub fn provider(&self) -> Option<&ProviderKey> {
        self.0.provider().map(|provider| &provider.descriptor().key)
    }
}

impl Entry {
    pub(crate) fn provider(&self) -> Option<&Arc<dyn Provider>> {
        match &self.source {
            Source::Provider(provider) => Some(provider),
            Source::Builtin(_) | Source::Host(_) => None,
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("tool", &self.tool.name).finish_non_exhaustive()
    }
}
