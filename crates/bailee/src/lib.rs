#![doc = include_str!("../README.md")]

pub use bailee_core::{
    Access, Account, AccountId, Action, Actor, AgentTask, Caller, ClientId, ClientRegistration, Clock,
    ConnectRequest, ConnectRequestId, Counterpart, Decision, Definition, Delivered, DirectoryError, Effect,
    Effects, ErrorKind, Event, EventError, EventId, EventKind, EventSink, ExposeSecret, HostTool, Inbound,
    InboundMessage, Integration, IntegrationId, InvalidId, InvalidNotification, KeyId, KeySource,
    KeySourceError, Ledger, LedgerRecord, Lifecycle, Notification, OAuthScope, OAuthScopes, OrganizationId,
    Outcome, Owner, OwnerCard, OwnerDirectory, PermissionFlag, Profile, ProfileDirectory, ProfileId,
    ProfileIds, Provider, ProviderError, ProviderKey, Refusal, Registrations, Run, RunId, Scope, SecretName,
    SecretString, Session, Status, StatusReason, StoreError, TaskStatus, TaskStore, ThreadDirectory,
    ThreadId, ThreadPermissions, Tool, ToolHints, ToolName, ToolOutput, Transport, UserId, UserSecret, Vault,
    VaultError, WidgetSources, decide,
    store::{IntegrationChange, KeyCount, LedgerFilter, Matching, RevokeFilter, SealedTable, ThreadGrant},
};
pub use bailee_engine::{
    Accepted, Arrival, Background, Bailee, BuildError, Builder, CallOrigin, Callback, Changes, ConnectLink,
    ConnectOptions, ConnectPage, Connected, Disconnected, Error, EventDelivery, EventStream, EventStreamSink,
    GateKind, GateStanding, GateState, GrantedTool, Health, HealthReason, HealthStatus, HookError,
    InputProblem, JoinOptions, JoinedAccount, Limit, Limited, Limits, Live, McpDefinition, McpServer,
    McpWarning, Notified, NotifyError, NotifyResult, Page, Permit, ProviderSummary, Returned, RevokeProgress,
    RevokedAll, RevokedRow, RewrapProgress, Rewrapped, RunToken, SecretError, Store, SystemClock, Target,
    Tested, Tick, Timings, TokenError, ToolError, Validated, Which, WidgetCallback, addresses, event_stream,
};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use bailee_storage::SqlStore;
pub use bailee_vault::KeyRing;

/// The words, rules and traits, for hosts that bring stores, vaults or providers of their own.
pub use bailee_core as core;
/// The routes of the HTTP face.
#[cfg(feature = "http")]
pub use bailee_http as http;
/// The tools of connected accounts for agents, over the Model Context Protocol.
#[cfg(feature = "mcp")]
pub use bailee_mcp as mcp;
/// The OAuth 2 protocol and the safe HTTP client.
pub use bailee_oauth as oauth;
/// The providers, one feature each.
pub use bailee_providers as providers;
/// The databases.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use bailee_storage as storage;
/// Sealing.
pub use bailee_vault as vault;
/// The page where people connect, scope and disconnect, and the elements that it is made of.
#[cfg(feature = "web")]
pub use bailee_web as web;

/// Keeps the example of the repository's front page compiling.
#[cfg(all(doctest, feature = "google", feature = "http", feature = "sqlite"))]
#[doc = include_str!("../../../README.md")]
struct FrontPage;

/// Keeps the examples of the page about events compiling.
#[cfg(all(doctest, feature = "webhook"))]
#[doc = include_str!("../../../docs/events.md")]
struct Events;
