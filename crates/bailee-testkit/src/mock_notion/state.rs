use std::collections::{BTreeSet, HashMap};

use super::workspace::Workspace;

/// All that the mock knows.
#[derive(Default)]
pub(super) struct State {
    /// What one consent gave; alive or not.
    pub(super) grants: Vec<bool>,
    pub(super) codes: HashMap<String, Code>,
    /// A token stays known when it dies.
    pub(super) access: HashMap<String, Access>,
    pub(super) refresh: HashMap<String, RefreshToken>,
    pub(super) workspace: Workspace,
    pub(super) settings: Settings,
}

pub(super) struct Code {
    /// As it was spelt.
    pub(super) redirect_uri: String,
    /// The grant that it became.
    pub(super) used: Option<usize>,
}

pub(super) struct Access {
    pub(super) grant: usize,
    pub(super) expired: bool,
}

pub(super) struct RefreshToken {
    pub(super) grant: usize,
    pub(super) used: bool,
}

/// What a test can set.
pub(super) struct Settings {
    pub(super) page_size: usize,
    pub(super) capabilities: BTreeSet<String>,
    /// How many requests of the API are still carried out.
    pub(super) budget: Option<usize>,
    /// How many of the next writes are saved and answered with 503.
    pub(super) lost_writes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let all = ["read_content", "insert_content", "update_content"];
        Self { page_size: 100, capabilities: all.map(str::to_owned).into(), budget: None, lost_writes: 0 }
    }
}

impl State {
    pub(super) fn is_live(&self, access_token: &str) -> bool {
        self.access.get(access_token).is_some_and(|access| !access.expired && self.is_alive(access.grant))
    }

    pub(super) fn is_alive(&self, grant: usize) -> bool {
        self.grants.get(grant).copied().unwrap_or_default()
    }

    pub(super) fn end(&mut self, grant: usize) {
        if let Some(alive) = self.grants.get_mut(grant) {
            *alive = false;
        }
    }
}
