use std::collections::{BTreeSet, HashMap};

use super::{BOT_ID, WORKSPACE_ID, workspace::Workspace};

/// All that the mock knows.
pub(super) struct State {
    /// Where the connection can be installed; the first unless a person chooses another one.
    pub(super) tenants: Vec<Tenant>,
    pub(super) grants: Vec<Grant>,
    pub(super) codes: HashMap<String, Code>,
    /// A token stays known when it dies.
    pub(super) access: HashMap<String, Access>,
    pub(super) refresh: HashMap<String, RefreshToken>,
    pub(super) workspace: Workspace,
    pub(super) settings: Settings,
}

/// A workspace, and the connection's bot in it.
#[derive(Clone)]
pub(super) struct Tenant {
    pub(super) bot_id: String,
    pub(super) workspace_id: String,
    pub(super) workspace_name: String,
}

/// What one consent gave.
pub(super) struct Grant {
    pub(super) tenant: usize,
    pub(super) alive: bool,
}

pub(super) struct Code {
    pub(super) tenant: usize,
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

impl Default for State {
    fn default() -> Self {
        Self {
            tenants: vec![Tenant {
                bot_id: BOT_ID.to_owned(),
                workspace_id: WORKSPACE_ID.to_owned(),
                workspace_name: "Example Workspace".to_owned(),
            }],
            grants: Vec::new(),
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            workspace: Workspace::default(),
            settings: Settings::default(),
        }
    }
}

impl State {
    /// Where a grant is.
    pub(super) fn tenant(&self, grant: usize) -> Option<&Tenant> {
        self.tenants.get(self.grants.get(grant)?.tenant)
    }

    pub(super) fn is_live(&self, access_token: &str) -> bool {
        self.access.get(access_token).is_some_and(|access| !access.expired && self.is_alive(access.grant))
    }

    pub(super) fn is_alive(&self, grant: usize) -> bool {
        self.grants.get(grant).is_some_and(|grant| grant.alive)
    }

    pub(super) fn end(&mut self, grant: usize) {
        if let Some(grant) = self.grants.get_mut(grant) {
            grant.alive = false;
        }
    }
}
