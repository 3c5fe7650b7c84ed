#![doc = include_str!("../README.md")]

mod access;
mod clock;
mod connect_request;
mod credential;
mod entropy;
mod error;
mod event;
mod flow;
mod hook;
mod host;
mod id;
mod integration;
mod join;
mod key_source;
mod ledger;
mod notification;
mod oauth_scope;
mod outbox;
mod owner;
mod policy;
mod provider;
mod registration;
mod run;
mod scope;
mod secret;
pub mod store;
mod task;
mod thread;
mod tool;
mod vault;

pub use access::Access;
pub use clock::Clock;
pub use connect_request::{ConnectRequest, ConnectRequestId};
pub use credential::{Credential, Grant, NotACredential, Renewal, Surprise};
pub use entropy::{Entropy, EntropyError};
pub use error::{ErrorKind, ProviderError, RegistrationError, StoreError, VaultError};
pub use event::{Announcement, Event, EventError, EventItem, EventKind, EventSink};
pub use flow::{BrowserProof, Issuer, IssuerMismatch, Parked, ParkedAnswer, PendingFlow, ProofHash};
pub use hook::{Delivery, DeliveryTo, Pairing, Received, ReceivedEvent};
pub use host::{
    Counterpart, DirectoryError, HostTool, Inbound, InboundMessage, OwnerCard, OwnerDirectory, Profile,
    ProfileDirectory, ThreadDirectory,
};
pub use id::{
    AccountId, ClientId, EventId, FlowId, IdProblem, IntegrationId, InvalidId, LedgerId, OrganizationId,
    OutboxId, ProfileId, ProviderKey, RunId, SecretId, SecretName, SinkName, TaskId, ThreadId, ToolName,
    UserId,
};
pub use integration::{Account, Integration, Lifecycle, Status, StatusReason, UnknownWord};
pub use join::{Join, Joined, Previous, Start, Started, WidgetSources};
pub use key_source::{KeySource, KeySourceError};
pub use ledger::{Action, LedgerDetails, LedgerEntry, LedgerRecord, Outcome};
pub use notification::{Delivered, InvalidNotification, Notification, Notify};
pub use oauth_scope::{InvalidOAuthScope, OAuthScope, OAuthScopes};
pub use outbox::{OutboxItem, OutboxJob, OutboxMessage};
pub use owner::{Actor, Caller, Owner, OwnerKey, Session, Transport};
pub use policy::{Decision, Refusal, Rule, Subject, Wanted, decide};
pub use provider::{
    Alias, Begin, Begun, Capabilities, Cardinality, ClientCredentials, ConnectKind, Definition, Exchange,
    Offered, Provider, ProviderDescriptor, Refresh, RefreshMode, RevocationReach, Revoke, Rotation, Validate,
    Validation,
};
pub use registration::{ClientRegistration, Registrations};
pub use run::Run;
pub use scope::{ProfileIds, Scope, TooManyProfiles};
pub use secret::UserSecret;
pub use store::{
    CredentialStore, EventOutbox, IdempotencyStore, IncidentStore, IntegrationStore, Ledger, Maintenance,
    Outbox, PendingStore, RunStore, SecretStore, TaskStore, ThreadStore, VersionStore,
};
pub use task::{AgentTask, Proposal, TaskStatus};
pub use thread::ThreadPermissions;
pub use tool::{
    Effect, Effects, PermissionFlag, ScopeSets, Tool, ToolAccount, ToolCall, ToolHints, ToolOutput,
};
pub use vault::{KeyId, MacPurpose, SealContext, SealPurpose, Sealed, Vault};

/// Moments and ids, as the traits take them.
pub use chrono::{DateTime, Utc};
pub use uuid::Uuid;

/// Secret text and bytes, as used all over the workspace: no `Display`, redacted `Debug`, wiped on drop.
pub use secrecy::{ExposeSecret, SecretSlice, SecretString};

#[cfg(feature = "mock")]
pub use provider::MockProvider;
