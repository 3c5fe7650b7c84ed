use serde_json::Value;

use super::{
    CLIENT_SECRET, MockSlack,
    state::{Kind, Redirects},
};
use crate::mock_provider::{Endpoint, Fault, PlantedFault, RecordedRequest};

impl MockSlack {
    /// Every request since the start, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.hub.log.requests()
    }

    /// Plants a fault: a standing rule, unless the returned value narrows it.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) -> PlantedFault<'_> {
        self.hub.faults.plant(endpoint, fault)
    }

    /// Sends people back to plain addresses of this machine too, where Slack wants https: for a demo without certificates.
    pub fn allow_loopback_redirects(&self) {
        self.hub.site.state().redirects = Redirects::Loopback;
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.hub.faults.clear();
    }

    /// Lets every access token expire that was issued so far. Refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        self.hub.site.state().access.values_mut().for_each(|access| access.expired = true);
    }

    /// An administrator removes the app from the workspace.
    pub fn remove_app(&self) {
        self.hub.site.state().uninstall();
    }

    /// A person takes their own tokens away from the app. Those of the bot stay.
    pub fn revoke_person(&self, user: &str) {
        let mut state = self.hub.site.state();
        let mine = |kind: Kind, whose: &str| kind == Kind::User && whose == user;
        state.access.values_mut().filter(|it| mine(it.kind, &it.user)).for_each(|it| it.alive = false);
        state.refresh.values_mut().filter(|it| mine(it.kind, &it.user)).for_each(|it| it.alive = false);
    }

    /// From now on the app may not uninstall itself (`no_permission`).
    pub fn refuse_uninstall(&self) {
        self.hub.site.state().may_uninstall = false;
    }

    /// The bot loses this scope.
    pub fn take_scope(&self, scope: &str) {
        self.hub.site.state().bot_scopes.remove(scope);
    }

    /// Whether the app is in the workspace.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.hub.site.state().installed
    }

    /// Whether this access token works now.
    #[must_use]
    pub fn is_live(&self, access_token: &str) -> bool {
        self.hub.site.state().live(Some(access_token)).is_ok()
    }

    /// The messages that were taken: the conversation, and the body of the request.
    #[must_use]
    pub fn messages(&self) -> Vec<(String, Value)> {
        self.hub.site.state().messages.clone()
    }

    /// Every secret that it issued or that its app has, live and dead. For searching logs.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.hub.site.state();
        let tokens = state.access.keys().chain(state.refresh.keys()).chain(state.codes.keys()).cloned();
        tokens.chain([CLIENT_SECRET.to_owned()]).collect()
    }
}
