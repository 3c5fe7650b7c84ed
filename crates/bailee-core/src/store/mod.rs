//! What bailee keeps, as traits. Each can be swapped alone.
//!
//! Everything that a face can reach goes through [`IntegrationStore`] and [`PendingStore`], whose statements filter by
//! owner. [`CredentialStore`] and [`Maintenance`] work by id: they are reached only after an owner-checked read, or by
//! workers.
//!
//! All times are the store's own clock, in epoch milliseconds: the clock of the database, so that N processes with N
//! clocks agree. Epochs fence: `secret_epoch` is the epoch under which the sealed credential was written, `lease_epoch`
//! grows with every lease and every reconnect, and an older holder never overwrites a newer one.

mod credential;
mod credential_row;
mod event;
mod idempotency;
mod incident;
mod integration;
mod ledger;
mod maintenance;
mod outbox;
mod pending;
mod run;
mod sealed;
mod secret;
mod seen;
mod task;
mod thread;
mod version;

pub use credential::{CredentialStore, Gate, LeaseRequest, Release, Renewed};
pub use credential_row::CredentialRow;
pub use event::EventOutbox;
pub use idempotency::{CallKey, CallState, IdempotencyStore};
pub use incident::{DisconnectOrder, IncidentStore, Leaving, Matching, RevokeFilter};
pub use integration::{Connection, IntegrationChange, IntegrationStore, NewIntegration, Selector, Verdict};
pub use ledger::{Completion, Ledger, LedgerFilter};
pub use maintenance::{Backlog, Maintenance};
pub use outbox::Outbox;
pub use pending::{FlowLimits, PendingStore, Take};
pub use run::RunStore;
pub use sealed::{KeyCount, Resealed, SealedCredential, SealedTable};
pub use secret::{NewSecret, SealedSecret, SecretChange, SecretStore};
pub use seen::SeenStore;
pub use task::{NewTask, TaskStore};
pub use thread::{ThreadGrant, ThreadStore};
pub use version::VersionStore;

/// Everything that is kept, in one value. Implemented by whatever implements all of it; each part can be swapped alone.
pub trait Store:
    IntegrationStore
    + CredentialStore
    + PendingStore
    + Outbox
    + EventOutbox
    + Maintenance
    + ThreadStore
    + SecretStore
    + TaskStore
    + Ledger
    + RunStore
    + IdempotencyStore
    + IncidentStore
    + SeenStore
    + VersionStore
    + 'static
{
}

impl<S> Store for S where
    S: IntegrationStore
        + CredentialStore
        + PendingStore
        + Outbox
        + EventOutbox
        + EventOutbox
        + Maintenance
        + ThreadStore
        + SecretStore
        + TaskStore
        + Ledger
        + RunStore
        + IdempotencyStore
        + IncidentStore
        + SeenStore
        + VersionStore
        + ?Sized
        + 'static
{
}
