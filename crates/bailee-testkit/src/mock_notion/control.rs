use serde_json::{Map, Value, json};

use super::{
    CLIENT_SECRET, MockNotion,
    state::Tenant,
    workspace::{Kind, text},
};
use crate::mock_provider::{Endpoint, Fault, PlantedFault, RecordedRequest};

/// What went over the wire.
impl MockNotion {
    /// Every request since the start or the last [`MockNotion::clear_requests`], in order of arrival; the newest
    /// 100,000 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.hub.log.requests()
    }

    /// How many requests this endpoint got.
    #[must_use]
    pub fn count_of(&self, endpoint: Endpoint) -> usize {
        self.hub.log.count(|request| request.endpoint == Some(endpoint))
    }

    /// Forgets the requests, and nothing else.
    pub fn clear_requests(&self) {
        self.hub.log.clear();
    }

    /// Plants a fault: a standing rule, unless the returned value narrows it.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) -> PlantedFault<'_> {
        self.hub.faults.plant(endpoint, fault)
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.hub.faults.clear();
    }
}

/// What happens at Notion behind everybody's back.
impl MockNotion {
    /// Adds a page at the top of the workspace. Returns its id.
    #[must_use]
    pub fn add_page(&self, title: &str) -> String {
        let parent = json!({ "type": "workspace", "workspace": true });
        let property = json!({ "id": "title", "type": "title", "title": text(title) });
        let properties = Map::from_iter([("title".to_owned(), property)]);
        self.hub.site.state().workspace.add_page(&parent, properties)
    }

    /// Adds a database at the top of the workspace, with these columns as a request has them, for example
    /// `{"Name": {"title": {}}}`. Returns its id and that of its data source.
    #[must_use]
    pub fn add_database(&self, title: &str, columns: &Value) -> (String, String) {
        let parent = json!({ "type": "workspace", "workspace": true });
        let columns = columns.as_object().cloned().unwrap_or_default();
        self.hub.site.state().workspace.add_database(&parent, &text(title), &columns)
    }

    /// Adds a further data source to a database. Returns its id.
    #[must_use]
    pub fn add_data_source(&self, database: &str, title: &str, columns: &Value) -> String {
        let columns = columns.as_object().cloned().unwrap_or_default();
        self.hub.site.state().workspace.add_data_source(database, &text(title), &columns)
    }

    /// Adds a workspace, which can be chosen on the consent page. It is another account with the same pages.
    pub fn add_workspace(&self, id: &str, name: &str) {
        let mut state = self.hub.site.state();
        let tenant = Tenant {
            bot_id: format!("bot-of-{id}"),
            workspace_id: id.to_owned(),
            workspace_name: name.to_owned(),
        };
        state.tenants.push(tenant);
    }

    /// The person no longer shares this with the connection.
    pub fn unshare(&self, id: &str) {
        if let Some(entry) = self.hub.site.state().workspace.entries.get_mut(id) {
            entry.shared = false;
        }
    }

    /// The developer sets the capabilities of the connection: `read_content`, `insert_content`, `update_content`.
    pub fn set_capabilities(&self, capabilities: &[&str]) {
        let capabilities = capabilities.iter().map(|name| (*name).to_owned()).collect();
        self.hub.site.state().settings.capabilities = capabilities;
    }

    /// Carries out so many requests of the API more, and then answers 429 with a wait of 7 seconds; `None`: no limit.
    pub fn set_budget(&self, requests: Option<usize>) {
        self.hub.site.state().settings.budget = requests;
    }

    /// Saves the next so many writes, and answers each with 503.
    pub fn lose_answers_of_writes(&self, count: usize) {
        self.hub.site.state().settings.lost_writes = count;
    }

    /// Answers lists in pages of at most so many entries, however many were asked for.
    pub fn set_page_size(&self, entries: usize) {
        self.hub.site.state().settings.page_size = entries;
    }

    /// Lets every access token expire that was issued so far. Refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        for access in self.hub.site.state().access.values_mut() {
            access.expired = true;
        }
    }

    /// The person removes the connection from the workspace.
    pub fn revoke_by_user(&self) {
        self.hub.site.state().grants.iter_mut().for_each(|grant| grant.alive = false);
    }
}

/// What Notion knows.
impl MockNotion {
    /// Whether this access token works now.
    #[must_use]
    pub fn is_live(&self, access_token: &str) -> bool {
        self.hub.site.state().is_live(access_token)
    }

    /// Every page, in the order of their making, as it is answered.
    #[must_use]
    pub fn pages(&self) -> Vec<Value> {
        let state = self.hub.site.state();
        let entries = state.workspace.entries.values();
        entries.filter(|entry| entry.kind == Kind::Page).map(|entry| entry.body.clone()).collect()
    }

    /// The blocks of a page, as they are answered; those within others are in `children`.
    #[must_use]
    pub fn blocks(&self, page: &str) -> Vec<Value> {
        let state = self.hub.site.state();
        state.workspace.entries.get(page).map(|entry| entry.blocks.clone()).unwrap_or_default()
    }

    /// Every secret that it issued or that the client has, live and dead. For searching logs.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.hub.site.state();
        let issued = state.access.keys().chain(state.refresh.keys()).chain(state.codes.keys());
        issued.cloned().chain([CLIENT_SECRET.to_owned()]).collect()
    }
}
