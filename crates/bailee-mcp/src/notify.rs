//! Tells clients that their list of tools changed: each of its own list, and of nothing else.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
    time::Duration,
};

use bailee_engine::Changes;
use rmcp::{
    RoleServer,
    model::ErrorData,
    service::{Peer, SubscriptionContext},
};

use crate::{list, server::ToolServer, visit::Visit};

/// How often it is looked whether anybody is still there.
const LOOK: Duration = Duration::from_mins(1);

/// What one client was last told of.
struct Watch<'a> {
    server: &'a ToolServer,
    visit: &'a Visit,
    changes: Changes,
    told: Option<u64>,
}

impl<'a> Watch<'a> {
    /// Begins with the list as it is.
    async fn new(server: &'a ToolServer, visit: &'a Visit) -> Self {
        // Before the first look, so that nothing is missed in between.
        let changes = server.bailee.changes(visit.caller().owner());
        let mut watch = Self { server, visit, changes, told: None };
        watch.told = watch.fingerprint().await;
        watch
    }

    /// Of the caller's list; `None` when it cannot be told.
    async fn fingerprint(&self) -> Option<u64> {
        let tools = list::list(&self.server.bailee, self.visit).await.ok()?;
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(&tools.tools).ok()?.hash(&mut hasher);
        Some(hasher.finish())
    }

    fn expired(&self) -> bool {
        self.visit.identity.expires_at.is_some_and(|end| end <= self.server.bailee.now())
    }

    /// Waits until the caller's list is another one: `true`; or for a while: `false`.
    async fn changed(&mut self) -> bool {
        if !self.changes.changed_within(LOOK).await {
            return false;
        }
        // A list that cannot be looked up now may have changed: the client finds out.
        let now = self.fingerprint().await;
        let changed = now.is_none() || now != self.told;
        self.told = now.or(self.told);
        changed
    }
}

impl ToolServer {
    /// A stream of changes, until the client ends it or its credential expires.
    pub(crate) async fn tell_subscriber(
        &self,
        visit: &Visit,
        context: &SubscriptionContext,
    ) -> Result<(), ErrorData> {
        let Ok(_place) = self.listeners.try_acquire() else {
            return Err(ErrorData::internal_error("too many clients are listening: try again later", None));
        };
        let telling = async {
            let mut watch = Watch::new(self, visit).await;
            while !watch.expired() {
                if watch.changed().await && context.sink().notify_tool_list_changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = context.cancelled() => {}
            () = telling => {}
        }
        Ok(())
    }

    /// The same for a client of a version with sessions, for as long as its session lasts.
    pub(crate) fn tell_session(&self, visit: Arc<Visit>, peer: Peer<RoleServer>) {
        let Ok(place) = Arc::clone(&self.listeners).try_acquire_owned() else {
            tracing::warn!("too many clients are listening: one is not told of changes");
            return;
        };
        let server = self.clone();
        tokio::spawn(async move {
            let _place = place;
            let mut watch = Watch::new(&server, &visit).await;
            while !watch.expired() && !peer.is_transport_closed() {
                if watch.changed().await && peer.notify_tool_list_changed().await.is_err() {
                    return;
                }
            }
        });
    }
}
