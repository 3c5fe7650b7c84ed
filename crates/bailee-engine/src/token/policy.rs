use bailee_core::{
    Caller, Decision, Lifecycle, Refusal, Subject, ThreadPermissions, Wanted, decide, store::CredentialRow,
};

use super::TokenError;

/// On whose word a token is handed out.
#[derive(Clone, Debug)]
pub(crate) enum Policy {
    /// A caller, whose profile and thread the host knows as the owner's. What a call of a tool is allowed was decided
    /// before; the token of a counterpart's call stays inside.
    Caller(Caller),
    /// The flows of bailee itself, which a turned-off integration needs too.
    Internal,
    /// The host, for the owner.
    Owner,
}

impl Policy {
    /// Whether a token of this row may be handed out.
    pub(super) fn check(&self, row: &CredentialRow) -> Result<(), TokenError> {
        if row.lifecycle == Lifecycle::Disconnecting {
            return Err(TokenError::NotConnected);
        }
        match self {
            Self::Caller(caller) => {
                let own = caller.as_own();
                let subject = Some(Subject::from(row));
                match decide(&own, ThreadPermissions::NONE, Wanted::Token, subject) {
                    Decision::Allow => Ok(()),
                    Decision::Refuse(Refusal::Disabled) => Err(TokenError::Disabled),
                    Decision::Refuse(Refusal::NotConnected) => Err(TokenError::NotConnected),
                    _ => Err(TokenError::OutOfScope),
                }
            }
            Self::Owner if !row.enabled => Err(TokenError::Disabled),
            Self::Internal | Self::Owner => Ok(()),
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
