#![doc = include_str!("../README.md")]

pub use bailee_core::{
    Account, AccountId, Actor, Caller, ClientId, ClientRegistration, Clock, ErrorKind, ExposeSecret,
    Integration, IntegrationId, InvalidId, Lifecycle, OAuthScope, OAuthScopes, OrganizationId, Owner,
    ProfileDirectory, ProfileId, ProfileIds, Provider, ProviderError, ProviderKey, Registrations, Scope,
    SecretString, Session, Status, StatusReason, StoreError, ThreadId, Transport, UserId, Vault, VaultError,
};
pub use bailee_engine::{
    Arrival, Background, Bailee, BuildError, Builder, Callback, ConnectLink, ConnectRequest, Connected,
    Disconnected, Error, InputProblem, Limits, Live, Page, ProviderSummary, Returned, Rewrapped, Tick,
    Timings, TokenError, Validated, Which,
};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use bailee_storage::SqlStore;
pub use bailee_vault::KeyRing;

/// The words, rules and traits, for hosts that bring stores, vaults or providers of their own.
pub use bailee_core as core;
/// The routes of the HTTP face.
#[cfg(feature = "http")]
pub use bailee_http as http;
/// The OAuth 2 protocol and the safe HTTP client.
pub use bailee_oauth as oauth;
/// The providers, one feature each.
pub use bailee_providers as providers;
/// The databases.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use bailee_storage as storage;
/// Sealing.
pub use bailee_vault as vault;

/// Keeps the example of the repository's front page compiling.
#[cfg(all(doctest, feature = "google", feature = "http", feature = "sqlite"))]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
