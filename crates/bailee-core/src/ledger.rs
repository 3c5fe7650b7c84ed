use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    IntegrationId, LedgerId, Owner, ProfileId, ProviderKey, Refusal, ThreadId, ToolName, UnknownWord,
    integration::words, store::Completion,
};

words!(
    /// What was done, or refused.
    Action, "action", {
        /// A tool was called.
        Call => "call",
        /// An account was connected.
        Connect => "connect",
        /// An account was disconnected.
        Disconnect => "disconnect",
        /// A notification was sent.
        Notify => "notify",
        /// An account was connected again.
        Reconnect => "reconnect",
        /// Every integration that a filter matches was taken away.
        RevokeAll => "revoke_all",
        /// Records of older keys were sealed with the newest one.
        Rewrap => "rewrap",
        /// A named secret was read.
        SecretRead => "secret_read",
        /// A named secret was written, changed or erased.
        SecretWrite => "secret_write",
        /// A task was accepted or declined.
        Task => "task",
        /// The flags of a thread were set.
        ThreadPermissions => "thread_permissions",
        /// An access token was handed out to a profile, or refused.
        Token => "token",
        /// Scope, bound profile, switch or settings of an integration changed.
        Update => "update",
    }
);

words!(
    /// How it ended.
    Outcome, "outcome", {
        /// The caller went away, and the call was given up before it was dispatched.
        Cancelled => "cancelled",
        /// It was not allowed.
        Denied => "denied",
        /// It was carried out.
        Ok => "ok",
        /// It was given up: too much, too fast.
        RateLimited => "rate_limited",
        /// It was dispatched, and nobody has said yet how it ended. After a crash this stays.
        Started => "started",
        /// The provider or the tool refused, or the arguments do not fit.
        ToolError => "tool_error",
        /// It was dispatched, and its answer never arrived.
        Unknown => "unknown",
    }
);

/// One line of the ledger, to be written. Ids and words alone: never a token, a body, or the value of an argument.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    /// Its id, in the order of time.
    pub id: LedgerId,
    /// Whose accounts.
    pub owner: Owner,
    /// What was done, or refused.
    pub action: Action,
    /// How it ended, as far as is known.
    pub outcome: Outcome,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// The profile that asked; `None` for the owner's own doing.
    pub profile: Option<ProfileId>,
    /// The thread through which a counterpart asked, or whose flags were set.
    pub thread: Option<ThreadId>,
    /// The tool, as long as it is in the catalogue.
    pub tool: Option<ToolName>,
    /// The provider.
    pub provider: Option<ProviderKey>,
    /// The integration.
    pub integration: Option<IntegrationId>,
    /// The rest.
    pub details: LedgerDetails,
    /// How a call ended that is written when it has ended, with the same outcome; `None` for everything else.
    pub ended: Option<Completion>,
}

/// What is known besides. Everything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LedgerDetails {
    /// Keyed hashes of the arguments, by the name of the argument: equal values of one host have equal hashes.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub arguments: std::collections::BTreeMap<String, String>,
    /// Which credential the caller had, as the host names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_id: Option<String>,
    /// What changed, in words of ours: `enabled`, `scope`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// The client, as it names itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Who is at the other end of the thread, as the host names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<String>,
    /// The version of the flags that were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags_version: Option<i64>,
    /// A keyed hash of the idempotency key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The version of the integration that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_version: Option<i64>,
    /// The version of the protocol that the client speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// The id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The OAuth scopes that the tool needs: sets, separated by spaces, of which one is enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_required: Vec<String>,
    /// The trace that the request belongs to (W3C Trace Context, `traceparent`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// One line of the ledger, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRecord {
    /// Its id.
    pub id: LedgerId,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// What was done, or refused.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused: [`Refusal::as_str`].
    pub refusal: Option<String>,
    /// The rule that refused.
    pub rule: Option<String>,
    /// The profile that asked.
    pub profile: Option<ProfileId>,
    /// The thread.
    pub thread: Option<ThreadId>,
    /// The tool.
    pub tool: Option<ToolName>,
    /// The provider.
    pub provider: Option<ProviderKey>,
    /// The integration.
    pub integration: Option<IntegrationId>,
    /// The rest.
    pub details: LedgerDetails,
    /// How long a call took, in milliseconds; `None` while it is not known.
    pub latency_ms: Option<i64>,
    /// How large the result was, in bytes.
    pub bytes_out: Option<i64>,
    /// Whether something was left out of the result.
    pub truncated: Option<bool>,
    /// The HTTP status of the provider, where it refused.
    pub provider_status: Option<u16>,
    /// What the provider calls the request, where it says so.
    pub provider_request_id: Option<String>,
    /// Whether an access token was refreshed for it; `None` while it is not known.
    pub token_refreshed: Option<bool>,
}
