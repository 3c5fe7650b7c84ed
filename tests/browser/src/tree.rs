use std::{collections::BTreeMap, fmt};

use serde_json::Value;

/// What a screen reader is told of one thing.
#[derive(Clone, Debug)]
pub struct Node {
    /// `button`, `heading`, `alert` …; `StaticText` for text.
    pub role: String,
    /// Its accessible name, with single spaces.
    pub name: String,
    /// Its accessible description, with single spaces.
    pub description: String,
    /// The value of a field.
    pub value: String,
    /// `checked`, `disabled`, `expanded`, `focused`, `invalid`, `level` … with their values.
    pub states: BTreeMap<String, Value>,
    /// How deep it is.
    pub depth: usize,
    pub(crate) id: i64,
}

impl Node {
    /// Whether a state holds: `true`, or `"true"` as of three-valued ones.
    #[must_use]
    pub fn is(&self, state: &str) -> bool {
        matches!(self.states.get(state), Some(Value::Bool(true)))
            || self.states.get(state).and_then(Value::as_str) == Some("true")
    }

    /// Whether its description names something, as the buttons of a card name their card.
    #[must_use]
    pub fn belongs_to(&self, owner: &str) -> bool {
        self.description.contains(owner)
    }
}

/// Role, name and what is not as usual.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:width$}{} {:?}", "", self.role, self.name, width = self.depth * 2)?;
        if !self.description.is_empty() {
            write!(f, " ({})", self.description)?;
        }
        if !self.value.is_empty() {
            write!(f, " = {:?}", self.value)?;
        }
        for state in
            ["busy", "checked", "disabled", "expanded", "focused", "invalid", "level", "modal", "required"]
        {
            match self.states.get(state) {
                None | Some(Value::Bool(false)) => {}
                Some(Value::String(value)) if value == "false" => {}
                Some(value) => write!(f, " {state}={value}")?,
            }
        }
        Ok(())
    }
}

/// All that a screen reader is told of a page, in reading order, through all shadow roots.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// In reading order.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// From the answer of `Accessibility.getFullAXTree`.
    pub(crate) fn read(answer: &Value) -> Self {
        let raw = answer.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let by_id: BTreeMap<&str, &Value> =
            raw.iter().filter_map(|node| Some((node.get("nodeId")?.as_str()?, node))).collect();
        let mut tree = Self::default();
        if let Some(root) = raw.first() {
            tree.add(root, &by_id, 0);
        }
        tree
    }

    fn add(&mut self, raw: &Value, by_id: &BTreeMap<&str, &Value>, depth: usize) {
        let shown = read(raw, depth);
        let deeper = depth + usize::from(shown.is_some());
        self.nodes.extend(shown);
        for child in raw.get("childIds").and_then(Value::as_array).into_iter().flatten() {
            if let Some(child) = child.as_str().and_then(|id| by_id.get(id)) {
                self.add(child, by_id, deeper);
            }
        }
    }

    /// All of this role and name.
    #[must_use]
    pub fn all(&self, role: &str, name: &str) -> Vec<&Node> {
        self.nodes.iter().filter(|node| node.role == role && node.name == name).collect()
    }

    /// The one of this role and name.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn one(&self, role: &str, name: &str) -> anyhow::Result<Node> {
        only(&self.all(role, name))
    }

    /// The one of this role and name that belongs to something: see [`Node::belongs_to`].
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn one_of(&self, owner: &str, role: &str, name: &str) -> anyhow::Result<Node> {
        let mut found = self.all(role, name);
        found.retain(|node| node.belongs_to(owner));
        only(&found)
    }

    /// All of this role.
    #[must_use]
    pub fn of_role(&self, role: &str) -> Vec<&Node> {
        self.nodes.iter().filter(|node| node.role == role).collect()
    }

    /// What is inside of a node.
    #[must_use]
    pub fn inside(&self, node: &Node) -> Self {
        let after =
            self.nodes.iter().skip_while(|other| other.id != node.id || other.depth != node.depth).skip(1);
        Self { nodes: after.take_while(|other| other.depth > node.depth).cloned().collect() }
    }

    /// The text that can be read, with single spaces.
    #[must_use]
    pub fn text(&self) -> String {
        let parts: Vec<_> = self.of_role("StaticText").iter().map(|node| node.name.as_str()).collect();
        spaced(&parts.join(" "))
    }

    /// Where the keyboard is: the innermost node that has the focus.
    #[must_use]
    pub fn focused(&self) -> Option<&Node> {
        self.nodes.iter().rfind(|node| node.is("focused"))
    }
}

/// One line for each node.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.nodes.iter().try_for_each(|node| writeln!(f, "{node}"))
    }
}

fn only(found: &[&Node]) -> anyhow::Result<Node> {
    match found {
        [node] => Ok((*node).clone()),
        several => anyhow::bail!("{} of them", several.len()),
    }
}

fn read(raw: &Value, depth: usize) -> Option<Node> {
    let text = |field: &str| match raw.get(field).and_then(|field| field.get("value")) {
        Some(Value::String(text)) => spaced(text),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let role = text("role");
    let noise = matches!(role.as_str(), "InlineTextBox" | "none" | "generic" | "LineBreak" | "ListMarker");
    if noise || raw.get("ignored").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let properties = raw.get("properties").and_then(Value::as_array).into_iter().flatten();
    let states = properties
        .filter_map(|state| {
            Some((state.get("name")?.as_str()?.to_owned(), state.get("value")?.get("value")?.clone()))
        })
        .collect();
    let id = raw.get("backendDOMNodeId").and_then(Value::as_i64).unwrap_or_default();
    Some(Node {
        role,
        name: text("name"),
        description: text("description"),
        value: text("value"),
        states,
        depth,
        id,
    })
}

/// With single spaces, and none before a mark.
pub(crate) fn spaced(text: &str) -> String {
    let mut spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for mark in [".", ",", ":", ";", "?", "!", ")"] {
        spaced = spaced.replace(&format!(" {mark}"), mark);
    }
    spaced
}
