use std::{fmt, time::Duration};

use crate::{
    Account, ClientId, IntegrationId, Lifecycle, OAuthScopes, Owner, ProfileId, ProviderKey, Scope, Status,
    StatusReason,
};

/// One row as the token path needs it, with the moment at which it was read.
#[derive(Clone)]
pub struct CredentialRow {
    /// Its id.
    pub id: IntegrationId,
    /// Whose it is.
    pub owner: Owner,
    /// At which provider.
    pub provider: ProviderKey,
    /// The registration that obtained the grant.
    pub client: Option<ClientId>,
    /// The account.
    pub account: Account,
    /// Where it stands in its life.
    pub lifecycle: Lifecycle,
    /// The last verdict.
    pub status: Status,
    /// Why it needs a reconnect.
    pub dead_reason: Option<StatusReason>,
    /// Whether the owner left it turned on.
    pub enabled: bool,
    /// Which profiles may use it.
    pub scope: Scope,
    /// The one profile that it speaks for.
    pub bound_profile: Option<ProfileId>,
    /// What the last consent asked for.
    pub requested: OAuthScopes,
    /// What was granted, where known.
    pub granted: Option<OAuthScopes>,
    /// The sealed credential.
    pub sealed: Vec<u8>,
    /// The epoch under which it was sealed and written.
    pub secret_epoch: i64,
    /// The newest lease.
    pub lease_epoch: i64,
    /// Who holds it, or held it last: random for each attempt.
    pub lease_owner: Option<[u8; 16]>,
    /// Until when it is held; 0: free.
    pub lease_until_ms: i64,
    /// The `secret_epoch` on which an attempt ended without a known outcome; 0: none.
    pub unknown_epoch: i64,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// When the access token expires; `None`: unknown.
    pub access_expires_ms: Option<i64>,
    /// How long the access token was to live when it was issued, in milliseconds; `None`: unknown. Early refreshes are
    /// a share of it. Column `access_lifetime_ms`, written with the expiry by insert, reconnect and save.
    pub access_lifetime_ms: Option<i64>,
    /// No refresh is tried before this moment.
    pub next_refresh_ms: i64,
    /// How many refreshes failed since the last success.
    pub refresh_failures: i64,
    /// The store's clock when the row was read.
    pub now_ms: i64,
}

impl CredentialRow {
    /// The integration this row belongs to has a token that lives longer than `need`.
    #[must_use]
    pub fn lives_for(&self, need: Duration) -> bool {
        let need = i64::try_from(need.as_millis()).unwrap_or(i64::MAX);
        self.access_expires_ms.is_none_or(|expires| expires.saturating_sub(self.now_ms) > need)
    }
}

/// Without the record.
impl fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialRow")
            .field("id", &self.id)
            .field("provider", &self.provider)
            .field("lifecycle", &self.lifecycle)
            .field("secret_epoch", &self.secret_epoch)
            .field("lease_epoch", &self.lease_epoch)
            .field("lease_until_ms", &self.lease_until_ms)
            .field("access_expires_ms", &self.access_expires_ms)
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
}
