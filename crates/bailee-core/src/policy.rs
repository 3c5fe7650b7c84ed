//! Who may do what, as one pure function.

use std::fmt;

use crate::{
    Caller, Effect, Integration, Lifecycle, OAuthScopes, PermissionFlag, ProfileId, Scope, Status,
    ThreadPermissions, Tool, store::CredentialRow,
};

/// What a caller wants.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// To tell the owner something through a channel of theirs.
    Notification,
    /// A named secret of the owner.
    Secret,
    /// The access token itself.
    Token,
    /// To call a tool.
    Tool(&'a Tool),
}

/// What it is wanted of: an integration, or a secret, as far as it decides. A view: nothing is copied.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Which profiles may use it.
    pub scope: &'a Scope,
    /// The one profile that it speaks for.
    pub bound_profile: Option<&'a ProfileId>,
    /// Whether the owner left it turned on.
    pub enabled: bool,
    /// Where it stands in its life.
    pub lifecycle: Lifecycle,
    /// The last verdict.
    pub status: Status,
    /// What the user granted; `None` where the provider does not tell.
    pub granted: Option<&'a OAuthScopes>,
    /// What the provider said is missing, whatever was granted.
    pub lacking: Option<&'a OAuthScopes>,
}

impl<'a> From<&'a Integration> for Subject<'a> {
    fn from(row: &'a Integration) -> Self {
        Self {
            scope: &row.scope,
            bound_profile: row.bound_profile.as_ref(),
            enabled: row.enabled,
            lifecycle: row.lifecycle,
            status: row.status,
            granted: row.granted.as_ref(),
            lacking: Some(&row.lacking),
        }
    }
}

impl<'a> From<&'a CredentialRow> for Subject<'a> {
    fn from(row: &'a CredentialRow) -> Self {
        Self {
            scope: &row.scope,
            bound_profile: row.bound_profile.as_ref(),
            enabled: row.enabled,
            lifecycle: row.lifecycle,
            status: row.status,
            granted: row.granted.as_ref(),
            lacking: None,
        }
    }
}

/// A secret has nothing but its scope.
impl<'a> From<&'a Scope> for Subject<'a> {
    fn from(scope: &'a Scope) -> Self {
        Self {
            scope,
            bound_profile: None,
            enabled: true,
            lifecycle: Lifecycle::Connected,
            status: Status::Valid,
            granted: None,
            lacking: None,
        }
    }
}

/// The answer. Asking a person may become a third one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It is allowed.
    Allow,
    /// It is not, and this is why.
    Refuse(Refusal),
}

impl Decision {
    /// Whether it is allowed.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allow)
    }
}

/// Why a caller may not do something.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The integration speaks for another profile.
    #[error("the integration is bound to another profile")]
    BoundElsewhere,
    /// The owner turned the integration off.
    #[error("the integration is turned off")]
    Disabled,
    /// The credential of the caller does not cover tools of this effect.
    #[error("the credential of the caller does not allow tools that {}", match .0 { Effect::Read => "read", Effect::Write => "write" })]
    Effect(Effect),
    /// The owner did not turn this on for the thread.
    #[error("the thread does not have {}", .0.as_str())]
    MissingFlag(PermissionFlag),
    /// The user did not grant the OAuth scopes that the tool needs.
    #[error("the grant lacks OAuth scopes that this needs")]
    MissingGrant,
    /// No such account is connected.
    #[error("no such account is connected")]
    NotConnected,
    /// It is of no use as it is.
    #[error("the integration is not usable: {0}")]
    NotUsable(Status),
    /// The profile is not, or no longer, one of the owner.
    #[error("the profile is not one of the owner")]
    NotYourProfile,
    /// The owner did not grant it to this profile.
    #[error("it is out of scope for this profile")]
    OutOfScope,
    /// For this caller there is no such thing.
    #[error("there is no such tool")]
    UnknownTool,
}

impl Refusal {
    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BoundElsewhere => "bound_elsewhere",
            Self::Disabled => "disabled",
            Self::Effect(_) => "effect",
            Self::MissingFlag(_) => "missing_flag",
            Self::MissingGrant => "missing_grant",
            Self::NotConnected => "not_connected",
            Self::NotUsable(_) => "not_usable",
            Self::NotYourProfile => "not_your_profile",
            Self::OutOfScope => "out_of_scope",
            Self::UnknownTool => "unknown_tool",
        }
    }

    /// The rule that refused.
    #[must_use]
    pub const fn rule(self) -> Rule {
        match self {
            Self::Effect(_) => Rule::A,
            Self::BoundElsewhere | Self::Disabled | Self::NotYourProfile | Self::OutOfScope => Rule::B,
            Self::NotConnected => Rule::C,
            Self::NotUsable(_) => Rule::D,
            Self::MissingGrant => Rule::E,
            Self::MissingFlag(_) | Self::UnknownTool => Rule::F,
        }
    }

    /// How near this was to being allowed: of several rows that refuse, the nearest is the one to tell.
    const fn distance(self) -> u8 {
        match self {
            Self::MissingGrant => 0,
            Self::NotUsable(_) => 1,
            Self::Disabled => 2,
            Self::OutOfScope => 3,
            Self::BoundElsewhere => 4,
            _ => 5,
        }
    }

    /// Of two refusals the one that was nearer to being allowed.
    #[must_use]
    pub const fn nearer(self, other: Self) -> Self {
        if other.distance() < self.distance() { other } else { self }
    }
}

/// The rules, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// What the credential of the caller covers.
    A,
    /// What the owner turned on and granted to the profile.
    B,
    /// Whether anything is connected.
    C,
    /// Whether it is of use.
    D,
    /// Whether the user granted the OAuth scopes.
    E,
    /// What the thread allows a counterpart.
    F,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Decides whether `caller` may have `wanted` of `subject`, with what the owner allows in the caller's thread.
///
/// Pure, and allocates nothing. `subject` is `None` where nothing is connected, and not asked for by tools that need no
/// account ([`Tool::needs_account`]). That the profile belongs to the owner, and the thread too, is for the host to say
/// and is asked before.
///
/// The first rule that refuses is the answer:
/// - **A** the effect of a tool is among those of the caller's credential;
/// - **B** the subject is turned on, and granted to the profile: bound to it, or bound to nobody and in its scope;
/// - **C** there is a subject, and it is not being disconnected;
/// - **D** its status is valid or unknown; an invalid one is shown to the owner's own agent, who can ask for a
///   reconnect;
/// - **E** the grant covers one of the tool's sets of OAuth scopes, of which the provider did not say that one is
///   missing; an unknown grant counts as enough;
/// - **F** a counterpart needs the tool's flag on in its thread, and never gets a tool without one, a token, a secret or
///   a notification.
#[must_use]
pub fn decide(
    caller: &Caller,
    permissions: ThreadPermissions,
    wanted: Wanted<'_>,
    subject: Option<Subject<'_>>,
) -> Decision {
    match refusal(caller, permissions, wanted, subject) {
        None => Decision::Allow,
        Some(refusal) => Decision::Refuse(refusal),
    }
}

fn refusal(
    caller: &Caller,
    permissions: ThreadPermissions,
    wanted: Wanted<'_>,
    subject: Option<Subject<'_>>,
) -> Option<Refusal> {
    let effect = match wanted {
        Wanted::Tool(tool) => Some(tool.effect),
        Wanted::Notification => Some(Effect::Write),
        Wanted::Secret | Wanted::Token => None,
    };
    if let Some(effect) = effect.filter(|effect| !caller.effects().cover(*effect)) {
        return Some(Refusal::Effect(effect));
    }
    let needs_account = !matches!(wanted, Wanted::Tool(tool) if !tool.needs_account);
    if needs_account && let Some(refusal) = of_subject(caller, wanted, subject) {
        return Some(refusal);
    }
    if !caller.is_counterpart() {
        return None;
    }
    match wanted {
        Wanted::Tool(tool) => match tool.flag {
            Some(flag) if permissions.allow(flag) => None,
            Some(flag) => Some(Refusal::MissingFlag(flag)),
            None => Some(Refusal::UnknownTool),
        },
        Wanted::Notification | Wanted::Secret | Wanted::Token => Some(Refusal::UnknownTool),
    }
}

/// Rules B to E.
fn of_subject(caller: &Caller, wanted: Wanted<'_>, subject: Option<Subject<'_>>) -> Option<Refusal> {
    let subject = match subject {
        Some(subject) if subject.lifecycle != Lifecycle::Disconnecting => subject,
        _ => return Some(Refusal::NotConnected),
    };
    if !subject.enabled {
        return Some(Refusal::Disabled);
    }
    if !subject.scope.grants(subject.bound_profile, caller.profile()) {
        let bound = subject.bound_profile.is_some();
        return Some(if bound { Refusal::BoundElsewhere } else { Refusal::OutOfScope });
    }
    if subject.status == Status::Invalid && caller.is_counterpart() {
        return Some(Refusal::NotUsable(subject.status));
    }
    match wanted {
        Wanted::Tool(tool) if !tool.scopes.satisfied_by(subject.granted, subject.lacking) => {
            Some(Refusal::MissingGrant)
        }
        _ => None,
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
