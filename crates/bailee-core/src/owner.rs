use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::{Effects, InvalidId, OrganizationId, ProfileId, ThreadId, UserId};

/// Whose accounts: a user, alone or inside an organization.
///
/// Two owners are equal only when both parts are; a user without an organization is never the same user within one.
///
/// ```
/// use bailee_core::Owner;
///
/// let alone = Owner::user("u1")?;
/// let member = Owner::member("org_1", "u1")?;
/// assert_ne!(alone, member);
/// assert_eq!(member.key().as_str(), "o/org_1/u1");
/// # Ok::<(), bailee_core::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Owner {
    organization: Option<OrganizationId>,
    user: UserId,
}

impl Owner {
    /// A user outside any organization.
    ///
    /// # Errors
    /// [`InvalidId`] when the user id is not one.
    pub fn user<U>(user: U) -> Result<Self, InvalidId>
    where
        U: TryInto<UserId>,
        InvalidId: From<U::Error>,
    {
        Ok(Self { organization: None, user: user.try_into()? })
    }

    /// A user as a member of an organization.
    ///
    /// # Errors
    /// [`InvalidId`] when one of the ids is not one.
    pub fn member<O, U>(organization: O, user: U) -> Result<Self, InvalidId>
    where
        O: TryInto<OrganizationId>,
        U: TryInto<UserId>,
        InvalidId: From<O::Error> + From<U::Error>,
    {
        Ok(Self { organization: Some(organization.try_into()?), user: user.try_into()? })
    }

    /// The organization, when the owner acts within one.
    #[must_use]
    pub const fn organization(&self) -> Option<&OrganizationId> {
        self.organization.as_ref()
    }

    /// The user.
    #[must_use]
    pub const fn user_id(&self) -> &UserId {
        &self.user
    }

    /// The one column by which stores filter: `u/<user>` or `o/<organization>/<user>`.
    ///
    /// `%` and `/` inside the ids are percent-encoded, so that no two owners share a key.
    #[must_use]
    pub fn key(&self) -> OwnerKey {
        let mut key = String::with_capacity(48);
        if let Some(organization) = &self.organization {
            key.push_str("o/");
            escape(&mut key, organization.as_str());
            key.push('/');
        } else {
            key.push_str("u/");
        }
        escape(&mut key, self.user.as_str());
        OwnerKey(key)
    }
}

/// For logs: the key.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().fmt(f)
    }
}

fn escape(key: &mut String, text: &str) {
    for character in text.chars() {
        if matches!(character, '%' | '/') {
            // Writing to a String cannot fail.
            let _ = write!(key, "%{:02X}", u32::from(character));
        } else {
            key.push(character);
        }
    }
}

/// An [`Owner`] as one text of at most 772 bytes, unique for each owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerKey(String);

impl OwnerKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the host's sign-in says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose accounts the request is about.
    pub owner: Owner,
    /// What kind of party signed in.
    pub actor: Actor,
    /// How the credential of the request travelled.
    pub transport: Transport,
}

/// Who acts in a session. Whatever widens authority needs [`Actor::Human`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// An agent with a credential of its own.
    Agent,
    /// The person.
    Human,
    /// A service of the host.
    Service,
}

/// How the credential of a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// In an `Authorization` header, which a foreign page cannot send.
    Bearer,
    /// In a cookie, which a browser adds by itself: mutations need proof of their origin.
    Cookie,
}

/// Who asks for a tool or a token: the owner's own agent, or another party through a thread.
///
/// ```
/// use bailee_core::{Caller, Owner};
///
/// let own = Caller::own(Owner::user("u1")?, "prof_1")?;
/// let counterpart = Caller::counterpart(Owner::user("u1")?, "prof_1", "th_9")?;
/// assert!(own.thread().is_none());
/// assert_eq!(counterpart.thread().map(|thread| thread.as_str()), Some("th_9"));
/// # Ok::<(), bailee_core::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    owner: Owner,
    profile: ProfileId,
    thread: Option<ThreadId>,
    effects: Effects,
}

impl Caller {
    /// The owner's own agent, running as `profile`.
    ///
    /// # Errors
    /// [`InvalidId`] when the profile id is not one.
    pub fn own<P>(owner: Owner, profile: P) -> Result<Self, InvalidId>
    where
        P: TryInto<ProfileId>,
        InvalidId: From<P::Error>,
    {
        Ok(Self { owner, profile: profile.try_into()?, thread: None, effects: Effects::default() })
    }

    /// Another party, asking the owner's `profile` through `thread`.
    ///
    /// # Errors
    /// [`InvalidId`] when one of the ids is not one.
    pub fn counterpart<P, T>(owner: Owner, profile: P, thread: T) -> Result<Self, InvalidId>
    where
        P: TryInto<ProfileId>,
        T: TryInto<ThreadId>,
        InvalidId: From<P::Error> + From<T::Error>,
    {
        Ok(Self {
            owner,
            profile: profile.try_into()?,
            thread: Some(thread.try_into()?),
            effects: Effects::default(),
        })
    }

    /// The same caller with a credential that covers these tools alone.
    #[must_use]
    pub fn with_effects(self, effects: Effects) -> Self {
        Self { effects, ..self }
    }

    /// The owner's own agent as the same profile: for what a call that was allowed does inside.
    #[must_use]
    pub fn as_own(&self) -> Self {
        Self { thread: None, ..self.clone() }
    }

    /// Which tools the credential of the caller covers.
    #[must_use]
    pub const fn effects(&self) -> Effects {
        self.effects
    }

    /// Whose accounts.
    #[must_use]
    pub const fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The profile that runs.
    #[must_use]
    pub const fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// The thread through which a counterpart asks; `None` for the owner's own agent.
    #[must_use]
    pub const fn thread(&self) -> Option<&ThreadId> {
        self.thread.as_ref()
    }

    /// Whether another party asks.
    #[must_use]
    pub const fn is_counterpart(&self) -> bool {
        self.thread.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_owners_share_a_key() -> Result<(), InvalidId> {
        let owners = [
            Owner::user("a")?,
            Owner::user("a/b")?,
            Owner::member("a", "b")?,
            Owner::user("a%2Fb")?,
            Owner::member("a/b", "c")?,
            Owner::member("a", "b/c")?,
            Owner::user("A")?,
            Owner::user("a ")?,
        ];
        let keys: std::collections::BTreeSet<_> = owners.iter().map(Owner::key).collect();
        assert_eq!(keys.len(), owners.len());
        Ok(())
    }

    #[test]
    fn a_user_without_an_organization_is_nobody_inside_one() -> Result<(), InvalidId> {
        assert_ne!(Owner::user("u1")?, Owner::member("org", "u1")?);
        Ok(())
    }

    #[test]
    fn typed_ids_are_taken_as_they_are() -> Result<(), InvalidId> {
        assert_eq!(Owner::user(UserId::new("u1")?)?, Owner::user("u1")?);
        Ok(())
    }
}
