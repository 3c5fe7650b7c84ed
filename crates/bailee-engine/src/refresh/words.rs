use std::time::Duration;

use bailee_core::{
    Rotation, StatusReason, StoreError, VaultError,
    store::{CredentialRow, Release},
};

use crate::Timings;

/// What a refresh is to keep to.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The timings of the host.
    pub timings: Timings,
    /// What the provider does to a refresh token when it is used.
    pub rotation: Rotation,
    /// Whether the provider refused the access token: it is then of no use, however long it was to live.
    pub forced: bool,
    /// Spreads waiting processes; any number.
    pub jitter: u64,
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The row was read; `None`: it is gone.
    Row(Option<&'a CredentialRow>),
    /// The row could not be read.
    RowFailed(&'a StoreError),
    /// The lease was asked for in this name. `None`: the answer never came.
    Acquired([u8; 16], Option<bool>),
    /// The provider answered, or did not.
    Answered(Answer),
    /// The new credential was written (`true`), or the row had a newer one. `None`: the store did not answer.
    Saved(Option<bool>),
    /// The lease was given back, or could not be: it lapses then.
    Released,
    /// The row was declared dead or expired (`true`), or had changed.
    Marked(Result<bool, &'a StoreError>),
    /// The time to wait is over.
    Waited,
    /// The grant that no row keeps was given back.
    Abandoned,
}

/// What came of a request to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The registration was refused, or is not there; the grant may be fine.
    ClientRefused {
        /// Whether it has another secret to try.
        more: bool,
    },
    /// The request was refused and will be again; the grant may be fine.
    Config,
    /// The grant is gone.
    Dead,
    /// Nothing was sent: others have learnt meanwhile that the provider is not to be asked for so long.
    Held(Duration),
    /// Nothing was learnt; later, after this long where the provider says so.
    Later(Option<Duration>),
    /// It may have been carried out, and its answer did not arrive.
    Lost,
    /// A new access token, living this long where that is known.
    Renewed(Option<Duration>),
    /// The credential did not open: nothing was sent.
    Sealed(VaultError),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Give the obtained grant back: its row is gone.
    Abandon,
    /// Ask for the lease, in a fresh random name.
    Acquire {
        /// The `secret_epoch` that was seen.
        secret_epoch: i64,
    },
    /// Declare the grant dead.
    MarkDead {
        /// Under this lease.
        lease_epoch: i64,
        /// For this secret.
        secret_epoch: i64,
        /// Why.
        reason: StatusReason,
    },
    /// Declare a credential that cannot be refreshed expired.
    MarkExpired {
        /// Which one.
        secret_epoch: i64,
    },
    /// Read the row.
    Read,
    /// Record the failure.
    Release {
        /// Of this lease.
        lease_epoch: i64,
        /// How the row is left.
        release: Release,
    },
    /// Write the new credential, sealed for `lease_epoch`.
    Save {
        /// The epoch to seal for.
        lease_epoch: i64,
        /// When the access token expires, by the store's clock.
        access_expires_ms: Option<i64>,
    },
    /// Send the refresh with the n-th secret of the registration.
    Send {
        /// Counted from 0.
        secret: usize,
    },
    /// It is over.
    Finish(Outcome),
    /// Wait.
    Wait(Duration),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Another holder has the lease, for longer than a caller waits.
    Busy,
    /// The configuration is wrong; the row was left alone.
    Config,
    /// The row is gone or being disconnected.
    Gone,
    /// Only the user can mend it.
    NeedsReconnect(StatusReason),
    /// This refresh obtained a token.
    Renewed,
    /// The row has a newer token.
    Served,
    /// The credential did not open.
    Sealed(VaultError),
    /// The store did not do it.
    Store(StoreError),
    /// Later.
    Unavailable(Option<Duration>),
}
