//! Leads an owner to the page where an account is connected, in the way that the client understands.

use std::{collections::BTreeMap, time::Duration};

use bailee_core::{Refusal, ThreadId};
use bailee_engine::{Error, ToolError};
use chrono::{DateTime, TimeDelta, Utc};
use rmcp::model::{
    CallToolResponse, CallToolResult, ElicitRequest, ElicitRequestParams, ErrorData, InputRequest,
    InputRequiredResult, InputResponses, ProtocolVersion, SealOptions,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{answer, call::Call};

/// For how long a request of an agent to its owner can be followed; so is the state about it.
const LIFETIME: Duration = Duration::from_mins(10);

/// For how long a repeated call waits for an owner who is still in the browser.
const PATIENCE: TimeDelta = TimeDelta::seconds(25);

/// A page that the owner was led to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Page {
    id: String,
    url: String,
    provider: String,
    name: String,
    missing: Vec<String>,
    expires_at: DateTime<Utc>,
}

/// What the owner said to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Accepted,
    Cancelled,
    Declined,
}

/// A call that comes back after its owner was asked.
pub(crate) struct Asked {
    pub(crate) reply: Reply,
    pub(crate) page: Page,
}

impl Page {
    fn message(&self) -> String {
        format!("Connect {} to go on.", self.name)
    }

    fn text(&self) -> String {
        format!("{} is not connected. Open {} to connect it, then try again.", self.name, self.url)
    }

    /// The owner does not want to, or went away.
    pub(crate) fn refused(&self, reply: Reply) -> CallToolResult {
        let (text, code) = match reply {
            Reply::Declined => (format!("The user declined to connect {}.", self.name), "declined"),
            _ => (format!("Connecting {} was not completed.", self.name), "cancelled"),
        };
        answer::error(text, json!({ "code": code, "provider": self.provider }))
    }
}

impl Call<'_> {
    /// Leads to a new page, or once more to the one that the owner was led to, while it can be followed.
    pub(crate) async fn lead_to(
        &self,
        page: Option<Page>,
        refusal: Refusal,
    ) -> Result<CallToolResponse, ErrorData> {
        let page = match page {
            Some(page) if self.is_open(&page).await => page,
            _ => match self.new_page().await? {
                Some(page) => page,
                None => return Err(answer::unknown(self.tool)),
            },
        };
        let modern = self.context.protocol_version() >= Some(ProtocolVersion::V_2026_07_28);
        match (self.opens_pages(), modern) {
            (true, true) => Ok(self.input_required(&page)?.into()),
            (true, false) => Err(answer::elicitation_required(page.message(), &page.url, &page.id)),
            (false, _) => {
                let details = json!({
                    "code": refusal.as_str(),
                    "provider": page.provider,
                    "connect_url": page.url,
                    "missing_scopes": page.missing,
                });
                Ok(answer::error(page.text(), details).into())
            }
        }
    }

    /// The owner went to the page: the call is made as soon as that helped.
    pub(crate) async fn after_connect(&self, page: Page) -> Result<CallToolResponse, ErrorData> {
        let bailee = &self.server.bailee;
        let caller = self.visit.caller();
        // Before the first look, so that nothing is missed in between.
        let mut changes = bailee.changes(caller.owner());
        let deadline = bailee.now() + PATIENCE;
        loop {
            match bailee.authorize(caller, self.tool).await {
                Err(ToolError::Refused { connect_url: Some(_), .. }) => {}
                _ => return self.make(Some(page)).await,
            }
            let left = (deadline - bailee.now()).to_std().unwrap_or_default();
            if left.is_zero() || !changes.changed_within(left).await {
                return self.make(Some(page)).await;
            }
        }
    }

    /// What a repeated call brings along. All of it is the client's to write, so none of it is believed but what was
    /// sealed for this very caller and call.
    pub(crate) fn resumed(
        &self,
        responses: Option<&InputResponses>,
        state: Option<&str>,
    ) -> Result<Option<Asked>, ErrorData> {
        let Some(state) = state else {
            return if responses.is_some() { Err(answer::invalid_state()) } else { Ok(None) };
        };
        let bailee = &self.server.bailee;
        let context = self.context_of_state();
        let opened = self.server.codec.open_json_with::<Page>(state, &context);
        // Sealed anew in each round: the page has an end all the same.
        let alive = opened.ok().filter(|page| bailee.now() < page.expires_at);
        let page = alive.ok_or_else(answer::invalid_state)?;
        let mut replies = responses.map(BTreeMap::values).into_iter().flatten();
        let reply = replies.find_map(|reply| reply.get("action")?.as_str());
        let reply = match reply {
            Some("decline") => Reply::Declined,
            Some("cancel") => Reply::Cancelled,
            _ => Reply::Accepted,
        };
        Ok(Some(Asked { reply, page }))
    }

    /// Whether the owner can still go on from this page: not when it was used and came to nothing.
    async fn is_open(&self, page: &Page) -> bool {
        let owner = self.visit.caller().owner();
        self.server.bailee.connect_request(owner, &page.id).await.is_ok()
    }

    /// A request to the owner, for what the tool lacks; `None` where no page helps.
    async fn new_page(&self) -> Result<Option<Page>, ErrorData> {
        let bailee = &self.server.bailee;
        let client = self.client();
        match bailee.request_connect_for_tool(self.visit.caller(), self.tool, client.as_deref()).await {
            Ok(page) => {
                let provider = &page.request.provider;
                Ok(Some(Page {
                    id: page.request.id.to_string(),
                    url: page.url.to_string(),
                    provider: provider.to_string(),
                    name: bailee.provider_name(provider).unwrap_or(provider.as_str()).to_owned(),
                    missing: page.request.scopes.iter().map(str::to_owned).collect(),
                    expires_at: page.request.expires_at,
                }))
            }
            Err(Error::NotFound | Error::UnknownProvider) => Ok(None),
            Err(_) => Err(answer::unavailable()),
        }
    }

    /// Whether the client said that it opens pages for its user.
    fn opens_pages(&self) -> bool {
        let capabilities = self.context.client_capabilities();
        capabilities.and_then(|all| all.elicitation).is_some_and(|elicitation| elicitation.url.is_some())
    }

    fn input_required(&self, page: &Page) -> Result<InputRequiredResult, ErrorData> {
        let request = ElicitRequest::new(ElicitRequestParams::UrlElicitationParams {
            meta: None,
            message: page.message(),
            url: page.url.clone(),
            elicitation_id: page.id.clone(),
        });
        let context = self.context_of_state();
        let options = SealOptions::new().associated_data(&context).ttl(LIFETIME);
        let state = self.server.codec.seal_json_with(page, &options);
        let state = state.map_err(|_| answer::unavailable())?;
        let key = format!("connect_{}", page.provider);
        let requests = BTreeMap::from([(key, InputRequest::Elicitation(request))]);
        Ok(InputRequiredResult::new(Some(requests), Some(state)))
    }

    /// Who asks for what: state of another caller, tool or arguments does not open.
    fn context_of_state(&self) -> Vec<u8> {
        let caller = self.visit.caller();
        let thread = caller.thread().map(ThreadId::as_str);
        json!([caller.owner().key().as_str(), caller.profile().as_str(), thread, self.tool, self.arguments])
            .to_string()
            .into_bytes()
    }
}
