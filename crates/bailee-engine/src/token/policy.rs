use bailee_core::{Lifecycle, ProfileId, store::CredentialRow};

use super::TokenError;

/// On whose word a token is handed out.
#[derive(Clone, Debug)]
pub(crate) enum Policy {
    /// The flows of bailee itself, which a turned-off integration needs too.
    Internal,
    /// The host, for the owner.
    Owner,
    /// One profile of the owner, which belongs to them.
    Profile(ProfileId),
}

impl Policy {
    /// Whether a token of this row may be handed out.
    pub(super) fn check(&self, row: &CredentialRow) -> Result<(), TokenError> {
        if row.lifecycle == Lifecycle::Disconnecting {
            return Err(TokenError::NotConnected);
        }
        match self {
            Self::Profile(profile) if !row.scope.grants(row.bound_profile.as_ref(), profile) => {
                Err(TokenError::OutOfScope)
            }
            Self::Owner | Self::Profile(_) if !row.enabled => Err(TokenError::Disabled),
            Self::Internal | Self::Owner | Self::Profile(_) => Ok(()),
        }
    }

    /// The one row that a token may come from.
    pub(super) fn choose(&self, mut rows: Vec<CredentialRow>) -> Result<CredentialRow, TokenError> {
        // The common case: one row, nothing to choose.
        if rows.len() == 1 {
            let row = rows.pop().ok_or(TokenError::NotConnected)?;
            return self.check(&row).map(|()| row);
        }
        let mut refusal = TokenError::NotConnected;
        rows.retain(|row| match self.check(row) {
            Ok(()) => true,
            Err(error) => {
                refusal = error;
                false
            }
        });
        if rows.len() > 1 {
            return Err(TokenError::Ambiguous { choices: rows.iter().map(|row| row.id).collect() });
        }
        rows.pop().ok_or(refusal)
    }
}
